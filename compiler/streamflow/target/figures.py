"""`aggregates=` whose windows hold plain figures: their class, what a packet adds, and the result."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from streamflow.ir.aggregation import Aggregation
from streamflow.ir.function import Function
from streamflow.ir.graph import Node
from streamflow.ir.identifiers import free_identifier
from streamflow.ir.panes import shares_panes
from streamflow.target.emission import Emission
from streamflow.target.flow import Flow
from streamflow.target.quote import comment, expression, literal, name, statement, statements

BOUNDS = {"window_start": "window.start", "window_end": "window.end"}
_NUMBERS = ("sum", "mean")
_BEYOND = {"min": ast.Lt(), "max": ast.Gt()}
_OF_PANES = {"min": "lowest", "max": "highest"}
_TAKEN = ("came", "count", "entries", "gather", "held", "load", "nans", "take", "text")


@dataclass
class Read:
    """One value that packets add: `nulls` counts those that are None. `number`: nothing else passes."""

    value: str | Function
    nulls: str
    number: bool = False
    figures: dict[str, str] = field(default_factory=dict)  # of sums and extremes, by name: the kind


@dataclass
class Figures:
    """The figures of a node. An entry has its kind, its figure, which may be another's too, and what it reads."""

    reads: list[Read] = field(default_factory=list)
    entries: dict[str, tuple[str, str, Read | None]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The attributes that hold them."""
        return [name for read in self.reads for name in (*read.figures, read.nulls)]


def figures_of(node: Node) -> Figures:
    """What the windows of a node hold."""
    made, taken = Figures(), {*_TAKEN}
    aggregates: dict[str, Aggregation] = node.options["aggregates"]
    for entry, each in aggregates.items():
        if each.kind in BOUNDS or each.value is None:
            made.entries[entry] = (each.kind, "", None)
            continue
        read = next((read for read in made.reads if read.value == each.value), None)
        wanted = each.value if isinstance(each.value, str) else entry
        if read is None:
            read = Read(each.value, _free(f"{wanted}_nulls", taken))
            made.reads.append(read)
        read.number |= each.kind in _NUMBERS
        made.entries[entry] = (each.kind, _figure(each.kind, read, wanted, taken), read)
    return made


def _figure(kind: str, read: Read, wanted: str, taken: set[str]) -> str:
    """The figure of an entry: sum and mean of a value have one together."""
    if kind == "count":
        return ""
    kind = "sum" if kind == "mean" else kind
    for figure, known in read.figures.items():
        if known == kind:
            return figure
    figure = _free(f"{kind}_{wanted}", taken)
    read.figures[figure] = kind
    return figure


def _free(wanted: str, taken: set[str]) -> str:
    made = free_identifier(wanted, taken)
    taken.add(made)
    return made


def put_values(emission: Emission, node: Node, figures: Figures, flow: Flow) -> dict[str, ast.Name]:
    """Work out what the packet adds, and check it, before anything changes; gives the variables, by `nulls`."""
    variables: dict[str, ast.Name] = {}
    for read in figures.reads:
        flow.guard.used = True
        if isinstance(read.value, Function):
            worked_out = emission.call(read.value, flow, node.inlined)
        else:
            worked_out = emission.field(read.value, flow)
            if isinstance(worked_out, ast.Name):
                variables[read.nulls] = worked_out
                continue
        entry = read.value if isinstance(read.value, str) else f"{emission.identifiers[node.name]} {read.nulls}"
        variable = "value" if len(figures.reads) == 1 else emission.variables.of(entry)
        flow.put(statement("variable = value_", variable=variable, value_=worked_out))
        variables[read.nulls] = name(variable)
    checked: set[tuple[str, str]] = set()
    for kind, _, of in figures.entries.values():
        check = "checked_number" if kind in _NUMBERS else "storable" if kind in _BEYOND else ""
        if of is None or not check or {(of.nulls, check), (of.nulls, "checked_number")} & checked:
            continue
        checked.add((of.nulls, check))
        emission.runtime.add(check)
        flow.put(
            statement(
                "if type(value_) is not float and type(value_) is not int:\n    check(value_)",
                value_=variables[of.nulls],
                check=check,
            )
        )
    return variables


def added(node: Node, figures: Figures, variables: dict[str, ast.Name], windows: ast.expr) -> list[ast.stmt]:
    """Add the packet's values to what `held` has. What may fail comes first."""
    unsure = [(figure, read) for read in figures.reads if not read.number for figure in read.figures]
    first: list[ast.stmt] = []
    then: list[ast.stmt] = []
    for figure, read in unsure:
        value = variables[read.nulls]
        beyond = ast.Compare(value, [_BEYOND[read.figures[figure]]], [expression("held.figure", figure=figure)])
        condition = expression("value_ is not None and beyond", value_=value, beyond=beyond)
        if len(unsure) > 1:
            first += statements("beyond = condition", beyond=f"beyond_{figure}", condition=condition)
            condition = name(f"beyond_{figure}")
        then.append(
            statement("if condition:\n    held.figure = value_", condition=condition, figure=figure, value_=value)
        )
    for read in figures.reads:
        value, nulls = variables[read.nulls], statements("held.nulls += 1", nulls=read.nulls)
        if not read.number:
            then.append(statement("if value_ is None:\n    nulls", value_=value, nulls=nulls))
            continue
        known = [step for figure, kind in read.figures.items() for step in _step(node, figure, kind, value, windows)]
        then.append(
            statement("if value_ is None:\n    nulls\nelse:\n    known", value_=value, nulls=nulls, known=known)
        )
    return [*first, *then, *statements("held.count += 1")]


def _step(node: Node, figure: str, kind: str, value: ast.expr, windows: ast.expr) -> list[ast.stmt]:
    if kind == "sum":
        return statements("held.figure += value_", figure=figure, value_=value)
    beyond = ast.Compare(value, [_BEYOND[kind]], [expression("held.figure", figure=figure)])
    if shares_panes(node):
        step = expression(
            "held.take(figure_, value_, windows_)", figure_=literal(figure), value_=value, windows_=windows
        )
        taken: ast.stmt = ast.Expr(step)
    else:
        taken = statement("held.figure = value_", figure=figure, value_=value)
    return [ast.If(beyond, [taken], [])]


def emit_class(emission: Emission, node: Node, figures: Figures) -> list[ast.keyword]:
    """Emit the class of what a window or pane holds, and the method that makes the result of one."""
    class_name = emission.class_name(node, "Figures")
    base = "PaneFigures" if shares_panes(node) else "Figures"
    what = "pane" if shares_panes(node) else "window"
    emission.runtime |= {base, "Contents"}
    entries = tuple(
        (kind, figure, "" if read is None else read.nulls)
        for kind, figure, read in figures.entries.values()
        if kind not in BOUNDS
    )
    starts: list[ast.stmt] = []
    for read in figures.reads:
        for figure, kind in read.figures.items():
            if kind in _BEYOND:
                emission.runtime.add("NOTHING")
            start = name("NOTHING") if kind in _BEYOND else literal(0)
            starts.append(statement("self.figure = start", figure=figure, start=start))
        starts.append(statement("self.nulls = 0", nulls=read.nulls))
    note = comment(f"{node.name}: {emission.place(node)}")
    emission.mark(note, node.name, node)
    doc = f"What a {what} of `{node.name}` holds in place of its packets."
    emission.classes.append(
        statement(
            "class made(base):\n"
            "    doc\n"
            "    entries = entries_\n"
            "    __slots__ = names_\n"
            "    def __init__(self):\n"
            "        super().__init__()\n"
            "        starts\n"
            "    gathered",
            made=class_name,
            base=base,
            doc=[ast.Expr(ast.Constant(doc)), note],
            entries_=literal(entries),
            names_=literal(tuple(figures.names)),
            starts=starts,
            gathered=_gathered(emission, figures) if shares_panes(node) else [],
        )
    )
    result = _emit_result(emission, node, figures)
    return [
        ast.keyword("result", result),
        ast.keyword("contents", expression("Contents(made)", made=class_name)),
    ]


def _gathered(emission: Emission, figures: Figures) -> list[ast.stmt]:
    """The method that makes figures of a window of those of its panes."""
    added = statements("self.count += pane.count")
    extremes: list[ast.stmt] = []
    for read in figures.reads:
        sums = [figure for figure, kind in read.figures.items() if kind == "sum"]
        for figure in (*sums, read.nulls):
            added.append(statement("self.figure += pane.figure", figure=figure))
        for figure, kind in read.figures.items():
            if kind in _OF_PANES:
                emission.runtime.add(_OF_PANES[kind])
                values = "[pane.figure for pane in panes if pane.figure is not NOTHING]"
                extremes.append(
                    statement(
                        "self.figure = extreme(values, figure_, panes)",
                        figure=figure,
                        extreme=_OF_PANES[kind],
                        values=expression(values, figure=figure),
                        figure_=literal(figure),
                    )
                )
    return statements(
        "def gather(self, panes):\n    for pane in panes:\n        added\n    extremes", added=added, extremes=extremes
    )


def _emit_result(emission: Emission, node: Node, figures: Figures) -> ast.expr:
    method = f"result_of_{emission.identifiers[node.name]}"
    key = node.options.get("key")
    parts = (key,) if isinstance(key, str) else key if isinstance(key, tuple) else ()
    keys: list[ast.expr | None] = [literal(part) for part in (*parts, *figures.entries)]
    values = [
        expression("window.key" if isinstance(key, str) else "window.key[place]", place=literal(place))
        for place in range(len(parts))
    ]
    values += [_value(emission, *entry) for entry in figures.entries.values()]
    note = comment(f"{node.name}: {emission.place(node)}")
    emission.mark(note, node.name, node)
    signature = ast.arguments([], [ast.arg(part) for part in ("self", "held", "window")], None, [], [], None, [])
    head: list[ast.stmt] = [ast.Expr(ast.Constant(f"The result of a window of `{node.name}`.")), note]
    emission.methods.append(ast.FunctionDef(method, signature, [*head, ast.Return(ast.Dict(keys, values))], []))
    return expression("self.method", method=method)


def _value(emission: Emission, kind: str, figure: str, read: Read | None) -> ast.expr:
    """What an entry has in the result; nulls alone give None."""
    if kind in BOUNDS:
        return expression(BOUNDS[kind])
    if read is None:
        return expression("held.count")
    if kind == "count":
        return expression("held.count - held.nulls", nulls=read.nulls)
    if kind in _NUMBERS:
        value = "held.figure" if kind == "sum" else "held.figure / (held.count - held.nulls)"
        return expression(f"{value} if held.count > held.nulls else None", figure=figure, nulls=read.nulls)
    emission.runtime.add("NOTHING")
    value = "held.figure"
    if not read.number:
        emission.runtime.add("copy_of")
        value = "copy_of(held.figure)"
    return expression(f"None if held.figure is NOTHING else {value}", figure=figure)
