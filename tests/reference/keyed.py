"""Nodes that remember something by key or count packets: stateful maps, dedupe, samples, rate limits."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reference.calls import call, key_of
from reference.packet import Packet, copied, seconds

if TYPE_CHECKING:
    from reference.interpreter import Interpreter


@dataclass
class Remembered:
    """What a node keeps for a key, and the moment (ms) of the clock since when."""

    key: Any
    value: Any
    since: int


@dataclass(eq=False)
class Delayed:
    """A packet that waits for a token."""

    key: Any
    packet: Packet


def stateful_map(interpreter: Interpreter, name: str, packet: Packet) -> None:
    """The state meets the packet; the output goes on in its place."""
    options, key = interpreter.nodes[name].options, None
    if options.key is not None:
        try:
            key = key_of(options.key, packet)
        except Exception as error:
            interpreter._fail(name, packet, error, options.key)
            return
    try:
        remembered = _find(interpreter, name, key)
        if remembered is not None:
            state = copied(remembered.value)
        else:
            state = options.initial() if callable(options.initial) else copied(options.initial)
        output = _keep(interpreter, name, key, call(options.function, packet, state))
    except Exception as error:
        interpreter._fail(name, packet, error, options.function)
        return
    if output is not None:
        interpreter._emit(name, "out", replace(packet, data=output, id=f"{packet.id}/{name}:0"))


def dedupe(interpreter: Interpreter, name: str, packet: Packet) -> None:
    """The first of a key within the span goes on."""
    options = interpreter.nodes[name].options
    try:
        key = key_of(options.key, packet)
    except Exception as error:
        interpreter._fail(name, packet, error, options.key)
        return
    known = is_known(interpreter, name, key, options.within)
    if known:
        interpreter.state.counts[name].rejected += 1
    interpreter._emit(name, "duplicate" if known else "out", packet)


def is_known(interpreter: Interpreter, name: str, key: Any, within: int) -> bool:
    """Whether a key was there within the span; it was from here on."""
    remembered, clock = _find(interpreter, name, key), interpreter.state.clock
    assert clock is not None
    if remembered is not None and clock < remembered.since + within:
        return True
    if remembered is not None:
        interpreter.state.remembered[name].remove(remembered)
    interpreter.state.remembered[name].append(Remembered(key, None, clock))
    return False


def sample(interpreter: Interpreter, name: str, packet: Packet) -> None:
    """A share of the keys, or of the positions, or every n-th position."""
    options, position = interpreter.nodes[name].options, interpreter.state.positions[name]
    if options.key is None:
        interpreter.state.positions[name] += 1
        kept = position % options.every == 0 if options.every else _kept(str(position), options)
    else:
        try:
            kept = _kept(json.dumps(_spelled_once(key_of(options.key, packet)), separators=(",", ":")), options)
        except Exception as error:
            interpreter._fail(name, packet, error, options.key)
            return
    if not kept:
        interpreter.state.counts[name].rejected += 1
    interpreter._emit(name, "out" if kept else "rejected", packet)


def rate_limit(interpreter: Interpreter, name: str, packet: Packet) -> None:
    """The packet takes a token; `value` is how many there are, a fraction."""
    options, key, clock = interpreter.nodes[name].options, None, interpreter.state.clock
    assert clock is not None
    if options.key is not None:
        try:
            key = key_of(options.key, packet)
        except Exception as error:
            interpreter._fail(name, packet, error, options.key)
            return
    line = [delayed for delayed in interpreter.state.delayed[name] if delayed.key == key]
    if not line and _take_token(interpreter, name, key):
        interpreter._emit(name, "out", packet)
    elif options.overflow == "delay":
        interpreter.let_wait(name)
        interpreter.state.delayed[name].append(Delayed(key, packet))
    else:
        interpreter._leave(name, "limited", packet)


def _take_token(interpreter: Interpreter, name: str, key: Any) -> bool:
    options, remembered, clock = interpreter.nodes[name].options, _find(interpreter, name, key), interpreter.state.clock
    most = Fraction(options.burst or options.limit)
    assert clock is not None
    if remembered is None:
        remembered = Remembered(key, most, clock)
        interpreter.state.remembered[name].append(remembered)
    back = Fraction((clock - remembered.since) * options.limit, options.per)
    remembered.value, remembered.since = min(most, remembered.value + back), clock
    if remembered.value < 1:
        return False
    remembered.value -= 1
    return True


def releases(interpreter: Interpreter) -> list[int]:
    """The moments at which the first of each line of delayed packets finds a token."""
    return [_release_of(interpreter, name, one.key) for name, line in interpreter.state.delayed.items() for one in line]


def let_go(interpreter: Interpreter, name: str) -> None:
    """Delayed packets whose tokens are there go on, one by one in the order in which they came."""
    line, clock = interpreter.state.delayed[name], interpreter.state.clock
    assert clock is not None
    while due := [one for one in line if _release_of(interpreter, name, one.key) <= clock]:
        taken = _take_token(interpreter, name, due[0].key)
        assert taken
        interpreter._emit(name, "out", due[0].packet)
        line.remove(due[0])


def _release_of(interpreter: Interpreter, name: str, key: Any) -> int:
    """When there is a token for a key."""
    options, remembered = interpreter.nodes[name].options, _find(interpreter, name, key)
    assert remembered is not None
    return remembered.since + max(0, math.ceil((1 - remembered.value) * options.per / options.limit))


def _kept(text: str, options: Any) -> bool:
    digest = hashlib.blake2b(f"{options.seed}:{text}".encode(), digest_size=8).hexdigest()
    return Fraction(int(digest, 16), 2**64) < Fraction(options.rate)


def _spelled_once(key: Any) -> Any:
    """Equal keys as one value: what equals a whole number as that number."""
    if isinstance(key, tuple):
        return [_spelled_once(part) for part in key]
    return int(key) if isinstance(key, (bool, float)) and key == key // 1 else key


def expiries(interpreter: Interpreter) -> list[int]:
    """The moments at which a state's `ttl` will have passed."""
    return [
        remembered.since + node.options.ttl
        for name, node in interpreter.nodes.items()
        if node.kind == "transform.stateful_map" and node.options.ttl is not None
        for remembered in interpreter.state.remembered[name]
    ]


def expire(interpreter: Interpreter, name: str) -> None:
    """States of a node whose `ttl` passes at this moment, those written longest ago first."""
    clock, options = interpreter.state.clock, interpreter.nodes[name].options
    assert clock is not None
    if interpreter.nodes[name].kind != "transform.stateful_map" or options.ttl is None:
        return
    while due := [one for one in interpreter.state.remembered[name] if one.since + options.ttl <= clock]:
        _expire(interpreter, name, due[0], clock)


def _expire(interpreter: Interpreter, name: str, remembered: Remembered, clock: int) -> None:
    key, on_expire = remembered.key, interpreter.nodes[name].options.on_expire
    if on_expire is None:
        interpreter.state.remembered[name].remove(remembered)
        return
    spelled = quote(json.dumps(key, separators=(",", ":"), ensure_ascii=False), safe="")
    packet = Packet(None, seconds(clock), f"{name}:{spelled}:{clock}", key, name, {})
    try:
        packet.data = _keep(interpreter, name, key, on_expire(copied(remembered.value), key))
    except Exception as error:
        _write(interpreter, name, key, remembered.value)
        packet.data = {"key": key, "state": copied(remembered.value)}
        interpreter._fail(name, packet, error, on_expire)
        return
    if packet.data is not None:
        interpreter._emit(name, "out", packet)


def _keep(interpreter: Interpreter, name: str, key: Any, made: Any) -> Any:
    """Keep the state that a function made; give the output."""
    if not isinstance(made, tuple) or len(made) != 2:
        raise TypeError(f"the function of a stateful map returns (state, output), not {type(made).__name__}")
    state, output = copied(made[0]), copied(made[1])
    if state is not None:
        _write(interpreter, name, key, state)
    elif (remembered := _find(interpreter, name, key)) is not None:
        interpreter.state.remembered[name].remove(remembered)
    return output


def _write(interpreter: Interpreter, name: str, key: Any, value: Any) -> None:
    """The key that was written last stands last, as it was spelled first."""
    remembered, clock = _find(interpreter, name, key), interpreter.state.clock
    assert clock is not None
    if remembered is not None:
        interpreter.state.remembered[name].remove(remembered)
        key = remembered.key
    interpreter.state.remembered[name].append(Remembered(key, value, clock))


def _find(interpreter: Interpreter, name: str, key: Any) -> Remembered | None:
    return next((one for one in interpreter.state.remembered[name] if one.key == key), None)
