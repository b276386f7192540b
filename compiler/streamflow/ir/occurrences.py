"""Where a function works the same expression out again, followed in the order of evaluation.

A value is at hand from the place that works it out on, as long as nothing can have changed what it reads; behind
branches, only where each of them has left it alone. Whatever isn't recognised changes everything.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from streamflow.ir.function import Function
from streamflow.ir.remarks import Refusal, refused, source_of
from streamflow.ir.repeatable import FRESH, Repeatable, is_float, is_number, names_bound


@dataclass(eq=False)
class Value:
    """What is worked out at `first`, and read again in the places of `uses`.

    There it is `variable`, one that the function itself assigns it to, or else one that has to be made.
    """

    first: ast.expr
    reads: frozenset[str]
    goes_on: bool  # a new container is held by somebody already
    variable: str | None = None
    uses: list[tuple[ast.expr, str | None]] = field(default_factory=list)


_CHANGING = (
    *(ast.Await, ast.Yield, ast.YieldFrom, ast.With, ast.AsyncWith, ast.AsyncFor),
    *(ast.Import, ast.ImportFrom, ast.Match, ast.TryStar, ast.Delete),
)
AtHand: TypeAlias = dict[int, Value | Refusal]
"""By an expression's number its value; or why that isn't at hand any more."""


class Occurrences:
    """`values` are in the order in which they are worked out; `missed` what is worked out again, and why."""

    def __init__(self, function: Function, repeatable: Repeatable, left_out: Collection[ast.expr] = ()) -> None:
        """`left_out` are parts that may never be evaluated."""
        assert function.tree is not None
        self._function, self._repeatable, self._left_out = function, repeatable, left_out
        self._at_hand: AtHand | None = {}  # None where nothing gets to
        self._closed = 0
        self.values: list[Value] = []
        self.missed: list[tuple[ast.expr, Refusal]] = []
        if isinstance(function.tree, ast.Lambda):
            self._value(function.tree.body)
        else:
            self._block(function.tree.body)

    # Statements

    def _block(self, body: list[ast.stmt]) -> None:
        for statement in body:
            if self._at_hand is None:
                return
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Expr):
            self._value(node.value, passing=True)
        elif isinstance(node, ast.Assign):
            self._value(node.value)
            for target in node.targets:
                self._assign(target, node)
            self._hold(node.targets[0] if len(node.targets) == 1 else None, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._value(node.value)
            self._assign(node.target, node)
            self._hold(node.target, node.value)
        elif isinstance(node, ast.AugAssign):
            self._augmented(node)
        elif isinstance(node, (ast.Return, ast.Raise)):
            for child in ast.iter_child_nodes(node):
                assert isinstance(child, ast.expr)
                self._value(child)
            self._at_hand = None
        elif isinstance(node, ast.Assert):
            self._value(node.test, passing=True)
            if node.msg is not None:
                self._in_turn([node.msg])
        elif isinstance(node, ast.If):
            self._value(node.test, passing=True)
            self._branches([node.body, node.orelse])
        elif isinstance(node, (ast.For, ast.While)):
            self._loop(node)
        elif isinstance(node, ast.Try):
            self._try(node)
        elif isinstance(node, (ast.Break, ast.Continue)):
            self._at_hand = None
        elif not isinstance(node, ast.Pass):
            self._lose([node])

    def _augmented(self, node: ast.AugAssign) -> None:
        if not isinstance(node.target, ast.Name):
            assert isinstance(node.target, (ast.Attribute, ast.Subscript))
            self._value(node.target.value)
            if isinstance(node.target, ast.Subscript):
                self._value(node.target.slice, passing=True)
        self._value(node.value, passing=True)
        self._lose([node])

    def _branches(self, bodies: list[list[ast.stmt]]) -> None:
        """One of several ways."""
        before, ends = self._at_hand, []
        for body in bodies:
            self._at_hand = None if before is None else dict(before)
            self._block(body)
            ends.append(self._at_hand)
        self._at_hand = self._met(ends)

    def _loop(self, node: ast.For | ast.While) -> None:
        """Each turn may come after whatever another one does."""
        for known in (self._at_hand or {}).values():
            if isinstance(known, Value):
                known.goes_on = True  # each turn may keep it
        if isinstance(node, ast.For):
            self._value(node.iter, passing=True)
            self._lose([node])
            before = dict(self._at_hand or {})
        else:
            self._lose([node.test, *node.body])
            before = dict(self._at_hand or {})
            self._value(node.test, passing=True)
        self._block(node.body)
        self._at_hand = before
        self._branches([node.orelse, []])

    def _try(self, node: ast.Try) -> None:
        """An exception may come from anywhere in the body."""
        before = dict(self._at_hand or {})
        self._block([*node.body, *node.orelse])
        self._at_hand = before
        self._lose(node.body)
        after_body = dict(self._at_hand)
        for handler in node.handlers:
            self._at_hand = dict(after_body)
            self._lose([handler])
            self._block(handler.body)
        self._at_hand = after_body
        self._lose([*node.orelse, *node.handlers])
        self._block(node.finalbody)

    def _assign(self, target: ast.expr, statement: ast.stmt) -> None:
        if isinstance(target, ast.Subscript):
            self._value(target.value)
            self._value(target.slice, passing=True)
        elif isinstance(target, ast.Attribute):
            self._value(target.value)
        self._lose([target], statement)

    def _hold(self, target: ast.expr | None, value: ast.expr) -> None:
        """A variable of the function's own now has what was worked out."""
        if not isinstance(target, ast.Name) or self._at_hand is None or not self._repeatable.is_candidate(value):
            return
        known = self._at_hand.get(self._repeatable.number(value))
        if isinstance(known, Value) and known.first is value and target.id not in known.reads:
            known.variable = target.id

    # Expressions

    def _value(self, node: ast.expr, passing: bool = False) -> None:
        """`passing`: whoever asks for the value keeps nothing of it but what is inside."""
        if node in self._left_out or self._at_hand is None:
            return
        if not self._repeatable.is_candidate(node):
            self._parts(node)
            return
        number = self._repeatable.number(node)
        known = self._at_hand.get(number)
        kind = self._repeatable.kind(node)
        refusal = known if isinstance(known, Refusal) else None
        if isinstance(known, Value):
            refusal = self._refusal(node, kind, known, passing)
            if refusal is None:
                known.goes_on = known.goes_on or not passing
                known.uses.append((node, known.variable))
                return
        if refusal is not None and not isinstance(node, ast.Subscript):
            self.missed.append((node, refusal))
        self._parts(node)
        if kind is not None and not isinstance(known, Value) and not self._closed:
            reads = frozenset(part.id for part in ast.walk(node) if isinstance(part, ast.Name))
            self.values.append(made := Value(node, reads, goes_on=not passing))
            self._at_hand[number] = made

    def _refusal(self, node: ast.expr, kind: int | None, known: Value, passing: bool) -> Refusal | None:
        once = self._repeatable.read_once(node)
        if once is not None:
            return refused(f"`{once}` may be there to be read once", self._function, node)
        if kind == FRESH and known.goes_on and not passing:
            return refused("each time it may be a new list or the like", self._function, node)
        return None

    def _parts(self, node: ast.expr) -> None:
        """What is inside, in the order of evaluation, and what it changes."""
        if isinstance(node, ast.BoolOp):
            self._value(node.values[0])
            self._in_turn(node.values[1:])
        elif isinstance(node, ast.Compare):
            self._value(node.left, passing=True)
            self._value(node.comparators[0], passing=True)
            self._in_turn(node.comparators[1:], passing=True)
            self._lose([ast.copy_location(ast.Compare(ast.Constant(None), node.ops, node.comparators), node)], node)
        elif isinstance(node, ast.IfExp):
            self._value(node.test, passing=True)
            self._apart([node.body, node.orelse])
        elif isinstance(node, ast.Call):
            self._call(node)
        elif isinstance(node, ast.Subscript):
            self._value(node.value, passing=True)
            self._value(node.slice, passing=True)
        elif isinstance(node, ast.Dict):
            for key, item in zip(node.keys, node.values, strict=True):
                if key is not None:
                    self._value(key)
                self._value(item, passing=key is None)
        elif isinstance(node, ast.NamedExpr):
            self._value(node.value)
            self._lose([node.target])
        elif isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            self._closed += 1  # Python lets nothing be assigned there
            self._value(node.generators[0].iter, passing=True)
            self._closed -= 1
            self._lose([node])
        elif isinstance(node, ast.Lambda):
            for default in (*node.args.defaults, *(part for part in node.args.kw_defaults if part is not None)):
                self._value(default)
        elif isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom)):
            if node.value is not None:
                self._value(node.value)
            self._lose([node])
        elif not isinstance(node, (ast.Name, ast.Constant)):
            passing = isinstance(node, (ast.BinOp, ast.UnaryOp, ast.FormattedValue, ast.Slice, ast.Starred))
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    self._value(child, passing)
            if isinstance(node, ast.Starred):
                self._lose([node])

    def _call(self, node: ast.Call) -> None:
        harmless = self._repeatable.changes_nothing(node)
        if isinstance(node.func, ast.Attribute):
            self._value(node.func.value, passing=harmless)
        else:
            self._value(node.func)
        alone = len(node.args) == 1 and self._repeatable.kind(node) is not None
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            self._value(argument, passing=alone)
        if not harmless:
            self._lose([ast.copy_location(ast.Call(node.func, [], []), node)], node)

    def _in_turn(self, nodes: Iterable[ast.expr], passing: bool = False) -> None:
        """Each is evaluated only where the one before it was, and perhaps not even there."""
        ends = [None if self._at_hand is None else dict(self._at_hand)]
        for node in nodes:
            self._value(node, passing)
            ends.append(None if self._at_hand is None else dict(self._at_hand))
        self._at_hand = self._met(ends)

    def _apart(self, ways: list[ast.expr]) -> None:
        """One of several ways."""
        before, ends = self._at_hand, []
        for way in ways:
            self._at_hand = None if before is None else dict(before)
            self._value(way)
            ends.append(self._at_hand)
        self._at_hand = self._met(ends)

    # What is at hand

    def _met(self, ends: list[AtHand | None]) -> AtHand | None:
        """What is at hand wherever one comes from."""
        reached = [end for end in ends if end is not None]
        if not reached:
            return None
        found: AtHand = {}
        for number, known in ((number, known) for end in reached for number, known in end.items()):
            if isinstance(known, Refusal):
                found[number] = known
            elif any(end.get(number) is not known for end in reached) and number not in found:
                reason = "what worked it out before is not always evaluated"
                found[number] = refused(reason, self._function, known.first)
            else:
                found.setdefault(number, known)
        return found

    def _lose(self, nodes: Iterable[ast.AST], shown: ast.AST | None = None) -> None:
        """What nodes bind or change is not at hand any more."""
        if self._at_hand is None:
            return
        nodes = list(nodes)
        bound = names_bound(nodes)
        changing = next((part for node in nodes for part in ast.walk(node) if self._changes(part)), None)
        for number, known in self._at_hand.items():
            if not isinstance(known, Value):
                continue
            gone = sorted(bound & {*known.reads, *([known.variable] if known.variable else [])})
            if changing is not None:
                reason = f"`{source_of(shown or changing)}` may change it in between"
                self._at_hand[number] = refused(reason, self._function, shown or changing)
            elif gone:
                self._at_hand[number] = refused(f"`{gone[0]}` is bound in between", self._function, nodes[0])

    def _changes(self, part: ast.AST) -> bool:
        """Whether something may change a value, apart from what is inside it."""
        if isinstance(part, ast.Call):
            return not self._repeatable.changes_nothing(part)
        if isinstance(part, (ast.Subscript, ast.Attribute)):
            return not isinstance(part.ctx, ast.Load)
        if isinstance(part, ast.AugAssign):
            adds = is_float if isinstance(part.op, ast.Mult) else is_number
            return not (isinstance(part.target, ast.Name) and adds(part.value))
        return isinstance(part, _CHANGING) or self._repeatable.runs_others(part)
