"""Asynchronous nodes with the strategy `stop`: a call that fails stops the kernel, and is made again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streamflow_runtime.parked import Parked

if TYPE_CHECKING:
    from streamflow_runtime.stopping_kernel import StoppingKernel


class StoppingCalls(Parked):
    """The packet keeps its place among those that wait."""

    kernel: StoppingKernel

    def resolve(self, number: int, value: Any, error: BaseException | None) -> None:
        if error is None:
            super().resolve(number, value, error)
        elif self._is_made(number):
            self.kernel.call_failed(self.name, number, self.waiting[number].id, error)
        else:
            raise KeyError(f"{self.name}:{number}")

    def give_up(self, number: int, error: BaseException) -> None:
        """The call counts as failed."""
        super().resolve(number, None, error)
