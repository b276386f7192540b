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
    """How many times faster a workload is for a pass; None where the kernel is the same without it."""

    workload: Workload
    left_out: str
    ratio: float | None

    @property
    def gain(self) -> str:
        """What the table says."""
        return "the same kernel" if self.ratio is None else f"{self.ratio:.2f}x"


def contributions(workloads: list[str], passes: list[str], rounds: int) -> Iterator[Contribution]:
    """Of these passes, workload by workload. Raises AssertionError where results differ without one."""
    for workload in WORKLOADS:
        if workload.name in workloads:
            yield from _of(workload, passes, rounds)


def _of(workload: Workload, passes: list[str], rounds: int) -> Iterator[Contribution]:
    feed, stopwatch = workload.feed(workload.make()), Stopwatch()
    whole = kernel_text(workload, 2)
    texts = {name: kernel_text(workload, 2, without=(name,)) for name in passes}
    changed = {name: text for name, text in texts.items() if text != whole}
    engines: Engines = {
        name: partial(Compiled, workload, kernel_class(text)) for name, text in {_ALL: whole, **changed}.items()
    }
    groups = [{name: start} for name, start in engines.items()] if workload.apart else [engines]
    for turn in range(rounds):
        taken = {}
        for group in groups:
            taken |= run_in_lockstep(group, feed, stopwatch, turn)
        for name, found in taken.items():
            assert not differences(workload, taken[_ALL], found), f"{workload.name} differs without {name}"
    for name in passes:
        yield Contribution(workload, name, stopwatch.ratio(name, _ALL) if name in changed else None)
