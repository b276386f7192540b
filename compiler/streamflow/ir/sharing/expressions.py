"""Expressions: what each may be, and what it holds."""

from __future__ import annotations

import ast
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from streamflow.ir import known_calls
from streamflow.ir.sharing.calls import Calls
from streamflow.ir.sharing.values import (
    CONSTANTS,
    FLOAT,
    IS_SCALAR,
    NOTHING,
    NUMBER,
    TEXT,
    UNKNOWN,
    Env,
    TooHard,
    Value,
    scalar,
)

if TYPE_CHECKING:
    from streamflow.ir.function import Function, FunctionTree

_FLOATS = ("math.pi", "math.e", "math.tau", "math.inf", "math.nan")
_CHANGING = known_calls.STORING | known_calls.MERGING | known_calls.REMOVING


class Expressions(Calls):
    """Evaluates expressions."""

    @abstractmethod
    def _closure(self, tree: FunctionTree, env: Env) -> Value:
        """A function made on the way."""

    def _eval(self, node: ast.expr, env: Env) -> Value:
        if isinstance(node, ast.Constant):
            return scalar(node)
        if isinstance(node, ast.Name):
            return self._name(node, env)
        if isinstance(node, ast.Attribute):
            if self._path(node, env) in _FLOATS:
                return frozenset([FLOAT])
            owner = self._eval(node.value, env)
            if node.attr in _CHANGING:  # a bound method that is handed on
                return self._unknown([owner])
            return self._content(owner)
        if isinstance(node, ast.Subscript):
            return self._subscript(node, env)
        if isinstance(node, ast.Call):
            return self._call(node, env)
        if isinstance(node, ast.BinOp):
            return self._operation(node, node.op, self._eval(node.left, env), self._eval(node.right, env))
        if isinstance(node, (ast.Dict, ast.List, ast.Tuple, ast.Set)):
            return self._display(node, env)
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            return self._comprehension(node, env)
        if isinstance(node, ast.BoolOp):
            return self._either(env, node.values)
        if isinstance(node, ast.IfExp):
            self._eval(node.test, env)
            return self._either(env, [node.body, node.orelse])
        if isinstance(node, ast.NamedExpr):
            value = self._eval(node.value, env)
            self._assign(node.target, value, env)
            return value
        if isinstance(node, ast.Lambda):
            return self._closure(node, env)
        if isinstance(node, ast.Starred):
            return self._content(self._eval(node.value, env))
        if isinstance(node, ast.Await):
            return self._eval(node.value, env)
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            value = self._eval(node.value, env) if node.value is not None else NOTHING
            value = self._content(value) if isinstance(node, ast.YieldFrom) else value
            self._frames[-1].result |= self._holding(node, value)
            return frozenset([UNKNOWN])
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._eval(child, env)
        if isinstance(node, (ast.JoinedStr, ast.FormattedValue)):
            return frozenset([TEXT])
        if isinstance(node, (ast.Compare, ast.UnaryOp, ast.Slice)):
            return frozenset([NUMBER])
        raise TooHard

    def _name(self, node: ast.Name, env: Env) -> Value:
        frame = self._frames[-1]
        if node.id in env:
            return env[node.id]
        function = frame.function
        if node.id in frame.names:  # a name of some scope inside, and perhaps of the module too
            outer = node.id in function.helpers or node.id in function.imports or node.id in function.mutable_constants
            found = frozenset(self._ever.get((id(frame), node.id), ()))
            return found | frozenset([UNKNOWN, CONSTANTS]) if outer else found
        if node.id in function.mutable_constants:
            return frozenset([CONSTANTS])
        helper = function.helpers.get(node.id)
        if helper is not None:
            return self._as_value(helper)
        return frozenset([UNKNOWN]) if node.id in function.imports else NOTHING

    def _as_value(self, helper: Function) -> Value:
        """A helper that is passed on may be called with anything."""
        tree = helper.tree
        if tree is None or any(tree is active for active in self._active):
            return self._unknown([frozenset(self._heap)])
        anything = frozenset(self._heap)
        env = {argument.arg: anything for argument in ast.walk(tree.args) if isinstance(argument, ast.arg)}
        root = self._site(tree, "closure")
        self._closures.update(root)
        self._store(root, self._follow(helper, tree, env))
        return root

    def _subscript(self, node: ast.Subscript, env: Env) -> Value:
        value = self._eval(node.value, env)
        self._eval(node.slice, env)
        inner = self._content(value)
        if value and value <= frozenset([TEXT]):
            return frozenset([TEXT])
        return self._holding(node, inner) if isinstance(node.slice, ast.Slice) else inner

    def _display(self, node: ast.Dict | ast.List | ast.Tuple | ast.Set, env: Env) -> Value:
        inner: Value = NOTHING
        if isinstance(node, ast.Dict):
            for key, item in zip(node.keys, node.values, strict=True):
                if key is None:
                    inner |= self._content(self._eval(item, env))
                else:
                    inner |= self._eval(key, env) | self._eval(item, env)
        else:
            for element in node.elts:
                inner |= self._eval(element, env)
        return self._holding(node, inner)

    def _comprehension(self, node: Any, env: Env) -> Value:
        """A generator runs later: its names may then hold whatever they ever do."""
        inner = dict(env)
        if isinstance(node, ast.GeneratorExp):
            for name in inner:
                inner[name] |= frozenset(self._ever.get((id(self._frames[-1]), name), ()))
        for generator in node.generators:
            items = self._content(self._eval(generator.iter, inner))
            self._assign(generator.target, items, inner)
            for condition in generator.ifs:
                self._eval(condition, inner)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        made = self._holding(node, frozenset().union(*(self._eval(part, inner) for part in parts)))
        for part in ast.walk(node):
            if isinstance(part, ast.NamedExpr):
                name = part.target.id
                env[name] = env.get(name, NOTHING) | inner.get(name, NOTHING)
        return made

    def _either(self, env: Env, values: list[ast.expr]) -> Value:
        found: Value = NOTHING
        ends = [env]
        for value in values:
            end = dict(ends[-1])
            found |= self._eval(value, end)
            ends.append(end)
        for end in ends[1:]:
            for name, held in end.items():
                env[name] = env.get(name, NOTHING) | held
        return found

    def _operation(self, node: ast.AST, op: ast.operator, left: Value, right: Value) -> Value:
        scalars = [bool(side) and side <= IS_SCALAR for side in (left, right)]
        if isinstance(op, ast.Add):
            if any(scalars):
                texts = [side for side in (left, right) if side and side <= IS_SCALAR]
                return texts[0] if len(texts) == 1 else left | right
            return self._holding(node, self._content(left | right))
        if isinstance(op, ast.Mult):
            if frozenset([FLOAT]) in (left, right):
                return frozenset([FLOAT])
            if all(scalars):
                return left | right
            return self._holding(node, self._content(left | right))
        if isinstance(op, ast.BitOr):
            return frozenset([NUMBER]) if any(scalars) else self._holding(node, self._content(left | right))
        if isinstance(op, ast.Div):
            return frozenset([FLOAT])
        if isinstance(op, ast.Mod):
            return frozenset([NUMBER, TEXT])
        if isinstance(op, ast.MatMult):
            return self._unknown([left, right])
        return frozenset([NUMBER]) | (NOTHING if any(scalars) else self._holding(node, self._content(left | right)))
