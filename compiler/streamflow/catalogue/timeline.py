"""Draws time: dots for packets on a line, bars for windows, lines for pairs. The same picture for the same events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH = 640
_LEFT, _RIGHT = 88, 24
_LANE, _BAR = 40, 24
_INK, _DOT, _WINDOW, _LOST = "#57606a", "#0969da", "#54aeff", "#cf222e"
_FONT = "font-family='ui-monospace, Menlo, Consolas, monospace' font-size='12'"


@dataclass(frozen=True)
class Bar:
    """A window from `start` to `end`, in seconds, and what it sends."""

    start: float
    end: float
    label: str


@dataclass(frozen=True)
class Dot:
    """A packet in a lane. One that is `lost` leaves by a port of its own."""

    at: float
    label: str
    lane: int = 0
    lost: bool = False


def timeline(
    title: str,
    until: float,
    lanes: Sequence[str],
    dots: Iterable[Dot],
    bars: Sequence[Bar] = (),
    pairs: Iterable[tuple[Dot, Dot]] = (),
    step: float = 10,
) -> str:
    """An SVG of the time from 0 to `until` seconds. Bars that would overlap stand in rows of their own."""

    def x(at: float) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * at / until

    rows = _rows(bars)
    bottom = _LANE * len(lanes) + (10 if len(lanes) > 1 else 0)
    height = bottom + _BAR * (max(rows, default=-1) + 1) + 36
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' width='{WIDTH}' role='img'>",
        f"<title>{escape(title)}</title>",
        f"<rect width='{WIDTH}' height='{height}' fill='#ffffff'/>",
    ]
    for number, name in enumerate(lanes):
        middle = _LANE * number + 26
        parts.append(_text(8, middle + 4, name))
        parts.append(_line(x(0), middle, x(until), middle, _INK))
    for left, right in pairs:
        ends = (x(left.at), _LANE * left.lane + 26, x(right.at), _LANE * right.lane + 26)
        parts.append(_line(*ends, _DOT, "stroke-dasharray='4 3'"))
    for dot in dots:
        middle, colour = _LANE * dot.lane + 26, _LOST if dot.lost else _DOT
        parts.append(f"<circle cx='{x(dot.at):.1f}' cy='{middle}' r='5' fill='{colour}'/>")
        beside = middle + 19 if dot.lane else middle - 9
        parts.append(_text(x(dot.at), beside, dot.label, "text-anchor='middle'"))
    for bar, row in zip(bars, rows, strict=True):
        top, start, width = bottom + _BAR * row + 4, x(bar.start), max(x(bar.end) - x(bar.start), 6)
        shape = f"x='{start:.1f}' y='{top}' width='{width:.1f}' height='{_BAR - 6}' rx='4'"
        parts.append(f"<rect {shape} fill='{_WINDOW}' fill-opacity='0.35' stroke='{_DOT}'/>")
        parts.append(_text(start + width / 2, top + 13, bar.label, "text-anchor='middle'"))
    marks = [number * step for number in range(int(until // step) + 1)]
    for mark in marks:
        parts.append(_line(x(mark), height - 30, x(mark), height - 24, _INK))
        parts.append(
            _text(x(mark), height - 10, f"{mark:g} s" if mark == marks[-1] else f"{mark:g}", "text-anchor='middle'")
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _rows(bars: Sequence[Bar]) -> list[int]:
    """The first row for each bar in which nothing overlaps it."""
    ends: list[float] = []
    found = []
    for bar in bars:
        row = next((row for row, end in enumerate(ends) if end <= bar.start), len(ends))
        ends[row:] = [bar.end, *ends[row + 1 :]]
        found.append(row)
    return found


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, more: str = "") -> str:
    return f"<line x1='{x1:.1f}' y1='{y1}' x2='{x2:.1f}' y2='{y2}' stroke='{colour}' {more}".rstrip() + "/>"


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f"<text x='{x:.1f}' y='{y}' {_FONT} fill='{_INK}' {more}".rstrip() + f">{escape(text)}</text>"
