"""Aggregates: the packet joins a window; what the window sends is a method of its own."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

from streamflow.ir.function import Function
from streamflow.ir.graph import Node
from streamflow.ir.panes import shares_panes
from streamflow.target.aggregations import emit_methods, values_of
from streamflow.target.emission import Emission, End
from streamflow.target.figures import added, emit_class, figures_of, put_values
from streamflow.target.finding import Search, finds_at_once, is_lifted, put_entry, repeats, takes_packets
from streamflow.target.flow import Flow
from streamflow.target.lifted import emit_figures, emit_lifted, lifted_steps
from streamflow.target.local_figures import emit_local
from streamflow.target.local_windows import is_local
from streamflow.target.quote import expression, literal, name, statements

CLASSES = {  # what each is made with, by option
    "TumblingWindows": {"size": "duration", "offset": "offset"},
    "KeyedTumbling": {"size": "duration", "offset": "offset"},
    "PanedWindows": {"size": "duration", "slide": "slide", "offset": "offset"},
    "SlidingWindows": {"size": "duration", "slide": "slide", "offset": "offset"},
    "CountWindows": {"size": "size", "partial": "partial"},
    "EarlyCounts": {"size": "size", "partial": "partial"},
    "SlidingCounts": {"size": "size", "slide": "slide", "partial": "partial"},
    "RollingTimes": {"duration": "duration", "into": "into"},
    "RollingCounts": {"size": "size", "into": "into"},
    "GlobalWindows": {},
    "AssignedWindows": {},
    "SessionWindows": {"gap": "gap", "max_duration": "max_duration"},
}
_TRAILING = frozenset(
    ("SlidingCounts", "RollingTimes", "RollingCounts")
)  # they hold what packets add, not what it adds up to


def emit(emission: Emission, node: Node, flow: Flow) -> list[End]:
    """Hand the packet to the node's windows."""
    windows = flow.method.alias(emission.identifiers[node.name], emission.attribute(node))
    if finds_at_once(node):
        _emit_found(emission, node, flow, windows)
        return []
    key = key_of(emission, node, flow)
    if node.name in flow.method.local:
        emit_local(emission, node, flow)
        return []
    if is_lifted(node) and not takes_packets(node):
        emit_lifted(emission, node, flow, key)
        return []
    if flow.packet is None:
        emission.runtime.add("Packet")
    if node.function is None:
        if key is not None:
            flow.put(*statements("key = key_", key_=key))
            key = name("key")
        values = values_of(emission, node, flow)
        flow.put(*statements("entering = packet_", packet_=flow.fresh_packet()))
        flow.put(*statements("entering.values = values_", values_=values))
        added = expression("windows_.enter(entering)", windows_=windows)
    elif key is None:
        added = expression("windows_.add(packet_)", windows_=windows, packet_=flow.current_packet())
    else:
        added = expression("windows_.add(packet_)", windows_=windows, packet_=flow.fresh_packet())
    assert isinstance(added, ast.Call)
    added.args += [] if key is None else [key]
    flow.guard.used |= node.kind == "aggregate.custom"  # which calls the user's function
    flow.put(ast.Expr(added))
    return []


def _emit_found(emission: Emission, node: Node, flow: Flow, windows: ast.expr) -> None:
    """Add the packet to figures that are found without a call."""
    key = _given_key(emission, node, flow)
    checked = None if key is None else _checked(emission, name("key"))
    before: list[ast.stmt] = []
    if is_lifted(node):
        steps = lifted_steps(emission, node, flow)
    else:
        figures = figures_of(node)
        steps = added(node, figures, put_values(emission, node, figures, replace(flow, block=before)), windows)
    put_entry(emission, node, flow, Search(windows, key, checked, before, steps))


def key_of(emission: Emission, node: Node, flow: Flow) -> ast.expr | None:
    """The key that `key=` gives at this point, checked; None without it."""
    key = _given_key(emission, node, flow)
    return None if key is None else _checked(emission, key)


def _given_key(emission: Emission, node: Node, flow: Flow) -> ast.expr | None:
    key: str | tuple[str, ...] | Function | None = node.options.get("key")
    if key is None:
        return None
    flow.guard.used = True
    if isinstance(key, Function):
        return emission.call(key, flow, node.inlined)
    if isinstance(key, tuple):
        return ast.Tuple([emission.field(part, flow) for part in key], ast.Load())
    return emission.field(key, flow)


def _checked(emission: Emission, value: ast.expr) -> ast.expr:
    emission.runtime.add("checked_key")
    longest = emission.graph.limits.get("key", 1024)
    if longest != 1024:
        return expression("checked_key(value_, longest_)", value_=value, longest_=literal(longest))
    return expression("checked_key(value_)", value_=value)


def construct(emission: Emission, node: Node, upstream: ast.expr) -> ast.expr:
    """The expression that makes the node's windows."""
    class_name = _class_of(node)
    if is_local(emission.graph, node):
        class_name = _LOCAL[class_name]
    several = class_name in _TRAILING or node.kind == "aggregate.custom" or repeats(node)
    emission.runtime.add(class_name)
    function = node.function
    made = expression(
        "windows_(self, name_, upstream_)", windows_=class_name, name_=literal(node.name), upstream_=upstream
    )
    assert isinstance(made, ast.Call)
    if node.options.get("figures"):
        made.keywords += emit_class(emission, node, figures_of(node))
    elif function is None:
        accumulating = "AccumulatingTrails" if class_name in _TRAILING else "Accumulating"
        made.keywords += emit_methods(emission, node, accumulating)
    else:
        doc = f"The result of a window of `{node.name}`."
        result = emission.method_of(node, node.options.get("result", function), "result", ("packets", "window"), doc)
        made.keywords.append(ast.keyword("result", result))
        made.keywords += emit_figures(emission, node) if is_lifted(node) else []
    if node.kind == "aggregate.custom":
        made.keywords.append(ast.keyword("assigner", _assigner(emission, node, node.options["window"])))
    made.keywords.append(ast.keyword("after", emission.after(node, "out") or expression("self.nowhere")))
    given: dict[str, Any] = {
        argument: node.options.get(option) for argument, option in CLASSES[_class_of(node)].items()
    }
    given["keyed"] = node.options.get("key") is not None
    given["mutates"] = (
        function is not None
        and not is_lifted(node)
        and (function.may_mutate(0) or (several and function.may_alias_argument))
    )
    given["lateness"] = node.options.get("allowed_lateness")
    given |= {f"early_{how}": number for how, number in (node.options.get("early") or {}).items()}
    made.keywords += [ast.keyword(argument, literal(value)) for argument, value in given.items() if value]
    return made


_LOCAL = {"TumblingWindows": "LocalTumbling", "CountWindows": "LocalCounting"}
_CLASSES = {
    "aggregate.session": "SessionWindows",
    "aggregate.global": "GlobalWindows",
    "aggregate.custom": "AssignedWindows",
}


def _class_of(node: Node) -> str:
    """The class of the runtime that holds the node's windows."""
    if node.kind in _CLASSES:
        return _CLASSES[node.kind]
    if node.kind == "aggregate.rolling":
        return "RollingTimes" if node.options.get("duration") else "RollingCounts"
    if node.kind == "aggregate.count" and node.options.get("early"):
        return "EarlyCounts"
    if node.kind == "aggregate.count":
        slides = node.options.get("slide") not in (None, node.options["size"])
        return "SlidingCounts" if slides else "CountWindows"
    if finds_at_once(node):
        return "PanedWindows" if shares_panes(node) else "KeyedTumbling"
    return "SlidingWindows" if repeats(node) else "TumblingWindows"


def _assigner(emission: Emission, node: Node, function: Function) -> ast.expr:
    """The method that says in which windows a packet lies. It gets a packet of its own where it may change it."""
    seen = "packet"
    if function.may_mutate(0) or (function.wants_packet and function.may_mutate(1)):
        emission.runtime.add("copy_of")
        seen = "packet.derive(copy_of(packet.data)).isolated()"
    arguments = {"packet": seen, "again": seen} if function.wants_packet else {"packet": seen}
    doc = f"The windows of `{node.name}` in which a packet lies."
    return emission.method_of(node, function, "windows", ("packet",), doc, arguments)
