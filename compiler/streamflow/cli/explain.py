"""`streamflow explain FILE`: what the compiler made of a program, and why; with a code, a diagnostic's long form."""

from __future__ import annotations

import json
import re
import sys
from typing import Annotated, Literal

import typer

from streamflow.cli.explanation_text import parts_of
from streamflow.cli.loading import Level, compiled
from streamflow.cli.printing import print_parts
from streamflow.cli.reporting import refuse
from streamflow.diagnostic_codes import CODES, long_form
from streamflow.diagnostics import did_you_mean
from streamflow.explaining import Explanation
from streamflow.explaining import explain as explained
from streamflow.passes import LEVELS
from streamflow.target.program import Program


def explain(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="FILE|CODE", help="A program, or a diagnostic's code such as SF012.", show_default=False
        ),
    ],
    level: Level = 2,
    format: Annotated[Literal["text", "json"], typer.Option(help="For people, or for tools.")] = "text",
) -> None:
    """Print what each pass did to a program and why not, its guarantees and its code; or a diagnostic's long form."""
    if re.fullmatch(r"(?i)sf\d*", subject):
        _print_long_form(subject)
    else:
        found = explanation_of(compiled(subject, level), level)
        if format == "json":
            sys.stdout.write(json.dumps(found.as_json(), indent=2, ensure_ascii=False) + "\n")
        else:
            print_parts(parts_of(found))


def explanation_of(program: Program, level: int) -> Explanation:
    """What is known of a program that was compiled at a level."""
    return explained(program, level, [run.__name__ for run in LEVELS[level]])


def _print_long_form(code: str) -> None:
    wanted = code.upper()
    if wanted not in CODES:
        raise refuse("SF307", f"there is no diagnostic {code}", did_you_mean(wanted, CODES) or "codes look like SF012")
    sys.stdout.write(long_form(wanted))
