"""Conversion between formats: from text to a value, and to text again; what can't be converted leaves by `invalid`."""

from __future__ import annotations

import ast

from streamflow.ir.graph import Node
from streamflow.target.emission import Emission, End
from streamflow.target.filter_validate import refusal
from streamflow.target.flow import Flow
from streamflow.target.quote import expression, literal, name, statement, statements


def emit(emission: Emission, node: Node, flow: Flow) -> list[End]:
    """The converted text, bytes or value takes the place of the data."""
    if flow.packet is None:
        emission.runtime.add("Packet")
    converted = _encoded(emission, node, flow, _decoded(emission, node, name(flow.data)))
    put = statements("data_ = converted", data_=flow.data, converted=converted)
    refuse = refusal(node, flow.fresh_packet(), expression("str(error)"))
    behind = flow.moved(f"/{node.name}:0")
    template = "try:\n    put\nexcept Exception as error:\n    refuse"
    if flow.skip is not None:
        leave = ast.Continue() if flow.skip == "continue" else ast.Return()
        flow.put(statement(template, put=put, refuse=[*refuse, leave]))
    else:
        inner: list[ast.stmt] = []
        attempt = statement(template, put=put, refuse=refuse)
        attempt.orelse = inner  # type: ignore[attr-defined]
        flow.put(attempt)
        behind = behind.inside(inner)
    behind.count(node.name, emission.counter(node.name))
    return [("out", behind)]


def _decoded(emission: Emission, node: Node, data: ast.expr) -> ast.expr:
    """The value that the data of the source format stands for."""
    form = node.options["source_format"]
    if form == "value":
        return data
    emission.runtime.add(f"from_{form}")
    call = ast.Call(name(f"from_{form}"), [data], [])
    if form in ("json", "ndjson", "msgpack"):
        call.args.append(expression("self.nesting"))
    return _with_options(call, node) if form == "csv" else call


def _encoded(emission: Emission, node: Node, flow: Flow, value: ast.expr) -> ast.expr:
    """The value in the target format."""
    form, options = node.options["target_format"], node.options
    if form == "value":
        return value
    emission.runtime.add(f"to_{form}")
    call = ast.Call(name(f"to_{form}"), [value], [])
    if form == "csv":
        return _with_options(call, node)
    if form == "prometheus":
        key = options["key"] or ()
        call.args += [literal(options["measurement"] or node.name), literal((key,) if isinstance(key, str) else key)]
    elif form == "influx":
        time = name("timestamp") if flow.packet is None else expression("packet_.time", packet_=flow.packet)
        call.args += [literal(options["measurement"] or node.name), time, literal(tuple(options["tags"]))]
    return call


def _with_options(call: ast.Call, node: Node) -> ast.Call:
    """The options of CSV that are not as usual."""
    columns = node.options["columns"]
    given = {"columns": columns and tuple(columns), "header": node.options["header"]}
    given["delimiter"] = node.options["delimiter"]
    usual = {"columns": None, "header": True, "delimiter": ","}
    call.keywords += [ast.keyword(option, literal(value)) for option, value in given.items() if value != usual[option]]
    return call
