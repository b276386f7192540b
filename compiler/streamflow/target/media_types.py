"""Which format reaches a sink, and what it is called in HTTP."""

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


_OF_LINES = ("ndjson", "csv", "prometheus", "influx")


def with_media_type(graph: Graph, sink: Node) -> dict[str, Any]:
    """The options of a sink and, where text or bytes of one format alone come to it, what they are served or sent as.

    An http sink says it in its headers, an endpoint sink of no other format has it as `media_type`.
    """
    options = dict(sink.options)
    formats = {*_formats(graph, sink)} if sink.kind in ("sink.http", "sink.endpoint") else set()
    found = formats.pop() if len(formats) == 1 else ""
    if sink.kind == "sink.http" and found in MEDIA_TYPES:
        if not any(name.lower() == "content-type" for name in options["headers"]):
            options["headers"] = {"content-type": MEDIA_TYPES[found], **options["headers"]}
    elif sink.kind == "sink.endpoint" and found in _OF_LINES and options["format"] == "json":
        options["media_type"] = MEDIA_TYPES[found]
    return options


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
