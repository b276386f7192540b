"""The long form of one diagnostic."""

from __future__ import annotations

from typing import NamedTuple


class Explanation(NamedTuple):
    """`wrong` and `right` are short programs: whole graphs, or the nodes between a source and a sink."""

    title: str
    why: str
    wrong: str
    right: str

    def markdown(self) -> str:
        """Title, reason and examples, without a heading's mark."""
        language = "sh" if self.wrong.startswith("$ ") else "python"
        wrong, right = (f"```{language}\n{text.strip()}\n```" for text in (self.wrong, self.right))
        return f"{self.title}\n\n{self.why.strip()}\n\nWrong:\n\n{wrong}\n\nRight:\n\n{right}\n"
