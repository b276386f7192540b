"""What reached the sinks, written as it comes: a file for each sink, or lines on standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import ExitStack
from json import JSONEncoder
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from streamflow.cli.reporting import refuse
from streamflow_runtime.encode import show
from streamflow_runtime.kernel import Kernel
from streamflow_runtime.packet import Packet

_encode = JSONEncoder(allow_nan=False).encode


class Outputs:
    """Takes packets from a kernel as it goes, so that none pile up. `counts` is how many each sink got."""

    def __init__(self, sinks: Iterable[str], folder: Path | None, packets: bool) -> None:
        self.counts = dict.fromkeys(sinks, 0)
        self._folder = folder
        self._text = _packet if packets else _data
        self._files: dict[str, IO[str]] = {}
        self._open = ExitStack()

    def take(self, kernel: Kernel) -> None:
        """Write what reached the sinks since the last call; taps are emptied."""
        for name in kernel.outputs:
            packets = kernel.take(name)
            if packets and name in self.counts:
                self.counts[name] += len(packets)
                self._write(name, packets)

    def __enter__(self) -> Self:
        if self._folder is not None:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                for name in self.counts:
                    file = (self._folder / f"{name}.ndjson").open("w", encoding="utf-8", newline="\n")
                    self._files[name] = self._open.enter_context(file)
            except OSError as error:
                raise refuse("SF303", f"can't write {error.filename or self._folder}: {error.strerror}") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def _write(self, sink: str, packets: list[Packet]) -> None:
        if self._folder is None:
            sys.stdout.write("".join(f"{sink}: {self._text(packet)}\n" for packet in packets))
        else:
            self._files[sink].write("".join(f"{self._text(packet)}\n" for packet in packets))


def _data(packet: Packet) -> str:
    return _json(packet.data)


def _packet(packet: Packet) -> str:
    whole: dict[str, Any] = {
        "id": packet.id,
        "timestamp": packet.timestamp,
        "key": packet.key,
        "source": packet.source,
        "data": packet.data,
        "metadata": packet.metadata,
    }
    if packet.window is not None:
        whole |= {"window": packet.window._asdict(), "revision": packet.revision}
    return _json(whole)


def _json(value: Any) -> str:
    """What JSON can't hold is shown as Python writes it."""
    try:
        return _encode(value)
    except (TypeError, ValueError, RecursionError):
        return show(value)
