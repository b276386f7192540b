"""The progress of a replay on a terminal: bytes read, events, and their rate."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

_INTERVAL_S = 0.1


class Progress:
    """A bar on standard error if that is a terminal, else nothing. `total`: bytes to read, None if not known."""

    def __init__(self, total: int | None) -> None:
        console = Console(stderr=True)
        columns = (
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[events]:,} events"),
            TextColumn("{task.fields[rate]:,.0f}/s"),
            TimeElapsedColumn(),
        )
        self._bar = Bar(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task("", total=total, events=0, rate=0.0)
        self._events = self._read = 0
        self._started = self._shown = time.perf_counter()

    def read(self, size: int) -> None:
        """So many bytes more were read."""
        self._read += size

    def events(self, number: int) -> None:
        """So many events more went through."""
        self._events += number
        now = time.perf_counter()
        if now - self._shown >= _INTERVAL_S:
            self._shown = now
            rate = self._events / (now - self._started)
            self._bar.update(self._task, completed=self._read, events=self._events, rate=rate)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
