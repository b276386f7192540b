"""What the functions of a graph need beside themselves: imports, constants, helpers and secrets, by final name."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Module:
    """Module-level parts of the kernel. Each definition stands below those that it evaluates."""

    imports: tuple[ast.Import | ast.ImportFrom, ...] = ()
    definitions: tuple[ast.Assign | ast.FunctionDef | ast.AsyncFunctionDef, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict)  # identifier: name of the secret
    files: Mapping[str, str] = field(default_factory=dict)  # helper: the user's file that it stands in
