"""The alarms of a hysteresis node: a row for each key whose alarm is on."""

from __future__ import annotations

from typing import Any

from streamflow_runtime.keyed_state import KeyedState


class Hysteresis(KeyedState):
    """`on` and `off` are the values at which an alarm comes and ends."""

    def __init__(self, *node: Any, on: float, off: float, into: str) -> None:
        super().__init__(*node)
        self.on, self.off, self.into = on, off, into

    def step(self, key: Any, value: Any, data: dict[str, Any]) -> dict[str, Any] | None:
        """The data at which the alarm comes or ends, None where nothing changes."""
        is_on = key in self.cells
        threshold = self.off if is_on else self.on
        beyond = value <= threshold if (self.on > self.off) == is_on else value >= threshold
        if not beyond:
            return None
        changed = {**data, self.into: not is_on}
        if is_on:
            self.forget(key)
        else:
            self.check_room()
            self.write(key, True)
        return changed
