"""Sinks of type r2: outputs as objects of a bucket, one each, or one a batch."""

from __future__ import annotations

from gzip import compress
from json import dumps
from time import gmtime, strftime
from typing import TYPE_CHECKING, Any

from streamflow_runtime.batches import Batches
from streamflow_runtime.encode import decode_stored
from streamflow_runtime.outbox import Delivery
from streamflow_runtime.picking import picker
from streamflow_runtime.store_sink import StoreSinks

if TYPE_CHECKING:
    from streamflow_runtime.shell import Shell

# What the row holds beside the data: the object's path, or why there is none.
PATH, REASON = "=", "!"
LONGEST_PATH = 1024
MEDIA_TYPES = {"json": "application/json", "ndjson": "application/x-ndjson"}


class R2Sinks(Batches, StoreSinks):
    """`path` says where: text, or a function. In both, {rows} and the like are filled in.

    Outputs of a batch that have different paths become different objects.
    """

    type = "r2"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._pick = {
            sink: picker(shell, sink, "path") for sink, options in self.sinks.items() if not _is_text(options["path"])
        }

    def whole(self, sink: str, packet: Any) -> str | None:
        pick = self._pick.get(sink)
        try:
            path = pick(packet) if pick else self.sinks[sink]["path"]
            if not isinstance(path, str):
                raise TypeError(f"a path is a text, not {type(path).__name__}")
            return PATH + _filled(path, sink, packet)
        except Exception as error:
            return f"{REASON}{type(error).__name__}: {error}"

    def line(self, sink: str, packet: Any, whole: str | None) -> str | None:
        """Objects of one name are written in order; a name with {rows} is nobody else's."""
        return super().line(sink, packet, whole) if whole is None or "{rows}" in whole else whole

    async def put(self, delivery: Delivery, options: dict[str, Any]) -> None:
        objects: dict[str, list[Delivery]] = {}
        for each in (delivery, *delivery.others):
            objects.setdefault(str(each.packet), []).append(each)
        rows = str(delivery.row) if delivery.row == delivery.last else f"{delivery.row}-{delivery.last}"
        array = delivery.batch is not None
        for whole, deliveries in objects.items():
            await self._put(_checked(whole, rows), [each.data for each in deliveries], array, options)

    async def _put(self, path: str, stored: list[str], array: bool, options: dict[str, Any]) -> None:
        content, media_type = _content(stored, array, options.get("format", "json"))
        metadata = {"contentType": media_type}
        if options.get("compress"):
            content = compress(content, mtime=0)
            metadata["contentEncoding"] = "gzip"
        await self.shell.platform.call(options["binding"], "put", path, content, {"httpMetadata": metadata})


def _is_text(path: Any) -> bool:
    return isinstance(path, str)


def _filled(path: str, sink: str, packet: Any) -> str:
    """All but {rows}, which only the batch knows."""
    moment = gmtime(packet.timestamp)
    key = packet.key if isinstance(packet.key, str) else dumps(packet.key)
    values = {
        "sink": sink,
        "id": packet.id,
        "key": key,
        "date": strftime("%Y-%m-%d", moment),
        "hour": strftime("%H", moment),
    }
    for name, value in values.items():
        path = path.replace("{" + name + "}", value)
    return path


def _checked(whole: str, rows: str) -> str:
    """The object's name. Raises ValueError where there is none, or none that the bucket takes."""
    if whole[0] == REASON:
        raise ValueError(f"no path to store it under: {whole[1:]}")
    path = whole[1:].replace("{rows}", rows)
    if not path or len(path.encode()) > LONGEST_PATH:
        raise ValueError(f"{path[:40]!r} can't be the name of an object")
    return path


def _content(stored: list[str], array: bool, form: str) -> tuple[bytes, str]:
    """Texts as lines and bytes as they are, all else as JSON: an array where there may be several."""
    values = [decode_stored(text) for text in stored] if stored[0][0] in 'b"' else []
    if values and all(isinstance(value, bytes) for value in values):
        return b"".join(values), "application/octet-stream"
    if values and all(isinstance(value, str) for value in values):
        return "\n".join(values).encode(), "text/plain; charset=utf-8"
    texts = [dumps(text[1:]) if text[0] == "b" else text for text in stored]
    if form == "ndjson":
        return "".join(text + "\n" for text in texts).encode(), MEDIA_TYPES[form]
    text = texts[0] if not array else "[" + ",".join(texts) + "]"
    return text.encode(), MEDIA_TYPES[form]
