"""The service description: what the shell must know of sources, sinks and limits, as plain data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from streamflow.ir.function import Function
from streamflow.ir.graph import Graph, Node
from streamflow.ir.topology import descendants
from streamflow.target.media_types import with_media_type


def service_of(graph: Graph) -> dict[str, Any]:
    """The description of a graph, in the order of its nodes. JSON-able; secrets are named, never held."""
    described = {
        "graph": graph.name,
        "sources": {node.name: _described(node) for node in graph.nodes if node.family == "source"},
        "sinks": {node.name: _described(_of_its_format(graph, node)) for node in graph.nodes if node.family == "sink"},
        "paths": {node.name: _sinks_behind(graph, node.name) for node in graph.nodes if node.family == "source"},
        "taps": list(graph.taps),
        "limits": dict(graph.limits),
    }
    secrets = sorted(set(graph.module.secrets.values()))
    return {**described, "secrets": secrets} if secrets else described


def _sinks_behind(graph: Graph, source: str) -> list[str]:
    """The sinks that a source has a path to: where one's buffer is full, the source is refused."""
    behind = descendants(graph, source)
    return [node.name for node in graph.nodes if node.family == "sink" and node.name in behind]


def _of_its_format(graph: Graph, sink: Node) -> Node:
    return replace(sink, options=with_media_type(graph, sink))


def _described(node: Node) -> dict[str, Any]:
    type_name = node.kind.partition(".")[2]
    own = {key: _plain(node, key, value) for key, value in node.options.items() if key not in _KERNEL_OPTIONS}
    given = {key: value for key, value in own.items() if value not in (None, [], {}, ())}
    extra = _EXTRA[node.kind](node) if node.kind in _EXTRA else {}
    return {"type": type_name, **given, **extra}


_KERNEL_OPTIONS = frozenset(
    ("function", "schema", "timestamp", "out_of_orderness", "catch_up", "dedupe_key", "dedupe_within")
)
_SECONDS = frozenset(("interval", "timeout", "ttl"))


def _plain(node: Node, option: str, value: Any) -> Any:
    if isinstance(value, Function):
        return {"function": f"{node.name}.{option}"} if node.family == "sink" else None
    if option in _SECONDS and isinstance(value, int):
        return value / 1000
    if option == "batch" and isinstance(value, dict):
        given = {name: bound for name, bound in value.items() if bound is not None}
        return {**given, "delay": value["delay"] / 1000}
    return list(value) if isinstance(value, tuple) else value


_EXTRA: dict[str, Callable[[Node], dict[str, Any]]] = {
    "source.webhook": lambda node: {"path": node.options.get("path") or f"/hooks/{node.name}"},
}
