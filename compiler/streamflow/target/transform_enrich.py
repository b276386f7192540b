"""Enrichment from a table: a constant of the kernel, looked into on the packet's way."""

from __future__ import annotations

import ast

from streamflow.ir.graph import Node
from streamflow.target.aggregate import key_of
from streamflow.target.emission import Emission, End
from streamflow.target.flow import Flow
from streamflow.target.quote import expression, literal, name, statement, statements


def emit(emission: Emission, node: Node, flow: Flow) -> list[End]:
    """A key that the table lacks leaves by `missing`; a table's value stands in the record as it is."""
    identifier = emission.identifiers[node.name]
    table = f"{identifier}_lookup"
    emission.checks[table] = statements("table = rows", table=table, rows=literal(node.options["lookup"]))
    if flow.packet is None:
        emission.runtime.add("Packet")
    key = key_of(emission, node, flow)
    assert key is not None
    flow.put(*statements("looked_up = key_", key_=key))
    miss = statements("self.leave(node_, 'missing', packet_)", node_=literal(node.name), packet_=flow.fresh_packet())
    put = statement(
        "data_ = {**data_, into: table[looked_up]}", data_=flow.data, into=literal(node.options["into"]), table=table
    )
    known = expression("looked_up in table", table=table)
    if flow.skip is not None:
        leave = ast.Continue() if flow.skip == "continue" else ast.Return()
        flow.put(ast.If(ast.Compare(name("looked_up"), [ast.NotIn()], [name(table)]), [*miss, leave], []), put)
        behind = flow.moved(f"/{node.name}:0")
    else:
        inner: list[ast.stmt] = [put]
        flow.put(ast.If(known, inner, miss))
        behind = flow.moved(f"/{node.name}:0").inside(inner)
    behind.count(node.name, emission.counter(node.name))
    return [("out", behind)]
