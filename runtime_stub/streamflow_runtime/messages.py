"""WebSocket messages as one push: each is an event, an array or NDJSON; one that does not parse hurts no other."""

from __future__ import annotations

from collections.abc import Sequence
from json import dumps
from typing import TYPE_CHECKING, Any

from streamflow_runtime.decode import BadInput

if TYPE_CHECKING:
    from streamflow_runtime.part import Commit

Malformed = list[tuple[int, str]]


def push_messages(kernel: Any, source: str, texts: Sequence[str | bytes], now: float) -> tuple[int, Malformed]:
    """The number of events, and position and error of every malformed message."""
    if len(texts) > 1 and all(isinstance(text, str) and text[:1] == "{" and text[-1:] == "}" for text in texts):
        # Two of these can't make up one value, so together they are the NDJSON that they are alone.
        try:
            return kernel.push_json(source, "\n".join(texts).encode(), now), []  # type: ignore[arg-type]
        except ValueError:
            pass
    events = 0
    malformed: Malformed = []
    for position, text in enumerate(texts):
        try:
            events += kernel.push_json(source, text.encode() if isinstance(text, str) else text, now)
        except (BadInput, UnicodeEncodeError) as error:
            malformed.append((position, str(error)))
    return events, malformed


def note_malformed(
    commit: Commit, meta: dict[str, Any], source: str, texts: Sequence[str | bytes], malformed: Malformed
) -> None:
    """Count malformed messages and keep them as dead letters."""
    if malformed:
        commit.meta[f"malformed/{source}"] = meta.get(f"malformed/{source}", 0) + len(malformed)
    for position, error in malformed:
        text = texts[position]
        shown = text if isinstance(text, str) else text.decode(errors="replace")
        commit.letters.append((source, dumps(shown), error, 1, None))
