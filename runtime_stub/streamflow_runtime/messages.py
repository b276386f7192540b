"""WebSocket messages as one push: each is an event, an array or NDJSON; one that does not parse hurts no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from json import dumps
from os import urandom
from typing import TYPE_CHECKING, Any

from streamflow_runtime.decode import BadInput, Decoder, decode, decoder_of
from streamflow_runtime.part import Letter

if TYPE_CHECKING:
    from streamflow_runtime.part import Commit

Malformed = list[tuple[int, str]]


def push_messages(
    kernel: Any,
    source: str,
    texts: Sequence[str | bytes],
    now: float,
    limits: Mapping[str, int],
    metadata: dict[str, Any] | None = None,
) -> tuple[int, Malformed]:
    """The number of events, and position and error of every malformed message. Each is a batch within the limits."""
    decoder = decoder_of(kernel, source)
    events = _values_of_all(texts, limits) if decoder is decode and len(texts) > 1 else None
    malformed: Malformed = []
    if events is None:
        events = []
        for position, text in enumerate(texts):
            try:
                events += _values(text, limits, decoder)
            except (BadInput, UnicodeEncodeError) as error:
                malformed.append((position, str(error)))
    if events:
        kernel.push(source, events, now, metadata)
    return len(events), malformed


def _values_of_all(texts: Sequence[str | bytes], limits: Mapping[str, int]) -> list[Any] | None:
    """The events of messages that are an object each, decoded as one array; None where they are not just that.

    Between them stands a text that nobody can guess, which shows that each is a value by itself.
    """
    objects = [text for text in texts if isinstance(text, str) and text[:1] == "{" and text[-1:] == "}"]
    if len(objects) < len(texts):
        return None
    mark = urandom(8).hex()
    between = f',"{mark}",'
    try:
        values = _values(f"[{between.join(objects)}]", {**limits, "batch": limits["batch"] * 2}, decode)
    except (BadInput, UnicodeEncodeError):
        return None
    events = values[::2]
    return events if len(values) == 2 * len(texts) - 1 and values[1::2] == [mark] * (len(texts) - 1) else None


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
        commit.letters.append(Letter(source, dumps(shown), error))
