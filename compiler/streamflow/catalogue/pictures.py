"""The pictures of windows and joins: the compiler's own results for a few packets, drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from streamflow import Graph, agg, nodes
from streamflow.catalogue.timeline import Bar, Dot, timeline
from streamflow.testing import run
from streamflow_runtime.packet import Packet

_TIMES = (12, 19, 24, 27, 41, 48, 54)
_UNTIL = 70
_LEFT, _RIGHT = (5, 22, 40), (2, 12, 26, 55)


def pictures() -> dict[str, str]:
    """The SVG of each kind that has one, by the kind; a second one of a kind has a word behind it."""
    return {name: draw() for name, draw in _PICTURES.items()}


def _windows(title: str, **options: Any) -> Callable[[], str]:
    def draw() -> str:
        window = nodes.aggregate("window", aggregates={"n": agg.collect("n")}, **options)
        events = [{"n": number, "at": at} for number, at in enumerate(_TIMES, 1)]
        listed = [nodes.source("in", type="manual", timestamp="at"), window, nodes.sink("out", type="log")]
        results = run(Graph("Picture", listed), {"in": events})["out"]
        bars = [_bar(packet) for packet in results]
        until = max(_UNTIL, *(bar.end for bar in bars))
        return timeline(title, until, ["packets"], [Dot(each["at"], str(each["n"])) for each in events], bars)

    return draw


def _bar(packet: Packet) -> Bar:
    assert packet.window is not None
    return Bar(packet.window.start, packet.window.end, " ".join(map(str, packet.data["n"])))


def _join(title: str, **options: Any) -> Callable[[], str]:
    def draw() -> str:
        left = [Dot(at, f"l{number}", 0) for number, at in enumerate(_LEFT, 1)]
        right = [Dot(at, f"r{number}", 1) for number, at in enumerate(_RIGHT, 1)]
        dots = {dot.label: dot for dot in (*left, *right)}
        listed = [
            nodes.source("left", type="manual", timestamp="at"),
            nodes.source("right", type="manual", timestamp="at"),
            nodes.join("join", **options),
            nodes.sink("out", type="log"),
            nodes.sink("alone", type="log"),
        ]
        edges = [("left", "join.left"), ("right", "join.right"), ("join", "out"), ("join.unmatched", "alone")]
        inputs = {
            name: [{"label": dot.label, "at": dot.at} for dot in lane]
            for name, lane in (("left", left), ("right", right))
        }
        outputs = run(Graph("Picture", listed, edges), inputs)
        pairs = [(dots[one.data["left"]["label"]], dots[one.data["right"]["label"]]) for one in outputs["out"]]
        alone = {packet.data["label"] for packet in outputs["alone"]}
        shown = [Dot(dot.at, dot.label, dot.lane, dot.label in alone) for dot in dots.values()]
        bars = [Bar(start, start + 20, "window") for start in range(0, 60, 20)] if "window" in options else []
        return timeline(title, _UNTIL, ["left", "right"], shown, bars, pairs)

    return draw


_PICTURES: Mapping[str, Callable[[], str]] = {
    "aggregate.time": _windows("Tumbling windows of 20 s", window="time", duration=20),
    "aggregate.time sliding": _windows("Windows of 20 s, one every 10 s", window="time", duration=20, slide=10),
    "aggregate.count": _windows("Three packets at a time", window="count", size=3),
    "aggregate.rolling": _windows("What came in the last 10 s", window="rolling", duration=10),
    "aggregate.global": _windows("Everything so far, at every 30 s", window="global", early="30s"),
    "aggregate.session": _windows("Sessions with a gap of 10 s", window="session", gap=10),
    "join.within": _join("At most 8 s apart", within=8),
    "join.window": _join("In the same window of 20 s", window="time", duration=20),
    "join.latest": _join("The newest from right", latest=True),
}
