"""The consumers of queues on this machine: what the platform's queues do for a deployed graph."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from streamflow.host.local_bindings import LocalBindings
from streamflow_runtime.part import Part
from streamflow_runtime.queue_source import consume

if TYPE_CHECKING:
    from streamflow_runtime.shell import Shell

AT_ONCE = 100
AFTER_FAILURE = 1.0


class LocalQueues(Part):
    """Hands messages over as they are due; those of a failed commit come again."""

    def __init__(self, shell: Shell, bindings: LocalBindings) -> None:
        super().__init__(shell)
        self._bindings = bindings
        sources = shell.service["sources"].items()
        self._queues = {source: options["binding"] for source, options in sources if options["type"] == "queue"}

    def start(self) -> None:
        self._bindings.sent = lambda: self.shell.platform.call_later(0, self._consume)
        self.shell.platform.call_later(0, self._consume)

    def deadline(self, now: float) -> float | None:
        times = [self._bindings.next_message(queue) for queue in self._queues.values()]
        return min((time for time in times if time is not None), default=None)

    def wake(self, now: float) -> None:
        self._consume()

    def _consume(self) -> None:
        for source, queue in self._queues.items():
            messages = [] if self.shell.stopped else self._bindings.messages(queue, AT_ONCE)
            if messages:
                try:
                    wait = float(consume(self.shell, source, json.dumps([message[1:] for message in messages])))
                except Exception as error:
                    self.shell.log(f"{source}: {error!r}")
                    wait = AFTER_FAILURE
                self._bindings.settle([number for number, _, _ in messages], wait)
                if not wait:
                    self.shell.platform.call_later(0, self._consume)
        if not self.shell.stopped:
            self.shell.schedule()
