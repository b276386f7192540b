"""`streamflow test FILE`: the graph's own examples."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from streamflow.cli.loading import Level, ProgramFile, secrets_of
from streamflow.cli.reporting import say, show
from streamflow.diagnostics import display_path
from streamflow.dsl.example import Example
from streamflow.frontend.load import load
from streamflow.pipeline import compile_graph
from streamflow.testing.examples import problems_of


def test(
    file: ProgramFile,
    only: Annotated[
        str, typer.Option("-k", metavar="TEXT", help="Only examples with this in their name.", show_default=False)
    ] = "",
    level: Level = 2,
) -> None:
    """Run the graph's own examples."""
    graph = load(file)
    program = compile_graph(graph, level)
    show(program.warnings)
    chosen = _chosen(graph.examples, only)
    secrets = secrets_of(program)
    say(f"{file}: {_counted(len(chosen))} of `{graph.name}`")
    failed: dict[str, list[str]] = {}
    for example in chosen:
        problems = asyncio.run(problems_of(graph, example, secrets, level))
        say(f"  {'FAILED' if problems else 'ok':<6}  {example.name}")
        if problems:
            failed[f"{example.name} ({display_path(example.span.file)}:{example.span.line})"] = problems
    for title, problems in failed.items():
        for text in ("", title, "\n\n".join(problems)):
            say(text)
    if failed:
        say("")
        say(f"{len(failed)} of {_counted(len(chosen))} failed")
        raise typer.Exit(1)


def _chosen(examples: Sequence[Example], only: str) -> list[Example]:
    if not examples:
        raise typer.BadParameter(
            'the graph has no examples: Graph(examples=[example("...", given={...}, expect={...})])'
        )
    chosen = [example for example in examples if only.lower() in example.name.lower()]
    if not chosen:
        names = ", ".join(repr(example.name) for example in examples)
        raise typer.BadParameter(f"no example has {only!r} in its name; there is {names}")
    return chosen


def _counted(examples: int) -> str:
    return f"{examples} example{'' if examples == 1 else 's'}"
