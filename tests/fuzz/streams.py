"""Strategies that generate streams: pushes, time that passes, results of parked calls, the end of input."""

from __future__ import annotations

import math
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from fuzz.graphs import FuzzGraph, FuzzSource

Draw = Any

ACCOUNTS = ["a", "b", 1, "ç d", 1.0, True, None, ""]
AMOUNTS = [0, 1, 10, 25, 2.5, -3, 12.25, 40, 100, 7]
TAGS: list[list[str]] = [[], ["x"], ["x", "y"], ["k", "k", "z"]]
BAD_TIMES = [None, True, "soon", "2024-01-01T00:00:00", math.nan, math.inf, 1e12, -1e12, [5]]
ODD_VALUES: list[Any] = [None, 7, "text", [], {}, {"account": "a"}, {"amount": 3, "at": 1}, {"account": [], "tags": 1}]


@dataclass(frozen=True)
class Push:
    """A batch at `now`."""

    source: str
    values: list[Any]
    now: float
    metadata: dict[str, Any] | None = None
    timestamp: float | None = None


@dataclass(frozen=True)
class Advance:
    """Time passes."""

    now: float


@dataclass(frozen=True)
class Resolve:
    """One of the calls that are pending then, by `pick` modulo their number, gets its result.

    `how`: `run` the user's coroutine, a `value`, or an `error`.
    """

    pick: int
    how: str
    value: Any
    now: float


@dataclass(frozen=True)
class Finish:
    """End of input, after all that is pending has been resolved; then what that end parked."""

    pick: int


Step = Push | Advance | Resolve | Finish


@dataclass(frozen=True)
class Stream:
    """Steps, and a number that decides where variants cut them."""

    steps: list[Step]
    variant: int

    def __repr__(self) -> str:
        return "\n" + "\n".join(f"    {step}" for step in self.steps) + f"\n    variant {self.variant}"


@st.composite
def streams(draw: Draw, graph: FuzzGraph) -> Stream:
    """Up to twelve steps around a base time; event times stray around the step's own."""
    base = draw(st.sampled_from([0, 0, 1_700_000_000]))
    now = float(base + draw(st.sampled_from([0, 3, 12.5])))
    steps: list[Step] = []
    for number in range(draw(st.integers(1, 12))):
        now += draw(st.sampled_from([0, 0, 0, 0.5, 2, 6, 25, -4]))
        steps.append(_step(draw, graph, now, base + 3 * number))
    if draw(st.integers(0, 9)) < 8:
        steps.append(Finish(draw(st.integers(0, 5))))
    return Stream(steps, draw(st.integers(0, 255)))


def _step(draw: Draw, graph: FuzzGraph, now: float, around: float) -> Step:
    kind = draw(st.integers(0, 9))
    if kind == 0 or (kind == 7 and not graph.async_shapes):
        return Advance(now)
    if kind >= 7 and graph.async_shapes:
        shapes = set(graph.async_shapes.values())
        hows = ["run", "run", "run", "value", *(["error"] if graph.errors else [])]
        how = hows[draw(st.integers(0, len(hows) - 1))]
        shape = shapes.pop() if len(shapes) == 1 else "any"
        if how == "value" and shape == "any":
            how = "run"
        value = _value(draw, shape, around, None, graph.errors) if how == "value" else None
        return Resolve(draw(st.integers(0, 5)), how, value, now)
    ways_in = [*graph.sources, *graph.taps]
    source = ways_in[draw(st.integers(0, len(ways_in) - 1))]
    return _push(draw, graph, source, now, around)


def _push(draw: Draw, graph: FuzzGraph, source: FuzzSource, now: float, around: float) -> Push:
    count = draw(st.sampled_from([1, 2, 3, 4, 8]))
    values = [_value(draw, source.shape, around, source, graph.errors) for _ in range(count)]
    metadata = dict.fromkeys(source.metadata) if draw(st.booleans()) else None
    rare = draw(st.integers(0, 11))
    if rare == 11:
        metadata = {**(metadata or {}), "ip": "::1"}
    timestamp = around + 1.5 if rare == 10 else None
    return Push(source.name, values, now, metadata, timestamp)


def _value(draw: Draw, shape: str, around: float, source: FuzzSource | None, errors: bool) -> Any:
    code = draw(st.integers(0, 8 * 10 * 4 * 3 - 1))
    if errors and draw(st.integers(0, 11)) == 11:
        return deepcopy(ODD_VALUES[code % len(ODD_VALUES)])
    at = around + draw(st.integers(-24, 24)) / 2 if source is None or source.timestamp is not None else around
    if shape == "number":
        return _number(code, at, source)
    if shape == "summary":
        return {"total": AMOUNTS[code % 10], "count": code % 4}
    code, account = divmod(code, 8)
    code, amount = divmod(code, 10)
    level, tags = divmod(code, 4)
    record: dict[str, Any] = {"account": ACCOUNTS[account], "amount": AMOUNTS[amount], "at": at}
    record["tags"] = list(TAGS[tags])
    record["nested"] = {"level": level, "list": list(range(level)), "at": at}
    if source is not None and source.timestamp is not None:
        _spell_time(draw, record, at, source, errors)
    return record


def _number(code: int, at: float, source: FuzzSource | None) -> Any:
    """A number; where it is the event time itself, sometimes with a part of a millisecond, sometimes a bad one.

    Parts are powers of two, so that sums are exact in any order.
    """
    if source is None or source.timestamp is None:
        return AMOUNTS[code % 10]
    if code % 40 == 39:
        return [math.nan, math.inf, 1e12, -2e11][code // 40 % 4]
    return at + [0, 0, 0, 2**-12, 2**-11, -(2**-11)][code % 6]


def _spell_time(draw: Draw, record: dict[str, Any], at: float, source: FuzzSource, errors: bool) -> None:
    """Most times are numbers; some are text or datetimes where the source just picks them, some are bad."""
    assert source.timestamp is not None
    form = draw(st.integers(0, 39))
    value: Any = int(at) if at == int(at) and form % 2 else at
    by_name = isinstance(source.timestamp.function, str)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at)
    if form == 39 and (errors or not source.timestamp.raises):
        value = BAD_TIMES[draw(st.integers(0, len(BAD_TIMES) - 1))]
    elif form in (37, 38) and by_name:
        value = moment.isoformat() if form == 37 else moment
    elif form in (35, 36):
        value = at + (0.0004 if form == 35 else 0.0005)
    if form == 34 and by_name:
        record.pop("at")
        record["nested"].pop("at")
    else:
        record["at"] = record["nested"]["at"] = value
