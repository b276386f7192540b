"""The running figures in a function over packets, and the function over them that is left."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from streamflow.ir.accumulator import Accumulator
from streamflow.ir.function import Function
from streamflow.ir.function_facts import plain_body
from streamflow.ir.identifiers import free_identifier
from streamflow.ir.known_calls import dotted
from streamflow.ir.purity import impurity
from streamflow.ir.remarks import source_of
from streamflow.ir.rewriting import Rewriter

_HARMLESS = (ast.Constant, ast.Name, ast.Dict, ast.List, ast.Tuple, ast.Assign, ast.expr_context)
_FIGURES = "`len`, `sum`, `min`, `max`, `any`, `all` or a mean"
_BUILTINS = ("len", "sum", "min", "max", "any", "all")
_MEANS = {"statistics.mean": "mean", "statistics.fmean": "fmean"}
_REPEATED = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class NotLifted(Exception):
    """Why a function can't be, in the user's terms, and what of it stands in the way."""

    def __init__(self, reason: str, at: ast.AST | None = None) -> None:
        super().__init__(reason)
        self.reason, self.at = reason, at


def lift(function: Function) -> tuple[dict[str, Accumulator], Function]:
    """The running figures that a function over packets needs, and the function over them that gives its result.

    Raises NotLifted. A figure that fails does so where the function reads it.
    """
    body = plain_body(function)
    if function.tree is None:
        raise NotLifted(f"`{function.reference}` is imported")
    if body is None:
        raise NotLifted("it has statements other than assignments and a `return`", _other_statement(function))
    lifting = _Lifting(function)
    for statement in body:
        lifting.statement(statement)
    kept = lifting.kept
    if (late := lifting.late_read()) is not None:
        raise NotLifted(f"it works `{source_of(late)}` out for a list, and something else before it reads that", late)
    if (asked := lifting.asks_for_packets(kept)) is not None:
        raise NotLifted(f"`{source_of(asked)}` is more than {_FIGURES} of what `p.data` holds", asked)
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
    settled: dict[str, ast.expr] = field(default_factory=dict)  # variables that hold a constant
    made_at: dict[str, int] = field(default_factory=dict)  # how many statements are kept before these
    kept: list[ast.stmt] = field(default_factory=list)
    of_lists: dict[str, set[str]] = field(default_factory=dict)  # the figures that are of its elements

    def __post_init__(self) -> None:
        assert self.function.tree is not None
        self.packets = self.function.parameters[0]
        self.own = {*self.function.parameters, *_stored(self.function.tree)}

    def statement(self, statement: ast.stmt) -> None:
        """Keep the statement with figures in it, unless it only prepares some."""
        if isinstance(statement, ast.Return):
            returned = statement.value or ast.Constant(None)
            self.kept.append(ast.copy_location(ast.Return(self.expression(returned)), statement))
            return
        assert isinstance(statement, ast.Assign)
        name = ast.unparse(statement.targets[0])
        elements = self._elements(statement.value)
        if elements is not None and not isinstance(statement.value, ast.SetComp):
            self.lists[name] = elements
            self.made_at[name] = len(self.kept)
            return
        if self._is_settled(statement.value):
            self.settled[name] = statement.value
        value = self.expression(statement.value, name)
        self.kept.append(ast.copy_location(ast.Assign(list(statement.targets), value), statement))

    def _is_settled(self, tree: ast.expr) -> bool:
        """Whether an expression is a literal or a captured name, which is the same in every window."""
        if isinstance(tree, ast.Name):
            return tree.id not in self.own and tree.id not in self.function.helpers
        return isinstance(tree, ast.Constant)

    def late_read(self) -> ast.expr | None:
        """An expression of a list's elements whose failure would be late: the function reads something else before."""
        of_lists = {figure for figures in self.of_lists.values() for figure in figures}
        for name, elements in self.lists.items():
            may_fail = [part for part in (elements.value, elements.where) if part is not None]
            may_fail = [part for part in may_fail if not isinstance(part, (ast.Constant, ast.Name))]
            evaluated = (node for statement in self.kept[self.made_at[name] :] for node in _in_order(statement))
            wanted = self.of_lists.get(name, set())
            for node in evaluated:
                figure = node.attr if isinstance(node, ast.Attribute) and node.value in self.read else ""
                if figure in wanted:
                    may_fail = []
                if may_fail and not isinstance(node, _HARMLESS) and figure not in {"count", *of_lists}:
                    break
            if may_fail:
                return may_fail[0]
        return None

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

    def expression(self, tree: ast.expr, name: str = "") -> ast.expr:
        """The expression over figures. `name` is what its value is called."""
        figure = self._figure(tree, name)
        if figure is not None:
            self.read.append(ast.Name(self.packets, ast.Load()))
            read = ast.Attribute(self.read[-1], figure, ast.Load())
            return ast.fix_missing_locations(ast.copy_location(read, tree))
        if isinstance(tree, ast.IfExp) and (known := self._known(tree.test)) is not None:
            return self.expression(tree.body if known else tree.orelse, name)
        copied = type(tree)(**{part: getattr(tree, part) for part in tree._fields})
        for part, value in ast.iter_fields(tree):
            if isinstance(value, list):
                value = [self._item(tree, part, place, item) for place, item in enumerate(value)]
            else:
                value = self._part(value)
            setattr(copied, part, value)
        return ast.copy_location(copied, tree)

    def _item(self, tree: ast.expr, part: str, place: int, item: Any) -> Any:
        key = tree.keys[place] if isinstance(tree, ast.Dict) and part == "values" else None
        name = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
        return self._part(item, name)

    def _part(self, value: Any, name: str = "") -> Any:
        """Parts that are no expressions, as keyword arguments and comprehensions, take no figures but plain ones."""
        if isinstance(value, ast.keyword):
            return ast.copy_location(ast.keyword(value.arg, self.expression(value.value)), value)
        return self.expression(value, name) if isinstance(value, ast.expr) else value

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
        if not isinstance(tree, ast.Call) or tree.keywords or len(tree.args) != 1:
            return None
        kind, of = self._called(tree.func), tree.args[0]
        if kind == "len" and isinstance(of, ast.Name) and of.id == self.packets:
            return "count"
        if kind == "len" and (elements := self._set(of)) is not None:
            return self._added(tree, name or f"distinct_{_field(elements.value)}", "distinct", elements)
        elements = self.lists.get(of.id) if isinstance(of, ast.Name) else self._elements(of)
        if elements is None or kind is None:
            return None
        if kind == "len":
            return self._length(tree, of, name, elements)
        if kind in ("any", "all") and not isinstance(of, ast.GeneratorExp):
            raise NotLifted(f"`{kind}` gets a list, of which every element is worked out", tree)
        figure = self._added(tree, name or f"{kind}_{_field(elements.value)}", kind, elements)
        if isinstance(of, ast.Name):
            self.of_lists.setdefault(of.id, set()).add(figure)
        return figure

    def _called(self, called: ast.expr) -> str | None:
        """What kind of figure a call makes."""
        if isinstance(called, ast.Name) and called.id in _BUILTINS and self._is_builtin(called.id):
            return called.id
        path = dotted(called, self.function.imports)
        return _MEANS.get(path) if path is not None else None

    def _set(self, tree: ast.expr) -> _Elements | None:
        """The elements of a set made of the packets."""
        if isinstance(tree, ast.SetComp):
            return self._elements(tree)
        if not isinstance(tree, ast.Call) or tree.keywords or len(tree.args) != 1 or not self._is_builtin("set"):
            return None
        is_set = isinstance(tree.func, ast.Name) and tree.func.id == "set"
        return self._elements(tree.args[0]) if is_set and isinstance(tree.args[0], ast.GeneratorExp) else None

    def _length(self, call: ast.Call, of: ast.expr, name: str, elements: _Elements) -> str | None:
        """The figure of the number of elements of a list."""
        if isinstance(of, ast.GeneratorExp):
            return None
        if isinstance(of, ast.ListComp) and not isinstance(elements.value, (ast.Constant, ast.Name)):
            raise NotLifted("it takes `len` of a list whose elements may fail", elements.value)
        if elements.where is None:
            return "count"
        figure = self._added(call, name or "count", "sum", replace(elements, value=ast.Constant(1)))
        if isinstance(of, ast.Name) and isinstance(elements.value, (ast.Constant, ast.Name)):
            self.of_lists.setdefault(of.id, set()).add(figure)
        return figure

    def _added(self, call: ast.Call, wanted: str, kind: Any, elements: _Elements) -> str:
        """The name of a figure; one that is there already is not kept twice."""
        value = self._element(elements.value, call)
        where = None if elements.where is None else self._element(elements.where, call)
        for name, other in self.accumulators.items():
            if (other.kind, _text(other.value), _text(other.where)) == (kind, _text(value), _text(where)):
                return name
        name = free_identifier(wanted.strip("_"), {*self.accumulators, *_TAKEN})
        self.accumulators[name] = Accumulator(kind, value, where)
        return name

    def _elements(self, tree: ast.expr) -> _Elements | None:
        """What a comprehension over the packets takes of each: `data` stands for its data."""
        if not isinstance(tree, (ast.GeneratorExp, ast.ListComp, ast.SetComp)) or len(tree.generators) != 1:
            return None
        loop = tree.generators[0]
        if not isinstance(loop.iter, ast.Name) or loop.iter.id != self.packets:
            return None
        if not isinstance(loop.target, ast.Name) or loop.is_async:
            raise NotLifted("it takes packets apart", loop.target)
        of_data = _OfData(loop.target.id, self.settled)
        conditions = [of_data.visit(condition) for condition in loop.ifs]
        where = ast.BoolOp(ast.And(), conditions) if len(conditions) > 1 else conditions[0] if conditions else None
        return _Elements(of_data.visit(tree.elt), where)

    def _element(self, tree: ast.expr, call: ast.Call) -> Function:
        """The function of a packet's data that an expression of an element is, at the place of the figure."""
        free = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - {"data"}
        if free & self.own or "data" in {*self.function.imports, *self.function.helpers}:
            raise NotLifted(
                f"`{source_of(tree)}` takes more of a packet than its data, or a variable of the function", tree
            )
        arguments = ast.arguments([], [ast.arg("data")], None, [], [], None, [])
        made = ast.copy_location(ast.Lambda(arguments, tree), call)
        function = replace(
            self.function, tree=ast.fix_missing_locations(made), parameters=("data",), wants_packet=False
        )
        if refusal := impurity(function):
            raise NotLifted(refusal.reason, tree)
        return function

    def _is_builtin(self, name: str) -> bool:
        return name not in {*self.own, *self.function.imports, *self.function.helpers}


class _OfData(Rewriter):
    """`p.data` becomes `data`; a variable that holds a constant becomes that."""

    def __init__(self, packet: str, settled: Mapping[str, ast.expr]) -> None:
        self.packet, self.settled = packet, settled

    def visit_Name(self, node: ast.Name) -> Any:
        held = self.settled.get(node.id) if isinstance(node.ctx, ast.Load) and node.id != self.packet else None
        return node if held is None else ast.copy_location(self.generic_visit(held), node)

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        if isinstance(node.value, ast.Name) and node.value.id == self.packet and node.attr == "data":
            return ast.copy_location(ast.Name("data", ast.Load()), node)
        return self.generic_visit(node)


_TAKEN = frozenset("append count figures first gather held last load running span spoil spoilt text".split())
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


def _in_order(tree: ast.AST) -> Iterator[ast.AST]:
    """The parts of a tree, each behind what it is made of, as they are evaluated; what may not be, as one."""
    if not isinstance(tree, (*_REPEATED, ast.IfExp, ast.BoolOp)):
        for part in ast.iter_child_nodes(tree):
            yield from _in_order(part)
    yield tree


def _other_statement(function: Function) -> ast.AST | None:
    """The first statement of a function that is neither an assignment of one variable nor the `return` at its end."""
    tree = function.tree
    if tree is None or isinstance(tree, ast.Lambda):
        return None
    plain = (ast.Assign, ast.Return, ast.Expr)
    return next((statement for statement in tree.body if not isinstance(statement, plain)), None)
