"""Reads a page: text, a list of what options and outputs mean, an example.

A line ``- `name`: meaning`` is about an option, ``- `.name`: meaning`` about an output; ``- `name` (type): meaning``
also says what to call the option's type. A heading says how the constructor is called where that isn't plain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ITEM = re.compile(r"^- `(?P<name>\.?\w+)`(?: \((?P<type>[^)]*)\))?: (?P<meaning>.*(?:\n {2}.*)*)", re.MULTILINE)
_EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"\A# (.*)\n+")


@dataclass(frozen=True)
class Page:
    """`items` is what each option, and each output with a dot before its name, means."""

    call: str
    summary: str
    text: str
    items: dict[str, str]
    types: dict[str, str]
    example: str


def page_of(markdown: str) -> Page:
    """The parts of a page. The summary is the first sentence of its text."""
    heading = _HEADING.match(markdown)
    example = _EXAMPLE.search(markdown)
    items = list(_ITEM.finditer(markdown))
    text = _EXAMPLE.sub("", _ITEM.sub("", _HEADING.sub("", markdown)))
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    first = " ".join(paragraphs[0].split()) if paragraphs else ""
    return Page(
        heading[1].strip() if heading else "",
        re.split(r"(?<=[.!?]) ", first)[0],
        "\n\n".join(paragraphs),
        {item["name"]: " ".join(item["meaning"].split()) for item in items},
        {item["name"]: item["type"] for item in items if item["type"]},
        example[1].strip() if example else "",
    )
