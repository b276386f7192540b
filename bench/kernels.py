"""The kernel against the rivals, workload by workload."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from bench.lockstep import Engines, Stopwatch, run_in_lockstep
from bench.outputs import differences
from bench.rivals.bytewax_flows import BYTEWAXES
from bench.rivals.expert import EXPERTS
from bench.rivals.naive import NAIVES
from bench.rivals.reactivex_chains import REACTIVEXES
from bench.rivals.streamz_pipelines import STREAMZES
from bench.streamflow_kernel import Compiled, kernel_class, kernel_text
from bench.workloads import WORKLOADS, Event, Workload

BASELINE = "hand-written loop"
STREAMFLOW = "streamflow -O2"


@dataclass(frozen=True)
class Measured:
    """One engine's CPU time for a workload."""

    workload: Workload
    engine: str
    events: int
    seconds: float


def measure(names: list[str], rounds: int) -> Iterator[Measured]:
    """Every engine over the named workloads. Raises AssertionError where two engines disagree about a result."""
    for workload in WORKLOADS:
        if workload.name in names:
            events = workload.make()
            stopwatch = Stopwatch()
            incremental, others = _incremental(workload), _others(workload)
            _compare(workload, workload.roughen(events), {**incremental, "naive": others["naive"]})
            _compare(workload, events, {**incremental, **others})
            for turn in range(rounds):
                run_in_lockstep(incremental, events, stopwatch, turn)
                for name, start in others.items():
                    run_in_lockstep({name: start}, events, stopwatch, turn)
            for name in (*incremental, *others):
                yield Measured(workload, name, len(events), stopwatch.total(name))


def _incremental(workload: Workload) -> Engines:
    """Engines that work in `push`."""
    levels = {
        name: partial(Compiled, workload, kernel_class(kernel_text(workload, level)))
        for name, level in ((STREAMFLOW, 2), ("streamflow -O0", 0))
    }
    return {**levels, BASELINE: EXPERTS[workload.name]}


def _others(workload: Workload) -> Engines:
    """Engines of others. Each runs apart: what it holds, as those do that work in `finish`, must not be in the way."""
    libraries = {"bytewax": BYTEWAXES, "streamz": STREAMZES, "reactivex": REACTIVEXES}
    made = {name: runs[workload.name] for name, runs in libraries.items() if workload.name in runs}
    return {"naive": NAIVES[workload.name], **made}


def _compare(workload: Workload, events: list[Event], engines: Engines) -> None:
    taken = {}
    for name, start in engines.items():
        taken |= run_in_lockstep({name: start}, events, Stopwatch())
    for name, found in taken.items():
        wrong = differences(workload, taken[BASELINE], found)
        assert not wrong, f"{workload.name}, {name}: {len(wrong)} differences, first {wrong[0]}"
