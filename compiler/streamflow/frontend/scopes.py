"""Which names a scope binds, and a copy of a function's tree in which its free names are replaced."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias, TypeVar

from streamflow.ir.function import FunctionTree

Scope: TypeAlias = ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ListComp | ast.SetComp
Reference: TypeAlias = ast.Name | ast.Attribute
Replace: TypeAlias = Callable[[Reference, tuple[str, ...]], ast.expr]
T = TypeVar("T", bound=ast.AST)

_FUNCTIONS = (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def rebuild(tree: FunctionTree, local: set[str], replace: Replace) -> FunctionTree:
    """A copy of the tree with every free name replaced, without its decorators, defaults and annotations.

    `local` are the names that the function binds. `replace(node, path)` gets a free name, or a chain of attributes that
    starts at one (`path` is then `("module", "attribute")`), and returns what stands there instead.
    """
    return _Rebuild(local, replace).function(tree)


def local_names(tree: FunctionTree) -> set[str]:
    """The names that a function binds in its own scope, parameters included."""
    names = {argument.arg for argument in parameters(tree.args)}
    for node in own_nodes(tree):
        names.update(binds(node))
    for node in own_nodes(tree):
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            names.difference_update(node.names)
    return names


def all_bound_names(tree: ast.AST) -> set[str]:
    """The names bound anywhere inside, nested scopes included."""
    names: set[str] = set()
    for node in ast.walk(tree):
        names.update(binds(node))
        if isinstance(node, ast.arg):
            names.add(node.arg)
    return names


def parameters(arguments: ast.arguments) -> list[ast.arg]:
    """Every parameter, in the order of Python's grammar."""
    found = [*arguments.posonlyargs, *arguments.args]
    found += [arguments.vararg] if arguments.vararg else []
    found += arguments.kwonlyargs
    return found + ([arguments.kwarg] if arguments.kwarg else [])


def own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run in a scope itself: nested functions and classes appear, their bodies don't."""
    body = getattr(scope, "body", [])
    pending: list[ast.AST] = list(body) if isinstance(body, list) else [body]
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, _FUNCTIONS):
            pending += [*node.args.defaults, *(default for default in node.args.kw_defaults if default)]
            pending += getattr(node, "decorator_list", [])
        elif isinstance(node, ast.ClassDef):
            pending += [*node.bases, *node.keywords, *node.decorator_list]
        elif isinstance(node, _COMPREHENSIONS):
            pending += _walrus_holders(node)
        else:
            pending += ast.iter_child_nodes(node)


def binds(node: ast.AST) -> Iterator[str]:
    """The names that this very node binds in the scope that it runs in."""
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.alias):
        if node.name != "*":
            yield node.asname or node.name.partition(".")[0]
    elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
        if node.name:
            yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def _walrus_holders(comprehension: Any) -> list[ast.AST]:
    """What of a comprehension concerns the scope around it: `:=` targets, and its first iterable."""
    found: list[ast.AST] = [comprehension.generators[0].iter]
    for node in ast.walk(comprehension):
        if isinstance(node, ast.NamedExpr):
            found.append(node.target)
    return found


class _Rebuild:
    def __init__(self, local: set[str], replace: Replace) -> None:
        self._local = local
        self._replace = replace
        self._scopes: list[tuple[str, set[str]]] = []

    def function(self, tree: FunctionTree) -> FunctionTree:
        new = _copy(tree)
        new.args = self._arguments(tree.args, defaults=False)
        self._scopes.append(("function", self._local))
        if isinstance(tree, ast.Lambda):
            assert isinstance(new, ast.Lambda)
            new.body = self._visit(tree.body)
        else:
            assert not isinstance(new, ast.Lambda)
            new.decorator_list, new.returns, new.type_comment = [], None, None
            new.body = self._statements(tree.body)
        self._scopes.pop()
        return new

    def _visit(self, node: T) -> T:
        if isinstance(node, ast.Name):
            return self._name(node)  # type: ignore[return-value]
        if isinstance(node, ast.Attribute):
            return self._attribute(node)  # type: ignore[return-value]
        if isinstance(node, ast.Constant) or not node._fields:
            return node
        if isinstance(node, _FUNCTIONS):
            return self._nested(node)  # type: ignore[return-value]
        if isinstance(node, ast.ClassDef):
            return self._class(node)  # type: ignore[return-value]
        if isinstance(node, _COMPREHENSIONS):
            return self._comprehension(node)  # type: ignore[no-any-return]
        return self._children(node)

    def _children(self, node: T) -> T:
        new = _copy(node)
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.AST):
                setattr(new, name, self._visit(value))
            elif isinstance(value, list):
                if value and isinstance(value[0], ast.stmt):
                    setattr(new, name, self._statements(value))
                else:
                    setattr(new, name, [self._visit(item) if isinstance(item, ast.AST) else item for item in value])
        return new

    def _statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """A body without annotations: they may name types that exist on the build machine alone."""
        found: list[ast.stmt] = []
        for statement in body:
            if isinstance(statement, ast.AnnAssign) and self._scopes[-1][0] == "function":
                if statement.value is not None:
                    target, value = self._visit(statement.target), self._visit(statement.value)
                    found.append(ast.copy_location(ast.Assign([target], value, None), statement))
            else:
                found.append(self._visit(statement))
        return found or [ast.copy_location(ast.Pass(), body[0])]

    def _name(self, node: ast.Name) -> ast.expr:
        if not isinstance(node.ctx, ast.Load) or self._is_local(node.id):
            return _copy(node)
        return self._replace(node, (node.id,))

    def _attribute(self, node: ast.Attribute) -> ast.expr:
        path: list[str] = []
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            path.append(root.attr)
            root = root.value
        if isinstance(root, ast.Name) and isinstance(root.ctx, ast.Load) and not self._is_local(root.id):
            return self._replace(node, (root.id, *reversed(path)))
        return self._children(node)

    def _is_local(self, name: str) -> bool:
        for depth, (kind, names) in enumerate(reversed(self._scopes)):
            if name in names and (kind == "function" or depth == 0):
                return True
        return False

    def _nested(self, node: FunctionTree) -> FunctionTree:
        new = _copy(node)
        new.args = self._arguments(node.args, defaults=True)
        if not isinstance(new, ast.Lambda):
            assert not isinstance(node, ast.Lambda)
            new.decorator_list = [self._visit(decorator) for decorator in node.decorator_list]
            new.returns, new.type_comment = None, None
        self._scopes.append(("function", local_names(node)))
        if isinstance(node, ast.Lambda):
            assert isinstance(new, ast.Lambda)
            new.body = self._visit(node.body)
        else:
            assert not isinstance(new, ast.Lambda)
            new.body = self._statements(node.body)
        self._scopes.pop()
        return new

    def _arguments(self, arguments: ast.arguments, *, defaults: bool) -> ast.arguments:
        def bare(argument: ast.arg) -> ast.arg:
            new = _copy(argument)
            new.annotation, new.type_comment = None, None
            return new

        new = _copy(arguments)
        new.posonlyargs = [bare(argument) for argument in arguments.posonlyargs]
        new.args = [bare(argument) for argument in arguments.args]
        new.kwonlyargs = [bare(argument) for argument in arguments.kwonlyargs]
        new.vararg = bare(arguments.vararg) if arguments.vararg else None
        new.kwarg = bare(arguments.kwarg) if arguments.kwarg else None
        new.defaults = [self._visit(default) for default in arguments.defaults] if defaults else []
        kw_defaults = arguments.kw_defaults if defaults else [None] * len(arguments.kwonlyargs)
        new.kw_defaults = [default and self._visit(default) for default in kw_defaults]
        return new

    def _class(self, node: ast.ClassDef) -> ast.ClassDef:
        new = _copy(node)
        new.bases = [self._visit(base) for base in node.bases]
        new.keywords = [self._visit(keyword) for keyword in node.keywords]
        new.decorator_list = [self._visit(decorator) for decorator in node.decorator_list]
        names = {name for inner in own_nodes(node) for name in binds(inner)}
        self._scopes.append(("class", names))
        new.body = self._statements(node.body)
        self._scopes.pop()
        return new

    def _comprehension(self, node: Any) -> Any:
        """The first iterable is evaluated outside of the comprehension's own scope."""
        new = _copy(node)
        first = self._visit(node.generators[0].iter)
        names = {name for generator in node.generators for inner in ast.walk(generator.target) for name in binds(inner)}
        self._scopes.append(("function", names))
        new.generators = [
            self._generator(generator, first if index == 0 else None) for index, generator in enumerate(node.generators)
        ]
        for part in ("elt", "key", "value"):
            if hasattr(node, part):
                setattr(new, part, self._visit(getattr(node, part)))
        self._scopes.pop()
        return new

    def _generator(self, generator: ast.comprehension, first: ast.expr | None) -> ast.comprehension:
        new = _copy(generator)
        new.iter = first or self._visit(generator.iter)
        new.target = self._visit(generator.target)
        new.ifs = [self._visit(condition) for condition in generator.ifs]
        return new


def _copy(node: T) -> T:
    new = type(node).__new__(type(node))
    new.__dict__.update(node.__dict__)
    return new
