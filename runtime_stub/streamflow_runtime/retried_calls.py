"""Asynchronous nodes with the strategy `retry`: a call that failed is made again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from itertools import islice
from math import inf
from typing import TYPE_CHECKING, Any

from streamflow_runtime.attempts import fail_after
from streamflow_runtime.backoff import delay_before
from streamflow_runtime.codec import dumps
from streamflow_runtime.packet import Packet
from streamflow_runtime.parked import Parked
from streamflow_runtime.stage import Row

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel

TRIES = "tries"  # in place of a window in the rows that hold them


class RetriedCalls(Parked):
    """`tries` has, by number, how many tries of a call have failed, and when (ms) the next one is due, if it waits."""

    def __init__(
        self,
        kernel: Kernel,
        *settings: Any,
        max_retries: int = 3,
        backoff_multiplier: float = 2.0,
        initial_delay: int = 1000,
        max_delay: int = 60_000,
        jitter: float = 0.1,
        **more: Any,
    ) -> None:
        super().__init__(kernel, *settings, **more)
        self.max_retries = max_retries
        self.policy = initial_delay, backoff_multiplier, max_delay, jitter
        self.tries: dict[int, tuple[int, int | None]] = {}
        self.due: list[tuple[int, int]] = []
        self._changed_tries: set[int] = set()

    def resolve(self, number: int, value: Any, error: BaseException | None) -> None:
        failed, _ = self.tries.get(number, (0, None))
        if error is None or failed == self.max_retries or not self._is_made(number):
            super().resolve(number, value, error)
            return
        assert self.kernel.clock is not None
        delay = delay_before(failed + 1, self.waiting[number].id, *self.policy)
        self._note(number, failed + 1, self.kernel.clock + delay)

    def fail(self, number: int, error: BaseException, packet: Packet) -> None:
        failed, _ = self.tries.get(number, (0, None))
        fail_after(failed + 1, self.kernel, self.kernel.fail, self.name, error, packet)

    def wakes_at(self) -> float:
        return self.due[0][0] if self.due else inf

    def parked_until(self) -> float:
        return self.wakes_at()

    def wake(self, moment: int) -> None:
        while self.wakes_at() <= moment:
            number = heappop(self.due)[1]
            if number in self.tries:  # it may have been dropped
                self.kernel.left[f"{self.name} retried"] += 1
                self._note(number, self.tries[number][0], None)

    def changes(self) -> Iterator[Row]:
        yield from super().changes()
        changed, self._changed_tries = self._changed_tries, set()
        for number in sorted(changed):
            yield self._tries_row(number)

    def rows(self) -> Iterator[Row]:
        yield from super().rows()
        yield from map(self._tries_row, self.tries)

    def load(self, rows: Iterable[tuple[str, str, int, Any]]) -> None:
        rows = list(rows)
        super().load(row for row in rows if row[1] != TRIES)
        for _, window, number, value in rows:
            if window == TRIES:
                self._note(number, *value)
        self._changed_tries.clear()

    def _running(self) -> Iterator[int]:
        """A call that waits for its time lets another one run."""
        ready = (number for number in self.open if self.tries.get(number, (0, None))[1] is None)
        return islice(ready, self.concurrency)

    def _is_made(self, number: int) -> bool:
        """An earlier call whose time has come since may have taken its place among those that may run."""
        return number in self.open and self.tries.get(number, (0, None))[1] is None

    def _remove(self, number: int) -> None:
        super()._remove(number)
        if self.tries.pop(number, None) is not None:
            self._changed_tries.add(number)

    def _note(self, number: int, failed: int, due: int | None) -> None:
        self.tries[number] = failed, due
        self._changed_tries.add(number)
        if due is not None:
            heappush(self.due, (due, number))

    def _tries_row(self, number: int) -> Row:
        text = dumps(list(self.tries[number])) if number in self.tries else None
        return self.name, "", TRIES, number, text
