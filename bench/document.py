"""Tables of a document that a benchmark writes: each between two markers that name it."""

import re
from collections.abc import Sequence
from pathlib import Path

DOCUMENT = Path(__file__).parent.parent / "docs" / "performance.md"


def write_table(name: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Put a table between the document's markers of that name, and give its text."""
    lines = [header, ["---", *("---:" for _ in header[1:])], *rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    text = DOCUMENT.read_text(encoding="utf-8")
    pattern = re.compile(f"({re.escape(begin)}).*?({re.escape(end)})", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"{DOCUMENT} has no markers {begin} and {end}")
    DOCUMENT.write_text(pattern.sub(lambda found: f"{found[1]}\n{table}\n{found[2]}", text), encoding="utf-8")
    return table
