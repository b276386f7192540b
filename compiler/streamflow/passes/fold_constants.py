"""Work out beforehand what a function makes of constants alone.

Before:
    source.manual calls()
    transform hours(function=lambda data: {"day": data["s"] // (24 * 60 * 60), "unit": "h" if 24 > 12 else data["unit"]})
    sink.log out()
    calls -> hours
    hours -> out

After:
    source.manual calls()
    transform hours(function=lambda data: {"day": data["s"] // 86400, "unit": "h"})
    sink.log out()
    calls -> hours
    hours -> out

Why: what the program settles needs no time for each packet, and passes see through what is left. Constants are literals
and the numbers, texts, truths and None that a function captures; a captured name that stands alone goes on standing.

Not done when: working it out raises, which it then does where the packet is; or its value is no finite number, or too
long to be written out. What a packet evaluates first goes on failing first; a key stays as it is written, for state is
known by it.
"""  # noqa: E501

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from streamflow.ir.aggregation import Aggregation
from streamflow.ir.function import Function
from streamflow.ir.graph import Graph, Node
from streamflow.ir.remarks import Refusal, Remarks, refused, source_of
from streamflow.ir.rewriting import Rewriter

Scalar: TypeAlias = "int | float | str | None"
_SCALARS = (int, float, str, bool, type(None))
_MOST_BITS = 64
_LONGEST = 60  # characters of a text
_KEPT = ("key",)
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Invert: operator.invert,
    ast.Not: operator.not_,
}
_COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda one, other: one in other,
    ast.NotIn: lambda one, other: one not in other,
}
_BINDING = (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)


def fold_constants(graph: Graph, remarks: Remarks) -> Graph:
    """Fold in every function of the nodes and of the edges' conditions."""
    folding = _OfGraph(_captured(graph), remarks)
    nodes = {node.name: folding.node(node) for node in graph.nodes}
    edges = tuple(
        edge if edge.when is None else replace(edge, when=folding.function(edge.when, nodes[edge.origin]))
        for edge in graph.edges
    )
    return replace(graph, nodes=tuple(nodes.values()), edges=edges)


class _OfGraph:
    """Each function is folded once, however many nodes have it."""

    def __init__(self, captured: Mapping[str, Scalar], remarks: Remarks) -> None:
        self._captured, self._remarks = captured, remarks
        self._folded: dict[Function, Function] = {}

    def node(self, node: Node) -> Node:
        """The node with its functions folded."""
        options = {name: part if name in _KEPT else self._part(part, node) for name, part in node.options.items()}
        return node if options == node.options else replace(node, options=options)

    def _part(self, part: Any, node: Node) -> Any:
        if isinstance(part, Function):
            return self.function(part, node)
        if isinstance(part, dict):
            return {name: self._part(inner, node) for name, inner in part.items()}
        if isinstance(part, Aggregation):
            return replace(
                part,
                value=self._part(part.value, node),
                weight=self._part(part.weight, node),
                functions=self._part(part.functions, node),
            )
        return part

    def function(self, function: Function, node: Node) -> Function:
        """The function folded; itself where there is nothing to fold."""
        if function.tree is None:
            return function
        if function not in self._folded:
            bound = {part.arg for part in ast.walk(function.tree) if isinstance(part, ast.arg)}
            bound |= {part.id for part in ast.walk(function.tree) if _binds(part)}  # type: ignore[attr-defined]
            captured = {name: value for name, value in self._captured.items() if name not in bound}
            folding = _Folding(function, captured)
            tree = folding.visit(function.tree)
            self._folded[function] = replace(function, tree=tree) if folding.made else function
            for before, after in folding.made:
                self._remarks.applied(node, f"has `{source_of(before)}` worked out beforehand, as `{source_of(after)}`")
            for before, refusal in folding.refused:
                self._remarks.missed(node, f"works `{source_of(before)}` out for each packet", refusal)
        return self._folded[function]


class _Folding(Rewriter):
    """`made` are expressions with what they have become, without those inside others; `refused` those that stay."""

    def __init__(self, function: Function, captured: Mapping[str, Scalar]) -> None:
        self._function, self._captured = function, captured
        self.made: list[tuple[ast.expr, ast.expr]] = []
        self.refused: list[tuple[ast.expr, Refusal]] = []

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        inner: ast.BinOp = self.generic_visit(node)
        left, right = self._constant(inner.left), self._constant(inner.right)
        if left is None or right is None or not _is_exact(inner.op, left[0], right[0]):
            return inner
        if _outgrows(inner.op, left[0], right[0]):
            self.refused.append((node, refused("its value is too long to be written out", self._function, node)))
            return inner
        return self._worked_out(node, inner, lambda: _BINARY[type(inner.op)](left[0], right[0]))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        inner: ast.UnaryOp = self.generic_visit(node)
        operand = self._constant(inner.operand)
        if operand is None or _is_literal(inner) or (isinstance(inner.op, ast.Invert) and operand[0] in (False, True)):
            return inner
        return self._worked_out(node, inner, lambda: _UNARY[type(inner.op)](operand[0]))

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        inner: ast.Compare = self.generic_visit(node)
        operands = [self._constant(part) for part in (inner.left, *inner.comparators)]
        known = [operand[0] for operand in operands if operand is not None]
        if len(known) < len(operands):
            return inner
        if any(isinstance(op, (ast.Is, ast.IsNot)) for op in inner.ops) and None not in known:
            return inner  # which of equal values are one is not the language's to say
        return self._worked_out(node, inner, lambda: _all_hold(inner.ops, known))

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        inner: ast.BoolOp = self.generic_visit(node)
        decides = isinstance(inner.op, ast.Or)
        values: list[ast.expr] = []
        for place, part in enumerate(inner.values):
            constant = self._constant(part)
            if constant is None:
                values.append(part)
            elif bool(constant[0]) == decides:
                values.append(part)
                if any(_may_bind(left_out) for left_out in inner.values[place + 1 :]):
                    return inner
                break
            elif part is inner.values[-1]:
                values.append(part)
        if len(values) == len(inner.values):
            return inner
        left = values[0] if len(values) == 1 else ast.copy_location(ast.BoolOp(inner.op, values), node)
        return self._note(node, left)

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        inner: ast.IfExp = self.generic_visit(node)
        test = self._constant(inner.test)
        if test is None or _may_bind(inner.orelse if test[0] else inner.body):
            return inner
        return self._note(node, inner.body if test[0] else inner.orelse)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        inner: ast.JoinedStr = self.generic_visit(node)
        parts: list[ast.expr] = []
        for part in inner.values:
            text, last = self._text(part), parts[-1] if parts else None
            if text is None:
                parts.append(part)
            elif isinstance(last, ast.Constant):
                parts[-1] = ast.copy_location(ast.Constant(f"{last.value!s}{text}"), node)
            elif text:
                parts.append(ast.copy_location(ast.Constant(text), node))
        if all(isinstance(part, ast.Constant) or self._text(part) is None for part in inner.values):
            return inner
        joined: ast.expr = ast.JoinedStr(parts)
        if all(isinstance(part, ast.Constant) for part in parts):
            joined = parts[0] if parts else ast.Constant("")
        return self._note(node, ast.copy_location(joined, node))

    def _text(self, part: ast.expr) -> str | None:
        """The text of a part of an f-string that is settled."""
        if isinstance(part, ast.Constant):
            return str(part.value)
        if not isinstance(part, ast.FormattedValue) or part.format_spec is not None:
            return None
        constant = self._constant(part.value)
        if constant is None or part.conversion not in (-1, ord("s")):
            return None
        text = str(constant[0])
        return text if len(text) <= _LONGEST else None

    def _constant(self, tree: ast.expr) -> tuple[Scalar] | None:
        """The value of a literal or of a captured name."""
        if isinstance(tree, ast.Name) and tree.id in self._captured:
            return (self._captured[tree.id],)
        return _literal(tree)

    def _worked_out(self, node: ast.expr, inner: ast.expr, work_out: Callable[[], Any]) -> ast.expr:
        try:
            value = work_out()
        except Exception as error:
            self.refused.append((node, refused(f"it raises {type(error).__name__}", self._function, node)))
            return inner
        if isinstance(value, float) and not math.isfinite(value):
            self.refused.append((node, refused("its value is not finite", self._function, node)))
            return inner
        made = ast.parse(repr(value), mode="eval").body
        for part in ast.walk(made):
            ast.copy_location(part, node)
        return self._note(node, made)

    def _note(self, before: ast.expr, after: ast.expr) -> ast.expr:
        inside = {*ast.walk(before)}
        self.made = [*((one, other) for one, other in self.made if one not in inside), (before, after)]
        self.refused = [(one, refusal) for one, refusal in self.refused if one not in inside]
        return after


def _captured(graph: Graph) -> dict[str, Scalar]:
    """The constants of the module that functions name."""
    found: dict[str, Scalar] = {}
    for definition in graph.module.definitions:
        if isinstance(definition, ast.Assign) and isinstance(definition.targets[0], ast.Name):
            value = _literal(definition.value)
            if value is not None:
                found[definition.targets[0].id] = value[0]
    return found


def _literal(tree: ast.expr) -> tuple[Scalar] | None:
    if isinstance(tree, ast.Constant):
        return (tree.value,) if isinstance(tree.value, _SCALARS) else None
    if not _is_literal(tree):
        return None
    return (-tree.operand.value,)  # type: ignore[attr-defined]


def _is_literal(tree: ast.expr) -> bool:
    """Whether it is a negative number as Python writes it."""
    if not isinstance(tree, ast.UnaryOp) or not isinstance(tree.op, ast.USub):
        return False
    return isinstance(tree.operand, ast.Constant) and type(tree.operand.value) in (int, float)


def _is_exact(op: ast.operator, left: Scalar, right: Scalar) -> bool:
    """Whether the value is the same on every machine, as that of a power of a fraction need not be."""
    if isinstance(op, ast.Pow):
        return isinstance(left, int) and isinstance(right, int) and right >= 0
    return type(op) in _BINARY and not (isinstance(op, ast.Mod) and isinstance(left, str))


def _outgrows(op: ast.operator, left: Scalar, right: Scalar) -> bool:
    """Whether a value is too large; known before it is worked out, which may take for ever."""
    if isinstance(op, ast.Mult) and isinstance(left, str) != isinstance(right, str):
        text, times = (left, right) if isinstance(left, str) else (right, left)
        return isinstance(times, int) and times * len(str(text)) > _LONGEST
    if isinstance(op, ast.Add) and isinstance(left, str) and isinstance(right, str):
        return len(left) + len(right) > _LONGEST
    if not isinstance(left, int) or not isinstance(right, int):
        return False
    if isinstance(op, ast.Pow):
        return abs(left) > 1 and (abs(left).bit_length() - 1) * right > _MOST_BITS
    if isinstance(op, ast.LShift):
        return left != 0 and left.bit_length() + right > _MOST_BITS
    return isinstance(op, ast.Mult) and left.bit_length() + right.bit_length() > _MOST_BITS


def _all_hold(ops: list[ast.cmpop], values: list[Scalar]) -> bool:
    """A chain of comparisons, which ends where one doesn't hold."""
    for op, one, other in zip(ops, values, values[1:], strict=False):
        if isinstance(op, (ast.Is, ast.IsNot)):
            holds = ((one is None) and (other is None)) == isinstance(op, ast.Is)
        else:
            holds = bool(_COMPARED[type(op)](one, other))
        if not holds:
            return False
    return True


def _may_bind(tree: ast.expr) -> bool:
    """Whether an expression makes its function what it is, though nothing evaluates it."""
    return any(isinstance(part, _BINDING) for part in ast.walk(tree))


def _binds(part: ast.AST) -> bool:
    return isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load)
