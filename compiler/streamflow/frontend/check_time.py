"""Checks that every window can close: by what its inputs do to the watermark, and by which clock it goes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

import networkx

from streamflow.diagnostics import Diagnostic, Span
from streamflow.ir.function import Function
from streamflow.ir.graph import Graph, Node
from streamflow.ir.known_calls import dotted
from streamflow.ir.topology import digraph

_ENDLESS = ("aggregate.count", "aggregate.rolling", "aggregate.global")
"""Aggregates whose windows no watermark closes."""
_TIME_NAMES = frozenset(("at", "created_at", "event_time", "occurred_at", "time", "timestamp", "ts"))
_CLOCKS = frozenset(
    (
        *("time.time", "time.time_ns", "time.localtime", "time.gmtime"),
        *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
    )
)


def check_time(graph: Graph) -> list[Diagnostic]:
    """What is wrong with a graph that holds together otherwise; mostly warnings."""
    ways = digraph(graph)
    windows = [node for node in graph.nodes if _is_windowed(node)]
    return [
        *_constant(graph, ways, windows),
        *_open(graph, ways, windows),
        *_by_arrival(graph, ways, windows),
        *_late(graph, ways),
        *_uncounted(graph, ways),
        *_clocks(graph, ways, windows),
    ]


def _is_windowed(node: Node) -> bool:
    return node.kind == "join.window" or (node.family == "aggregate" and node.kind not in _ENDLESS)


def _constant(graph: Graph, ways: networkx.DiGraph[str], windows: list[Node]) -> Iterator[Diagnostic]:
    """A `timestamp=` that is the same for every packet."""
    for window in windows:
        for source in _sources(graph, ways, window):
            timestamp = source.options.get("timestamp")
            if _is_constant(timestamp) and not source.options.get("idle_timeout"):
                message = f"`{window.name}` can never close: every packet of `{source.name}` has the same timestamp"
                help = f'{_path(ways, source, window)}: let `timestamp` name a field, as in timestamp="created_at"'
                yield Diagnostic("SF052", source.span, message, help)


def _open(graph: Graph, ways: networkx.DiGraph[str], windows: list[Node]) -> Iterator[Diagnostic]:
    """Warnings: windows of event time whose sources hold the watermark for as long as they are silent."""
    left_open: dict[str, list[Node]] = {}
    for window in windows:
        sources = _sources(graph, ways, window)
        if not any(source.options.get("idle_timeout") for source in sources):
            for source in sources:
                timestamp = source.options.get("timestamp")
                if timestamp is not None and not _is_constant(timestamp):
                    left_open.setdefault(source.name, []).append(window)
    for name, found in left_open.items():
        others = f" and {len(found) - 1} other window{'s' * (len(found) > 2)}" if len(found) > 1 else ""
        message = f"while `{name}` is silent, the last window of `{found[0].name}`{others} stays open"
        path = _path(ways, graph.by_name[name], found[0])
        help = f'{path}: give `{name}` an idle_timeout="1m", after which the clock closes it'
        yield Diagnostic("SF051", graph.by_name[name].span, message, help, "warning")


def _by_arrival(graph: Graph, ways: networkx.DiGraph[str], windows: list[Node]) -> Iterator[Diagnostic]:
    """Warnings: sources without `timestamp=` whose records have a time, or that meet sources with one in a window."""
    warned: set[str] = set()
    for window in windows:
        sources = [source for source in _sources(graph, ways, window) if source.kind != "source.timer"]
        timed = [source for source in sources if source.options.get("timestamp") is not None]
        for source in sources:
            if source in timed or source.name in warned:
                continue
            field = _time_field(source.options.get("schema"))
            path = _path(ways, source, window)
            if field is not None:
                message = f"`{window.name}` goes by the time of arrival, and records of `{source.name}` have `{field}`"
                help = f'{path}: give `{source.name}` timestamp="{field}" for windows of event time'
            elif timed:
                message = f"`{window.name}` gets event time from `{timed[0].name}`, and the time of arrival"
                help = f"{path}: give `{source.name}` a `timestamp`, too"
            else:
                continue
            warned.add(source.name)
            yield Diagnostic("SF053", source.span, message, help, "warning")


def _late(graph: Graph, ways: networkx.DiGraph[str]) -> Iterator[Diagnostic]:
    """Warnings: windows that wait for late packets and drop those that come later still."""
    for node in graph.nodes:
        if node.options.get("allowed_lateness") and not graph.out(node.name, "late"):
            message = f"`{node.name}` waits for late packets, and drops what comes later still"
            help = f'{_way(graph, ways, node)}lead "{node.name}.late" to a sink, and nothing is lost unseen'
            yield Diagnostic("SF024", node.span, message, help, "warning")


def _uncounted(graph: Graph, ways: networkx.DiGraph[str]) -> Iterator[Diagnostic]:
    """Warnings: count windows, which wait for packets however long that takes."""
    for node in graph.nodes:
        early = node.options.get("early")
        if node.kind == "aggregate.count" and not (isinstance(early, Mapping) and "interval" in early):
            message = f"`{node.name}` has no bound in time: fewer than {node.options['size']} packets wait for more"
            other = 'early="1m", window="time" or window="session"'
            help = f"{_way(graph, ways, node)}where they must not wait, write {other}"
            yield Diagnostic("SF054", node.span, message, help, "warning")


def _clocks(graph: Graph, ways: networkx.DiGraph[str], windows: list[Node]) -> Iterator[Diagnostic]:
    """Warnings: functions on the way into a window, or of one, that read the clock of the machine."""
    for node in graph.nodes:
        ahead = next((each for each in windows if each is node or networkx.has_path(ways, node.name, each.name)), None)
        if ahead is None:
            continue
        for function in node.functions:
            found = _clock_read(function)
            if found is not None:
                span, name = found
                way = "" if node is ahead else f", on the way to `{ahead.name}`"
                message = f"`{node.name}` reads `{name}()`, which a replay can't repeat{way}"
                help = "let it take the packet, too: `packet.timestamp` is its time"
                if node is ahead and function is node.function and node.family == "aggregate":
                    help = "let it take the window, too: `window.end` is its time"
                yield Diagnostic("SF055", span, message, help, "warning")


def _sources(graph: Graph, ways: networkx.DiGraph[str], node: Node) -> list[Node]:
    before = networkx.ancestors(ways, node.name)
    return [source for source in graph.nodes if source.family == "source" and source.name in before]


def _way(graph: Graph, ways: networkx.DiGraph[str], node: Node) -> str:
    """The way from the first source, to begin a help with."""
    sources = _sources(graph, ways, node)
    return f"{_path(ways, sources[0], node)}: " if sources else ""


def _path(ways: networkx.DiGraph[str], source: Node, target: Node) -> str:
    return " -> ".join(networkx.shortest_path(ways, source.name, target.name))


def _is_constant(picked: object) -> bool:
    """Whether a function gives the same at every call: nothing of what comes in has a say, and nothing is called."""
    expression = picked.expression if isinstance(picked, Function) else None
    if not isinstance(picked, Function) or expression is None:
        return False
    parts = list(ast.walk(expression))
    named = {part.id for part in parts if isinstance(part, ast.Name)}
    return not named & set(picked.parameters) and not any(isinstance(part, (ast.Call, ast.Await)) for part in parts)


def _time_field(schema: Mapping[str, Any] | None) -> str | None:
    """A property that is a time: by its format, or by its name and type."""
    schema = schema or {}
    definitions, reference = schema.get("$defs", {}), str(schema.get("$ref", ""))
    properties = definitions.get(reference.removeprefix("#/$defs/"), schema).get("properties")
    for name, field in properties.items() if isinstance(properties, Mapping) else ():
        if isinstance(field, Mapping):
            if field.get("format") == "date-time":
                return str(name)
            if name in _TIME_NAMES and field.get("type") in ("number", "integer", "string"):
                return str(name)
    return None


def _clock_read(function: Function) -> tuple[Span, str] | None:
    """Where a function, or one that it calls, reads the clock, and how that is called."""
    seen: set[str] = set()
    pending = [function]
    while pending:
        current = pending.pop()
        for node in ast.walk(current.tree) if current.tree is not None else ():
            if isinstance(node, ast.Call) and (name := dotted(node.func, current.imports)) in _CLOCKS:
                return Span(current.file, node.lineno, node.col_offset, node.end_lineno, node.end_col_offset), str(name)
        if current.reference in _CLOCKS:
            return current.span, current.reference
        pending += [helper for name, helper in current.helpers.items() if name not in seen]
        seen.update(current.helpers)
    return None
