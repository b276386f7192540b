"""A run of a kernel that can be told again: every call that changed it is kept, with what it was given."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from streamflow_runtime.hurrying import hurry
from streamflow_runtime.kernel import Kernel
from streamflow_runtime.stage import Call

Action = Callable[[Kernel], Any]


class Recording:
    """Does to `kernel` what a host does. Values are copied: the kernel may change what it is given."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self._actions: list[Action] = []

    def push(
        self,
        source: str,
        values: list[Any],
        now: float,
        metadata: dict[str, Any] | None = None,
        timestamp: float | None = None,
    ) -> None:
        """A batch."""
        values, metadata = copy.deepcopy(values), copy.deepcopy(metadata)
        self._do(lambda kernel: kernel.push(source, copy.deepcopy(values), now, copy.deepcopy(metadata), timestamp))

    def advance(self, now: float) -> None:
        """Time passes."""
        self._do(lambda kernel: kernel.advance(now))

    def next_deadline(self) -> float | None:
        """When time alone will have an effect."""
        return self.kernel.next_deadline()

    def pending(self) -> Sequence[Call]:
        """Calls that may run now."""
        return self.kernel.pending()

    def resolve(self, id: str, value: Any, now: float, error: BaseException | None = None) -> None:
        """The result of a call."""
        value = copy.deepcopy(value)
        self._do(lambda kernel: kernel.resolve(id, copy.deepcopy(value), now, error))

    def hurry(self) -> bool:
        """The clock jumps to where the next packet that waits for it goes on; False if there is none."""
        return bool(self._do(hurry))

    def go_on(self, now: float, skip: bool) -> None:
        """After an error has stopped it, it goes on."""
        self._do(lambda kernel: kernel.go_on(now, skip))  # type: ignore[attr-defined]

    def finish(self) -> None:
        """The end of input."""
        self._do(lambda kernel: kernel.finish())

    def sink_failed(self, sink: str, data: Any, failure: dict[str, Any], now: float) -> bool:
        """What reached a sink could not be delivered."""
        data = copy.deepcopy(data)
        return bool(self._do(lambda kernel: kernel.sink_failed(sink, copy.deepcopy(data), failure, now)))

    def note(self, action: Callable[[], Any]) -> None:
        """Something outside the kernel happens here, now and whenever the run is told again."""
        self._do(lambda kernel: action())

    def replayed(self, kernel: Kernel) -> str:
        """Do the same to another kernel; says why where that broke off."""
        for action in self._actions:
            try:
                action(kernel)
            except Exception as error:
                return f"{type(error).__name__}: {error}"
        return ""

    def _do(self, action: Action) -> Any:
        self._actions.append(action)
        return action(self.kernel)
