"""The source of a function object: its file, parsed once, and its exact place in the tree."""

from __future__ import annotations

import ast
import linecache
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType, FunctionType

from streamflow.diagnostics import Span
from streamflow.ir.function import FunctionTree

_files: dict[str, SourceFile] = {}


@dataclass(frozen=True, eq=False)
class SourceFile:
    """A parsed file. The tree is shared: nobody changes it."""

    path: str
    lines: list[str]
    tree: ast.Module
    functions: dict[int, list[FunctionTree]] = field(repr=False)
    """Functions by the line that their code object starts at: a decorator's, `def`'s or `lambda`'s."""
    parents: dict[ast.AST, ast.AST] = field(repr=False)

    @cached_property
    def imported_names(self) -> dict[str, tuple[str, str]]:
        """Names that `from module import name` at the top level brings, as (module, name)."""
        return {
            alias.asname or alias.name: (statement.module, alias.name)
            for statement in self.tree.body
            if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level
            for alias in statement.names
        }

    @cached_property
    def environment_names(self) -> set[str]:
        """Names that the top level assigns from the environment: `TOKEN = os.environ["TOKEN"]`."""
        return {
            target.id
            for statement in self.tree.body
            if isinstance(statement, (ast.Assign, ast.AnnAssign))
            and statement.value
            and _reads_environment(statement.value)
            for target in (statement.targets if isinstance(statement, ast.Assign) else [statement.target])
            if isinstance(target, ast.Name)
        }

    def span(self, node: ast.AST) -> Span:
        """The place of a node that has a position."""
        line, end_line = node.lineno, node.end_lineno  # type: ignore[attr-defined]
        start, end = node.col_offset, node.end_col_offset  # type: ignore[attr-defined]
        return Span(self.path, line, self._column(line, start), end_line, self._column(end_line, end))

    def _column(self, line: int, offset: int) -> int:
        """Characters, where Python's trees count bytes."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return offset if text.isascii() else len(text.encode()[:offset].decode(errors="ignore"))


def find_function(function: FunctionType) -> tuple[SourceFile, FunctionTree] | None:
    """The file and the tree of a function; None where its source can't be read or no longer fits."""
    code = function.__code__
    file = source_file(code.co_filename)
    if file is None:
        return None
    candidates = [tree for tree in file.functions.get(code.co_firstlineno, ()) if _fits(tree, code)]
    if len(candidates) > 1:
        candidates = _by_position(candidates, code) or _by_bytecode(candidates, code)
    return (file, candidates[0]) if len(candidates) == 1 else None


def source_file(path: str) -> SourceFile | None:
    """The parsed file, from the cache while it is unchanged on disk; None where there is no such source."""
    linecache.checkcache(path)
    lines = linecache.getlines(path)
    known = _files.get(path)
    if known is not None and known.lines is lines:
        return known
    if not lines:
        return None
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError):
        return None
    functions: dict[int, list[FunctionTree]] = {}
    parents: dict[ast.AST, ast.AST] = {}
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            parents[child] = node
        if isinstance(node, (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef)):
            functions.setdefault(_first_line(node), []).append(node)
    file = _files[path] = SourceFile(path, lines, tree, functions, parents)
    return file


def _reads_environment(value: ast.expr) -> bool:
    names = {getattr(node, "attr", None) or getattr(node, "id", None) for node in ast.walk(value)}
    return bool(names & {"environ", "getenv", "environb"})


def _first_line(tree: FunctionTree) -> int:
    if isinstance(tree, ast.Lambda) or not tree.decorator_list:
        return tree.lineno
    return tree.decorator_list[0].lineno


def _fits(tree: FunctionTree, code: CodeType) -> bool:
    name = "<lambda>" if isinstance(tree, ast.Lambda) else tree.name
    arguments = tree.args
    names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    names += [argument.arg for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
    return name == code.co_name and tuple(names) == code.co_varnames[: len(names)]


def _by_position(candidates: list[FunctionTree], code: CodeType) -> list[FunctionTree]:
    """The innermost candidates whose body holds every instruction of the code."""
    starts, ends = [], []
    for line, end_line, column, end_column in code.co_positions():
        if line is not None and end_line is not None and column is not None and end_column:
            starts.append((line, column))
            ends.append((end_line, end_column))
    if not starts:
        return []
    start, end = min(starts), max(ends)
    holding = [tree for tree in candidates if _body_start(tree) <= start and end <= _body_end(tree)]
    innermost = max((_body_start(tree) for tree in holding), default=None)
    return [tree for tree in holding if _body_start(tree) == innermost]


def _body_start(tree: FunctionTree) -> tuple[int, int]:
    first = tree.body if isinstance(tree, ast.Lambda) else tree
    return first.lineno, first.col_offset


def _body_end(tree: FunctionTree) -> tuple[int, int]:
    last = tree.body if isinstance(tree, ast.Lambda) else tree
    return last.end_lineno or 0, last.end_col_offset or 0


def _by_bytecode(candidates: list[FunctionTree], code: CodeType) -> list[FunctionTree]:
    """For an interpreter without columns: the candidates that compile to the same instructions."""
    fitting: list[FunctionTree] = []
    for tree in candidates:
        if isinstance(tree, ast.Lambda):
            outer = compile(ast.Expression(tree), code.co_filename, "eval")
            inner = next(constant for constant in outer.co_consts if isinstance(constant, CodeType))
            if inner.co_code == code.co_code and inner.co_consts == code.co_consts and inner.co_names == code.co_names:
                fitting.append(tree)
    return fitting
