"""What the compiler says to a user: where, a stable code, what is wrong, and what to write instead."""

from __future__ import annotations

import difflib
import linecache
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent

Severity = Literal["error", "warning"]


_PACKAGES = re.compile(r"[\\/](?:site|dist)-packages[\\/]")


@dataclass(frozen=True, order=True)
class Span:
    """A place in a user's file: lines count from 1, columns from 0, `end_column` is exclusive."""

    file: str
    line: int
    column: int = 0
    end_line: int | None = None
    end_column: int | None = None


@dataclass(frozen=True)
class Diagnostic:
    """One finding. `code` is stable (`SF012`); `help` says what to write instead."""

    code: str
    span: Span | None
    message: str
    help: str | None = None
    severity: Severity = "error"

    def render(self) -> str:
        """The finding as text: headline, place, underlined source line, help."""
        return "\n".join(_lines(self))


class CompileError(Exception):
    """Raised with every problem found; `diagnostics` holds them in source order."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(sorted(diagnostics, key=_place))
        super().__init__("\n\n".join(diagnostic.render() for diagnostic in self.diagnostics))


def did_you_mean(name: str, names: Iterable[str]) -> str | None:
    """`did you mean X?`, or None where nothing is near."""
    near = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else None


def display_path(file: str) -> str:
    """The path as it is shown: relative to the working folder where the file lies below it."""
    try:
        return Path(file).resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return file


def program_path(file: str) -> str:
    """The path as compiled files give it: as it is shown, but never where on this machine the program lies."""
    path = Path(file).resolve()
    if _PACKAGE in path.parents:  # a function of a template's
        return path.relative_to(_PACKAGE.parent).as_posix()
    shown = display_path(_PACKAGES.split(file)[-1])  # a function of a plugin's lies in an installed package
    return Path(shown).name if Path(shown).is_absolute() else shown


def _place(diagnostic: Diagnostic) -> tuple[str, int, int, str]:
    span = diagnostic.span or Span("", 0)
    return span.file, span.line, span.column, diagnostic.code


def _lines(diagnostic: Diagnostic) -> Iterable[str]:
    yield f"{diagnostic.severity}[{diagnostic.code}]: {diagnostic.message}"
    span = diagnostic.span
    if span is not None:
        yield f"  --> {display_path(span.file)}:{span.line}:{span.column + 1}"
        source = linecache.getline(span.file, span.line).rstrip("\n")
        if source:
            number = str(span.line)
            margin = " " * len(number)
            yield f" {margin} |"
            yield f" {number} | {source}"
            yield f" {margin} | {_underline(span, source)}"
    if diagnostic.help:
        yield f"  help: {diagnostic.help}"


def _underline(span: Span, source: str) -> str:
    one_line = span.end_line in (None, span.line) and span.end_column is not None
    end = span.end_column if one_line and span.end_column is not None else len(source)
    lead = "".join("\t" if character == "\t" else " " for character in source[: span.column])
    return lead + "^" * max(1, end - span.column)
