"""The service description: what the shell must know of sources, sinks and limits, as plain data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from streamflow.ir.function import Function
from streamflow.ir.graph import Graph, Node
from streamflow.ir.guarantees import drops
from streamflow.ir.record_shapes import fields_into
from streamflow.ir.recovery import parks, stops
from streamflow.ir.topology import descendants
from streamflow.target.bound import queue_name
from streamflow.target.media_types import with_media_type
from streamflow.target.reached import reached


def service_of(graph: Graph) -> dict[str, Any]:
    """The description of a graph, in the order of its nodes. JSON-able; secrets are named, never held."""
    described: dict[str, Any] = {
        "graph": graph.name,
        "sources": {node.name: _described(node) for node in graph.nodes if node.family == "source"},
        "sinks": {node.name: _sink(graph, node) for node in graph.nodes if node.family == "sink"},
        "paths": {node.name: _refusing(graph, node.name) for node in graph.nodes if node.family == "source"},
        "taps": list(graph.taps),
        "limits": {name: graph.limits[name] for name in ("body", "batch", "nesting") if name in graph.limits},
    }
    if stops(graph):
        described["stops"] = True
    lookups = {node.name: node.options["lookup"].described for node in graph.nodes if node.looks_up}
    if lookups:
        described["lookups"] = lookups
    bounds = {name: graph.buffer[name] for name in ("packets", "bytes") if name in graph.buffer}
    parking = [node for node in graph.nodes if parks(graph, node)]
    if parking and drops(graph, parking[0]) is not None:
        bounds["overflow"] = graph.buffer["overflow"]
    if bounds:
        described["buffer"] = bounds
    stores = reached(graph)
    if stores is not None:
        described["reached"] = stores
    secrets = sorted(set(graph.module.secrets.values()))
    return {**described, "secrets": secrets} if secrets else described


def _refusing(graph: Graph, source: str) -> list[str]:
    """The sinks, and nodes where packets wait, to which a source has a path: where one's buffer is full, the source is
    refused. Those that drop packets then refuse nobody."""
    behind = {source, *descendants(graph, source)}
    return [node.name for node in graph.nodes if node.name in behind and _fills(graph, node)]


def _fills(graph: Graph, node: Node) -> bool:
    return (parks(graph, node) or node.family == "sink") and drops(graph, node) is None


def _sink(graph: Graph, node: Node) -> dict[str, Any]:
    formed = replace(node, options={**with_media_type(graph, node), "overflow": drops(graph, node)})
    return {**_described(formed), **_shaped(graph, node)}


def _described(node: Node) -> dict[str, Any]:
    type_name = node.kind.partition(".")[2]
    left_out = _KERNEL_OPTIONS if node.family == "sink" else (*_KERNEL_OPTIONS, "retry_policy")
    own = {key: _plain(node, key, value) for key, value in node.options.items() if key not in left_out}
    given = {
        key: value for key, value in own.items() if value not in (None, [], {}, ()) and _DEFAULTS.get(key) != value
    }
    extra = _EXTRA[node.kind](node) if node.kind in _EXTRA else {}
    return {"type": type_name, **given, **extra}


_KERNEL_OPTIONS = frozenset(
    (
        *("error_strategy", "function", "schema", "timestamp", "out_of_orderness", "idle_timeout", "max_ahead"),
        *("catch_up", "cron", "dedupe_key", "dedupe_within"),
    )
)
_SECONDS = frozenset(("interval", "timeout", "ttl", "delay", "initial_delay", "max_delay", "heartbeat", "reconnect"))
_DEFAULTS = {"concurrency": 6, "ordered": False}


def _shaped(graph: Graph, node: Node) -> dict[str, Any]:
    """The columns of a table that none are given for: the fields that its records are known to have."""
    if node.kind != "sink.database" or node.options.get("columns"):
        return {}
    fields = fields_into(graph, node.name)
    distinct = fields is not None and len({name.lower() for name in fields}) == len(fields)
    return {"columns": list(fields)} if fields and distinct else {}


def _plain(node: Node, option: str, value: Any) -> Any:
    if isinstance(value, Function):
        hosted = node.family == "sink" or option in node.resuming
        return {"function": f"{node.name}.{option}"} if hosted else None
    if option == "format" and node.family == "source":
        return None  # the kernel knows how its sources are decoded
    if option in _SECONDS and isinstance(value, int):
        return value / 1000
    if option in ("batch", "retry_policy") and isinstance(value, dict):
        return {name: _plain(node, name, each) for name, each in value.items() if each is not None}
    return list(value) if isinstance(value, tuple) else value


def _archived(node: Node) -> dict[str, Any]:
    """Where objects go unless said: one more each time, by day."""
    if node.options.get("path") is not None:
        return {}
    return {"path": "{sink}/{date}/{rows}." + node.options["format"] + (".gz" if node.options.get("compress") else "")}


def _bound_table(node: Node) -> dict[str, Any]:
    """Rows of a bound database go together, though none waits for others unless it is told to."""
    if node.options.get("binding") is None:
        return {}
    given = node.options.get("batch") or {"size": 1000, "delay": 0}
    largest = min(given.get("bytes") or LARGEST_STATEMENT, LARGEST_STATEMENT)
    return {"batch": {"size": given["size"], "delay": given["delay"] / 1000, "bytes": largest}}


LARGEST_STATEMENT = 500_000
"""Characters of data in one statement: it may hold 2 MB, and escaping can double what is in it."""

_EXTRA: dict[str, Callable[[Node], dict[str, Any]]] = {
    "source.webhook": lambda node: {"path": node.options.get("path") or f"/hooks/{node.name}"},
    "source.queue": lambda node: {"queue": queue_name(node.options["binding"])},
    "sink.r2": _archived,
    "sink.database": _bound_table,
}
