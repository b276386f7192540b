"""The body of one captured function: its tree with every free name replaced by what it stands for."""

from __future__ import annotations

import ast
import builtins
import copy
import enum
import importlib
import sys
from collections import Counter
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, NoReturn

from streamflow.diagnostics import Diagnostic, Span, did_you_mean
from streamflow.dsl.secrets import holds_secret
from streamflow.frontend.loops import loop_variables
from streamflow.frontend.modules import importing_beside, lies_beside, origin, outside_name
from streamflow.frontend.mutations import changes
from streamflow.frontend.scopes import Reference, all_bound_names, binds, local_names, own_nodes, parameters, rebuild
from streamflow.frontend.sites import Refused, Site
from streamflow.frontend.source import SourceFile
from streamflow.ir.function import Function, FunctionTree

if TYPE_CHECKING:
    from streamflow.frontend.bindings import Bindings

_MISSING: Any = object()
_STATE = "state belongs in the graph, where it is durable: compute it with an aggregate, or keep it with stateful_map"


class Body:
    """One function's source, and what its names stand for once it is rebuilt."""

    def __init__(self, bindings: Bindings, fn: FunctionType, file: SourceFile, tree: FunctionTree, node: str) -> None:
        self.imports: dict[str, str] = {}
        self.helpers: dict[str, Function] = {}
        self.mutable: set[str] = set()
        self.span = file.span(tree)
        self.is_generator = any(isinstance(part, (ast.Yield, ast.YieldFrom)) for part in own_nodes(tree))
        self._bindings = bindings
        self._fn = fn
        self._file = file
        self._folder = Path(file.path).parent
        self._tree = tree
        self._node = node
        self._local = local_names(tree)
        self._bound = all_bound_names(tree)
        self._loops = loop_variables(file, tree)
        self._shared: dict[int, str] = {}
        self._values = _default_values(fn)
        self._cells = _cells(fn)
        self._hoisted: dict[str, Any] = {}

    def callback(self, passed: tuple[str, ...]) -> FunctionTree:
        """The tree with exactly the parameters `passed`; those with a default become the value of their default."""
        fixed = set(self._values) - set(passed) - _rebound(self._tree)
        kept = {name: value for name, value in self._values.items() if name not in passed and name not in fixed}
        self._values = {name: value for name, value in self._values.items() if name in fixed}
        return self._rebuilt(fixed, kept)

    def helper(self, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef:
        """The tree as a definition called `name`, with its defaults."""
        kept, self._values = self._values, {}
        tree = self._rebuilt(set(), kept)
        if isinstance(tree, ast.Lambda):
            returned: list[ast.stmt] = [ast.copy_location(ast.Return(tree.body), tree.body)]
            made = ast.FunctionDef(name=name, args=tree.args, body=returned, decorator_list=[], returns=None)
            return ast.copy_location(made, tree)
        tree.name = name
        return tree

    def _rebuilt(self, fixed: set[str], kept: dict[str, Any]) -> FunctionTree:
        source = self._hoist_imports()
        self._check_statements()
        self._check_imports(source)
        tree = rebuild(source, self._local - fixed - set(self._hoisted), self._replace)
        _drop(tree.args, fixed)
        _default(tree.args, {name: self._default(value, name, self._tree) for name, value in kept.items()})
        self._check_changes(tree)
        return tree

    def _replace(self, node: Reference, path: tuple[str, ...]) -> ast.expr:
        """What stands for a free name, or for a chain of attributes that starts at one."""
        try:
            return self._resolve(node, path)
        except Refused as refusal:
            self._bindings.report(refusal.diagnostic)
            return node

    def _resolve(self, node: Reference, path: tuple[str, ...]) -> ast.expr:
        name = path[0]
        value = self._lookup(name)
        if value is _MISSING:
            names = {*self._fn.__globals__, *self._local, *dir(builtins), *self._cells}
            self._refuse(
                "SF122", _root(node), f"there is no `{name}` where this function was written", did_you_mean(name, names)
            )
        self._warn_of_loop(name, node)
        self._check_environment(name, value, node)
        imported = self._user_import(name, value)
        depth = 1
        while depth < len(path) and _is_static(value):
            if isinstance(value, ModuleType) and origin(value.__name__) != "user":
                inner = getattr(value, path[depth], None)
                submodule = isinstance(inner, ModuleType) and inner.__name__ == f"{value.__name__}.{path[depth]}"
                if not submodule and outside_name(inner) is None:
                    self._check_attribute(value, path[depth], node)
                    break
                imported = None
            else:
                imported = None
                inner = self._static(value, path[depth], node)
            value, name, depth = inner, path[depth], depth + 1
        span = self._file.span(node)
        site = self._site(span, path[0])
        if imported is not None and not isinstance(value, ModuleType):
            result = self._bindings.imported(*imported, name, site)
        else:
            result = self._bindings.bind(value, name, site)
        self._use(result, name)
        for attribute in path[depth:]:
            result = ast.Attribute(result, attribute, ast.Load())
        if isinstance(result, ast.Attribute) and isinstance(node, ast.Attribute):
            result.ctx = node.ctx
        return _placed(result, node)

    def _site(self, span: Span, name: str) -> Site:
        return Site(span, self._node, frozenset(self._bound - {name}))

    def _default(self, value: object, name: str, node: ast.AST) -> ast.expr:
        """A default: it is evaluated outside of the function, so no local name hides anything."""
        if (value is None or isinstance(value, (bool, int, float, str))) and not holds_secret(value):
            return _placed(self._bindings.constant(value, Site(self._file.span(node), self._node)), node)
        result = self._bindings.bind(value, name, Site(self._file.span(node), self._node))
        self._use(result, name)
        return _placed(result, node)

    def _use(self, expression: ast.expr, name: str) -> None:
        uses = self._bindings.uses_of(expression)
        self.imports.update(uses["imports"])
        self.helpers.update(uses["helpers"])
        self.mutable.update(uses["mutable_constants"])
        if uses["mutable_constants"]:
            self._shared[id(expression)] = name

    def _lookup(self, name: str) -> Any:
        if name in self._hoisted:
            return self._hoisted[name]
        if name in self._values:
            return self._values[name]
        if name in self._cells:
            return self._cells[name]
        if name in self._fn.__globals__:
            return self._fn.__globals__[name]
        return getattr(builtins, name, _MISSING)

    def _static(self, value: Any, attribute: str, node: Reference) -> Any:
        """An attribute of a user's module, class or enum member, known when the program is built."""
        found = getattr(value, attribute, _MISSING)
        if isinstance(node.ctx, (ast.Store, ast.Del)):
            raise Refused(self._change(node, ast.unparse(node)))
        if found is _MISSING:
            owner = getattr(value, "__name__", str(value))
            self._refuse("SF122", node, f"`{owner}` has no `{attribute}`", did_you_mean(attribute, dir(value)))
        return found

    def _check_attribute(self, module: ModuleType, attribute: str, node: Reference) -> None:
        """A name in a module of the standard library: it must exist there and on the platform."""
        if origin(module.__name__) != "stdlib":
            return
        site = self._site(self._file.span(node), "")
        site.check(f"{module.__name__}.{attribute}")
        if not hasattr(module, attribute):
            near = did_you_mean(attribute, dir(module))
            self._refuse("SF122", node, f"module `{module.__name__}` has no `{attribute}`", near)

    def _user_import(self, name: str, value: Any) -> tuple[str, str] | None:
        """The `from module import name` of the user's that brought a global, if it is one of the standard library's."""
        if name in self._cells or name in self._values or name in self._hoisted:
            return None
        found = self._file.imported_names.get(name)
        if found is None or origin(found[0]) not in ("stdlib", "runtime"):
            return None
        module = importlib.import_module(found[0])
        return found if getattr(module, found[1], _MISSING) is value else None

    def _hoist_imports(self) -> FunctionTree:
        """The tree without the imports that its body starts or goes on with: they move to the top of the module."""
        if isinstance(self._tree, ast.Lambda):
            return self._tree
        counts = Counter(name for part in own_nodes(self._tree) for name in binds(part))
        counts.update(argument.arg for argument in parameters(self._tree.args))
        left: list[ast.stmt] = []
        for statement in self._tree.body:
            found = self._imported(statement) if isinstance(statement, (ast.Import, ast.ImportFrom)) else None
            if found and all(counts[name] == 1 for name in found):
                self._hoisted.update(found)
            else:
                left.append(statement)
        if len(left) == len(self._tree.body):
            return self._tree
        tree = copy.copy(self._tree)
        tree.body = left or [ast.copy_location(ast.Pass(), self._tree)]
        return tree

    def _imported(self, statement: ast.Import | ast.ImportFrom) -> dict[str, Any] | None:
        """What an import statement inside the function binds; None where it fails on this machine."""
        found: dict[str, Any] = {}
        package = self._fn.__globals__.get("__package__")
        try:
            with importing_beside(self._folder):
                for alias in statement.names:
                    if isinstance(statement, ast.Import):
                        module = importlib.import_module(alias.name)
                        top = alias.name.partition(".")[0]
                        found[alias.asname or top] = module if alias.asname else sys.modules[top]
                    else:
                        module = importlib.import_module("." * statement.level + (statement.module or ""), package)
                        found[alias.asname or alias.name] = getattr(module, alias.name)
        except (ImportError, AttributeError, TypeError):
            return None
        return found

    def _check_imports(self, tree: FunctionTree) -> None:
        """Imports that stay inside: nothing may hide behind them."""
        for part in ast.walk(tree):
            if isinstance(part, (ast.Import, ast.ImportFrom)):
                try:
                    self._check_import(part)
                except Refused as refusal:
                    self._bindings.report(refusal.diagnostic)

    def _check_import(self, statement: ast.Import | ast.ImportFrom) -> None:
        site = self._site(self._file.span(statement), "")
        module = getattr(statement, "module", None)
        for alias in statement.names:
            dotted = f"{module}.{alias.name}" if module else alias.name
            where = "user" if lies_beside(self._folder, dotted) else origin(dotted)
            if where == "user" or getattr(statement, "level", None):
                message = "a module of yours is imported in the middle of the function"
                self._refuse("SF123", statement, message, "import it at the top of the file, or of the function")
            if where in ("package", "compiler"):
                raise site.stranger(dotted, where)
            site.check(dotted)

    def _check_statements(self) -> None:
        for part in ast.walk(self._tree):
            if isinstance(part, ast.Global) or (isinstance(part, ast.Nonlocal) and not set(part.names) <= self._local):
                word = "global" if isinstance(part, ast.Global) else "nonlocal"
                names = ", ".join(part.names)
                message = f"`{word} {names}`: a variable that functions change would live in one process and be lost"
                self._bindings.report(Diagnostic("SF109", self._file.span(part), message, _STATE))

    def _check_changes(self, tree: FunctionTree) -> None:
        for node, name in changes(tree, self._shared):
            self._bindings.report(self._change(node, self._shared.get(id(name), name.id)))

    def _change(self, node: ast.AST, name: str) -> Diagnostic:
        message = f"`{name}` is changed here, but it was copied when the program was built: the change would be lost"
        return Diagnostic("SF108", self._file.span(node), message, _STATE)

    def _warn_of_loop(self, name: str, node: Reference) -> None:
        if name in self._loops and name not in self._values:
            message = f"`{name}` changes in the loop around this function, which sees only its last value"
            help = f"keep the value of each turn by a default: `lambda data, {name}={name}: ...`"
            self._bindings.report(Diagnostic("SF112", self._file.span(_root(node)), message, help, "warning"))

    def _check_environment(self, name: str, value: Any, node: Reference) -> None:
        """A global read from the environment would put this machine's value, often a secret, into the bundle."""
        is_global = name not in self._cells and name not in self._values and name not in self._hoisted
        if isinstance(value, str) and is_global and name in self._file.environment_names:
            message = (
                f"`{name}` was read from this machine's environment, and would stand in the bundle for all to read"
            )
            self._refuse("SF105", _root(node), message, f'write {name} = secret("{name.upper()}"), from streamflow')

    def _refuse(self, code: str, node: ast.AST, message: str, help: str | None) -> NoReturn:
        raise Refused(Diagnostic(code, self._file.span(node), message, help))


def _is_static(value: object) -> bool:
    """Whether attributes are looked up when the program is built: on modules, the user's classes, members of enums."""
    if isinstance(value, type):
        return origin(value.__module__) == "user" or value.__module__ == "__main__"
    return isinstance(value, (ModuleType, enum.Enum))


def _default_values(fn: FunctionType) -> dict[str, Any]:
    code, values = fn.__code__, fn.__defaults__ or ()
    names = code.co_varnames[code.co_argcount - len(values) : code.co_argcount]
    return {**dict(zip(names, values, strict=True)), **(fn.__kwdefaults__ or {})}


def _cells(fn: FunctionType) -> dict[str, Any]:
    found = {}
    for name, cell in zip(fn.__code__.co_freevars, fn.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:
            found[name] = _MISSING
    return found


def _rebound(tree: FunctionTree) -> set[str]:
    """Names that the function assigns: a parameter among them is a variable, whatever its default."""
    found = {name for part in own_nodes(tree) for name in binds(part)}
    for part in ast.walk(tree):
        if isinstance(part, ast.Nonlocal):
            found.update(part.names)
    return found


def _drop(arguments: ast.arguments, names: set[str]) -> None:
    arguments.posonlyargs = [item for item in arguments.posonlyargs if item.arg not in names]
    arguments.args = [item for item in arguments.args if item.arg not in names]
    arguments.kwonlyargs = [item for item in arguments.kwonlyargs if item.arg not in names]
    arguments.kw_defaults = [None] * len(arguments.kwonlyargs)


def _default(arguments: ast.arguments, values: dict[str, ast.expr]) -> None:
    positional = [*arguments.posonlyargs, *arguments.args]
    arguments.defaults = [values[item.arg] for item in positional if item.arg in values]
    arguments.kw_defaults = [values.get(item.arg) for item in arguments.kwonlyargs]


def _root(node: Reference) -> ast.expr:
    root: ast.expr = node
    while isinstance(root, ast.Attribute):
        root = root.value
    return root


def _placed(expression: ast.expr, node: ast.AST) -> ast.expr:
    """The expression, every part of it at the place of what it stands for."""
    for part in ast.walk(expression):
        if "lineno" in part._attributes:
            ast.copy_location(part, node)
    return expression
