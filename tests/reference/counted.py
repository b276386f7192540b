"""Count windows, and what nodes send when the input has ended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reference.global_windows import send_so_far
from reference.packet import Packet, milliseconds
from reference.state import OpenWindow

if TYPE_CHECKING:
    from reference.interpreter import Interpreter

LAST = 10**15  # ms, after every timestamp: when what is left is sent


def count(interpreter: Interpreter, name: str, key: Any, packet: Packet) -> None:
    """The packet joins its key's window; at `size` packets a result goes, and `slide` of them leave the window."""
    options, known = interpreter.nodes[name].options, interpreter.state.open[name]
    windows = [window for window in known if window.key == key]
    window = windows[0] if windows else interpreter._new_window(name, key, 0, 0)
    window.packets.append(packet if options.key is None else replace(packet, key=window.key))
    window.fresh += 1
    if len(window.packets) < options.size:
        return
    if options.slide in (None, options.size):
        known.remove(window)
    _send(interpreter, name, window)
    del window.packets[: options.slide or options.size]
    window.fresh = 0


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
            _send(interpreter, name, replace(window, packets=window.packets[-window.fresh :]))
    if node.kind == "aggregate.count":
        state.open[name] = []


def _sends_rest(node: Any) -> bool:
    return node.kind == "aggregate.global" or (node.kind == "aggregate.count" and node.options.partial)


def _send(interpreter: Interpreter, name: str, window: OpenWindow) -> None:
    moments = [packet.timestamp for packet in window.packets]
    start, end = milliseconds(min(moments)), milliseconds(max(moments))
    number = interpreter.state.results[name]
    interpreter._send_result(name, window.key, start, end, window.packets, max(moments), number)
