"""Aggregates whose function has been lifted: a packet is added to running figures, and none is kept."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from streamflow.ir.accumulator import Accumulator
from streamflow.ir.graph import Node
from streamflow.target.emission import Emission
from streamflow.target.finding import time_of
from streamflow.target.flow import Flow, Guard
from streamflow.target.quote import comment, expression, literal, name, statement, statements

_COMPENSATED = (3, 12)  # since then, the builtin `sum` of floats carries what additions lose
_RUNNING = {"sum": "RunningSum", "min": "Lowest", "max": "Highest"}
_BEYOND = {"min": "<", "max": ">"}


def is_lifted(node: Node) -> bool:
    """Whether windows of the node hold figures that a pass has found in its function."""
    return "accumulators" in node.options


def emit_lifted(emission: Emission, node: Node, flow: Flow, key: ast.expr | None) -> None:
    """Add the packet to its window, or let it leave by `late`."""
    windows = flow.method.alias(emission.identifiers[node.name], emission.attribute(node))
    time = time_of(flow)
    arguments = [time]
    if key is not None:
        flow.put(*statements("key = key_", key_=key))
        arguments.append(name("key"))
    joined = ast.Call(expression("windows_.at", windows_=windows), arguments, [])
    flow.put(*statements("held = joined", joined=joined))
    if node.kind == "aggregate.count":
        flow.put(*_added(emission, node, flow, time))
        full = ast.Call(expression("windows_.complete", windows_=windows), arguments[1:], [])
        size = literal(node.options["size"])
        flow.put(statement("if held.count == size:\n    full", size=size, full=[ast.Expr(full)]))
        return
    if flow.packet is None:
        emission.runtime.add("Packet")
    late = statements("self.leave(name_, 'late', packet_)", name_=literal(node.name), packet_=flow.current_packet())
    if flow.skip is None:
        added = _added(emission, node, flow, time)
        flow.put(statement("if held is None:\n    late\nelse:\n    added", late=late, added=added))
    else:
        leave: ast.stmt = ast.Continue() if flow.skip == "continue" else ast.Return()
        flow.put(statement("if held is None:\n    late", late=[*late, leave]), *_added(emission, node, flow, time))


def lifted_steps(emission: Emission, node: Node, flow: Flow) -> list[ast.stmt]:
    """Add the packet to what `held` has."""
    return _added(emission, node, flow, time_of(flow))


def emit_figures(emission: Emission, node: Node) -> list[ast.keyword]:
    """Emit the class of what a window holds; gives the arguments that hand it to the node's windows."""
    class_name = emission.class_name(node, "Figures")
    accumulators: dict[str, Accumulator] = node.options["accumulators"]
    note = comment(f"{node.name}: {emission.place(node)}")
    emission.mark(note, node.name, node)
    starts = [
        statement("self.figure = start", figure=figure, start=_start(emission, each))
        for figure, each in accumulators.items()
    ]
    running = tuple(figure for figure, each in accumulators.items() if _is_running(emission, each))
    emission.runtime |= {"Lifted", "Contents", *(_RUNNING[accumulators[figure].kind] for figure in running)}
    tables = statements("figures = names_", names_=literal(tuple(accumulators)))
    if running:
        tables += statements("running = names_", names_=literal(running))
    emission.classes.append(
        statement(
            "class made(Lifted):\n"
            "    doc\n"
            "    tables\n"
            "    __slots__ = figures\n"
            "    def __init__(self):\n"
            "        super().__init__()\n"
            "        starts\n",
            made=class_name,
            doc=[ast.Expr(ast.Constant(f"What a window of `{node.name}` holds in place of its packets.")), note],
            tables=tables,
            starts=starts,
        )
    )
    return [ast.keyword("contents", expression("Contents(made)", made=class_name))]


def _start(emission: Emission, accumulator: Accumulator) -> ast.expr:
    if _is_running(emission, accumulator):
        return expression("made()", made=_RUNNING[accumulator.kind])
    return literal(0)


def _added(emission: Emission, node: Node, flow: Flow, time: ast.expr) -> list[ast.stmt]:
    """Add the packet to what its window holds."""
    figures = [f"held.{figure}" for figure in node.options["accumulators"]]
    steps = emit_steps(emission, node, flow, time, figures, expression("held.spoil"))
    return [*statements("held.count += 1"), *steps]


def emit_steps(
    emission: Emission, node: Node, flow: Flow, time: ast.expr, figures: Sequence[str], spoil: ast.expr
) -> list[ast.stmt]:
    """Add the packet to each figure, variable or attribute; one that can't take it spoils the window's result."""
    accumulators: dict[str, Accumulator] = node.options["accumulators"]
    block: list[ast.stmt] = []
    for rank, (figure, accumulator) in enumerate(zip(figures, accumulators.values(), strict=True)):
        steps = _step(emission, figure, accumulator, flow, time)
        if _may_fail(accumulator):
            steps = statements(
                "try:\n    steps\nexcept Exception as error:\n    spoil(self, rank_, error, time_)",
                steps=steps,
                spoil=spoil,
                rank_=literal(rank),
                time_=time,
            )
        block += steps
    return block


def _step(emission: Emission, figure: str, accumulator: Accumulator, flow: Flow, time: ast.expr) -> list[ast.stmt]:
    seen = replace(flow, block=[], guard=Guard())
    value = emission.call(accumulator.value, seen, True)
    held = expression(figure)
    if accumulator.kind != "sum":
        steps = statements(
            f"value = value_\nfigure_ = held\n"
            f"if value {_BEYOND[accumulator.kind]} figure_.value or value == figure_.value or time_ < figure_.first:\n"
            "    figure_.take(value, time_)",
            figure_="extreme",
            held=held,
            value_=value,
            time_=time,
        )
    elif _is_running(emission, accumulator):
        steps = statements("held.add(value_)", held=held, value_=value)
    else:
        steps = [ast.AugAssign(_stored(held), ast.Add(), value)]
    if accumulator.where is not None:
        where = emission.call(accumulator.where, seen, True)
        steps = [statement("if where_:\n    steps", where_=where, steps=steps)]
    return steps


def _stored(held: ast.expr) -> ast.Name | ast.Attribute:
    assert isinstance(held, (ast.Name, ast.Attribute))
    held.ctx = ast.Store()
    return held


def _is_running(emission: Emission, accumulator: Accumulator) -> bool:
    """Whether the figure is an object: an extreme, or a sum that has to carry, which one that only counts needs not."""
    if accumulator.kind != "sum":
        return True
    return not isinstance(accumulator.value.expression, ast.Constant) and emission.python >= _COMPENSATED


def _may_fail(accumulator: Accumulator) -> bool:
    parts = (accumulator.value.expression, None if accumulator.where is None else accumulator.where.expression)
    return not all(part is None or isinstance(part, ast.Constant) for part in parts)
