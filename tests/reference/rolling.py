"""Rolling windows: the packets that are remembered, and a result a packet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reference.packet import Packet, Window, copied, milliseconds, seconds

if TYPE_CHECKING:
    from reference.interpreter import Interpreter


def roll(interpreter: Interpreter, name: str, key: Any, packet: Packet) -> None:
    """The result of one packet, over those that are still remembered."""
    options, moment = interpreter.nodes[name].options, milliseconds(packet.timestamp)
    if options.duration is not None:
        _forget(interpreter, name, interpreter.state.watermarks[name] - options.duration)
    known = [window for window in interpreter.state.open[name] if window.key == key]
    window = known[0] if known else interpreter._new_window(name, key, 0, 0)
    window.packets.append(packet if options.key is None else replace(packet, key=window.key))
    if options.duration is not None:
        start, end = moment - options.duration, moment
        seen = [one for one in window.packets if start < milliseconds(one.timestamp) <= end]
    else:
        seen = window.packets[:] = window.packets[-options.size :]
        moments = [milliseconds(one.timestamp) for one in seen]
        start, end = min(moments), max(moments)
    if options.into is None:
        interpreter._send_result(name, window.key, start, end, seen, packet.timestamp, interpreter.state.results[name])
        return
    bounds = Window(window.key, seconds(start), seconds(end))
    result = replace(packet, id=f"{packet.id}/{name}:0", key=window.key, window=bounds, revision=0)
    interpreter._deliver(name, result, seen)


def put_into(options: Any, data: Any, value: Any) -> Any:
    """A result as a field of the data, where `into` asks for it."""
    if value is None or getattr(options, "into", None) is None:
        return value
    return {**copied(data), options.into: value}


def _forget(interpreter: Interpreter, name: str, oldest: float) -> None:
    windows = interpreter.state.open[name]
    for window in windows:
        window.packets = [one for one in window.packets if milliseconds(one.timestamp) >= oldest]
    interpreter.state.open[name] = [window for window in windows if window.packets]
