"""The kernel against the rivals, workload by workload."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from bench.events import Event
from bench.lockstep import Engines, Stopwatch, run_in_lockstep
from bench.outputs import differences
from bench.rivals.bytewax_flows import BYTEWAXES
from bench.rivals.expert import EXPERTS
from bench.rivals.naive import NAIVES
from bench.rivals.reactivex_chains import REACTIVEXES
from bench.rivals.streamz_pipelines import STREAMZES
from bench.streamflow_kernel import Compiled, kernel_class, kernel_text
from bench.workloads import WORKLOADS, Workload

BASELINE = "hand-written loop"
STREAMFLOW = "streamflow -O2"
LIBRARIES: dict[str, Engines] = {"bytewax": BYTEWAXES, "streamz": STREAMZES, "reactivex": REACTIVEXES}


@dataclass(frozen=True)
class Measured:
    """One engine's CPU time (seconds) for a workload, and how many times that of the kernel at level 2 it is."""

    workload: Workload
    engine: str
    events: int
    seconds: float
    ratio: float


def measure(names: list[str], rounds: int) -> Iterator[Measured]:
    """Every engine over the named workloads. Raises AssertionError where two engines disagree about a result."""
    for workload in WORKLOADS:
        if workload.name in names:
            events = workload.make()
            compare(workload, events)
            feed, stopwatch, groups = workload.feed(events), Stopwatch(), _groups(workload)
            for turn in range(rounds):
                for group in groups:
                    run_in_lockstep(group, feed, stopwatch, turn)
            for name in (name for group in groups for name in group):
                ratio = stopwatch.ratio(name, STREAMFLOW)
                yield Measured(workload, name, len(events), stopwatch.seconds(name), ratio)


def compare(workload: Workload, events: list[Event]) -> None:
    """Every engine on these events, and all but libraries' on rough ones. Raises AssertionError where two disagree."""
    engines = {name: start for group in _groups(workload) for name, start in group.items()}
    strict = {name: start for name, start in engines.items() if name not in LIBRARIES}
    _compare(workload, workload.roughen(events), strict)
    _compare(workload, events, engines)


def _groups(workload: Workload) -> list[Engines]:
    """Which engines run in lockstep, those that work in `push`; where each holds much, none with another."""
    incremental, others = _incremental(workload), _others(workload)
    alone: list[Engines] = [{name: start} for name, start in others.items()]
    return (
        [*({name: start} for name, start in incremental.items()), *alone] if workload.apart else [incremental, *alone]
    )


def _incremental(workload: Workload) -> Engines:
    """Engines that work in `push`."""
    levels = {
        name: partial(Compiled, workload, kernel_class(kernel_text(workload, level)))
        for name, level in ((STREAMFLOW, 2), ("streamflow -O0", 0))
    }
    return {**levels, BASELINE: EXPERTS[workload.name]}


def _others(workload: Workload) -> Engines:
    """Engines of others. Each runs apart: what it holds, as those do that work in `finish`, must not be in the way."""
    made = {name: runs[workload.name] for name, runs in LIBRARIES.items() if workload.name in runs}
    return {"naive": NAIVES[workload.name], **made}


def _compare(workload: Workload, events: list[Event], engines: Engines) -> None:
    taken = {}
    feed = workload.feed(events)
    for name, start in engines.items():
        taken |= run_in_lockstep({name: start}, feed, Stopwatch())
    for name, found in taken.items():
        wrong = differences(workload, taken[BASELINE], found)
        assert not wrong, f"{workload.name}, {name}: {len(wrong)} differences, first {wrong[0]}"
