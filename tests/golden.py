"""Golden texts: whole files, and sections of `.test` files.

A `.test` file holds cases: `[case NAME]`, the input, then sections such as `[out]`. `--update-golden` rewrites what
differs and nothing else; it refuses where CI is set. A missing text fails with the text and the command that writes it.
"""

import os
import re
from dataclasses import dataclass
from difflib import ndiff
from pathlib import Path

import pytest

HEADING = re.compile(r"^\[([a-z]+)(?: ([^\]\n]+))?\]\n", re.MULTILINE)


@dataclass
class Case:
    """One case of a `.test` file: its sections by heading, `case` being the input."""

    file: Path
    name: str
    sections: dict[str, str]

    def __str__(self) -> str:
        return f"{self.file.stem}: {self.name}"


def cases_of(file: Path) -> list[Case]:
    """The cases of a file, in order. A name that is used twice is an error."""
    cases: list[Case] = []
    for heading, name, body in _parts(file.read_text()):
        if heading == "case":
            assert name and name not in [case.name for case in cases], f"{file}: case {name!r} twice or without a name"
            cases.append(Case(file, name, {"case": body}))
        else:
            key = f"{heading} {name}".strip()
            assert cases and key not in cases[-1].sections, f"{file}: section [{key}] twice or before a case"
            cases[-1].sections[key] = body
    return cases


class Golden:
    """What the `golden` fixture gives: compare with a kept text, or keep it."""

    def __init__(self, update: bool, test: str) -> None:
        self._update = update
        self._test = test

    def file(self, path: Path, text: str) -> None:
        """A file holds exactly this text."""
        self._compare(path.read_text() if path.exists() else None, text, path, lambda: path.write_text(text))

    def section(self, case: Case, heading: str, text: str) -> None:
        """A section of a case holds this text; blank lines around it don't count. An empty one waits for its text."""
        text = text.strip("\n") + "\n"
        kept = case.sections.get(heading)
        known = None if kept is None else kept.strip("\n") + "\n"
        if known == "\n" != text:
            known = None
        self._compare(known, text, case.file, lambda: _rewrite(case, heading, text))

    def _compare(self, known, text, path, write) -> None:
        if known == text:
            return
        if self._update:
            if os.environ.get("CI"):
                pytest.fail("--update-golden is refused where CI is set")
            write()
            return
        command = f"pytest {self._test!r} --update-golden"
        if known is None:
            message = f"{path} has no golden text for this. It would be:\n\n{text}\nTo keep it: {command}"
            pytest.fail(message, pytrace=False)
        difference = "".join(ndiff(_lines(known), _lines(text)))
        message = f"differs from {path} (- kept, + now):\n\n{difference}\nIf the new text is right: {command}"
        pytest.fail(message, pytrace=False)


def _lines(text: str) -> list[str]:
    return [line + "\n" for line in text.split("\n")]


def _rewrite(case: Case, heading: str, text: str) -> None:
    """Replace or append one section of one case; every other byte of the file stays."""
    written: list[str] = []
    current, seen = "", set()
    for part, name, body in _parts(case.file.read_text()):
        if part == "case":
            if current == case.name and heading not in seen:
                written.append(f"[{heading}]\n{text}\n")
            current, seen = name, set()
        seen.add(part)
        mine = current == case.name and part == heading
        written.append(f"[{part}{' ' + name if name else ''}]\n{text + chr(10) if mine else body}")
    if current == case.name and heading not in seen:
        written.append(f"{'' if written[-1].endswith(chr(10) * 2) else chr(10)}[{heading}]\n{text}\n")
    case.file.write_text("".join(written).rstrip("\n") + "\n")


def _parts(text: str) -> list[tuple[str, str, str]]:
    headings = list(HEADING.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    return [(match[1], match[2] or "", text[match.end() : end]) for match, end in zip(headings, ends, strict=True)]
