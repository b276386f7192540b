"""Which mutable values a function's argument, its constants and its result may share, and which of them it may change.

A points-to analysis over abstract objects, here called roots: one for each argument with all that is reachable from it,
one for all mutable constants, one for everything unknown, and one for each place that creates a value. A variable holds
a set of roots, following the order of statements; what roots contain only grows. Whatever isn't recognised is taken to
change and keep everything that it can reach.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from streamflow.ir import known_calls
from streamflow.ir.known_calls import EFFECTS

if TYPE_CHECKING:
    from streamflow.ir.function import Function, FunctionTree

Root: TypeAlias = Hashable
Value: TypeAlias = frozenset[Root]
Env: TypeAlias = dict[str, Value]

CONSTANTS, UNKNOWN, NUMBER, FLOAT, TEXT = "constants", "unknown", "number", "float", "text"
_NOTHING: Value = frozenset()
_IS_NUMBER: Value = frozenset([NUMBER, FLOAT])
_IS_SCALAR: Value = frozenset([NUMBER, FLOAT, TEXT])
_ROUNDS = 25
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
_FLOATS = ("math.pi", "math.e", "math.tau", "math.inf", "math.nan")


@dataclass(frozen=True)
class Sharing:
    """What a call may do. Arguments by position."""

    changed: frozenset[int]
    """Arguments that may be changed, or kept beyond the call other than by the result."""
    returned: frozenset[int]
    """Arguments that the result may be, or share a mutable value with."""
    returns_constants: bool
    """Whether the result may be a mutable constant, or share a value with one."""


def sharing(function: Function) -> Sharing:
    """The analysis of one function."""
    count = len(function.parameters)
    everything = frozenset(range(count))
    if function.tree is None:
        effect = EFFECTS.get(_dotted_reference(function))
        if effect is None:
            return Sharing(everything, everything, True)
        shares = effect in ("shallow", "deep", "elements")
        return Sharing(frozenset(), everything if shares else frozenset(), False)
    try:
        analysis = _Analysis(function)
        analysis.run()
    except (_TooHard, RecursionError):
        return Sharing(everything, everything, True)
    changed = {index for index in everything if analysis.is_changed(("argument", index))}
    if function.wants_packet and changed:
        changed = set(everything)  # the packet holds the data
    reached = analysis.reach(analysis.result)
    returned = {index for index in everything if ("argument", index) in reached}
    return Sharing(frozenset(changed), frozenset(returned), CONSTANTS in reached)


def dotted(node: ast.expr, imports: dict[str, str] | Any) -> str | None:
    """`math.sqrt` for a chain of attributes that starts at an import; None for anything else."""
    path: list[str] = []
    while isinstance(node, ast.Attribute):
        path.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name) and node.id in imports:
        return ".".join([imports[node.id], *reversed(path)])
    return None


def _dotted_reference(function: Function) -> str:
    reference = function.reference or ""
    return dotted(ast.parse(reference, mode="eval").body, function.imports) or reference


class _TooHard(Exception):
    """Something that the analysis doesn't follow."""


class _Frame:
    """One tree being followed: its function's imports and helpers, its own names, what it returned so far."""

    def __init__(self, function: Function, tree: FunctionTree) -> None:
        self.function = function
        self.result: set[Root] = set()
        self.names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not _loads(node)}
        self.names |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
        for node in ast.walk(tree):
            if node is not tree and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.names.add(node.name)
            elif isinstance(node, (ast.ClassDef, ast.Global, ast.Nonlocal)):
                raise _TooHard
            elif isinstance(node, ast.alias):
                self.names.add(node.asname or node.name.partition(".")[0])
            elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
                self.names.add(node.name)
            elif isinstance(node, ast.MatchMapping) and node.rest:
                self.names.add(node.rest)


class _Analysis:
    def __init__(self, function: Function) -> None:
        self.result: Value = _NOTHING
        self._function = function
        self._heap: dict[Root, set[Root]] = {CONSTANTS: {CONSTANTS}, UNKNOWN: {UNKNOWN}}
        self._changed: set[Root] = set()
        self._ever: dict[tuple[int, str], set[Root]] = {}
        self._closures: set[Root] = set()
        self._active: list[FunctionTree] = []
        self._frames: list[_Frame] = []
        self._frame_of: dict[int, _Frame] = {}
        self._loaded: dict[int, ast.expr] = {}
        """Kept, because a place is known by the id of its node."""

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
            raise _TooHard
        before: object = None
        for _ in range(_ROUNDS):
            values = [frozenset([argument]) for argument in arguments]
            self.result |= self._follow(self._function, tree, dict(zip(names, values, strict=False)))
            state = self._size()
            if state == before:
                return
            before = state
        raise _TooHard

    def is_changed(self, root: Root) -> bool:
        """Whether a root may be changed, or be reachable from what outlives the call."""
        others = [
            other for other in self._heap if isinstance(other, tuple) and other[0] == "argument" and other != root
        ]
        packet = ("argument", len(self._function.parameters) - 1) if self._function.wants_packet else None
        keepers = [other for other in others if other != packet]
        return root in self._changed or root in self.reach(frozenset([CONSTANTS, UNKNOWN, *keepers]))

    def reach(self, value: Iterable[Root]) -> Value:
        """Everything that can be got at from a value, itself included."""
        found: set[Root] = set()
        pending = list(value)
        while pending:
            root = pending.pop()
            if root not in found:
                found.add(root)
                pending += self._heap.get(root, ())
        return frozenset(found)

    def _size(self) -> object:
        return (
            {root: len(content) for root, content in self._heap.items()},
            len(self._changed),
            {name: len(roots) for name, roots in self._ever.items()},
            self.result,
        )

    # Trees

    def _follow(self, function: Function, tree: FunctionTree, env: Env) -> Value:
        """Run a tree with its parameters in `env`; what it may return."""
        self._active.append(tree)
        frame = self._frame_of.get(id(tree))
        if frame is None:
            frame = self._frame_of[id(tree)] = _Frame(function, tree)
        self._frames.append(frame)
        everything = (*tree.args.posonlyargs, *tree.args.args, *tree.args.kwonlyargs)
        defaults = _defaults(tree.args)
        for argument in everything:
            if argument.arg not in env:  # its default, shared by all calls
                default = defaults.get(argument.arg)
                env[argument.arg] = _scalar(default) if isinstance(default, ast.Constant) else frozenset([CONSTANTS])
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
        inner.update({name: value | inner.get(name, _NOTHING) for name, value in env.items()})
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

    # Statements

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
                raise _TooHard
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
            raise _TooHard

    def _branches(self, env: Env, bodies: list[list[ast.stmt]]) -> None:
        ends = []
        for body in bodies:
            end = dict(env)
            self._block(body, end)
            ends.append(end)
        for end in ends:
            for name, value in end.items():
                env[name] = frozenset().union(*(other.get(name, _NOTHING) for other in ends)) | value

    def _loop(self, env: Env, head: Callable[[], object], body: list[ast.stmt]) -> None:
        """Zero or more turns. `break` and `continue` leave from anywhere: names keep what they ever held."""
        for _ in range(_ROUNDS):
            before = dict(env)
            head()
            self._block(body, env)
            for name in {*env, *before}:
                ever = self._ever.get((id(self._frames[-1]), name), ()) if _leaves(body) else ()
                env[name] = env.get(name, _NOTHING) | before.get(name, _NOTHING) | frozenset(ever)
            if env == before:
                return
        raise _TooHard

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
            raise _TooHard

    def _augmented(self, node: ast.AugAssign, env: Env) -> None:
        """`x += y` changes a list, dict or set in place; on the right of a scalar it can't."""
        operand = self._eval(node.value, env)
        loaded = self._loaded.setdefault(id(node), _as_load(node.target))
        old = self._eval(loaded, env)
        new = self._operation(node, node.op, old, operand)
        in_place = isinstance(node.op, (ast.Add, ast.Mult, ast.Sub, ast.BitOr, ast.BitAnd, ast.BitXor, ast.MatMult))
        harmless = operand <= frozenset([FLOAT]) if isinstance(node.op, ast.Mult) else operand <= _IS_NUMBER
        if in_place and not old <= _IS_SCALAR and not (harmless and operand):
            self._changed |= old
            self._store(old, self._content(operand))
            new |= old
        self._assign(node.target, new, env)

    # Expressions

    def _eval(self, node: ast.expr, env: Env) -> Value:
        if isinstance(node, ast.Constant):
            return _scalar(node)
        if isinstance(node, ast.Name):
            return self._name(node, env)
        if isinstance(node, ast.Attribute):
            if self._path(node, env) in _FLOATS:
                return frozenset([FLOAT])
            return self._content(self._eval(node.value, env))
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
            value = self._eval(node.value, env) if node.value is not None else _NOTHING
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
        raise _TooHard

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
        return frozenset([UNKNOWN]) if node.id in function.imports else _NOTHING

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
        inner: Value = _NOTHING
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
                env[name] = env.get(name, _NOTHING) | inner.get(name, _NOTHING)
        return made

    def _either(self, env: Env, values: list[ast.expr]) -> Value:
        found: Value = _NOTHING
        ends = [env]
        for value in values:
            end = dict(ends[-1])
            found |= self._eval(value, end)
            ends.append(end)
        for end in ends[1:]:
            for name, held in end.items():
                env[name] = env.get(name, _NOTHING) | held
        return found

    def _operation(self, node: ast.AST, op: ast.operator, left: Value, right: Value) -> Value:
        scalars = [bool(side) and side <= _IS_SCALAR for side in (left, right)]
        if isinstance(op, ast.Add):
            if any(scalars):
                texts = [side for side in (left, right) if side and side <= _IS_SCALAR]
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
        return frozenset([NUMBER]) | (_NOTHING if any(scalars) else self._holding(node, self._content(left | right)))

    # Calls

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
        if path == "collections.defaultdict" and node.args and _makes_empty(node.args[0]):
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
            self._changed |= arguments[0] if path == "next" and arguments else _NOTHING
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
            return self._anything_in(node, _NOTHING)
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
        made: Value = _NOTHING
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
            return _NOTHING
        path = self._path(function, env)
        if path is not None:
            shares = EFFECTS[path] in ("shallow", "deep", "elements")
            return self._anything_in(function, values if shares else _NOTHING)
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
        foreign = frozenset([UNKNOWN]) if UNKNOWN in owner else _NOTHING
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
            return self._anything_in(node, _NOTHING)
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

    # The heap

    def _unknown(self, values: Iterable[Value]) -> Value:
        """A call that may do anything with what it can reach, and keep it."""
        given = frozenset().union(*values)
        self._changed |= self.reach(given)
        self._heap[UNKNOWN] |= given
        return frozenset([UNKNOWN])

    def _site(self, node: ast.AST, tag: str = "") -> Value:
        """What this place creates, whose content is known elsewhere."""
        root: Root = (id(node), tag)
        self._heap.setdefault(root, set())
        return frozenset([root])

    def _holding(self, node: ast.AST, content: Value, tag: str = "") -> Value:
        """A new container at this place, with this content."""
        made = self._site(node, tag)
        self._store(made, content)
        return made

    def _anything_in(self, node: ast.AST, values: Value) -> Value:
        """Something new, at whatever depth of new containers, that may hold all that `values` reach."""
        made = self._site(node, "any")
        self._store(made, self.reach(values) | made)
        return made

    def _store(self, owners: Value, value: Value) -> None:
        for owner in owners:
            if owner not in _IS_SCALAR:
                self._heap.setdefault(owner, set()).update(value)

    def _content(self, value: Value) -> Value:
        found: set[Root] = set()
        for root in value:
            found |= self._heap.get(root, set())
        return frozenset(found)

    def _note(self, name: str, value: Value) -> None:
        self._ever.setdefault((id(self._frames[-1]), name), set()).update(value)


def _makes_empty(factory: ast.expr) -> bool:
    return isinstance(factory, ast.Name) and factory.id in ("list", "dict", "set")


def _scalar(node: ast.Constant) -> Value:
    if isinstance(node.value, (str, bytes)):
        return frozenset([TEXT])
    return frozenset([FLOAT if isinstance(node.value, float) else NUMBER])


def _defaults(arguments: ast.arguments) -> dict[str, ast.expr]:
    positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    found = dict(zip(reversed(positional), reversed(arguments.defaults), strict=False))
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            found[argument.arg] = default
    return found


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


def _loads(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


def _as_load(target: ast.expr) -> ast.expr:
    if isinstance(target, ast.Name):
        return ast.Name(target.id, ast.Load())
    if isinstance(target, ast.Subscript):
        return ast.Subscript(target.value, target.slice, ast.Load())
    assert isinstance(target, ast.Attribute)
    return ast.Attribute(target.value, target.attr, ast.Load())


def _leaves(body: list[ast.stmt]) -> bool:
    return any(isinstance(node, (ast.Break, ast.Continue)) for statement in body for node in ast.walk(statement))
