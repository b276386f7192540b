"""Statements, in their order: assignments, branches, loops, and the functions made on the way."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from streamflow.ir.sharing.expressions import Expressions
from streamflow.ir.sharing.values import (
    CONSTANTS,
    FLOAT,
    IS_NUMBER,
    IS_SCALAR,
    NOTHING,
    UNKNOWN,
    Env,
    Frame,
    Root,
    TooHard,
    Value,
    scalar,
)

if TYPE_CHECKING:
    from streamflow.ir.function import Function, FunctionTree

_ROUNDS = 25


class Analysis(Expressions):
    """Follows a function until nothing new is found."""

    def run(self) -> None:
        """Follow the function until nothing new is found."""
        tree = self._function.tree
        assert tree is not None
        names = [argument.arg for argument in (*tree.args.posonlyargs, *tree.args.args)]
        arguments: list[Root] = [("argument", index) for index in range(len(self._function.parameters))]
        for argument in arguments:
            self._heap[argument] = {argument}
        if self._function.wants_packet and len(arguments) > 1:
            self._heap[arguments[-1]].update(arguments)
        if len(names) < len(arguments) or tree.args.vararg or tree.args.kwarg:
            raise TooHard
        before: object = None
        for _ in range(_ROUNDS):
            values = [frozenset([argument]) for argument in arguments]
            self.result |= self._follow(self._function, tree, dict(zip(names, values, strict=False)))
            state = self._size()
            if state == before:
                return
            before = state
        raise TooHard

    def _follow(self, function: Function, tree: FunctionTree, env: Env) -> Value:
        """Run a tree with its parameters in `env`; what it may return."""
        self._active.append(tree)
        frame = self._frame_of.get(id(tree))
        if frame is None:
            frame = self._frame_of[id(tree)] = Frame(function, tree)
        self._frames.append(frame)
        everything = (*tree.args.posonlyargs, *tree.args.args, *tree.args.kwonlyargs)
        defaults = _defaults(tree.args)
        for argument in everything:
            if argument.arg not in env:  # its default, shared by all calls
                default = defaults.get(argument.arg)
                env[argument.arg] = scalar(default) if isinstance(default, ast.Constant) else frozenset([CONSTANTS])
        for name, value in env.items():
            self._note(name, value)
        if isinstance(tree, ast.Lambda):
            frame.result |= self._eval(tree.body, env)
        else:
            self._block(tree.body, env)
        self._frames.pop()
        self._active.pop()
        return frozenset(frame.result)

    def _closure(self, tree: FunctionTree, env: Env) -> Value:
        """A function made on the way: followed once for whatever it may ever be called with."""
        root = self._site(tree, "closure")
        self._closures.update(root)
        if tree in self._active:
            return root
        self._active.append(tree)
        anything = frozenset(self._heap)
        inner = {name: frozenset(roots) for (frame, name), roots in self._ever.items() if frame == id(self._frames[-1])}
        inner.update({name: value | inner.get(name, NOTHING) for name, value in env.items()})
        outer, self._frames[-1].result = self._frames[-1].result, set()
        for default in (*tree.args.defaults, *(item for item in tree.args.kw_defaults if item)):
            self._eval(default, env)
        for argument in ast.walk(tree.args):
            if isinstance(argument, ast.arg):
                inner[argument.arg] = anything
                self._note(argument.arg, anything)
        if isinstance(tree, ast.Lambda):
            result: set[Root] = set(self._eval(tree.body, inner))
        else:
            self._block(tree.body, inner)
            result = self._frames[-1].result
        self._frames[-1].result = outer
        self._active.pop()
        self._store(root, frozenset(result))
        return root

    def _block(self, body: list[ast.stmt], env: Env) -> None:
        for statement in body:
            self._statement(statement, env)

    def _statement(self, node: ast.stmt, env: Env) -> None:
        if isinstance(node, ast.Expr):
            self._eval(node.value, env)
        elif isinstance(node, ast.Assign):
            value = self._eval(node.value, env)
            for target in node.targets:
                self._assign(target, value, env)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                self._assign(node.target, self._eval(node.value, env), env)
        elif isinstance(node, ast.AugAssign):
            self._augmented(node, env)
        elif isinstance(node, ast.Return):
            if node.value is not None:
                self._frames[-1].result |= self._eval(node.value, env)
        elif isinstance(node, ast.If):
            self._eval(node.test, env)
            self._branches(env, [node.body, node.orelse])
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            items = self._content(self._eval(node.iter, env))
            self._loop(env, lambda: self._assign(node.target, items, env), node.body)
            self._branches(env, [node.orelse, []])
        elif isinstance(node, ast.While):
            self._loop(env, lambda: self._eval(node.test, env), node.body)
            self._branches(env, [node.orelse, []])
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                value = self._unknown([self._eval(item.context_expr, env)])
                if item.optional_vars is not None:
                    self._assign(item.optional_vars, value, env)
            self._block(node.body, env)
        elif isinstance(node, ast.Try):
            self._try(node, env)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if node.decorator_list:
                raise TooHard
            self._assign(ast.Name(node.name, ast.Store()), self._site(node, "closure"), env)
            self._assign(ast.Name(node.name, ast.Store()), self._closure(node, env), env)
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                if isinstance(target, (ast.Subscript, ast.Attribute)):
                    self._changed |= self._eval(target.value, env)
        elif isinstance(node, ast.Raise):
            for part in (node.exc, node.cause):
                if part is not None:
                    self._eval(part, env)
        elif isinstance(node, ast.Assert):
            self._eval(node.test, env)
            if node.msg is not None:
                self._eval(node.msg, env)
        elif isinstance(node, ast.Match):
            self._match(node, env)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                self._assign(ast.Name(name, ast.Store()), frozenset([UNKNOWN]), env)
        elif not isinstance(node, (ast.Pass, ast.Break, ast.Continue)):
            raise TooHard

    def _branches(self, env: Env, bodies: list[list[ast.stmt]]) -> None:
        ends = []
        for body in bodies:
            end = dict(env)
            self._block(body, end)
            ends.append(end)
        for end in ends:
            for name, value in end.items():
                env[name] = frozenset().union(*(other.get(name, NOTHING) for other in ends)) | value

    def _loop(self, env: Env, head: Callable[[], object], body: list[ast.stmt]) -> None:
        """Zero or more turns. `break` and `continue` leave from anywhere: names keep what they ever held."""
        for _ in range(_ROUNDS):
            before = dict(env)
            head()
            self._block(body, env)
            for name in {*env, *before}:
                ever = self._ever.get((id(self._frames[-1]), name), ()) if _leaves(body) else ()
                env[name] = env.get(name, NOTHING) | before.get(name, NOTHING) | frozenset(ever)
            if env == before:
                return
        raise TooHard

    def _try(self, node: ast.Try, env: Env) -> None:
        """An exception may come from anywhere in the body: the handlers see whatever a name ever held."""
        self._block(node.body, env)
        for name in list(env):
            env[name] |= frozenset(self._ever.get((id(self._frames[-1]), name), ()))
        for handler in node.handlers:
            if handler.name:
                self._assign(ast.Name(handler.name, ast.Store()), frozenset([UNKNOWN]), env)
        self._branches(env, [node.orelse, *(handler.body for handler in node.handlers)])
        for name in list(env):
            env[name] |= frozenset(self._ever.get((id(self._frames[-1]), name), ()))
        self._block(node.finalbody, env)

    def _match(self, node: ast.Match, env: Env) -> None:
        value = self.reach(self._eval(node.subject, env))
        inside = value | self._site(node)
        self._store(self._site(node), value)
        for case in node.cases:
            for part in ast.walk(case.pattern):
                name = getattr(part, "name", None) or getattr(part, "rest", None)
                if isinstance(name, str):
                    self._assign(ast.Name(name, ast.Store()), inside, env)
            if case.guard is not None:
                self._eval(case.guard, env)
        self._branches(env, [*(case.body for case in node.cases), []])

    def _assign(self, target: ast.expr, value: Value, env: Env) -> None:
        if isinstance(target, ast.Name):
            env[target.id] = value
            self._note(target.id, value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for element in target.elts:
                self._assign(element, self._content(value), env)
        elif isinstance(target, ast.Starred):
            rest = self._site(target)
            self._store(rest, value)
            self._assign(target.value, rest, env)
        elif isinstance(target, (ast.Subscript, ast.Attribute)):
            if isinstance(target, ast.Subscript):
                self._eval(target.slice, env)
                if isinstance(target.slice, ast.Slice):
                    value |= self._content(value)
            owner = self._eval(target.value, env)
            self._changed |= owner
            self._store(owner, value)
        else:
            raise TooHard

    def _augmented(self, node: ast.AugAssign, env: Env) -> None:
        """`x += y` changes a list, dict or set in place; on the right of a scalar it can't."""
        operand = self._eval(node.value, env)
        loaded = self._loaded.setdefault(id(node), _as_load(node.target))
        old = self._eval(loaded, env)
        new = self._operation(node, node.op, old, operand)
        in_place = isinstance(node.op, (ast.Add, ast.Mult, ast.Sub, ast.BitOr, ast.BitAnd, ast.BitXor, ast.MatMult))
        harmless = operand <= frozenset([FLOAT]) if isinstance(node.op, ast.Mult) else operand <= IS_NUMBER
        if in_place and not old <= IS_SCALAR and not (harmless and operand):
            self._changed |= old
            self._store(old, self._content(operand))
            new |= old
        self._assign(node.target, new, env)


def _defaults(arguments: ast.arguments) -> dict[str, ast.expr]:
    positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    found = dict(zip(reversed(positional), reversed(arguments.defaults), strict=False))
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            found[argument.arg] = default
    return found


def _as_load(target: ast.expr) -> ast.expr:
    if isinstance(target, ast.Name):
        return ast.Name(target.id, ast.Load())
    if isinstance(target, ast.Subscript):
        return ast.Subscript(target.value, target.slice, ast.Load())
    assert isinstance(target, ast.Attribute)
    return ast.Attribute(target.value, target.attr, ast.Load())


def _leaves(body: list[ast.stmt]) -> bool:
    return any(isinstance(node, (ast.Break, ast.Continue)) for statement in body for node in ast.walk(statement))
