"""Deployment secrets on this machine: the process environment, else `.dev.vars` in the working folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


class LocalSecrets:
    """Callable as `Platform.secret`. `given` comes first; the file is read once, when it is first needed."""

    def __init__(self, given: Mapping[str, str] | None = None, folder: Path | None = None) -> None:
        self._given = dict(given or {})
        self._file = (folder or Path()) / ".dev.vars"
        self._from_file: dict[str, str] | None = None

    def __call__(self, name: str) -> str | None:
        if name in self._given:
            return self._given[name]
        if name in os.environ:
            return os.environ[name]
        if self._from_file is None:
            self._from_file = _read(self._file)
        return self._from_file.get(name)


def _read(file: Path) -> dict[str, str]:
    """`NAME=value` lines; quotes around a value and lines that start with # are not part of it."""
    if not file.is_file():
        return {}
    found = {}
    for line in file.read_text("utf-8").splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        value = value.strip()
        if equals and not name.startswith("#"):
            if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
                value = value[1:-1]
            found[name.strip()] = value
    return found
