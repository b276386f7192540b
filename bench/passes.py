"""What each pass contributes: level 2 against level 2 without it, side by side."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from bench.lockstep import Engines, Stopwatch, run_in_lockstep
from bench.outputs import differences
from bench.streamflow_kernel import Compiled, kernel_class, kernel_text
from bench.workloads import WORKLOADS, Workload

_ALL = "with all passes"


@dataclass(frozen=True)
class Contribution:
    """CPU time (seconds) of a workload with all passes, and without one; None where the kernel is the same."""

    workload: Workload
    left_out: str
    events: int
    whole: float
    without: float | None

    @property
    def gain(self) -> str:
        """How many times faster the workload is for the pass."""
        return "the same kernel" if self.without is None else f"{self.without / self.whole:.2f}x"


def contributions(workloads: list[str], passes: list[str], rounds: int) -> Iterator[Contribution]:
    """Of these passes, workload by workload. Raises AssertionError where results differ without one."""
    for workload in WORKLOADS:
        if workload.name in workloads:
            yield from _of(workload, passes, rounds)


def _of(workload: Workload, passes: list[str], rounds: int) -> Iterator[Contribution]:
    events, stopwatch = workload.make(), Stopwatch()
    whole = kernel_text(workload, 2)
    texts = {name: kernel_text(workload, 2, without=(name,)) for name in passes}
    changed = {name: text for name, text in texts.items() if text != whole}
    engines: Engines = {
        name: partial(Compiled, workload, kernel_class(text)) for name, text in {_ALL: whole, **changed}.items()
    }
    for turn in range(rounds):
        taken = run_in_lockstep(engines, events, stopwatch, turn)
        for name, found in taken.items():
            assert not differences(workload, taken[_ALL], found), f"{workload.name} differs without {name}"
    seconds = stopwatch.total(_ALL)
    for name in passes:
        yield Contribution(workload, name, len(events), seconds, stopwatch.total(name) if name in changed else None)
