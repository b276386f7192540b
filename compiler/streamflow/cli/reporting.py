"""How problems reach the user: diagnostics on standard error, exit code 1, never a traceback of the compiler."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import typer
from rich.console import Console
from rich.text import Text
from typer.core import TyperGroup

from streamflow.diagnostics import CompileError, Diagnostic

_COLOURS = {"error": "bold red", "warning": "bold yellow"}


class ReportingGroup(TyperGroup):
    """Turns what a command raises for a user's mistake into its report and exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except CompileError as error:
            show(error.diagnostics)
            raise typer.Exit(1) from None


def refuse(code: str, message: str, help: str | None = None) -> CompileError:
    """The error of a command that can't do what it was asked; to be raised."""
    return CompileError([Diagnostic(code, None, message, help)])


def show(diagnostics: Iterable[Diagnostic]) -> None:
    """Print findings to standard error, and how many there are."""
    found = list(diagnostics)
    for diagnostic in found:
        say(_coloured(diagnostic))
        say("")
    errors = sum(diagnostic.severity == "error" for diagnostic in found)
    if found and (errors != 1 or len(found) > 1):
        say(" and ".join(_counted(errors, "error") + _counted(len(found) - errors, "warning")))


def say(line: str | Text) -> None:
    """One line to standard error, never wrapped, nothing in it taken for markup."""
    Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False).print(line)


def _coloured(diagnostic: Diagnostic) -> Text:
    headline, *rest = diagnostic.render().split("\n")
    text = Text(headline, style=_COLOURS[diagnostic.severity])
    for line in rest:
        style = "cyan" if line.startswith("  help:") else "red" if line.strip(" |").strip("^") == "" else ""
        text.append("\n")
        text.append(line, style=f"not bold default {style}".strip() if not style else f"not bold {style}")
    return text


def _counted(number: int, what: str) -> list[str]:
    return [f"{number} {what}{'' if number == 1 else 's'}"] if number else []
