"""Replay: recorded inputs through a kernel in virtual time, merged as they would have arrived."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from math import inf
from typing import Any

from streamflow.host.local_files import keeps_tables, own_file, stand_ins
from streamflow.host.local_platform import LocalPlatform
from streamflow.host.local_secrets import LocalSecrets
from streamflow.ir.graph import Node
from streamflow.target.program import Program
from streamflow_runtime.calls import outcome
from streamflow_runtime.event_time import event_time
from streamflow_runtime.fields import field
from streamflow_runtime.hurrying import hurry, unfinished
from streamflow_runtime.outside import reach
from streamflow_runtime.stage import Call
from streamflow_runtime.stopping import Stopped

_BATCH = 1000


class Replay:
    """One replay of a program. Outputs are taken from `kernel` by the caller, at any time.

    `arrival` is the field that says when records arrived whose source has no `timestamp=`.
    """

    def __init__(self, program: Program, secrets: Mapping[str, str], arrival: str | None = None) -> None:
        self.kernel = program.kernel(secrets)
        self.arrival = arrival
        self._timestamps = program.timestamps
        self._clock_matters = any(map(_goes_by_the_clock, program.graph.nodes))
        self._now = 0.0
        self._platform = _surroundings(program.service, lambda: self._now, secrets)

    async def run(self, inputs: Mapping[str, Iterable[Any]]) -> None:
        """Everything, to the end of input."""
        for source, batch, now in self.batches(inputs):
            await self.push(source, batch, now)
        await self.finish()

    def batches(self, inputs: Mapping[str, Iterable[Any]]) -> Iterator[tuple[str, list[Any], float]]:
        """Batches in the order of arrival: source, values, and when they arrive (seconds).

        Every record has a `now` of its own. Where the clock has no say until the kernel's next deadline, neighbours
        share a batch that arrives with its last record, for that changes no result.
        """
        arrivals = (self._arrivals(place, name, values) for place, (name, values) in enumerate(inputs.items()))
        batch: list[Any] = []
        source, now, limit, alone = "", 0.0, 0.0, False
        for time, _, name, value, exact in heapq.merge(*arrivals, key=lambda arrival: arrival[:2]):
            another_moment = time / 1000 != now and (exact or alone or time / 1000 >= limit)
            if batch and (name != source or len(batch) == _BATCH or another_moment):
                yield source, batch, now
                batch = []
            if not batch:
                source, limit = name, self._limit()
            now, alone = time / 1000, exact
            batch.append(value)
        if batch:
            yield source, batch, now

    def _limit(self) -> float:
        """Until when the clock changes nothing, as of now."""
        idleness = getattr(self.kernel, "idleness", None)
        if self._clock_matters or (idleness and (idleness.idle or idleness.passed is None)):
            return -inf
        deadline = self.kernel.next_deadline()
        return inf if deadline is None else deadline

    async def push(self, source: str, values: list[Any], now: float) -> None:
        """One batch; calls that it parked are made before the next."""
        self.kernel.push(source, values, now)
        self._now = now
        await self._resolve_all()
        self._check()

    async def finish(self) -> None:
        """The end of input; calls that closing windows park are made too, and what waits for its time goes on."""
        await self._settle()
        self.kernel.finish()
        self._check()
        while unfinished(self.kernel):
            await self._settle()
            self.kernel.finish()
            self._check()
        await self._platform.halt()

    def _arrivals(self, place: int, source: str, values: Iterable[Any]) -> Iterator[tuple[int, int, str, Any, bool]]:
        """Time (ms), place of the input, source, value, and whether the value must arrive at exactly that time."""
        timestamp = self._timestamps.get(source)
        latest = 0
        for position, value in enumerate(values):
            read = timestamp if timestamp is not None else self.arrival
            if read is None:
                yield position, place, source, value, True
                continue
            time = recorded_time(read, value)
            latest = max(latest, time or 0)
            yield latest, place, source, value, timestamp is None or time is None

    async def _settle(self) -> None:
        await self._resolve_all()
        self._check()
        while hurry(self.kernel):
            await self._resolve_all()
            self._check()

    def _check(self) -> None:
        """An error that stops the graph ends the replay."""
        if self.kernel.stopped is not None:
            raise Stopped(self.kernel.stopped)

    async def _resolve_all(self) -> None:
        while calls := self.kernel.pending():
            results = await asyncio.gather(*(self._result(call) for call in calls))
            for call, (value, error) in zip(calls, results, strict=True):
                self.kernel.resolve(call.id, value, self._now, error=error)

    async def _result(self, call: Call) -> tuple[Any, BaseException | None]:
        reach.set(self._platform)
        return await outcome(call, call.timeout)


def _goes_by_the_clock(node: Node) -> bool:
    """Whether it matters to a node when packets arrive, apart from when sources fall silent."""
    if node.strategy == "retry":
        return True
    if node.family == "source":
        return node.options.get("timestamp") is None or node.options.get("dedupe_key") is not None
    return node.keeps_state and (node.is_async or node.family not in ("aggregate", "join"))


def recorded_time(timestamp: str | Callable[[Any], Any], value: Any) -> int | None:
    """Milliseconds; None where the value has no usable time: the kernel will say so."""
    try:
        return event_time(timestamp(value) if callable(timestamp) else field(value, timestamp))
    except Exception:
        return None


def _surroundings(service: dict[str, Any], clock: Callable[[], float], secrets: Mapping[str, str]) -> LocalPlatform:
    """What functions and lookups reach: the network, and what the graph has stored here when it ran."""
    file = own_file(service)
    tables = file if keeps_tables(service) else None
    stores = stand_ins(service, file, clock)
    return LocalPlatform(None, tables, bindings=stores, clock=clock, secret=LocalSecrets(secrets))
