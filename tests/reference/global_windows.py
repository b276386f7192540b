"""Global windows, and those that a function assigns."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reference.calls import call_assigner
from reference.packet import Packet, milliseconds, seconds
from reference.state import OpenWindow

if TYPE_CHECKING:
    from reference.interpreter import Interpreter


def add_forever(interpreter: Interpreter, name: str, key: Any, packet: Packet) -> None:
    """The packet joins its key's only window; a result goes by number, or one is expected at the next moment."""
    options, state = interpreter.nodes[name].options, interpreter.state
    known = [window for window in state.open[name] if window.key == key]
    window = known[0] if known else interpreter._new_window(name, key, 0, 0)
    window.packets.append(packet if options.key is None else replace(packet, key=window.key))
    window.fresh += 1
    early = options.early or {}
    if window.fresh >= early.get("count", math.inf):
        send_so_far(interpreter, name, window, milliseconds(packet.timestamp))
    elif "interval" in early and window.early is None:
        reached = state.watermarks[name]
        since = milliseconds(packet.timestamp) - 1 if reached == -math.inf else reached
        window.early = (int(since) // early["interval"] + 1) * early["interval"]


def send_at_moments(interpreter: Interpreter, name: str) -> None:
    """The results whose moments the watermark has reached, in the order of time."""
    state = interpreter.state
    while due := [w for w in state.open[name] if w.early is not None and w.early <= state.watermarks[name]]:
        window = min(due, key=lambda window: (window.early, window.entered))
        moment, window.early = window.early, None
        assert moment is not None
        send_so_far(interpreter, name, window, moment)


def send_so_far(interpreter: Interpreter, name: str, window: OpenWindow, moment: int | None) -> None:
    """A result over everything so far; without a moment, at the last timestamp."""
    window.fresh = 0
    times = [milliseconds(packet.timestamp) for packet in window.packets]
    start, end, number = min(times), max(times), window.results
    timestamp = seconds(end if moment is None else moment)
    if interpreter._send_result(name, window.key, start, end, window.packets, timestamp, number, number):
        window.results += 1


def bounds_of(assigner: Any, packet: Packet) -> list[tuple[int, int]]:
    """The windows that a function gives for a packet, in milliseconds, the earliest first."""
    found = set()
    assigned = call_assigner(assigner, packet)
    if not isinstance(assigned, (list, tuple)):
        raise TypeError(f"windows are a list of pairs (start, end) in seconds, not {type(assigned).__name__}")
    for pair in assigned:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise TypeError(f"a window is a pair (start, end) in seconds, not {pair!r}")
        for bound in pair:
            if not isinstance(bound, (int, float)) or isinstance(bound, bool):
                raise TypeError(f"a window's bounds are seconds, not {type(bound).__name__}")
            if not -1e11 <= bound <= 1e11:
                raise ValueError(f"a window can't start or end at {bound!r}")
        start, end = milliseconds(pair[0]), milliseconds(pair[1])
        if end <= start:
            raise ValueError(f"a window ends after its start: {pair[0]!r} to {pair[1]!r} is none")
        found.add((start, end))
    return sorted(found)
