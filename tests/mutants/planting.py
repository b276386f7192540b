"""The listed faults, and a copy of the project that has one of them."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
SOURCES = ("compiler", "runtime_stub", "codegen_templates", "tests")


@dataclass(frozen=True)
class Mutant:
    """In `file`, `old` stands once; the fault is `new` in its place. It is a matter of nodes of the kind `around`."""

    name: str
    file: str
    old: str
    new: str
    around: str = ""

    def plant(self, root: Path) -> None:
        """Put the fault into a copy of the project."""
        path = root / self.file
        path.write_text(path.read_text().replace(self.old, self.new))


def mutants() -> list[Mutant]:
    """All of them, in the order of the list."""
    listed = tomllib.loads((Path(__file__).parent / "mutants.toml").read_text())["mutant"]
    return [Mutant(**entry) for entry in listed]


@contextmanager
def copy_of_the_project() -> Iterator[Path]:
    """The folders that the fuzz needs, in a temporary folder."""
    with TemporaryDirectory(prefix="streamflow-mutant-") as folder:
        for source in SOURCES:
            shutil.copytree(ROOT / source, Path(folder) / source, ignore=shutil.ignore_patterns("__pycache__"))
        yield Path(folder)
