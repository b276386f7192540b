"""Tumbling windows that hold figures by key."""

from __future__ import annotations

from typing import Any

from streamflow_runtime.at_once import FoundAtOnce
from streamflow_runtime.tumbling import TumblingWindows


class KeyedTumbling(FoundAtOnce, TumblingWindows):
    """Made with what those windows are made with."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.width = self.size
        self._found = {}

    def at(self, time: int, key: Any = None) -> Any:
        held = super().at(time, key)
        if held is not None:
            self.find(self.last_end, key, held)
        return held

    def fire(self, end: float) -> None:
        for due in [each for each in self._found if each <= end]:
            self.hide(due)
        super().fire(end)
