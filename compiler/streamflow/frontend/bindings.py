"""What the free names of captured functions stand for: imports, constants, helpers and secrets of one module."""

from __future__ import annotations

import ast
import builtins
import functools
import importlib
import operator
import os
import sys
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from types import BuiltinFunctionType, FunctionType, MethodDescriptorType, MethodType, ModuleType
from typing import Any

from streamflow.diagnostics import Diagnostic
from streamflow.dsl.secrets import Secret
from streamflow.frontend import constants
from streamflow.frontend.body import Body
from streamflow.frontend.identifiers import Identifiers
from streamflow.frontend.modules import origin, outside_name
from streamflow.frontend.mutations import MUTATING_METHODS
from streamflow.frontend.refusals import refused_builtin
from streamflow.frontend.sites import Refused, Site
from streamflow.frontend.source import find_function
from streamflow.ir.function import Function

Definition = ast.Assign | ast.FunctionDef | ast.AsyncFunctionDef
_LRU_CACHE = type(functools.lru_cache(len))


@dataclass
class _Bound:
    """What an identifier of the module stands for."""

    value: object
    """Kept, so that the id that it is known by stays its own."""
    dotted: str | None = None
    function: Function | None = None
    mutable: bool = False
    names: list[str] = field(default_factory=list)


class Bindings:
    """Everything captured so far for one module. A value that is used twice is emitted once."""

    def __init__(self, reserved: Collection[str], problems: list[Diagnostic]) -> None:
        self.imports: list[ast.Import | ast.ImportFrom] = []
        self.definitions: list[Definition] = []
        self.secrets: dict[str, str] = {}
        self.new_identifier: Callable[..., str]
        self._identifiers = Identifiers(reserved)
        self.new_identifier = self._identifiers.new
        self._bound: dict[Hashable, _Bound] = {}
        self._by_name: dict[str, _Bound] = {}
        self._problems = problems

    def report(self, diagnostic: Diagnostic) -> None:
        """Add a problem, once."""
        if diagnostic not in self._problems:
            self._problems.append(diagnostic)

    def body(self, fn: FunctionType, site: Site) -> Body:
        """The source of a function. Raises Refused where there is none."""
        found = find_function(fn)
        if found is None:
            name = "a lambda" if fn.__name__ == "<lambda>" else f"`{fn.__name__}`"
            message = f"the source of {name}, which `{site.node}` uses, can't be found"
            help = "write the function in a file; code made by exec or typed into a prompt can't be compiled"
            raise Refused(Diagnostic("SF107", site.span, message, help))
        return Body(self, fn, *found, site.node)

    def is_importable(self, fn: object) -> bool:
        """Whether a function comes from the standard library, which the platform has too."""
        return origin(getattr(fn, "__module__", None) or "") in ("stdlib", "runtime")

    def uses_of(self, expression: ast.expr) -> dict[str, Any]:
        """What the identifiers in an expression stand for, as a Function's fields."""
        names = {node.id for node in ast.walk(expression) if isinstance(node, ast.Name) and node.id in self._by_name}
        bound = {name: self._by_name[name] for name in sorted(names)}
        return {
            "imports": {name: item.dotted for name, item in bound.items() if item.dotted},
            "helpers": {name: item.function for name, item in bound.items() if item.function},
            "mutable_constants": frozenset(name for name, item in bound.items() if item.mutable),
        }

    def imports_of(self, expression: ast.expr) -> dict[str, str]:
        """What the imported identifiers in an expression stand for."""
        found: dict[str, str] = self.uses_of(expression)["imports"]
        return found

    def constant(self, value: object, site: Site) -> ast.expr:
        """A value in place, without a name. Raises Refused."""
        try:
            return constants.constant(value, lambda dotted: self._qualified(dotted, site), lambda item: None)
        except constants.NotConstant as failure:
            raise site.not_plain(failure.value, site.node, inside=failure.inside) from None

    def bind(self, value: Any, name: str, site: Site) -> ast.expr:
        """The expression that stands for a value which the user's code calls `name`. Raises Refused."""
        if isinstance(value, Secret):
            return self._secret(value, name, site)
        if (outside := outside_name(value)) is not None:
            return self.imported(*outside, name, site)
        if isinstance(value, ModuleType):
            return self.module(value, name, site)
        builtin = getattr(value, "__name__", getattr(value, "name", None))  # `quit` has a name of its own kind
        if isinstance(builtin, str) and getattr(builtins, builtin, None) is value:
            return self._builtin(builtin, site)
        if value is os.environ or isinstance(value, type(os.environ)):
            site.check("os.environ")
        if isinstance(value, FunctionType):
            return self._function(value, name, site)
        if isinstance(value, (type, BuiltinFunctionType, MethodDescriptorType, MethodType)):
            return self._importable(value, name, site)
        return self._constant(value, name, site)

    def imported(self, module: str, attribute: str, name: str, site: Site) -> ast.expr:
        """`from module import attribute`, under the user's name for it."""
        dotted = f"{module}.{attribute}"
        site.check(dotted)
        statement = ast.ImportFrom(module, [ast.alias(attribute, None)], 0)
        return self._import(dotted, statement, name, site)

    def module(self, module: ModuleType, name: str, site: Site) -> ast.expr:
        """`import module`, under the user's name for it."""
        dotted = module.__name__
        where = origin(dotted)
        if where in ("package", "compiler"):
            raise site.stranger(dotted, where)
        if where == "user":
            message = f"`{name}` is a module of yours, used here as a value"
            raise Refused(Diagnostic("SF114", site.span, message, f"write {name}.something, which can be captured"))
        if dotted in ("posixpath", "ntpath"):
            return ast.Attribute(self._qualified_module("os", site), "path", ast.Load())
        site.check(dotted)
        return self._import(dotted, ast.Import([ast.alias(dotted, None)]), name.rpartition(".")[2], site)

    def helper(self, fn: FunctionType, name: str, site: Site) -> ast.expr:
        """A function of the user's that another one calls, as a function of the module."""
        known = self._bound.get(id(fn))
        if known is None:
            body = self.body(fn, site)
            wish = fn.__code__.co_name if fn.__code__.co_name != "<lambda>" else name
            identifier = self._identifiers.new(wish, site.forbidden)
            known = self._bound[id(fn)] = self._by_name[identifier] = _Bound(fn, names=[identifier])
            span = body.span
            known.function = Function(identifier, None, identifier, (), False, False, span.file, span.line, span)
            tree = body.helper(identifier)
            signature = tuple(item.arg for item in (*tree.args.posonlyargs, *tree.args.args))
            is_async = isinstance(tree, ast.AsyncFunctionDef)
            uses: dict[str, Any] = {
                "imports": body.imports,
                "helpers": body.helpers,
                "mutable_constants": frozenset(body.mutable),
            }
            known.function = Function(
                identifier, tree, None, signature, False, is_async, span.file, span.line, span, **uses
            )
            self.definitions.append(tree)
        return self._named(known, name, site)

    def _named(self, bound: _Bound, wish: str, site: Site) -> ast.Name:
        """An identifier of a value which no local name at the site hides."""
        for name in bound.names:
            if name not in site.forbidden:
                return ast.Name(name, ast.Load())
        name = self._identifiers.new(wish, site.forbidden)
        if isinstance(bound.value, Secret):
            self.secrets[name] = bound.value.name
        else:
            self._assign(name, ast.Name(bound.names[0], ast.Load()))
        bound.names.append(name)
        self._by_name[name] = bound
        return ast.Name(name, ast.Load())

    def _new(self, key: Hashable, bound: _Bound, wish: str, site: Site) -> str:
        name = self._identifiers.new(wish, site.forbidden)
        bound.names.append(name)
        self._bound[key] = self._by_name[name] = bound
        return name

    def _assign(self, name: str, value: ast.expr) -> None:
        statement = ast.Assign([ast.Name(name, ast.Store())], value, None)
        self.definitions.append(ast.fix_missing_locations(statement))

    def _secret(self, value: Secret, name: str, site: Site) -> ast.expr:
        key = ("secret", value.name)
        known = self._bound.get(key)
        if known is None:
            known = _Bound(value)
            self.secrets[self._new(key, known, name, site)] = value.name
        return self._named(known, name, site)

    def _builtin(self, name: str, site: Site) -> ast.expr:
        refusal = refused_builtin(name)
        if refusal is not None:
            raise site.refusal(refusal, name)
        if name in site.forbidden:
            return ast.Attribute(self._qualified_module("builtins", site), name, ast.Load())
        return ast.Name(name, ast.Load())

    def _function(self, fn: FunctionType, name: str, site: Site) -> ast.expr:
        where = origin(fn.__module__ or "")
        if where in ("stdlib", "runtime"):
            return self._importable(fn, name, site)
        if where == "compiler" or (where == "package" and fn.__module__ in sys.modules and fn.__module__ != "__main__"):
            raise site.stranger(fn.__module__, where)
        return self.helper(fn, name, site)

    def _importable(self, value: Any, name: str, site: Site) -> ast.expr:
        """A class, function or method that an import can reach."""
        owner = getattr(value, "__self__", None)
        if isinstance(owner, ModuleType) or owner is None or isinstance(owner, type):
            found = self._qualified_name(value)
            if found is not None:
                return self._qualified(found, site)
        elif isinstance(value, BuiltinFunctionType) and value.__name__ not in MUTATING_METHODS:
            constant = self._constant(owner, f"{name}_of", site)
            return ast.Attribute(constant, value.__name__, ast.Load())
        module = getattr(value, "__module__", None) or ""
        if isinstance(value, MethodType):
            kind = type(owner).__name__ if not isinstance(owner, type) else owner.__name__
            message = f"`{name}` is a method of {kind}, an object or class that exists on this machine alone"
            help = "write a function, and capture the plain values that it needs"
            raise Refused(Diagnostic("SF116", site.span, message, help))
        where = origin(module)
        if where in ("package", "compiler") and module in sys.modules and module != "__main__":
            raise site.stranger(module, where)
        if isinstance(value, type):
            message = f"`{name}` is a class of yours, and classes can't be captured"
            help = "let the function return a dict; constants of a class are captured where you write `Class.NAME`"
            raise Refused(Diagnostic("SF115", site.span, message, help))
        raise site.not_plain(value, name)

    def _qualified_name(self, value: Any) -> str | None:
        """`module.name` of something in the standard library, verified; None where it can't be reached by name."""
        owner = getattr(value, "__self__", None)
        if owner is None or isinstance(owner, ModuleType):
            owner = getattr(value, "__objclass__", None)
        if isinstance(owner, type):
            prefix = self._qualified_name(owner)
            found = getattr(owner, value.__name__, None)
            return f"{prefix}.{value.__name__}" if prefix is not None and found == value else None
        qualified = getattr(value, "__qualname__", "")
        module = getattr(value, "__module__", None) or ""
        if module == "builtins":
            return str(qualified) if getattr(builtins, qualified, None) is value else None
        for candidate in (module, module.lstrip("_")):
            if origin(candidate) in ("stdlib", "runtime") and candidate in sys.modules:
                try:
                    if operator.attrgetter(qualified)(sys.modules[candidate]) is value:
                        return f"{candidate}.{qualified}"
                except AttributeError:
                    pass
        return None

    def _qualified(self, dotted: str, site: Site) -> ast.expr:
        """A dotted name below an import of its module; a builtin's as it is."""
        parts = dotted.split(".")
        if hasattr(builtins, parts[0]):
            return functools.reduce(_attribute, parts[1:], self._builtin(parts[0], site))
        site.check(dotted)
        length = next(length for length in range(len(parts), 0, -1) if ".".join(parts[:length]) in sys.modules)
        module = self._qualified_module(".".join(parts[:length]), site)
        return functools.reduce(_attribute, parts[length:], module)

    def _qualified_module(self, dotted: str, site: Site) -> ast.expr:
        importlib.import_module(dotted)
        return self._import(dotted, ast.Import([ast.alias(dotted, None)]), dotted.rpartition(".")[2], site)

    def _import(self, dotted: str, statement: ast.Import | ast.ImportFrom, name: str, site: Site) -> ast.expr:
        key = ("import", dotted)
        known = self._bound.get(key)
        if known is None:
            known = _Bound(dotted, dotted)
            identifier = self._new(key, known, name, site)
            if statement.names[0].name != identifier:
                statement.names[0].asname = identifier
            self.imports.append(ast.fix_missing_locations(statement))
        return self._named(known, name, site)

    def _constant(self, value: Any, name: str, site: Site) -> ast.expr:
        try:
            expression = constants.constant(
                value, lambda dotted: self._qualified(dotted, site), lambda item: self._in_container(item, name, site)
            )
        except constants.NotConstant as failure:
            raise site.not_plain(failure.value, name, inside=failure.inside) from None
        mutable = constants.is_mutable(value)
        key: Hashable = id(value) if mutable else ("constant", name, ast.dump(expression))
        known = self._bound.get(key)
        if known is None:
            known = _Bound(value, mutable=mutable)
            self._assign(self._new(key, known, name, site), expression)
        return self._named(known, name, site)

    def _in_container(self, value: Any, name: str, site: Site) -> ast.expr | None:
        """Functions and classes as elements of a captured container, and objects that stand for functions."""
        if isinstance(value, (FunctionType, BuiltinFunctionType, MethodDescriptorType, MethodType, type)):
            return self.bind(value, getattr(value, "__name__", name).strip("<>"), site)
        if isinstance(value, _LRU_CACHE):
            made: Any = value
            inner = self.bind(made.__wrapped__, made.__wrapped__.__name__, site)
            limit = [ast.keyword("maxsize", ast.Constant(made.cache_parameters()["maxsize"]))]
            return ast.Call(ast.Call(self._qualified("functools.lru_cache", site), [], limit), [inner], [])
        if isinstance(value, functools.partial):
            inner = self.bind(value.func, getattr(value.func, "__name__", name), site)
            arguments = [self._element(item, name, site) for item in value.args]
            keywords = [ast.keyword(key, self._element(item, key, site)) for key, item in value.keywords.items()]
            return ast.Call(self._qualified("functools.partial", site), [inner, *arguments], keywords)
        if isinstance(value, (operator.itemgetter, operator.attrgetter, operator.methodcaller)):
            reduced: Any = value.__reduce__()
            constructor, arguments = reduced[:2]
            if isinstance(constructor, type):
                made_by = self._qualified(f"operator.{constructor.__name__}", site)
                return ast.Call(made_by, [self._element(item, name, site) for item in arguments], [])
        return None

    def _element(self, value: object, name: str, site: Site) -> ast.expr:
        return constants.constant(
            value, lambda dotted: self._qualified(dotted, site), lambda item: self._in_container(item, name, site)
        )


def _attribute(value: ast.expr, name: str) -> ast.expr:
    return ast.Attribute(value, name, ast.Load())
