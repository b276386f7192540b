"""Where a module comes from: the standard library, the user's own files, an installed package, this compiler."""

from __future__ import annotations

import sys
import sysconfig
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

Origin: TypeAlias = Literal["stdlib", "user", "package", "compiler", "runtime"]

_STDLIB = tuple(str(Path(sysconfig.get_path(name)).resolve()) for name in ("stdlib", "platstdlib"))


def origin(name: str) -> Origin:
    """Where the module of this dotted name comes from."""
    top = name.partition(".")[0]
    if top == "streamflow_runtime":
        return "runtime"
    if top == "streamflow":
        return "compiler"
    file = getattr(sys.modules.get(top), "__file__", None)
    if top in sys.stdlib_module_names and (file is None or _in_stdlib(file)):
        return "stdlib"
    file = getattr(sys.modules.get(name), "__file__", None) or file
    return "package" if file is None or _installed(file) or _in_stdlib(file) else "user"


@cache
def _in_stdlib(file: str) -> bool:
    path = str(Path(file).resolve())
    return path.startswith(_STDLIB) and not _installed(path)


@cache
def _installed(file: str) -> bool:
    return bool({"site-packages", "dist-packages"} & set(Path(file).parts))
