"""Sources of type http with a url: fetched at intervals; what has not changed since is not processed again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streamflow_runtime.decode import Decoder, decode, decoder_of
from streamflow_runtime.http import retry_after
from streamflow_runtime.part import Commit, Part
from streamflow_runtime.secrets import fill, outbound_headers

if TYPE_CHECKING:
    from streamflow_runtime.shell import Shell

VALIDATORS = {"etag": "if-none-match", "last-modified": "if-modified-since"}


class Polling(Part):
    """The first poll comes at the start, the next ones an interval after the one before."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.sources = {
            name: options
            for name, options in shell.service["sources"].items()
            if options["type"] == "http" and "url" in options
        }
        self._due = dict.fromkeys(self.sources, 0.0)
        self._busy: set[str] = set()

    def start(self) -> None:
        self.wake(self.shell.platform.now())

    def deadline(self, now: float) -> float | None:
        return min(self._due.values(), default=None)

    def wake(self, now: float) -> None:
        for source, options in self.sources.items():
            if now >= self._due[source]:
                self._due[source] = now + options["interval"]
                if source not in self._busy and not self.shell.full(source):
                    self._busy.add(source)
                    self.shell.platform.spawn(self._poll(source, options))

    async def _poll(self, source: str, options: dict[str, Any]) -> None:
        shell, platform = self.shell, self.shell.platform
        try:
            validators = shell.meta.get(f"poll/{source}", {})
            headers = outbound_headers(options, shell.secrets) | validators
            url = fill(options["url"], shell.secrets)
            arrived = platform.now()
            status, answered, body = await platform.fetch(options.get("method", "GET"), url, headers, None, 30.0)
            if status == 200:
                if len(body) > shell.service["limits"]["body"]:
                    raise ValueError(f"the body has {len(body)} bytes")
                values = _values(
                    body,
                    options.get("items"),
                    shell.service["limits"]["nesting"],
                    decoder_of(shell.kernel_class, source),
                )
                if len(values) > shell.service["limits"]["batch"]:
                    raise ValueError(f"the body has {len(values)} records")
                seen = {ask: answered[name] for name, ask in VALIDATORS.items() if name in answered}

                def remember(commit: Commit, _: None) -> None:
                    commit.meta[f"poll/{source}"] = seen

                if not shell.stopped and not shell.open().stopped:
                    shell.run(lambda kernel, now: kernel.push(source, values, now), remember, source, arrived)
            elif status != 304:
                wait = retry_after(answered, platform.now())
                if wait is not None:
                    self._due[source] = max(self._due[source], platform.now() + wait)
                shell.log(f"{source}: the server answered {status}")
        except Exception as error:  # the next poll comes anyway
            shell.log(f"{source}: {error!r}")
        finally:
            self._busy.discard(source)
            shell.schedule()


def _values(body: bytes, items: str | None, nesting: int, decoder: Decoder) -> list[Any]:
    """The records of a body, or of the list that `items` (a dotted path) names in it."""
    if decoder is not decode:
        return decoder(body, nesting)
    if not items and body.strip()[:1] not in (b"{", b"["):
        scalars = decode(b"[" + body + b"]", nesting + 1)  # a scalar is a record, too
        if len(scalars) != 1:
            raise ValueError("the body is not one JSON value")
        return scalars
    value: Any = decode(body, nesting)
    if items:
        value = value[0] if body.strip()[:1] == b"{" else value
        for name in items.split("."):
            value = value[name]
    return value if isinstance(value, list) else [value]
