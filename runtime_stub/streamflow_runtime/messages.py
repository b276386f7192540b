"""WebSocket messages as one push: each is an event, an array or NDJSON; one that does not parse hurts no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from json import dumps
from typing import TYPE_CHECKING, Any

from streamflow_runtime.decode import BadInput, Decoder, decode, decoder_of

if TYPE_CHECKING:
    from streamflow_runtime.part import Commit

Malformed = list[tuple[int, str]]


def push_messages(
    kernel: Any, source: str, texts: Sequence[str | bytes], now: float, limits: Mapping[str, int]
) -> tuple[int, Malformed]:
    """The number of events, and position and error of every malformed message. Each is a batch within the limits."""
    decoder = decoder_of(kernel, source)
    if (
        decoder is decode
        and len(texts) > 1
        and all(isinstance(text, str) and text[:1] == "{" and text[-1:] == "}" for text in texts)
    ):
        # Two of these can't make up one value, so together they are the NDJSON that they are alone.
        try:
            values = _values("\n".join(texts), limits, decode)  # type: ignore[arg-type]
            kernel.push(source, values, now)
            return len(values), []
        except (BadInput, UnicodeEncodeError):
            pass
    events = 0
    malformed: Malformed = []
    for position, text in enumerate(texts):
        try:
            values = _values(text, limits, decoder)
            kernel.push(source, values, now)
            events += len(values)
        except (BadInput, UnicodeEncodeError) as error:
            malformed.append((position, str(error)))
    return events, malformed


def _values(text: str | bytes, limits: Mapping[str, int], decoder: Decoder) -> list[Any]:
    body = text.encode() if isinstance(text, str) else text
    if len(body) > limits["body"]:
        raise BadInput(f"more than {limits['body']} bytes")
    values = decoder(body, limits["nesting"])
    if len(values) > limits["batch"]:
        raise BadInput(f"more than {limits['batch']} events")
    return values


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
