"""Captures the functions of a graph, with everything they use, as pieces of one generated module."""

from __future__ import annotations

import ast
import functools
import inspect
import operator
from collections.abc import Callable, Collection
from types import FunctionType, MethodType
from typing import Any, NoReturn

from streamflow.diagnostics import Diagnostic, Span
from streamflow.frontend.bindings import Bindings
from streamflow.frontend.modules import FETCH, is_way_out
from streamflow.frontend.signature import Signature, signature_of
from streamflow.frontend.sites import Refused, Site
from streamflow.ir.function import Function, FunctionTree

_GETTERS = (operator.itemgetter, operator.attrgetter, operator.methodcaller)


class Namespace:
    """The module-level names of one graph's kernel, and the pieces of user code that they stand for.

    `reserved` are identifiers that the generated module uses itself. Whatever is wrong with a function goes to
    `problems`; while they hold an error, what `function` returned is not fit to be emitted.
    """

    def __init__(self, reserved: Collection[str] = ()) -> None:
        self.problems: list[Diagnostic] = []
        self._bindings = Bindings(reserved, self.problems)
        self._captured: dict[tuple[int, int, bool], tuple[Any, Function]] = {}

    @property
    def imports(self) -> list[ast.Import | ast.ImportFrom]:
        """Import statements, in the order of first use."""
        return self._bindings.imports

    @property
    def definitions(self) -> list[ast.Assign | ast.FunctionDef | ast.AsyncFunctionDef]:
        """Constants and helper functions, each below those that its own definition evaluates."""
        return self._bindings.definitions

    @property
    def constants(self) -> dict[str, ast.expr]:
        """Captured values by identifier. One that holds functions must stand below them, see `definitions`."""
        found = (item for item in self.definitions if isinstance(item, ast.Assign))
        return {item.targets[0].id: item.value for item in found if isinstance(item.targets[0], ast.Name)}

    @property
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Helper functions: those that captured functions call."""
        return [item for item in self.definitions if not isinstance(item, ast.Assign)]

    @property
    def secrets(self) -> dict[str, str]:
        """The deployment's secrets by the identifier that stands for each one's text."""
        return self._bindings.secrets

    def function(
        self,
        fn: Callable[..., Any],
        name: str,
        listed: int,
        node: str,
        span: Span,
        *,
        extra: str = "packet",
        result_required: bool = False,
        may_yield: bool = False,
        awaited: bool = False,
    ) -> Function:
        """Capture one callback of `node`, which is called with `listed` values, and the `extra` if it takes one more.

        `name` is what to call it where it has no name of its own. Capturing a function twice gives the same `name` and
        `tree`. With `result_required`, a function that can only return None is a problem; without `may_yield`, a
        generator is; without `awaited`, one that is async.
        """
        known, function = self._captured.get((id(fn), listed, may_yield), (None, None))
        if function is None or known is not fn:
            capture = _Callback(self._bindings, fn, name, listed, extra, node, span, may_yield)
            try:
                function = capture.function()
            except Refused as refusal:
                self._bindings.report(refusal.diagnostic)
                function = capture.stand_in()
            self._captured[id(fn), listed, may_yield] = (fn, function)
        if result_required and function.returns_only_none:
            help = "return the value that goes on; `data.update(...)` changes the dict and returns None"
            message = f"the function of `{node}` can only return None, so nothing goes on from there"
            self._bindings.report(Diagnostic("SF113", function.span, message, help))
        ways_out = [name for name, what in function.imports.items() if is_way_out(what)]
        if function.is_async != awaited and (ways_out or function.is_async):
            what = f"uses `{ways_out[0]}`" if ways_out else "is async"
            message = f"the function of `{node}` {what}, but nobody waits for what it gives"
            help = "write `async def` and `await`, in a nodes.transform or a custom sink: those are waited for"
            self._bindings.report(Diagnostic("SF125", function.span, message, help))
        return function


class _Callback:
    """One function on its way into the module."""

    def __init__(
        self,
        bindings: Bindings,
        fn: Callable[..., Any],
        name: str,
        listed: int,
        extra: str,
        node: str,
        span: Span,
        may_yield: bool,
    ) -> None:
        self._bindings = bindings
        self._fn = fn
        self._name = name
        self._listed = listed
        self._extra = extra
        self._node = node
        self._span = span
        self._may_yield = may_yield

    def function(self) -> Function:
        fn = self._fn
        if isinstance(fn, FunctionType):
            if self._bindings.is_importable(fn):
                return self._by_reference()
            return self._by_source(fn)
        if isinstance(fn, functools.partial):
            return self._partial(fn)
        if isinstance(fn, _GETTERS):
            return self._getter(fn)
        if isinstance(fn, MethodType) and not isinstance(fn.__self__, type):
            self._refuse_method(fn)
        return self._by_reference()

    def stand_in(self) -> Function:
        """What a refused function is until the problems are shown."""
        return self._made(None, None, self._values()[: self._listed], False, False, self._span, {})

    def _by_source(self, fn: FunctionType) -> Function:
        body = self._bindings.body(fn, Site(self._span, self._node))
        signature = signature_of(fn)
        assert signature is not None
        self._check(signature, body.span)
        passed = signature.passed(self._listed)
        tree = body.callback(passed)
        if body.is_generator and not self._may_yield:
            help = "return one value (a list stays one value), or None to emit nothing; nodes.flat_map takes generators"
            message = (
                f"the function of `{self._node}` contains `yield`: what it makes would be a generator, not a value"
            )
            raise Refused(Diagnostic("SF110", body.span, message, help))
        wish = self._name if isinstance(tree, ast.Lambda) else tree.name
        name = self._bindings.new_identifier(wish)
        is_async = isinstance(tree, ast.AsyncFunctionDef)
        if isinstance(tree, ast.Lambda) and _calls_async(tree.body, body.helpers, body.imports):
            tree, is_async = _awaiting(tree, name), True
        elif not isinstance(tree, ast.Lambda):
            tree.name = name
        uses = {"imports": body.imports, "helpers": body.helpers, "mutable_constants": frozenset(body.mutable)}
        wants = signature.wants_packet(self._listed)
        return self._made(tree, None, passed, wants, is_async, body.span, uses, name)

    def _by_reference(self) -> Function:
        """Builtins, functions and classes of the standard library, methods of constants: emitted by name."""
        signature = signature_of(self._fn)
        if signature is not None:
            self._check(signature, self._span)
        expression = self._bindings.bind(self._fn, self._name, Site(self._span, self._node))
        wants = signature is not None and signature.wants_packet(self._listed)
        is_async = inspect.iscoroutinefunction(self._fn)
        uses = {"imports": self._bindings.imports_of(expression)}
        passed = self._values()[: self._listed + wants]
        return self._made(None, ast.unparse(expression), passed, wants, is_async, self._span, uses)

    def _partial(self, fn: functools.partial[Any]) -> Function:
        """`partial(f, 10)` is a lambda that calls `f` with its values in place."""
        signature = signature_of(fn)
        if signature is not None:
            self._check(signature, self._span)
        wants = signature is not None and signature.wants_packet(self._listed)
        passed = self._values()[: self._listed + wants]
        site = Site(self._span, self._node, forbidden=frozenset(passed))
        callee = self._bindings.bind(fn.func, getattr(fn.func, "__name__", self._name), site)
        names = fn.func.__code__.co_varnames if isinstance(fn.func, FunctionType) else ()
        first = [
            self._bindings.bind(value, names[index] if index < len(names) else f"{self._name}_{index + 1}", site)
            for index, value in enumerate(fn.args)
        ]
        named = [ast.keyword(key, self._bindings.bind(value, key, site)) for key, value in fn.keywords.items()]
        call = ast.Call(callee, [*first, *(ast.Name(name, ast.Load()) for name in passed)], named)
        return self._written(call, passed, wants, inspect.iscoroutinefunction(fn.func))

    def _getter(self, fn: Any) -> Function:
        """`itemgetter("a")` is `lambda data: data["a"]`."""
        data: ast.expr = ast.Name(self._values()[0], ast.Load())
        site = Site(self._span, self._node, forbidden=frozenset(self._values()))
        constructor, arguments, *_ = fn.__reduce__()
        if isinstance(constructor, functools.partial):  # methodcaller with keywords
            arguments, keywords = (*constructor.args, *arguments), constructor.keywords
        else:
            keywords = {}
        values = [self._bindings.constant(value, site) for value in arguments]
        if isinstance(fn, operator.itemgetter):
            parts: list[ast.expr] = [ast.Subscript(data, value, ast.Load()) for value in values]
        elif isinstance(fn, operator.attrgetter):
            parts = [functools.reduce(_attribute, path.split("."), data) for path in arguments]
        else:
            named = [ast.keyword(key, self._bindings.constant(value, site)) for key, value in keywords.items()]
            parts = [ast.Call(ast.Attribute(data, arguments[0], ast.Load()), values[1:], named)]
        body = parts[0] if len(parts) == 1 else ast.Tuple(parts, ast.Load())
        if self._listed != 1:
            message = f"the function of `{self._node}` takes one value, but is called with {self._count()}"
            raise Refused(Diagnostic("SF111", self._span, message))
        return self._written(body, self._values()[:1], False, False)

    def _written(self, body: ast.expr, passed: tuple[str, ...], wants: bool, is_async: bool) -> Function:
        """A function that the compiler writes itself, at the place of the node."""
        arguments = ast.arguments([], [ast.arg(name) for name in passed], None, [], [], None, [])
        tree: FunctionTree = ast.Lambda(arguments, body)
        for part in ast.walk(tree):
            if "lineno" in part._attributes:
                part.lineno = part.end_lineno = self._span.line  # type: ignore[attr-defined]
                part.col_offset = part.end_col_offset = self._span.column  # type: ignore[attr-defined]
        uses = self._bindings.uses_of(body)
        name = self._bindings.new_identifier(self._name)
        if is_async:
            assert isinstance(tree, ast.Lambda)
            tree = _awaiting(tree, name)
        return self._made(tree, None, passed, wants, is_async, self._span, uses, name)

    def _made(
        self,
        tree: FunctionTree | None,
        reference: str | None,
        parameters: tuple[str, ...],
        wants_packet: bool,
        is_async: bool,
        span: Span,
        uses: dict[str, Any],
        name: str | None = None,
    ) -> Function:
        name = name or self._bindings.new_identifier(self._name)
        line = tree.lineno if tree is not None else span.line
        return Function(name, tree, reference, parameters, wants_packet, is_async, span.file, line, span, **uses)

    def _values(self) -> tuple[str, ...]:
        """Names for parameters that have none."""
        only = "packets" if self._extra == "window" else "data"
        listed = (only,) if self._listed == 1 else tuple(f"value_{n + 1}" for n in range(self._listed))
        return (*listed, self._extra)

    def _count(self) -> str:
        return f"{self._listed} {'value' if self._listed == 1 else 'values'}, or one more to get the {self._extra}"

    def _check(self, signature: Signature, span: Span) -> None:
        complaint = signature.complaint(self._listed)
        if complaint is not None:
            message = f"the function of `{self._node}` {complaint}, but is called with {self._count()}"
            names = [*self._values()[: self._listed], self._extra]
            help = f"write `lambda {', '.join(names[:-1])}: ...`, or `lambda {', '.join(names)}: ...`"
            raise Refused(Diagnostic("SF111", span, message, help))

    def _refuse_method(self, method: MethodType) -> NoReturn:
        name = getattr(method, "__name__", "method")
        owner = type(method.__self__).__name__
        message = f"the function of `{self._node}` is `{name}` of a {owner} object, which exists on this machine alone"
        help = "write a function, and capture the plain values that it needs"
        raise Refused(Diagnostic("SF116", self._span, message, help))


def _attribute(value: ast.expr, name: str) -> ast.expr:
    return ast.Attribute(value, name, ast.Load())


def _calls_async(body: ast.expr, helpers: dict[str, Function], imports: dict[str, str]) -> bool:
    """Whether a lambda returns the coroutine of a captured async function, or of `fetch`."""
    called = body.func if isinstance(body, ast.Call) else None
    if not isinstance(called, ast.Name):
        return False
    return (called.id in helpers and helpers[called.id].is_async) or imports.get(called.id) == FETCH


def _awaiting(tree: ast.Lambda, name: str) -> ast.AsyncFunctionDef:
    """A lambda that returns a coroutine, as the async function that it amounts to."""
    waiting = ast.copy_location(ast.Await(tree.body), tree.body)
    body: list[ast.stmt] = [ast.copy_location(ast.Return(waiting), tree.body)]
    made = ast.AsyncFunctionDef(name=name, args=tree.args, body=body, decorator_list=[], returns=None)
    return ast.copy_location(made, tree)
