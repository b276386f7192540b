"""Validation: a call of the schema's checks; a packet with a reason against it leaves by `invalid`."""

from __future__ import annotations

import ast
from typing import Any

from streamflow.ir.graph import Node
from streamflow.target.emission import Emission, End
from streamflow.target.flow import Flow
from streamflow.target.quote import expression, literal, name, statement, statements
from streamflow.target.schema_checks import SchemaChecks


def emit(emission: Emission, node: Node, flow: Flow) -> list[End]:
    """What has no reason against it goes on."""
    put_reason(emission, node, flow)
    refuse = refusal(node, flow.fresh_packet())
    if flow.packet is None:
        emission.runtime.add("Packet")
    if flow.skip is not None:
        leave = ast.Continue() if flow.skip == "continue" else ast.Return()
        flow.put(statement("if reason is not None:\n    leave", leave=[*refuse, leave]))
        passed = flow
    else:
        inner: list[ast.stmt] = []
        flow.put(ast.If(expression("reason is None"), inner, refuse))
        passed = flow.inside(inner)
    passed.count(node.name, emission.counter(node.name))
    return [("out", passed)]


def put_reason(emission: Emission, node: Node, flow: Flow) -> None:
    """Ask the checks of the node's schema for a reason against the data."""
    schema: dict[str, Any] = node.options["schema"]
    function = f"check_{emission.identifiers[node.name]}"
    if function not in emission.checks:
        emission.checks[function] = SchemaChecks(schema, function, node.name, emission.runtime).functions()
    flow.put(*statements("reason = check(data_)", check=function, data_=name(flow.data)))


def refusal(node: Node, packet: ast.expr, reason: ast.expr | None = None) -> list[ast.stmt]:
    """The packet leaves by `invalid`, with the reason."""
    reason = reason or name("reason")
    return statements("self.refuse(node_, reason_, packet_)", node_=literal(node.name), reason_=reason, packet_=packet)
