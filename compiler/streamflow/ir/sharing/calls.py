"""Calls: of builtins and the standard library, of methods, of captured functions, and of who knows what."""

from __future__ import annotations

import ast
import builtins
from abc import abstractmethod
from typing import TYPE_CHECKING

from streamflow.ir import known_calls
from streamflow.ir.known_calls import EFFECTS, dotted
from streamflow.ir.sharing.heap import Heap
from streamflow.ir.sharing.values import FLOAT, NOTHING, NUMBER, TEXT, UNKNOWN, Env, Value

if TYPE_CHECKING:
    from streamflow.ir.function import Function, FunctionTree

_IN_HIGHER_ORDER = """
map filter sorted min max functools.reduce itertools.groupby itertools.takewhile itertools.dropwhile
itertools.filterfalse itertools.starmap itertools.accumulate heapq.nlargest heapq.nsmallest heapq.merge
"""
_HIGHER_ORDER = frozenset(_IN_HIGHER_ORDER.split())
_IN_OTHER_BUILTINS = """
next getattr slice Exception ValueError KeyError TypeError RuntimeError LookupError IndexError ArithmeticError
ZeroDivisionError AssertionError
"""
_OTHER_BUILTINS = frozenset(_IN_OTHER_BUILTINS.split())


class Calls(Heap):
    """Follows calls."""

    @abstractmethod
    def _eval(self, node: ast.expr, env: Env) -> Value:
        """What an expression may be."""

    @abstractmethod
    def _assign(self, target: ast.expr, value: Value, env: Env) -> None:
        """Bind a target to a value."""

    @abstractmethod
    def _follow(self, function: Function, tree: FunctionTree, env: Env) -> Value:
        """Run a tree; what it may return."""

    def _call(self, node: ast.Call, env: Env) -> Value:
        frame = self._frames[-1]
        path = self._path(node.func, env)
        if path in _HIGHER_ORDER:
            return self._higher_order(node, str(path), env)
        arguments = [self._eval(argument, env) for argument in node.args]
        named = {keyword.arg: self._eval(keyword.value, env) for keyword in node.keywords if keyword.arg}
        values = [*arguments, *named.values()]
        for keyword in node.keywords:
            if keyword.arg is None:
                values.append(self._content(self._eval(keyword.value, env)))
        if isinstance(node.func, ast.Name) and node.func.id not in env and node.func.id not in frame.names:
            helper = frame.function.helpers.get(node.func.id)
            if helper is not None:
                return self._helper(node, helper, arguments, named, values)
        if path == "collections.defaultdict" and node.args and self._makes_empty(node.args[0]):
            return self._holding(node, self._site(node, "empty"))
        if path is not None:
            return self._known(node, path, arguments, values)
        if isinstance(node.func, ast.Attribute) and not self._is_builtin(node.func.value):
            return self._method(node, node.func, arguments, values, env)
        called = self._eval(node.func, env)
        if called and called <= self._closures:
            return self._content(called)  # followed for any arguments where it was made
        return self._unknown([called, *values])

    def _is_builtin(self, node: ast.expr) -> bool:
        """Whether a method is called on a builtin class, its object being the first argument."""
        return isinstance(node, ast.Name) and node.id not in self._frames[-1].names and hasattr(builtins, node.id)

    def _makes_empty(self, factory: ast.expr) -> bool:
        return self._is_builtin(factory) and ast.unparse(factory) in ("list", "dict", "set")

    def _path(self, func: ast.expr, env: Env) -> str | None:
        """The dotted name of a builtin or an import that is called."""
        frame = self._frames[-1]
        root = func
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name) or root.id in env or root.id in frame.names:
            return None
        function = frame.function
        found = dotted(func, function.imports)
        if found is not None:
            return found.removeprefix("builtins.")
        if not hasattr(builtins, root.id):
            return None
        text = ast.unparse(func)
        return text if text in EFFECTS or text in _OTHER_BUILTINS or text in _HIGHER_ORDER else None

    def _known(self, node: ast.Call, path: str, arguments: list[Value], values: list[Value]) -> Value:
        effect = EFFECTS.get(path)
        together = frozenset().union(*values)
        if path == "sum" and len(values) > 1:
            return self._anything_in(node, together)
        if path in ("next", "getattr"):
            self._changed |= arguments[0] if path == "next" and arguments else NOTHING
            return self._content(together) | together
        if effect is None:
            if path in _OTHER_BUILTINS:
                return self._anything_in(node, together)
            return self._unknown(values)
        if effect == "number":
            return frozenset([NUMBER])
        if effect == "float":
            return frozenset([FLOAT])
        if effect == "text":
            return frozenset([TEXT])
        if effect == "fresh":
            return self._anything_in(node, NOTHING)
        if effect == "shallow":
            return self._holding(node, self._content(together))
        if effect == "deep":
            return self._anything_in(node, together)
        return together | self._anything_in(node, together)

    def _higher_order(self, node: ast.Call, path: str, env: Env) -> Value:
        """A call of a builtin that calls back: harmless if what it calls back is a function known here."""
        data = [argument for argument in node.args if not self._is_function(argument, env)]
        data += [item.value for item in node.keywords if not self._is_function(item.value, env)]
        functions = [argument for argument in node.args if self._is_function(argument, env)]
        functions += [item.value for item in node.keywords if self._is_function(item.value, env)]
        named = {item.arg for item in node.keywords}
        values = [self._eval(argument, env) for argument in data]
        if len(functions) < _functions_needed(path, node) or None in named:
            return self._unknown(values)
        together = frozenset().union(*values)
        if path == "map" and isinstance(node.args[0], ast.Lambda) and not node.args[0].args.defaults:
            inner = dict(env)
            for argument in ast.walk(node.args[0].args):
                if isinstance(argument, ast.arg):
                    self._assign(ast.Name(argument.arg, ast.Store()), self._content(together), inner)
            return self._holding(node, self._eval(node.args[0].body, inner))
        made: Value = NOTHING
        for function in functions:
            made |= self._result_of(function, env, together)
        if path == "map":
            return self._holding(node, made)
        if path in ("filter", "sorted"):
            return self._holding(node, self._content(together))
        if path in ("min", "max"):
            return together | self._content(together)
        return self._anything_in(node, together | made)

    def _is_function(self, node: ast.expr, env: Env) -> bool:
        """Whether an argument is a function whose effect is known."""
        if isinstance(node, ast.Lambda) or (isinstance(node, ast.Constant) and node.value is None):
            return True
        frame = self._frames[-1]
        is_free = isinstance(node, ast.Name) and node.id not in env and node.id not in frame.names
        if is_free and isinstance(node, ast.Name) and node.id in frame.function.helpers:
            return True
        return EFFECTS.get(self._path(node, env) or "") is not None

    def _result_of(self, function: ast.expr, env: Env, values: Value) -> Value:
        """What a function that is called back with parts of `values` may return."""
        if isinstance(function, ast.Constant):
            return NOTHING
        path = self._path(function, env)
        if path is not None:
            shares = EFFECTS[path] in ("shallow", "deep", "elements")
            return self._anything_in(function, values if shares else NOTHING)
        return self._content(self._eval(function, env))

    def _helper(
        self, node: ast.Call, helper: Function, arguments: list[Value], named: dict[str, Value], values: list[Value]
    ) -> Value:
        """A call of a captured function: followed with what it is given."""
        tree = helper.tree
        starred = any(isinstance(argument, ast.Starred) for argument in node.args) or any(
            keyword.arg is None for keyword in node.keywords
        )
        if tree is None or any(tree is active for active in self._active) or starred:
            return self._unknown(values)
        if tree.args.vararg or tree.args.kwarg:
            return self._unknown(values)
        names = [argument.arg for argument in (*tree.args.posonlyargs, *tree.args.args)]
        if len(arguments) > len(names):
            return self._unknown(values)
        env = dict(zip(names, arguments, strict=False))
        env.update(named)
        return self._follow(helper, tree, env)

    def _method(
        self, node: ast.Call, func: ast.Attribute, arguments: list[Value], values: list[Value], env: Env
    ) -> Value:
        owner = self._eval(func.value, env)
        name = func.attr
        given = frozenset().union(*values)
        foreign = frozenset([UNKNOWN]) if UNKNOWN in owner else NOTHING
        if foreign:
            return self._unknown([owner, *values])
        if name in known_calls.READS:
            starred = any(isinstance(argument, ast.Starred) for argument in node.args)
            return self._content(owner) | (given if starred else frozenset().union(*values[1:]))
        if name in known_calls.VIEWS:
            if name in ("items",):
                return self._holding(node, self._holding(node, self._content(owner), "pair"))
            return self._holding(node, self._content(owner) | self._content(given))
        if name in known_calls.TEXT_METHODS:
            return frozenset([TEXT])
        if name in known_calls.NUMBER_METHODS:
            return frozenset([NUMBER])
        if name in known_calls.FRESH_METHODS:
            return self._anything_in(node, NOTHING)
        if name in known_calls.STORING:
            self._changed |= owner
            self._store(owner, given)
            return self._content(owner) if name == "setdefault" else frozenset([NUMBER])
        if name in known_calls.MERGING:
            self._changed |= owner
            self._store(owner, given | self._content(given) | self._content(self._content(given)))
            return frozenset([NUMBER])
        if name in known_calls.REMOVING and not node.keywords:
            self._changed |= owner
            if name.startswith("pop"):
                return self._anything_in(node, self._content(owner) | given) | self._content(owner) | given
            return frozenset([NUMBER])
        return self._unknown([owner, *values])


def _functions_needed(path: str, node: ast.Call) -> int:
    """How many arguments of a higher-order builtin are functions."""
    named = any(keyword.arg in ("key", "func") for keyword in node.keywords)
    if path in ("sorted", "min", "max", "heapq.merge"):
        return int(named)
    if path in ("heapq.nlargest", "heapq.nsmallest"):
        return max(0, len(node.args) - 2) + named
    if path in ("itertools.groupby", "itertools.accumulate"):
        return int(len(node.args) > 1 or named)
    return 1
