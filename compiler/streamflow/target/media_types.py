"""Which format reaches a sink, and what http sinks call it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streamflow.ir.graph import Graph, Node

MEDIA_TYPES = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "msgpack": "application/vnd.msgpack",
    "prometheus": "text/plain; version=0.0.4; charset=utf-8",
    "influx": "text/plain; charset=utf-8",
    "base64": "text/plain; charset=utf-8",
    "form": "application/x-www-form-urlencoded",
    "query": "text/plain; charset=utf-8",
}


def headers_of(graph: Graph, sink: Node) -> dict[str, Any]:
    """The headers of an http sink: the user's, below the media type of what comes to it, where only one can come."""
    given: dict[str, Any] = sink.options["headers"]
    formats = {*_formats(graph, sink)}
    found = formats.pop() if len(formats) == 1 else None
    if found not in MEDIA_TYPES or any(name.lower() == "content-type" for name in given):
        return given
    return {"content-type": MEDIA_TYPES[found], **given}


def _formats(graph: Graph, node: Node) -> Iterator[str]:
    """The formats that come to a node, straight or through filters; nothing's name for what is of no format."""
    for edge in graph.into(node.name):
        origin = graph.by_name[edge.origin]
        if origin.kind == "transform.convert" and edge.port == "out":
            yield origin.options["target_format"]
        elif origin.family == "filter" and edge.port != "error":
            yield from _formats(graph, origin)
        else:
            yield ""
