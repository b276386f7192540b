"""Measuring engines against each other on a noisy machine.

Engines take the same batch one after the other, in an order that alternates; of each batch, of `finish` and of `take`
the shortest CPU time over all rounds counts. A disturbance hits single batches of single rounds and falls out.
"""

import gc
from collections import defaultdict
from collections.abc import Callable, Mapping
from math import inf
from time import process_time
from typing import Any, Protocol

from bench.outputs import Outputs
from bench.workloads import Event, batches


class Engine(Protocol):
    """One run of a workload."""

    def push(self, batch: list[Event]) -> None: ...

    def finish(self) -> None: ...

    def take(self) -> Outputs: ...


Engines = Mapping[str, Callable[[], Engine]]


class Stopwatch:
    """The shortest CPU time (seconds) of each step of each engine."""

    def __init__(self) -> None:
        self._shortest: defaultdict[tuple[str, object], float] = defaultdict(lambda: inf)

    def time(self, engine: str, step: object, work: Callable[..., Any], *arguments: Any) -> Any:
        """Do one step of an engine."""
        start = process_time()
        result = work(*arguments)
        taken = process_time() - start
        self._shortest[engine, step] = min(self._shortest[engine, step], taken)
        return result

    def total(self, engine: str) -> float:
        """The sum over the engine's steps."""
        return sum(taken for (name, _), taken in self._shortest.items() if name == engine)


def run_in_lockstep(engines: Engines, events: list[Event], stopwatch: Stopwatch, turn: int = 0) -> dict[str, Outputs]:
    """One round. What each engine sent to its sinks; everything else that is alive stays out of garbage collection."""
    running = [(name, start()) for name, start in engines.items()]
    gc.collect()
    gc.freeze()
    for number, fresh in enumerate(zip(*(batches(events) for _ in running), strict=True), turn):
        turns = list(zip(running, fresh, strict=True))
        for (name, engine), batch in turns if number % 2 else reversed(turns):
            stopwatch.time(name, number - turn, engine.push, batch)
    taken = {}
    for name, engine in running if turn % 2 else reversed(running):
        stopwatch.time(name, "finish", engine.finish)
        taken[name] = stopwatch.time(name, "take", engine.take)
    gc.unfreeze()
    return taken
