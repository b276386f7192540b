"""The listed refusals."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from mutants.planting import Mutant


@dataclass(frozen=True)
class Refusal:
    """In `file`, `old` stands once and is the refusal; `new` in its place goes on. Then `case` fails.

    A case is `pass: name`, one of tests/passes, or the id of a test.
    """

    file: str
    old: str
    new: str
    case: str

    @property
    def test(self) -> str:
        """The id of the test, from the folder of tests."""
        return self.case if "::" in self.case else f"passes/test_cases.py::test_case[{self.case}]"

    @property
    def mutant(self) -> Mutant:
        """The same as a fault that can be planted."""
        return Mutant(self.case, self.file, self.old, self.new)


def refusals() -> list[Refusal]:
    """All of them, in the order of the list."""
    listed = tomllib.loads((Path(__file__).parent / "refusals.toml").read_text())["refusal"]
    return [Refusal(**entry) for entry in listed]
