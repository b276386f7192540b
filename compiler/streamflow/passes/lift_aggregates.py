"""Let a window hold running figures in place of its packets.

Before:
    source.manual sales()
    aggregate.time hourly(duration=3600000, function=lambda packets: {"total": sum(p.data["n"] for p in packets)})
    sink.log out()
    sales -> hourly
    hourly -> out

After:
    source.manual sales()
    aggregate.time hourly(duration=3600000, function=lambda packets: {"total": sum(p.data["n"] for p in packets)}, accumulators={"total": sum(lambda data: data["n"])}, result=lambda packets: {"total": packets.total})
    sink.log out()
    sales -> hourly
    hourly -> out

Why: keeping a packet costs more than everything else that happens to it, and a window's state stays small.

Not done when: packets are used other than by `len`, or by `sum`, `min` or `max` of an expression of `p.data` that has no
effects; such a figure is only worked out under a condition; the smallest or largest of some of the packets is asked
for, which may be none; the function has statements other than assignments and a `return`; or packets may be in several
results.
"""  # noqa: E501

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from streamflow.ir.accumulator import Accumulator, AccumulatorKind
from streamflow.ir.function import Function
from streamflow.ir.function_facts import plain_body
from streamflow.ir.graph import Graph, Node
from streamflow.ir.identifiers import free_identifier
from streamflow.ir.purity import impurity
from streamflow.ir.remarks import Refusal, Remarks, listed, refused, source_of
from streamflow.ir.rewriting import Rewriter

_ONE_RESULT = ("aggregate.time", "aggregate.count")
_REPEATED = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_REPEATING = ("slide", "allowed_lateness", "early")
_WINDOWS = {
    "aggregate.session": "a session",
    "aggregate.rolling": "a rolling window",
    "aggregate.custom": "an assigner of windows",
}


def lift_aggregates(graph: Graph, remarks: Remarks) -> Graph:
    """Lift every aggregate whose function allows it."""
    aggregates = [node for node in graph.nodes if node.family == "aggregate" and node.function is not None]
    return graph.with_nodes(_lifted(node, remarks) for node in aggregates)


class NotLifted(Exception):
    """Why a function can't be, in the user's terms, and what of it stands in the way."""

    def __init__(self, reason: str, at: ast.AST | None = None) -> None:
        super().__init__(reason)
        self.reason, self.at = reason, at


def _lifted(node: Node, remarks: Remarks) -> Node:
    refusal = _refusal(node)
    if refusal is None:
        assert node.function is not None
        try:
            accumulators, result = _lift(node.function)
        except NotLifted as error:
            refusal = refused(error.reason, node.function, error.at)
        else:
            figures = f"{listed(accumulators)} and a count" if accumulators else "a count"
            remarks.applied(node, f"holds {figures} in place of its packets")
            return replace(node, options={**node.options, "accumulators": accumulators, "result": result})
    remarks.missed(node, "keeps its packets", refusal)
    return node


def _refusal(node: Node) -> Refusal | None:
    if node.kind not in _ONE_RESULT:
        return Refusal(f"{_WINDOWS.get(node.kind, 'its window')} may move packets from result to result")
    for option in _REPEATING:
        if node.options.get(option):
            return Refusal(f"by `{option}` a packet may be in several results")
    return None


def _lift(function: Function) -> tuple[dict[str, Accumulator], Function]:
    """The running figures that a function over packets needs, and the function over them that gives its result."""
    body = plain_body(function)
    if function.tree is None:
        raise NotLifted(f"`{function.reference}` is imported")
    if body is None:
        raise NotLifted("it has statements other than assignments and a `return`", _other_statement(function))
    lifting = _Lifting(function)
    kept = [done for statement in body if (done := lifting.statement(statement)) is not None]
    if (asked := lifting.asks_for_packets(kept)) is not None:
        raise NotLifted(f"`{source_of(asked)}` is more than `len`, `sum`, `min` or `max` of what `p.data` holds", asked)
    parameters = function.parameters[:2]
    arguments = ast.arguments([], [ast.arg(name) for name in parameters], None, [], [], None, [])
    tree: ast.Lambda | ast.FunctionDef
    if len(kept) == 1 and isinstance(kept[0], ast.Return) and kept[0].value is not None:
        tree = ast.Lambda(arguments, kept[0].value)
    else:
        tree = ast.FunctionDef(function.name, arguments, kept, [])
    ast.copy_location(tree, function.tree or kept[0])
    return lifting.accumulators, replace(function, tree=ast.fix_missing_locations(tree), parameters=parameters)


@dataclass(frozen=True)
class _Elements:
    """What a comprehension takes of each packet."""

    value: ast.expr
    where: ast.expr | None


@dataclass
class _Lifting:
    """Replaces the figures in a function, statement by statement."""

    function: Function
    accumulators: dict[str, Accumulator] = field(default_factory=dict)
    read: list[ast.Name] = field(default_factory=list)  # where the function now reads figures
    lists: dict[str, _Elements] = field(default_factory=dict)  # variables that hold a list made of the packets

    def __post_init__(self) -> None:
        assert self.function.tree is not None
        self.packets = self.function.parameters[0]
        self.own = {*self.function.parameters, *_stored(self.function.tree)}

    def statement(self, statement: ast.stmt) -> ast.stmt | None:
        """The statement with figures in it; None where it only prepares some."""
        if isinstance(statement, ast.Return):
            returned = statement.value or ast.Constant(None)
            return ast.copy_location(ast.Return(self.expression(returned, "", False)), statement)
        assert isinstance(statement, ast.Assign)
        name = ast.unparse(statement.targets[0])
        elements = self._elements(statement.value)
        if elements is not None:
            self.lists[name] = elements
            return None
        value = self.expression(statement.value, name, False)
        return ast.copy_location(ast.Assign(list(statement.targets), value), statement)

    def asks_for_packets(self, statements: list[ast.stmt]) -> ast.expr | None:
        """The outermost expression but displays that still asks for the packets themselves."""
        for statement in statements:
            for tree in ast.iter_child_nodes(statement):
                if isinstance(tree, ast.expr) and self._asks(tree):
                    return self._innermost(tree)
        return None

    def _asks(self, tree: ast.AST) -> bool:
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        return any(node.id in self.lists or (node.id == self.packets and node not in self.read) for node in names)

    def _innermost(self, tree: ast.expr) -> ast.expr:
        """The part that asks: of a call, an operation or a display that part of it which does."""
        if isinstance(tree, (ast.Call, ast.Dict, ast.List, ast.Tuple, ast.BinOp, ast.Subscript, ast.Attribute)):
            inner = [part for part in ast.iter_child_nodes(tree) if isinstance(part, ast.expr) and self._asks(part)]
            if len(inner) == 1 and not isinstance(inner[0], (ast.Name, *_REPEATED)):
                return self._innermost(inner[0])
            if isinstance(tree, (ast.Dict, ast.List, ast.Tuple, ast.BinOp)) and inner:
                return inner[0] if isinstance(inner[0], ast.Name) else self._innermost(inner[0])
        return tree

    def expression(self, tree: ast.expr, name: str, conditional: bool) -> ast.expr:
        """The expression over figures. `name` is what its value is called, `conditional`: it may not be evaluated."""
        figure = self._figure(tree, name)
        if figure is not None:
            if conditional and figure != "count":
                raise NotLifted(f"it works `{source_of(tree)}` out only under a condition", tree)
            self.read.append(ast.Name(self.packets, ast.Load()))
            read = ast.Attribute(self.read[-1], figure, ast.Load())
            return ast.fix_missing_locations(ast.copy_location(read, tree))
        if isinstance(tree, ast.IfExp) and (known := self._known(tree.test)) is not None:
            return self.expression(tree.body if known else tree.orelse, name, conditional)
        copied = type(tree)(**{part: getattr(tree, part) for part in tree._fields})
        for part, value in ast.iter_fields(tree):
            setattr(copied, part, self._part(tree, part, value, conditional))
        return ast.copy_location(copied, tree)

    def _part(self, tree: ast.expr, part: str, value: Any, conditional: bool) -> Any:
        if isinstance(value, list):
            return [self._item(tree, part, place, item, conditional) for place, item in enumerate(value)]
        inside = conditional or isinstance(tree, _REPEATED) or (isinstance(tree, ast.IfExp) and part != "test")
        return self.expression(value, "", inside) if isinstance(value, ast.expr) else self._deeper(value, inside)

    def _item(self, tree: ast.expr, part: str, place: int, item: Any, conditional: bool) -> Any:
        if not isinstance(item, ast.expr):
            return self._deeper(item, conditional)
        name = ""
        if isinstance(tree, ast.Dict) and part == "values":
            key = tree.keys[place]
            name = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
        skipped = isinstance(tree, ast.BoolOp) or (isinstance(tree, ast.Compare) and part == "comparators")
        return self.expression(item, name, conditional or (skipped and place > 0))

    def _deeper(self, value: Any, conditional: bool) -> Any:
        """Parts that are no expressions, as keyword arguments and comprehensions, take no figures but plain ones."""
        if isinstance(value, ast.keyword):
            return ast.copy_location(ast.keyword(value.arg, self.expression(value.value, "", conditional)), value)
        return value

    def _known(self, test: ast.expr) -> bool | None:
        """A window has packets: what a test for that gives."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            known = self._known(test.operand)
            return None if known is None else not known
        text = ast.unparse(test)
        packets = self.packets
        asked = (packets, f"len({packets})", f"len({packets}) > 0", f"len({packets}) >= 1", f"len({packets}) != 0")
        return True if text in asked and self._is_builtin("len") else None

    def _figure(self, tree: ast.expr, name: str) -> str | None:
        """The figure that gives an expression's value, if it is one."""
        if (
            not isinstance(tree, ast.Call)
            or tree.keywords
            or len(tree.args) != 1
            or not isinstance(tree.func, ast.Name)
        ):
            return None
        kind, of = tree.func.id, tree.args[0]
        if not self._is_builtin(kind):
            return None
        if kind == "len" and isinstance(of, ast.Name) and of.id == self.packets:
            return "count"
        elements = self.lists.get(of.id) if isinstance(of, ast.Name) else self._elements(of)
        if elements is None:
            return None
        if kind == "len":
            if isinstance(of, ast.GeneratorExp):
                return None
            return self._added(name or "count", "sum", replace(elements, value=ast.Constant(1)), elements.value)
        if kind not in get_args(AccumulatorKind):
            return None
        if kind != "sum" and elements.where is not None:
            raise NotLifted(f"`{kind}` of some of the packets may find none", tree)
        return self._added(name or f"{kind}_{_field(elements.value)}".rstrip("_"), kind, elements)

    def _added(self, wanted: str, kind: Any, elements: _Elements, evaluated: ast.expr | None = None) -> str:
        """The name of a figure; one that is there already is not kept twice."""
        if evaluated is not None and not isinstance(evaluated, (ast.Constant, ast.Name)):
            raise NotLifted("it takes `len` of a list whose elements may fail", evaluated)
        value = self._element(elements.value)
        where = None if elements.where is None else self._element(elements.where)
        for name, other in self.accumulators.items():
            if (other.kind, _text(other.value), _text(other.where)) == (kind, _text(value), _text(where)):
                return name
        name = free_identifier(wanted.strip("_"), {*self.accumulators, *_TAKEN})
        self.accumulators[name] = Accumulator(kind, value, where)
        return name

    def _elements(self, tree: ast.expr) -> _Elements | None:
        """What a comprehension over the packets takes of each: `data` stands for its data."""
        if not isinstance(tree, (ast.GeneratorExp, ast.ListComp)) or len(tree.generators) != 1:
            return None
        loop = tree.generators[0]
        if not isinstance(loop.iter, ast.Name) or loop.iter.id != self.packets:
            return None
        if not isinstance(loop.target, ast.Name) or loop.is_async:
            raise NotLifted("it takes packets apart", loop.target)
        of_data = _OfData(loop.target.id)
        conditions = [of_data.visit(condition) for condition in loop.ifs]
        where = ast.BoolOp(ast.And(), conditions) if len(conditions) > 1 else conditions[0] if conditions else None
        return _Elements(of_data.visit(tree.elt), where)

    def _element(self, tree: ast.expr) -> Function:
        """The function of a packet's data that an expression of an element is."""
        free = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - {"data"}
        if free & self.own or "data" in {*self.function.imports, *self.function.helpers}:
            raise NotLifted(
                f"`{source_of(tree)}` takes more of a packet than its data, or a variable of the function", tree
            )
        arguments = ast.arguments([], [ast.arg("data")], None, [], [], None, [])
        made = ast.copy_location(ast.Lambda(arguments, tree), self.function.tree or tree)
        function = replace(
            self.function, tree=ast.fix_missing_locations(made), parameters=("data",), wants_packet=False
        )
        if refusal := impurity(function):
            raise NotLifted(refusal.reason, tree)
        return function

    def _is_builtin(self, name: str) -> bool:
        return name not in {*self.own, *self.function.imports, *self.function.helpers}


class _OfData(Rewriter):
    """`p.data` becomes `data`."""

    def __init__(self, packet: str) -> None:
        self.packet = packet

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        if isinstance(node.value, ast.Name) and node.value.id == self.packet and node.attr == "data":
            return ast.copy_location(ast.Name("data", ast.Load()), node)
        return self.generic_visit(node)


_TAKEN = ("count", "figures", "first", "held", "last", "load", "running", "span", "spoil", "spoilt", "text")
"""Names that what a window holds has for itself."""


def _field(tree: ast.expr) -> str:
    """The field that an expression reads, if it is nothing else."""
    if isinstance(tree, ast.Subscript) and isinstance(tree.slice, ast.Constant):
        return str(tree.slice.value)
    return ""


def _text(function: Function | None) -> str:
    return "" if function is None or function.expression is None else ast.dump(function.expression)


def _stored(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _other_statement(function: Function) -> ast.AST | None:
    """The first statement of a function that is neither an assignment of one variable nor the `return` at its end."""
    tree = function.tree
    if tree is None or isinstance(tree, ast.Lambda):
        return None
    plain = (ast.Assign, ast.Return, ast.Expr)
    return next((statement for statement in tree.body if not isinstance(statement, plain)), None)
