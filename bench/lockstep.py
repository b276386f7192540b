"""Measuring engines against each other on a noisy machine.

Engines take the same step one after the other, in an order that alternates. A round's ratio of two engines compares
what they took within seconds of each other, and the median over rounds leaves out rounds that were disturbed.
"""

import gc
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from statistics import median
from time import process_time
from typing import Any, Protocol

from bench.outputs import Outputs
from bench.workloads import Inputs


class Engine(Protocol):
    """One run of a workload."""

    def push(self, given: Any) -> None: ...

    def finish(self) -> None: ...

    def take(self) -> Outputs: ...


Engines = Mapping[str, Callable[[], Engine]]


class Stopwatch:
    """The CPU time (seconds) of each engine in each round."""

    def __init__(self) -> None:
        self._rounds: defaultdict[str, defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))

    def time(self, engine: str, turn: int, work: Callable[..., Any], *arguments: Any) -> Any:
        """Do a part of an engine's work in a round."""
        start = process_time()
        result = work(*arguments)
        self._rounds[engine][turn] += process_time() - start
        return result

    def seconds(self, engine: str) -> float:
        """The median over the rounds."""
        return median(self._rounds[engine].values())

    def ratio(self, engine: str, to: str) -> float:
        """How many times what the other takes this one takes: the median over the rounds that both ran in."""
        mine, others = self._rounds[engine], self._rounds[to]
        return median(mine[turn] / others[turn] for turn in mine)


def run_in_lockstep(
    engines: Engines, feed: Callable[[], Iterator[Inputs]], stopwatch: Stopwatch, turn: int = 0
) -> dict[str, Outputs]:
    """One round. What each engine sent to its sinks; everything else that is alive stays out of garbage collection."""
    running = [(name, start()) for name, start in engines.items()]
    gc.collect()
    gc.freeze()
    for number, fresh in enumerate(zip(*(feed() for _ in running), strict=True), turn):
        turns = list(zip(running, fresh, strict=True))
        for (name, engine), inputs in turns if number % 2 else reversed(turns):
            stopwatch.time(name, turn, _push_all, engine, inputs)
    taken = {}
    for name, engine in running if turn % 2 else reversed(running):
        stopwatch.time(name, turn, engine.finish)
        taken[name] = stopwatch.time(name, turn, engine.take)
    gc.unfreeze()
    return taken


def _push_all(engine: Engine, inputs: Inputs) -> None:
    push = engine.push
    for given in inputs:
        push(given)
