"""Joins as the language defines them: what waits is a list, and every question walks through all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reference.packet import Packet, milliseconds
from reference.state import Waiting


def spans(options: Any) -> tuple[int, int]:
    """How much older and how much younger right may be than left."""
    return options.within


def lag(node: Any) -> int:
    """How far the output watermark of a node stays behind its own."""
    return max(spans(node.options)) if node.kind == "join.within" else 0


def partners(options: Any, packet: Packet, side: str, key: Any, waiting: list[Waiting]) -> list[Waiting]:
    """What a packet meets on the other side, by event time, then by arrival."""
    older, younger = spans(options)
    found = []
    for other in waiting:
        left, right = (packet, other.packet) if side == "left" else (other.packet, packet)
        apart = milliseconds(right.timestamp) - milliseconds(left.timestamp)
        if other.side != side and other.key == key and -older <= apart <= younger:
            found.append(other)
    return sorted(found, key=lambda other: (other.packet.timestamp, other.arrived))


def end_of(options: Any, waiting: Waiting) -> int:
    """The watermark from which on a packet can meet nobody: all who are not late are too young for it."""
    older, younger = spans(options)
    last = milliseconds(waiting.packet.timestamp) + (younger if waiting.side == "left" else older)
    return last + max(older, younger) + 1


def outer_sides(options: Any) -> tuple[str, ...]:
    """The sides whose lonely packets go on."""
    sides: Mapping[str, tuple[str, ...]] = {"inner": (), "left": ("left",), "outer": ("left", "right")}
    return sides[options.how]
