"""The states of a stateful map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from typing import TYPE_CHECKING, Any

from streamflow_runtime.isolation import copy_of
from streamflow_runtime.keyed_state import KeyedState
from streamflow_runtime.keys import id_part
from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Source, Stage

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel

Stepped = tuple[Any, Any]


class States(KeyedState):
    """`function(state, data)` gives the next state and the output; `mutates`: it may change the state in place.

    States that lie here are never changed, so an output may share values with them. `initial` is a value or makes one.
    `ttl` in ms; `on_expire(state, key)` gives what `function` does, and its output goes to `after`.
    """

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        upstream: Sequence[Source | Stage],
        function: Callable[..., Stepped],
        initial: Any = None,
        mutates: bool = False,
        ttl: int | None = None,
        on_expire: Callable[[Any, Any], Stepped] | None = None,
        after: Callable[[Packet], None] | None = None,
    ) -> None:
        super().__init__(kernel, name, upstream)
        self.function, self.initial, self.mutates = function, initial, mutates
        self.ttl, self.on_expire, self.after = ttl, on_expire, after or kernel.nowhere

    def step(self, key: Any, *values: Any) -> Any:
        """The output for the data, and perhaps the packet, in `values`. Where it raises, the state is as before."""
        if self.ttl is not None and self.on_expire is None:
            self.forget_until(self.kernel.lapsed - self.ttl)
        cell = self.cells.get(key)
        if cell is not None:
            state = cell.value
        else:
            self.check_room()
            state = self.initial() if callable(self.initial) else self.initial
        if self.mutates:
            state = copy_of(state)
        return self._keep(key, self.function(state, *values))

    def wakes_at(self) -> float:
        if self.on_expire is None or self.ttl is None or not self.cells:
            return inf
        return next(iter(self.cells.values())).at + self.ttl

    def wake(self, moment: int) -> None:
        """States whose `ttl` has passed expire, those written longest ago first."""
        while self.wakes_at() <= moment:
            cell = next(iter(self.cells.values()))
            expired = Packet(None, moment, self.name, f"{id_part(cell.key)}:{moment}", "", {})
            expired.key = cell.key
            assert self.on_expire is not None
            try:
                expired.data = self._keep(cell.key, self.on_expire(copy_of(cell.value), cell.key))
            except Exception as error:
                self.write(cell.key, cell.value)
                expired.data = {"key": cell.key, "state": cell.value}
                self.kernel.fail(self.name, error, expired)
                continue
            if expired.data is not None:
                self.kernel.counts[self.name] += 1
                self.after(expired)

    def _keep(self, key: Any, made: Any) -> Any:
        """Keep the next state; give the output."""
        if type(made) is not tuple or len(made) != 2:
            raise TypeError(f"the function of a stateful map returns (state, output), not {type(made).__name__}")
        state, output = made
        if state is None:
            self.forget(key)
        else:
            self.write(key, state)
        return output
