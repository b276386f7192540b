"""Aggregates whose function has been lifted: a packet is added to running figures, and none is kept."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from streamflow.ir.accumulator import Accumulator
from streamflow.ir.graph import Node
from streamflow.ir.panes import shares_panes
from streamflow.target.emission import Emission
from streamflow.target.finding import takes_packets, time_of
from streamflow.target.flow import Flow, Guard, Method
from streamflow.target.local_windows import is_local
from streamflow.target.quote import comment, expression, literal, name, statement, statements

_COMPENSATED = (3, 12)  # since then, the builtin `sum` of floats carries what additions lose
_RUNNING = {
    "sum": "RunningSum",
    "min": "Lowest",
    "max": "Highest",
    "any": "AnyOf",
    "all": "AllOf",
    "distinct": "DistinctValues",
    "mean": "ExactMean",
    "fmean": "FloatMean",
}
_ENDING = ("any", "all")  # what ends at the first packet that decides
_BEYOND = {"min": "<", "max": ">"}


@dataclass(frozen=True)
class InLoop:
    """What a loop has of a figure beside its variable: what a value must be beyond, or the carry of the sum `kept`."""

    variable: str
    raised: str = ""
    kept: ast.expr | None = None


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
    merged = node.kind == "aggregate.session" or shares_panes(node)
    base = "MergedFigures" if merged else "Lifted"
    emission.runtime |= {base, "Contents", *(_RUNNING[accumulators[figure].kind] for figure in running)}
    tables = statements("figures = names_", names_=literal(tuple(accumulators)))
    if running:
        tables += statements("running = names_", names_=literal(running))
    if parted := parted_sums(emission, node):
        tables += statements("parted = names_", names_=literal(parted))
    emission.classes.append(
        statement(
            "class made(base):\n"
            "    doc\n"
            "    tables\n"
            "    __slots__ = figures\n"
            "    def __init__(self):\n"
            "        super().__init__()\n"
            "        starts\n"
            "    taken",
            made=class_name,
            base=base,
            taken=_taken(emission, node) if takes_packets(node) else [],
            doc=[ast.Expr(ast.Constant(f"What a window of `{node.name}` holds in place of its packets.")), note],
            tables=tables,
            starts=starts,
        )
    )
    return [ast.keyword("contents", expression("Contents(made)", made=class_name))]


def _taken(emission: Emission, node: Node) -> list[ast.stmt]:
    """The method by which a window takes a packet."""
    method = Method(in_loop=False)
    flow = Flow(method, [], Guard(), "", "packet")
    figures = [f"self.{figure}" for figure in node.options["accumulators"]]
    time = name("timestamp")
    kernel = name("Kernel")
    note = comment(f"{node.name}: {emission.place(node)}")
    emission.mark(note, node.name, node)
    steps = statements("self.count += 1")
    if node.kind == "aggregate.count":
        steps += statements("self.first = min(self.first, timestamp)\nself.last = max(self.last, timestamp)")
    steps += emit_steps(emission, node, flow, time, figures, expression("self.spoil"), kernel)
    read = {part.id for step in steps for part in ast.walk(step) if isinstance(part, ast.Name)}
    for variable, attribute in (("timestamp", "time"), ("data", "data")):
        if variable in read:
            steps = [*statements("variable = packet.attribute", variable=variable, attribute=attribute), *steps]
    head = [ast.Expr(ast.Constant("Add a packet.")), note]
    return statements("def append(self, packet):\n    head\n    steps", head=head, steps=steps)


def _start(emission: Emission, accumulator: Accumulator) -> ast.expr:
    if _is_running(emission, accumulator):
        return expression("made()", made=_RUNNING[accumulator.kind])
    return literal(0)


def _added(emission: Emission, node: Node, flow: Flow, time: ast.expr) -> list[ast.stmt]:
    """Add the packet to what its window holds."""
    figures = [f"held.{figure}" for figure in node.options["accumulators"]]
    steps = emit_steps(emission, node, flow, time, figures, expression("held.spoil"), name("self"))
    return [*statements("held.count += 1"), *steps]


def emit_steps(
    emission: Emission,
    node: Node,
    flow: Flow,
    time: ast.expr,
    figures: Sequence[str],
    spoil: ast.expr,
    kernel: ast.expr,
    loop: Mapping[str, InLoop] | None = None,
) -> list[ast.stmt]:
    """Add the packet to each figure, variable or attribute; one that can't take it spoils the window's result.

    `loop` has, by figure, what else a loop has of it in local variables.
    """
    accumulators: dict[str, Accumulator] = node.options["accumulators"]
    block: list[ast.stmt] = []
    for rank, (figure, accumulator) in enumerate(zip(figures, accumulators.values(), strict=True)):
        steps = _step(emission, figure, accumulator, flow, time, (loop or {}).get(figure))
        _place(steps, accumulator)
        if _may_fail(accumulator):
            failed = expression(
                "spoil(kernel_, rank_, error, time_)", spoil=spoil, kernel_=kernel, rank_=literal(rank), time_=time
            )
            if accumulator.kind in _ENDING:
                failed = expression(f"{figure}.fail(kernel_, error, time_)", kernel_=kernel, time_=time)
            steps = statements(
                "try:\n    steps\nexcept Exception as error:\n    failed", steps=steps, failed=[ast.Expr(failed)]
            )
        block += steps
    return block


def _place(steps: list[ast.stmt], accumulator: Accumulator) -> None:
    """What is not the user's own code fails at the line at which the user asks for the figure."""
    line = getattr(accumulator.value.tree, "lineno", 0)
    for step in steps:
        for part in ast.walk(step):
            if line and "lineno" in part._attributes and not hasattr(part, "lineno"):
                part.lineno = line  # type: ignore[attr-defined]


def _step(
    emission: Emission, figure: str, accumulator: Accumulator, flow: Flow, time: ast.expr, in_loop: InLoop | None
) -> list[ast.stmt]:
    seen = replace(flow, block=[], guard=Guard())
    value = emission.call(accumulator.value, seen, True)
    held = expression(figure)
    if accumulator.kind in _ENDING:
        return _ends(emission, held, accumulator, value, seen, time)
    if in_loop is not None:
        named = isinstance(value, ast.Name)
        steps = [] if named else statements("value = value_", value_=value)
        taken = value.id if isinstance(value, ast.Name) else "value"
        if accumulator.kind == "sum":
            steps += _carried(figure, in_loop, taken)
        else:
            steps += _beyond(held, accumulator, taken, time, in_loop.variable)
    elif accumulator.kind in _BEYOND:
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
        added: ast.stmt = ast.AugAssign(_stored(held), ast.Add(), value)
        if not isinstance(value, ast.Constant):  # in the words of `sum`, which doesn't add in place
            added = ast.Assign([_stored(held)], ast.BinOp(expression(figure), ast.Add(), value))
        steps = [added]
    if accumulator.where is not None:
        where = emission.call(accumulator.where, seen, True)
        steps = [statement("if where_:\n    steps", where_=where, steps=steps)]
    return steps


def _beyond(held: ast.expr, accumulator: Accumulator, value: str, time: ast.expr, bar: str) -> list[ast.stmt]:
    """Ask the extreme only about a value that passes the one so far."""
    return statements(
        f"if value_ {_BEYOND[accumulator.kind]} bar_:\n    bar_ = held.take(value_, time_)",
        value_=value,
        held=held,
        time_=time,
        bar_=bar,
    )


def _carried(total: str, in_loop: InLoop, value: str) -> list[ast.stmt]:
    """Add to a sum that carries what additions lose: floats here, everything else by a call."""
    assert in_loop.kept is not None
    return statements(
        "if type(value_) is float and carry is not None:\n"
        "    raised_ = total + value_\n"
        "    if abs(total) >= abs(value_):\n"
        "        carry += (total - raised_) + value_\n"
        "    else:\n"
        "        carry += (value_ - raised_) + total\n"
        "    total = raised_\n"
        "else:\n"
        "    total, carry = kept_.add_to(total, carry, value_)",
        total=total,
        carry=in_loop.variable,
        value_=value,
        raised_=in_loop.raised,
        kept_=in_loop.kept,
    )


def _ends(
    emission: Emission, held: ast.expr, accumulator: Accumulator, value: ast.expr, flow: Flow, time: ast.expr
) -> list[ast.stmt]:
    """Look at the packet if none before it has decided."""
    decides = value if accumulator.kind == "any" else ast.UnaryOp(ast.Not(), value)
    conditions = [expression("time_ < held.until", time_=time, held=held), decides]
    if accumulator.where is not None:
        conditions.insert(1, emission.call(accumulator.where, flow, True))
    return statements(
        "if decided:\n    held.decide(time_)", decided=ast.BoolOp(ast.And(), conditions), held=held, time_=time
    )


def _stored(held: ast.expr) -> ast.Name | ast.Attribute:
    assert isinstance(held, (ast.Name, ast.Attribute))
    held.ctx = ast.Store()
    return held


def parted_sums(emission: Emission, node: Node) -> tuple[str, ...]:
    """The figures of a window that are sums whose parts a loop has in local variables."""
    accumulators: dict[str, Accumulator] = node.options["accumulators"]
    if not is_local(emission.graph, node):
        return ()
    return tuple(figure for figure, each in accumulators.items() if each.kind == "sum" and _is_running(emission, each))


def _is_running(emission: Emission, accumulator: Accumulator) -> bool:
    """Whether the figure is an object: an extreme, or a sum that has to carry, which one that only counts needs not."""
    if accumulator.kind != "sum":
        return True
    return not isinstance(accumulator.value.expression, ast.Constant) and emission.python >= _COMPENSATED


def _may_fail(accumulator: Accumulator) -> bool:
    parts = (accumulator.value.expression, None if accumulator.where is None else accumulator.where.expression)
    return not all(part is None or isinstance(part, ast.Constant) for part in parts)
