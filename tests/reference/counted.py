"""Count windows, and what nodes send when the input has ended."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reference.global_windows import send_so_far
from reference.packet import Packet, milliseconds, seconds
from reference.state import OpenWindow

if TYPE_CHECKING:
    from reference.interpreter import Interpreter

LAST = 10**15  # ms, after every timestamp: when what is left is sent


def count(interpreter: Interpreter, name: str, key: Any, packet: Packet) -> None:
    """The packet joins its key's window; at `size` packets a result goes, and `slide` of them leave the window.

    Before that, results go by number, or one is expected at the next moment.
    """
    options, known = interpreter.nodes[name].options, interpreter.state.open[name]
    windows = [window for window in known if window.key == key]
    window = windows[0] if windows else interpreter._new_window(name, key, 0, 0)
    window.packets.append(packet if options.key is None else replace(packet, key=window.key))
    window.fresh += 1
    if len(window.packets) < options.size:
        _send_early(interpreter, name, window)
        return
    if options.slide in (None, options.size):
        known.remove(window)
    _send(interpreter, name, window)
    del window.packets[: options.slide or options.size]
    window.fresh = window.results = 0


def _send_early(interpreter: Interpreter, name: str, window: OpenWindow) -> None:
    early = interpreter.nodes[name].options.early or {}
    if window.fresh >= early.get("count", math.inf):
        window.fresh = 0
        _send(interpreter, name, window)
    elif "interval" in early:
        start = min(milliseconds(packet.timestamp) for packet in window.packets)
        reached = max(start, interpreter.state.watermarks[name])
        if reached < math.inf and (window.early is None or window.start != start):
            window.start = start
            window.early = start + ((int(reached) - start) // early["interval"] + 1) * early["interval"]


def send_at_moments(interpreter: Interpreter, name: str) -> None:
    """The early results whose moments the watermark has reached, in the order of time."""
    state = interpreter.state
    while due := [w for w in state.open[name] if w.early is not None and w.early <= state.watermarks[name]]:
        window = min(due, key=lambda window: (window.early, window.entered))
        moment, window.early, window.fresh = window.early, None, 0
        assert moment is not None
        _send(interpreter, name, window, seconds(moment))


def waits_for_end(interpreter: Interpreter, name: str) -> bool:
    """Whether the input has ended, and a node has not yet sent what is left in it."""
    node, state = interpreter.nodes[name], interpreter.state
    return state.ended and _sends_rest(node) and state.watermarks[name] < LAST


def send_rest(interpreter: Interpreter, name: str) -> None:
    """At the end of input: what no result has held."""
    node, state = interpreter.nodes[name], interpreter.state
    if not _sends_rest(node) or not state.ended or state.watermarks[name] < LAST:
        return
    for window in sorted(state.open[name], key=lambda window: window.entered):
        if window.fresh and node.kind == "aggregate.global":
            send_so_far(interpreter, name, window, None)
        elif window.fresh:
            slides = node.options.slide not in (None, node.options.size)
            _send(interpreter, name, replace(window, packets=window.packets[-window.fresh :]) if slides else window)
    if node.kind == "aggregate.count":
        state.open[name] = []


def _sends_rest(node: Any) -> bool:
    return node.kind == "aggregate.global" or (node.kind == "aggregate.count" and node.options.partial)


def _send(interpreter: Interpreter, name: str, window: OpenWindow, timestamp: float | None = None) -> None:
    moments = [packet.timestamp for packet in window.packets]
    start, end = milliseconds(min(moments)), milliseconds(max(moments))
    number = interpreter.state.results[name]
    at = max(moments) if timestamp is None else timestamp
    if interpreter._send_result(name, window.key, start, end, window.packets, at, number, window.results):
        window.results += 1
