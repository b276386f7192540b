"""Sources that are silent: what they are left out of, and what rises with the clock where all of them are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from reference.recovery import held

if TYPE_CHECKING:
    from reference.interpreter import Interpreter


def start(run: Interpreter, now: int) -> None:
    """The kernel's first moment counts as if every source had spoken."""
    run.state.heard = {name: now for name in run.nodes if timeout_of(run, name) is not None}


def speak(run: Interpreter, source: str) -> None:
    """A packet that moves watermarks: the source, and what it reaches, is idle no more."""
    if source in run.state.heard:
        assert run.state.clock is not None
        run.state.heard[source] = run.state.clock
        for name in run.nodes:
            if source in run.delays[name]:
                run.state.risen.pop(name, None)


def let_pass(run: Interpreter, milliseconds: int) -> None:
    """What was idle all the while has risen; what is idle from now on starts at the watermark that it has."""
    risen = run.state.risen
    for name in risen:
        risen[name] += milliseconds
    for name in run.turns:
        if name not in risen and is_idle(run, name):
            risen[name] = max(run.state.watermarks[name], _first_risen(run, name))


def moments(run: Interpreter) -> list[float]:
    """When sources fall silent, and when windows end by what has risen."""
    state = run.state
    assert state.clock is not None
    silent = [heard + timeout_of(run, name) for name, heard in state.heard.items() if name not in state.risen]  # type: ignore[operator]
    ends = [state.clock + end - state.risen[name] for name in state.risen for end in run.ends(name)]
    return [] if state.ended else [*silent, *(end for end in ends if end < math.inf)]


def is_idle(run: Interpreter, name: str) -> bool:
    """Whether all sources that reach a node are."""
    sources = [source for source in run.delays[name] if run.nodes[source].kind.startswith("source.")]
    return bool(sources) and not run.state.ended and all(_is_silent(run, source) for source in sources)


def hold_of(run: Interpreter, name: str, watermarks: Mapping[str, float]) -> float:
    """How far the watermark that leaves an idle node may be: its parked packets, and those before it, hold it."""
    before = [hold_of(run, origin, watermarks) for origin in run.inputs(name)] + held(run, name, behind=False)
    return run.output_watermark(name, max(watermarks[name], min(before, default=math.inf)))


def timeout_of(run: Interpreter, name: str) -> int | None:
    """Milliseconds; None for a source that is waited for."""
    timeout: int | None = getattr(run.nodes[name].options, "idle_timeout", None)
    return timeout


def _is_silent(run: Interpreter, source: str) -> bool:
    timeout = timeout_of(run, source)
    assert run.state.clock is not None
    return timeout is not None and run.state.clock >= run.state.heard[source] + timeout


def _first_risen(run: Interpreter, name: str) -> float:
    """The least of its inputs that have a watermark at all, without what parked packets hold."""
    if run.nodes[name].kind.startswith("source."):
        return run.source_watermark(name)
    found = [run.state.risen[origin] - run.lag(origin) for origin in run.inputs(name)]
    return min((watermark for watermark in found if watermark > -math.inf), default=-math.inf)
