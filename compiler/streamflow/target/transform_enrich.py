"""Enrichment: from a dict on the packet's way, a constant of the kernel; all else is looked up while packets wait."""

from __future__ import annotations

import ast

from streamflow.ir.graph import Node
from streamflow.target.aggregate import key_of
from streamflow.target.emission import Emission, End
from streamflow.target.flow import Flow
from streamflow.target.quote import expression, literal, name, statement, statements
from streamflow.target.retry_policy import policy_of


def emit(emission: Emission, node: Node, flow: Flow) -> list[End]:
    """A key that the table lacks leaves by `missing`; a table's value stands in the record as it is."""
    if node.looks_up:
        _ask(emission, node, flow)
        return []
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


def construct(emission: Emission, node: Node, upstream: ast.expr) -> ast.expr:
    """The expression that makes the place where packets wait for what is looked up."""
    enriching = {"retry": "RetriedEnriching", "stop": "StoppingEnriching"}.get(node.strategy, "Enriching")
    emission.runtime.add(enriching)
    made = expression(
        "enriching(self, name_, upstream_, lookup_, into=into_, after=after_)",
        enriching=enriching,
        name_=literal(node.name),
        upstream_=upstream,
        lookup_=_lookup(emission, node),
        into_=literal(node.options["into"]),
        after_=emission.after(node, "out") or expression("self.nowhere"),
    )
    assert isinstance(made, ast.Call)
    made.keywords += policy_of(node) if node.strategy == "retry" else []
    return made


def _ask(emission: Emission, node: Node, flow: Flow) -> None:
    """The packet waits at the node, with its key, for what the host finds."""
    stage = flow.method.alias(emission.identifiers[node.name], emission.attribute(node))
    if flow.packet is None:
        emission.runtime.add("Packet")
    key = key_of(emission, node, flow)
    assert key is not None
    flow.put(statement("stage_.ask(packet_, key_)", stage_=stage, packet_=flow.fresh_packet(), key_=key))


def _lookup(emission: Emission, node: Node) -> ast.expr:
    """The expression that makes what is asked."""
    lookup = node.options["lookup"]
    class_name = f"{lookup.type.capitalize()}Lookup"
    emission.runtime.add(class_name)
    made = ast.Call(ast.Name(class_name, ast.Load()), [literal(option) for option in lookup.options.values()], [])
    if lookup.type == "url":
        made.args.append(expression("self.secrets"))
    if node.options.get("cache_ttl"):
        made.keywords.append(ast.keyword("cache_ttl", literal(node.options["cache_ttl"])))
    return made
