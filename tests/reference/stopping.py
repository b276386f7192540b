"""A packet that fails at a node with the strategy `stop` stops the graph: what was to come after it lines up behind it.

While the graph is stopped, and while packets of the line run again, no time passes and no window fires.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reference.packet import Packet
from reference.recovery import waits
from reference.ticks import next_tick

if TYPE_CHECKING:
    from reference.interpreter import Interpreter

Entry = tuple[Any, ...]


def stops_here(run: Interpreter, name: str, packet: Packet, *entry: Any, error: BaseException) -> bool:
    """Whether what failed stops the graph; it is then the first in line."""
    if run.strategies[name] != "stop" or run.state.stopped is not None:
        return False
    run.note("stopped")
    run.state.stopped = (name, packet.id, error)
    run.state.line.append(entry)
    return True


def lines_up(run: Interpreter, name: str, place: str, packet: Packet) -> bool:
    """Whether a packet that comes to a place must wait there until the graph goes on."""
    if run.state.stopped is None:
        return False
    run.note("lined up")
    run.state.line.append(("packet", name, place, packet))
    return True


def go_on(run: Interpreter, now: int, skip: bool) -> None:
    """What failed is tried once more, or counts as failed; then all that stands in line, and time passes again."""
    state = run.state
    assert state.stopped is not None
    error, state.stopped = state.stopped[2], None
    if skip:
        run.note("skipped")
        entry, rest = state.line[0], state.line[1:]
        state.line = []
        _give_up(run, entry, error)
        state.line += rest
    while state.line and state.stopped is None:
        entry, rest = state.line[0], state.line[1:]
        state.line = []
        _repeat(run, *entry)
        state.line += rest
    if state.stopped is None:
        assert state.clock is not None
        run.come_to(state.clock)
    if state.stopped is None:
        run.note("went on")
        _skip_ticks(run, now)
        run.move_clock(now)


def _repeat(run: Interpreter, kind: str, *facts: Any) -> None:
    if kind == "packet":
        name, place, packet = facts
        run.frozen = place != name
        if not waits(run, name, place, packet):
            run.enter_again(name, place, packet)
        run.frozen = False
        return
    if kind == "fire":
        run.fire_due()
        return
    assert run.state.clock is not None
    run.come_to(run.state.clock)
    if kind == "value":
        run.move_clock(facts[4])
    if run.state.stopped is not None:
        run.state.line.append((kind, *facts))
    elif kind == "value":
        run.take_one(*facts[:4])
    elif kind == "result":
        run.take_result(*facts)


def _give_up(run: Interpreter, entry: Entry, error: BaseException) -> None:
    """Nothing of what failed runs. Results that have waited for a call do, and may stop the graph again."""
    kind, *facts = entry
    if kind == "packet":
        name, _, packet = facts
        run._fail(name, packet, error, None, place="")
    else:
        run.release_failed(*facts, error)


def _skip_ticks(run: Interpreter, now: int) -> None:
    """Timers that don't catch up skip what they have missed."""
    for timer in run.timers:
        options = run.nodes[timer].options
        if run.state.next_tick[timer] <= now and not options.catch_up:
            run.state.next_tick[timer] = next_tick(options, now)
