"""`streamflow nodes`: the catalogue of all kinds of nodes, those of plugins included; with a name, its page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from streamflow.catalogue import Entry, entries
from streamflow.catalogue.entries import FAMILIES
from streamflow.cli.printing import grid, print_parts
from streamflow.cli.reporting import refuse, show
from streamflow.diagnostics import Diagnostic, did_you_mean
from streamflow.dsl.plugins import Plugin, plugins


def nodes(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="A node, such as dedupe, aggregate.time or sink.", show_default=False),
    ] = None,
) -> None:
    """Print all kinds of nodes, or the page of one."""
    found = entries()
    if name is None:
        print_parts([line for family in FAMILIES for line in _list(family, found)])
        troubles = [plugin for plugin in plugins() if plugin.problem is not None]
        show(_trouble(plugin) for plugin in troubles)
        return
    chosen = _called(name, found)
    if not chosen:
        names = [word for entry in found for word in (entry.kind, entry.kind.rpartition(".")[2])]
        help = did_you_mean(name, names) or "`streamflow nodes` lists them"
        raise refuse("SF308", f"there is no node `{name}`", help)
    if len(chosen) > 1 and name in FAMILIES:
        print_parts(_list(name, chosen))
    else:
        print_parts([line for entry in chosen for line in _page(entry)])


def _trouble(plugin: Plugin) -> Diagnostic:
    return Diagnostic("SF040", None, f"the plugin `{plugin.name}`: {plugin.problem}", plugin.help, "warning")


def _called(name: str, found: list[Entry]) -> list[Entry]:
    """The kinds that a word may mean: a kind, the last part of some, or a family."""
    name = name.removeprefix("nodes.")
    meant = (
        [entry for entry in found if entry.kind == name],
        [entry for entry in found if entry.kind.rpartition(".")[2] == name],
        [entry for entry in found if entry.family == name],
    )
    return next(filter(None, meant), [])


def _list(family: str, found: list[Entry]) -> Iterator[RenderableType]:
    table = grid(2)
    for entry in found:
        if entry.family == family:
            table.add_row(entry.call, entry.summary + (f" ({entry.origin})" if entry.origin else ""))
    if table.row_count:
        yield Text(f"\n{family}", style="bold")
        yield Padding(table, (0, 2))


def _page(entry: Entry) -> Iterator[RenderableType]:
    yield Text(f"\n{entry.call}", style="bold")
    yield Text(f"kind {entry.kind}" + (f", brought by {entry.origin}" if entry.origin else ""), style="dim")
    for paragraph in entry.text.split("\n\n"):
        yield Padding(Text("\n" + " ".join(paragraph.split())), (0, 2))
    if entry.options:
        yield Text("\nOptions", style="bold")
        table = grid(4)
        for option in entry.options:
            table.add_row(option.name, option.type, option.default, option.meaning)
        yield Padding(table, (0, 2))
    yield Text("\nOutputs", style="bold")
    table = grid(2)
    for port, meaning in entry.outputs:
        table.add_row(port, meaning)
    yield Padding(table, (0, 2))
    if entry.example:
        yield Text("\nExample\n", style="bold")
        yield Text("\n".join(f"  {line}" for line in entry.example.splitlines()))
