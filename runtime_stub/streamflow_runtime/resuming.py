"""Sources that go on where they were: their `url` or `subscribe` is a function of the last committed packet."""

from __future__ import annotations

from copy import deepcopy
from json import dumps
from typing import TYPE_CHECKING, Any

from streamflow_runtime.codec import packet_of, packet_row, tagged, untagged
from streamflow_runtime.isolation import copy_of
from streamflow_runtime.part import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamflow_runtime.packet import Packet
    from streamflow_runtime.part import Commit
    from streamflow_runtime.shell import Shell

OPTIONS = ("url", "subscribe")


class Resuming(Part):
    """Keeps each such source's last packet, and fills in its options anew behind every commit that has another.

    It is the first of the parts: the others find plain options. Where a function fails the last ones stay.
    """

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.functions: dict[str, dict[str, str]] = {}
        sources = deepcopy(shell.service["sources"])  # the description itself may serve another object, too
        for source, options in sources.items():
            for option in OPTIONS:
                if isinstance(options.get(option), dict) and "function" in options[option]:
                    self.functions.setdefault(source, {})[option] = options[option]["function"]
                    options[option] = ""
        shell.service = {**shell.service, "sources": sources}

    def start(self) -> None:
        for source in self.functions:
            last = self.shell.meta.get(f"last/{source}")
            self._fill_in(source, None if last is None else packet_of(untagged(last)))

    def write(self, commit: Commit) -> None:
        for source, last in self._newest(commit):
            commit.meta[f"last/{source}"] = tagged(packet_row(last))
            options = self.shell.service["sources"][source]
            if options["type"] == "http" and self._made(source, last).get("url", options["url"]) != options["url"]:
                commit.meta[f"poll/{source}"] = {}  # what told whether the answer of the other URL has changed

    def committed(self, commit: Commit) -> None:
        for source, last in self._newest(commit):
            self._fill_in(source, last)

    def _newest(self, commit: Commit) -> Iterator[tuple[str, Packet]]:
        for source in self.functions:
            packets = commit.outputs.get(source)
            if packets:
                yield source, packets[-1]

    def _fill_in(self, source: str, last: Packet | None) -> None:
        self.shell.service["sources"][source] |= self._made(source, last)

    def _made(self, source: str, last: Packet | None) -> dict[str, Any]:
        """The options that the functions give; one that fails is left out."""
        made: dict[str, Any] = {}
        for option, entry in self.functions[source].items():
            try:
                value = self.shell.open().functions[entry](None if last is None else _copy_of(last))
                made[option] = _url(value) if option == "url" else _messages(value)
            except Exception as error:
                self.shell.log(f"{source}: `{option}` failed: {error!r}")
        return made


def _copy_of(packet: Packet) -> Packet:
    isolated = packet.isolated()
    isolated.data = copy_of(packet.data)
    return isolated


def _url(made: Any) -> str:
    if not isinstance(made, str):
        raise TypeError(f"a URL is text, not {type(made).__name__}")
    return made


def _messages(made: Any) -> list[str]:
    """What is sent on connect: text as it is, all else as JSON; a tuple is several, None is nothing."""
    several = made if isinstance(made, tuple) else () if made is None else (made,)
    return [each if isinstance(each, str) else dumps(each, ensure_ascii=False) for each in several]
