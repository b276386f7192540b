"""From what the user typed to a compiled program."""

from __future__ import annotations

from typing import Annotated

import typer

from streamflow.cli.reporting import show
from streamflow.frontend.load import load
from streamflow.pipeline import compile_graph
from streamflow.target.program import Program

ProgramFile = Annotated[
    str, typer.Argument(metavar="FILE", help="The program: FILE, or FILE:NAME.", show_default=False)
]
Level = Annotated[int, typer.Option("-O", min=0, max=2, help="Optimisation: -O0 runs every node as written.")]


def compiled(file: str, level: int = 2) -> Program:
    """The program in a file; warnings are shown. Raises CompileError with every problem."""
    program = compile_graph(load(file), level)
    show(program.warnings)
    return program
