"""Asynchronous nodes: runs the calls that the kernel has parked and hands their results back, a batch at a time."""

from __future__ import annotations

import asyncio
from typing import Any

from streamflow_runtime.outside import reach
from streamflow_runtime.part import Commit, Part

TIMEOUT = 30.0


class Calls(Part):
    """The kernel lists what may run now, within each node's `concurrency`; calls lost in a restart are made again."""

    def start(self) -> None:
        self._kernel: Any = None
        self._running: set[Any] = set()
        self._finished: list[tuple[Any, Any, BaseException | None]] = []
        self._begin()

    def committed(self, commit: Commit) -> None:
        self._begin()

    def wake(self, now: float) -> None:
        self._begin()

    def _begin(self) -> None:
        kernel = self.shell.kernel
        if kernel is not self._kernel:  # loaded anew: what ran belongs to the kernel that was dropped
            self._kernel, self._running, self._finished = kernel, set(), []
        if self.shell.stopped:
            return
        for call in kernel.pending():
            if call.id not in self._running:
                self._running.add(call.id)
                self.shell.platform.spawn(self._run(kernel, call))

    async def _run(self, kernel: Any, call: Any) -> None:
        reach.set(self.shell.platform)  # of this task alone
        started = self.shell.platform.now()
        value, error = await outcome(call, call.timeout or TIMEOUT)
        self.shell.count_latency(call.node, started)
        if kernel is self._kernel:
            if not self._finished:
                self.shell.platform.call_later(0, self._resolve)
            self._finished.append((call.id, value, error))

    def _resolve(self) -> None:
        """One commit for all that has finished since the last one."""
        finished, self._finished = self._finished, []
        if not finished or self.shell.kernel is not self._kernel or self.shell.stopped:
            return

        def step(kernel: Any, now: float) -> None:
            for call, value, error in finished:
                kernel.resolve(call, value, now=None if self.shell.draining else now, error=error)

        self._running.difference_update(call for call, _, _ in finished)
        try:
            self.shell.run(step)
        except Exception as error:  # the calls are still parked in the committed state
            self.shell.log(f"calls not resolved: {error!r}")
            self.shell.platform.set_alarm(self.shell.platform.now() + 1)


async def outcome(call: Any, timeout: float | None) -> tuple[Any, BaseException | None]:
    """The result of a call, or its error: a TimeoutError after `timeout` seconds."""
    try:
        return await asyncio.wait_for(call.run(), timeout), None
    except TimeoutError as error:
        return None, error if str(error) else TimeoutError(f"no result within {timeout:g} s")
    except Exception as error:
        return None, error
