"""From what the user typed to a compiled program."""

from __future__ import annotations

from typing import Annotated

import typer

from streamflow.cli.reporting import refuse, show
from streamflow.frontend.load import load
from streamflow.host.local_secrets import LocalSecrets
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


def secrets_of(program: Program) -> dict[str, str]:
    """What functions of the graph use; options' secrets are for sinks and sources, which are not called."""
    local = LocalSecrets()
    found = {name: local(name) for name in program.service.get("secrets", ())}
    missing = [name for name, value in found.items() if not value]
    if missing:
        help = "set it in the environment, or in .dev.vars of the working folder as NAME=value"
        raise refuse("SF304", f"the program uses secrets that are not set: {', '.join(missing)}", help)
    return {name: value for name, value in found.items() if value}
