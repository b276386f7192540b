"""Where a module comes from: the standard library, the user's own files, an installed package, this compiler."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from streamflow.dsl.plugins import PACKAGES
from streamflow_runtime.environment import Environment, env
from streamflow_runtime.fetching import fetch

Origin: TypeAlias = Literal["stdlib", "user", "package", "compiler", "runtime"]

_STDLIB = tuple(str(Path(sysconfig.get_path(name)).resolve()) for name in ("stdlib", "platstdlib"))

FETCH = f"{fetch.__module__}.fetch"
ENV = f"{Environment.__module__}.env"

_dependencies: ContextVar[frozenset[str]] = ContextVar("dependencies", default=frozenset())
"""Modules of the packages that the graph in hand names."""

_brought: set[str] = set()
"""Modules beside programs that were imported for them."""


def origin(name: str) -> Origin:
    """Where the module of this dotted name comes from.

    Functions that plugins declare are as the user's own, and packages that a graph names as the standard library.
    """
    top = name.partition(".")[0]
    if top == "streamflow_runtime":
        return "runtime"
    if top == "streamflow":
        return "compiler"
    if top in PACKAGES:
        return "user"
    if top in _dependencies.get():
        return "stdlib"
    file = getattr(sys.modules.get(top), "__file__", None)
    if top in sys.stdlib_module_names and (file is None or _in_stdlib(file)):
        return "stdlib"
    file = getattr(sys.modules.get(name), "__file__", None) or file
    return "package" if file is None or _installed(file) or _in_stdlib(file) else "user"


def outside_name(value: object) -> tuple[str, str] | None:
    """The runtime's module and name of what functions reach the outside by: `fetch` and `env`."""
    if value is fetch:
        return fetch.__module__, "fetch"
    return (Environment.__module__, "env") if value is env else None


def is_way_out(dotted: str) -> bool:
    """Whether an import is one of those."""
    return dotted in (FETCH, ENV)


@contextmanager
def depending_on(modules: frozenset[str]) -> Iterator[None]:
    """Inside the block, functions may import these modules, too: the bundle has them."""
    token = _dependencies.set(modules)
    try:
        yield
    finally:
        _dependencies.reset(token)


@contextmanager
def importing_beside(folder: Path) -> Iterator[None]:
    """Inside the block, imports look in a program's folder first."""
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        if str(folder) in sys.path:
            sys.path.remove(str(folder))
        _brought.update(name for name in set(sys.modules) - before if _lies_in(folder, name))


def lies_beside(folder: Path, module: str) -> bool:
    """Whether a program's folder has a module or package of that top name."""
    top = module.partition(".")[0]
    return (folder / f"{top}.py").exists() or (folder / top / "__init__.py").exists()


def forget_neighbours() -> None:
    """Modules imported from beside a program may have changed since: import them anew."""
    for name in _brought:
        sys.modules.pop(name, None)
    _brought.clear()


def _lies_in(folder: Path, module: str) -> bool:
    file = getattr(sys.modules.get(module), "__file__", None)
    return file is not None and folder in Path(file).parents and not _installed(file)


@cache
def _in_stdlib(file: str) -> bool:
    path = str(Path(file).resolve())
    return path.startswith(_STDLIB) and not _installed(path)


@cache
def _installed(file: str) -> bool:
    return bool({"site-packages", "dist-packages"} & set(Path(file).parts))
