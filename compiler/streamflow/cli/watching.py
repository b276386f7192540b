"""Notices changes of a program and of the modules beside it."""

from __future__ import annotations

import time
from pathlib import Path

INTERVAL_S = 0.25

Times = dict[Path, tuple[int, int]]


class Watch:
    """Compares modification times and sizes of the Python files in the program's folder with those seen last."""

    def __init__(self, file: str) -> None:
        self._path = program_path(file)
        self._seen = self._times()

    def changed(self) -> bool:
        """Whether there was a change since the last call, or since this object was made."""
        times = self._times()
        changed = times != self._seen
        self._seen = times
        return changed

    def wait(self) -> None:
        """Return at the next change."""
        while not self.changed():
            time.sleep(INTERVAL_S)

    def _times(self) -> Times:
        found: Times = {}
        for path in {self._path, *self._path.parent.glob("*.py")}:
            try:
                status = path.stat()
            except OSError:  # just being replaced
                continue
            found[path] = (status.st_mtime_ns, status.st_size)
        return found


def program_path(file: str) -> Path:
    """The path in FILE or FILE:NAME."""
    path, colon, name = file.rpartition(":")
    return Path(path if colon and name.isidentifier() and not Path(file).exists() else file)
