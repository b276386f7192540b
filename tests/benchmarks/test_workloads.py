"""What is measured is the same work: every engine gives what the hand-written loop gives, on few events."""

import pytest
from bench import kernels
from bench.rivals.expert import QuickStart
from bench.workloads import WORKLOADS, Workload


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)
def test_every_engine_gives_the_same(workload: Workload) -> None:
    kernels.compare(workload, workload.make(2000))


class Lossy(QuickStart):
    """Drops an event a batch."""

    def push(self, batch):
        super().push(batch[1:])


def test_an_engine_that_gives_something_else_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_start = WORKLOADS[0]
    monkeypatch.setitem(kernels.NAIVES, quick_start.name, Lossy)
    with pytest.raises(AssertionError, match="W1, naive: "):
        kernels.compare(quick_start, quick_start.make(2000))
