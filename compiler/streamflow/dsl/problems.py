"""Where problems of a program go while its file runs: collected by the compiler, raised at once elsewhere."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from streamflow.diagnostics import CompileError, Diagnostic, Span

_PACKAGE = str(Path(__file__).parent.parent)
_collected: ContextVar[list[Diagnostic] | None] = ContextVar("problems", default=None)


def report(diagnostic: Diagnostic) -> None:
    """Hand a problem to whoever collects; without a collector an error is raised as CompileError."""
    collected = _collected.get()
    if collected is not None:
        collected.append(diagnostic)
    elif diagnostic.severity == "error":
        raise CompileError([diagnostic])


@contextmanager
def collecting() -> Iterator[list[Diagnostic]]:
    """Collect what is reported inside the block instead of raising it."""
    problems: list[Diagnostic] = []
    token = _collected.set(problems)
    try:
        yield problems
    finally:
        _collected.reset(token)


def caller_span() -> Span:
    """The place of the call into this package from the user's file."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    positions = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    line, end_line, column, end_column = positions
    file, line = frame.f_code.co_filename, line or frame.f_lineno
    return Span(file, line, _characters(file, line, column), end_line, _characters(file, end_line, end_column))


def _characters(file: str, line: int | None, column: int | None) -> int:
    """A column in characters: positions of code count bytes."""
    text = linecache.getline(file, line or 0).encode()
    return len(text[: column or 0].decode(errors="replace")) if text else column or 0
