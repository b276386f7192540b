"""A packet's way to what its window holds, where generated code finds that without a call (`FoundAtOnce`)."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from streamflow.ir.graph import Node
from streamflow.ir.panes import shares_panes
from streamflow.target.emission import Emission
from streamflow.target.flow import Flow
from streamflow.target.quote import expression, literal, name, statement, statements

_REPEATING = ("slide", "allowed_lateness", "early")


def is_lifted(node: Node) -> bool:
    """Whether windows of the node hold figures that a pass has found in its function."""
    return "accumulators" in node.options


def repeats(node: Node) -> bool:
    """Whether an option of the node lets a packet be in several results."""
    return any(map(node.options.get, _REPEATING))


def takes_packets(node: Node) -> bool:
    """Whether packets come to its windows one by one, and generated code doesn't see what a window holds."""
    if node.kind == "aggregate.count":
        return bool(node.options.get("early"))
    return node.kind != "aggregate.time" or (repeats(node) and not shares_panes(node))


def finds_at_once(node: Node) -> bool:
    """Whether the node's windows, or panes, are of that kind."""
    if node.kind != "aggregate.time":
        return False
    keyed_and_lifted = is_lifted(node) and not takes_packets(node) and node.options.get("key") is not None
    return bool(node.options.get("figures")) or keyed_and_lifted or shares_panes(node)


@dataclass
class Search:
    """The way in: `key` as the packet has it, and `checked`. `before` has to happen before a window is opened."""

    windows: ast.expr
    key: ast.expr | None
    checked: ast.expr | None
    before: list[ast.stmt]
    added: list[ast.stmt]


def put_entry(emission: Emission, node: Node, flow: Flow, search: Search) -> None:
    """Let `held` be what the packet adds to, and add; where its window has closed, let the packet leave by `late`."""
    if flow.packet is None:
        emission.runtime.add("Packet")
    late = statements("self.leave(name_, 'late', packet_)", name_=literal(node.name), packet_=flow.current_packet())
    _put_search(flow, search)
    if flow.skip is None:
        flow.put(statement("if held is None:\n    late\nelse:\n    added", late=late, added=search.added))
        return
    leave: ast.stmt = ast.Continue() if flow.skip == "continue" else ast.Return()
    missed = statement("if held is None:\n    late", late=[*late, leave])
    last = flow.block[-1]
    if isinstance(last, ast.If):
        last.body.append(missed)
    elif isinstance(last, ast.Try):
        last.handlers[0].body.append(missed)
    flow.put(*search.added)


def _put_search(flow: Flow, search: Search) -> None:
    """What generated code finds needs no check of its key; the rest is opened by a call."""
    windows, time = search.windows, time_of(flow)
    if search.key is not None:
        flow.put(*statements("key = key_", key_=search.key))
    turn = "if not windows_.start <= time_ < windows_.end:\n    windows_.turn_to(time_)"
    flow.put(statement(turn, windows_=windows, time_=time))
    keyed = search.checked is not None
    holes: dict[str, Any] = {
        "windows_": windows,
        "errors": expression("(KeyError, TypeError)") if keyed else name("KeyError"),
        "key_": name("key") if keyed else literal(None),
        "at_": ast.Call(expression("windows_.at", windows_=windows), [time, *([name("key")] if keyed else [])], []),
    }
    found = "try:\n    held = windows_.here[key_]\nexcept errors:\n"
    if search.before:
        check = statements("key = checked_", checked_=search.checked) if search.checked is not None else []
        flow.put(statement(f"{found}    held = None\n    check", check=check, **holes), *search.before)
        flow.put(statement("if held is None:\n    held = at_", **holes))
        return
    if search.checked is not None:
        holes["at_"].args[1] = search.checked
    flow.put(statement(f"{found}    held = at_", **holes))


def time_of(flow: Flow) -> ast.expr:
    """The packet's event time."""
    return name("timestamp") if flow.packet is None else expression("packet_.time", packet_=flow.packet)
