"""An explanation for people: sections of lines, in colour where a terminal shows it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from streamflow.explaining import Explanation
from streamflow.explaining.buffers import Buffer
from streamflow.explaining.costs import ASSUMED, Cost
from streamflow.explaining.listings import Listing, Numbered
from streamflow.ir.guarantees import AT_LEAST, AT_MOST, EXACTLY
from streamflow.ir.remarks import Remark

_STRONG = {EXACTLY: "green", AT_LEAST: "yellow", AT_MOST: "red"}


def parts_of(explanation: Explanation, code: bool = True) -> Iterator[RenderableType]:
    """The sections; those that have nothing to say are left out."""
    passes = len(explanation.remarks)
    yield Text(f"{explanation.graph} ({explanation.file}), level {explanation.level}", style="bold")
    yield _heading("What the passes did" if passes else "No pass runs at level 0: every node runs as written")
    for name, remarks in explanation.remarks.items():
        yield from _pass(name, remarks, explanation.file)
    yield _heading("How often what goes in comes out")
    yield from _guarantees(explanation)
    if explanation.buffers:
        yield _heading("Where packets wait to be sent")
        for buffer in explanation.buffers:
            yield from _buffer(buffer)
    if explanation.holdings:
        yield _heading("What the state holds")
        for holding in explanation.holdings:
            place = _place(holding.file, holding.line, explanation.file)
            yield Text(f"  `{holding.node}` {holding.text}: {place}")
    if explanation.costs:
        yield _heading("What a million events cost, about")
        for cost in explanation.costs:
            yield _cost(cost)
        yield Text(f"  assumed: {ASSUMED}", style="dim")
    if code:
        yield _heading("src/kernel.py beside what it was made of")
        for listing in explanation.listings:
            yield from _listing(listing)


def _heading(text: str) -> Text:
    return Text(f"\n{text}", style="bold")


def _pass(name: str, remarks: list[Remark], program: str) -> Iterator[RenderableType]:
    if not remarks:
        yield Text(f"  {name}: nothing to do", style="dim")
        return
    yield Text(f"  {name}")
    for remark in remarks:
        place = f": {_place(remark.file, remark.line, program)}" if remark.line else ""
        mark, style = ("done", "green") if remark.applied else ("not ", "yellow")
        yield Text(f"    {mark}  ", style=style).append(remark.sentence + place, style="default")


def _guarantees(explanation: Explanation) -> Iterator[RenderableType]:
    for path in explanation.guarantees:
        line = Text(f"  `{path.source}` to `{path.sink}`: ").append(path.guarantee, style=_STRONG[path.guarantee])
        yield line.append(f", as at `{path.weakest.node}` {path.weakest.reason}")


def _buffer(buffer: Buffer) -> Iterator[RenderableType]:
    room = f"{buffer.packets:,} packets or {buffer.bytes / 2**20:,.4g} MiB"
    if buffer.drops is not None:
        effect = f"it then drops the {buffer.drops.removeprefix('drop_')} (`overflow`)"
    elif buffer.refuses:
        named = ", ".join(f"`{source}`" for source in buffer.refuses)
        effect = f"full, it refuses {'every source: ' if buffer.refuses_all else ''}{named}"
    else:
        effect = "no source leads there"
    yield Text(f"  `{buffer.node}` holds {room}; {effect}")
    if buffer.refuses and buffer.sends:
        yield Text("    where that is not wanted, give it `overflow=` or a short `retry_policy`", style="dim")


def _cost(cost: Cost) -> Text:
    way = "measured here, on events made from its schema" if cost.measured else "counted; `schema=` lets it be measured"
    line = f"  `{cost.source}`: {cost.cpu:.2g} s of CPU ({way}), {cost.state_rows:,} rows of state written"
    line += f", {cost.output_rows:,} of outputs" if cost.output_rows else ""
    return Text(line + (f", {cost.requests:,} requests" if cost.requests else ""))


def _listing(listing: Listing) -> Iterator[RenderableType]:
    yield Text(f"\n  {listing.node} ({listing.kind})", style="bold")
    for source in listing.written:
        yield Text(f"    {source.file}", style="dim")
        yield from _numbered(source.lines, "")
    for number, run in enumerate(listing.generated):
        yield Text("    src/kernel.py" if not number else "      ...", style="dim")
        yield from _numbered(run, "cyan")
    if not listing.generated:
        yield Text("    no line of src/kernel.py is its own", style="dim")


def _numbered(lines: list[Numbered], style: str) -> Iterator[Text]:
    """Lines with their numbers, moved to the left by what all of them are indented."""
    margin = min(len(line) - len(line.lstrip()) for _, line in lines)
    for number, line in lines:
        yield Text(f"    {number:5} | ", style="dim").append(line[margin:], style=f"not dim {style}".strip())


def _place(file: str, line: int, program: str) -> str:
    return f"line {line}" if file == program else f"{file}:{line}"
