"""The command line: one command a file, put together here."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from streamflow.cli.check import check
from streamflow.cli.compile import compile
from streamflow.cli.dev import dev
from streamflow.cli.explain import explain
from streamflow.cli.graph import graph
from streamflow.cli.init import init
from streamflow.cli.nodes import nodes
from streamflow.cli.reporting import ReportingGroup
from streamflow.cli.run import run
from streamflow.cli.test import test

__all__ = ["app", "main"]


def main() -> None:
    """The `streamflow` command."""
    app()


app = typer.Typer(
    cls=ReportingGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (init, check, compile, run, dev, graph, nodes, explain, test):
    app.command()(command)


def _print_version(wanted: bool) -> None:
    if wanted:
        from streamflow import __version__

        sys.stdout.write(f"streamflow {__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A dataflow compiler for the edge: a Python graph becomes a durable Cloudflare Worker.

    FILE is a program with one graph, or FILE:NAME.
    """
