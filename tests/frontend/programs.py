"""Turns short programs, such as those of the diagnostics' long forms, into files and compiles them."""

import textwrap
from pathlib import Path

from streamflow.diagnostics import CompileError, Diagnostic
from streamflow.frontend.build import build
from streamflow.frontend.load import load

_HEAD = "from streamflow import Graph, edge, example, nodes, secret\n"


def problems_of(file: Path) -> list[Diagnostic]:
    """Everything that the compiler says about a program: errors, or warnings alone."""
    try:
        return list(build(load(file))[1])
    except CompileError as error:
        return list(error.diagnostics)


def whole_program(text: str) -> str:
    """A program as it is; or statements and nodes, put between a source and a sink."""
    text = text.strip("\n") + "\n"
    if "= Graph(" in text or "return Graph(" in text:
        return text if "from streamflow import Graph" in text else _HEAD + text
    lines = text.splitlines(keepends=True)
    first = next(number for number, line in enumerate(lines) if line.startswith("nodes."))
    middle = textwrap.indent("".join(lines[first:]).rstrip("\n"), "        ")
    chain = f'        nodes.source("in", type="manual"),\n{middle},\n        nodes.sink("out", type="log"),\n'
    is_end = lines[first].startswith(("nodes.sink", "nodes.source"))
    edges = "    edges=[],\n" if is_end else ""
    return f'{_HEAD}{"".join(lines[:first])}graph = Graph(\n    name="Example",\n    nodes=[\n{chain}    ],\n{edges})\n'
