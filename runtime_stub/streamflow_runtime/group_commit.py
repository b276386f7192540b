"""Group commit: batches whose requests come at the same time share one transaction, and are answered after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from streamflow_runtime.decode import BadInput
from streamflow_runtime.part import Part

if TYPE_CHECKING:
    from streamflow_runtime.http import Request
    from streamflow_runtime.part import Commit
    from streamflow_runtime.shell import Shell

    Push = Callable[[Any, float], int]
    Remember = Callable[[Commit, int], None]

# A batch waits this long for others whose bodies are still coming, and not for more bytes than these.
PATIENCE = 0.001
MOST_BYTES = 1_000_000


class Batch:
    """One request's events; `push` and `remember` are what `Shell.run` takes."""

    error: Exception | None = None
    accepted = 0

    def __init__(self, push: Push, remember: Remember, source: str, arrived: float, id: str | None) -> None:
        self.push, self.remember, self.source, self.arrived, self.id = push, remember, source, arrived, id
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class GroupCommit(Part):
    """The batches that wait for their commit; admission finds it as `shell.group`."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        shell.group = self
        self._reading = 0
        self._waiting: list[Batch] = []
        self._bytes = 0

    async def read(self, request: Request, limit: int) -> bytes:
        """A request's body; batches that are there already wait a moment for it."""
        self._reading += 1
        try:
            return await request.body(limit)
        finally:
            self._reading -= 1

    def settle(self, id: str) -> None:
        """Commit what waits if a batch of that id is among it."""
        if any(batch.id == id for batch in self._waiting):
            self._flush()

    async def run(self, push: Push, remember: Remember, source: str, arrived: float, id: str | None, size: int) -> None:
        """As `Shell.run`, together with those that wait; at once where no other is coming."""
        if not self._reading and not self._waiting:
            self.shell.run(push, remember, source, arrived)
            return
        if not self._waiting:
            self.shell.platform.call_later(PATIENCE, self._flush)
        batch = Batch(push, remember, source, arrived, id)
        self._waiting.append(batch)
        self._bytes += size
        if not self._reading or self._bytes > MOST_BYTES:
            self._flush()
        await batch.done

    def _flush(self) -> None:
        batches, self._waiting, self._bytes = self._waiting, [], 0
        try:
            if batches:
                self._commit(batches)
        except Exception:
            for batch in batches:
                self._commit_alone(batch)
        for batch in batches:
            if batch.done.done():
                continue  # its client has gone
            if batch.error:
                batch.done.set_exception(batch.error)
            else:
                batch.done.set_result(None)

    def _commit(self, batches: list[Batch]) -> None:
        """In one transaction. Raises CommitFailed: nothing of any has happened."""

        def step(kernel: Any, now: float) -> list[Batch]:
            for batch in batches:
                try:
                    batch.accepted = batch.push(kernel, now)
                except BadInput as error:
                    batch.error = error
            if all(batch.error for batch in batches):
                raise BadInput
            return [batch for batch in batches if not batch.error]

        def prepare(commit: Commit, taken: list[Batch]) -> None:
            for batch in taken:
                batch.remember(commit, batch.accepted)

        try:
            for batch in self.shell.run(step, prepare, batches[0].source):
                self.shell.count_latency(batch.source, batch.arrived)
        except BadInput:
            pass  # each has its own

    def _commit_alone(self, batch: Batch) -> None:
        """So that none fails for another."""
        try:
            self.shell.run(batch.push, batch.remember, batch.source, batch.arrived)
        except Exception as error:
            batch.error = error
