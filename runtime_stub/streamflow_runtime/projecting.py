"""Typed decoding: of a source's JSON only what the graph reads becomes objects; the standard decoder has the last word.

A faster decoder is given with the records that it makes. What it refuses is decoded again as it always is, so results
are the same for every input.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from streamflow_runtime.decode import check_nesting, decode, may_be_huge
from streamflow_runtime.kernel import Kernel

TypedRunner = Callable[[list[Any], dict[str, Any], "Whole"], None]


class Projecting(Kernel):
    """A kernel some of whose sources have a faster decoder for `push_json`."""

    projections: ClassVar[dict[str, Projection]] = {}  # by source

    def __init__(self, secrets: Any = None) -> None:
        self.typed: dict[str, TypedRunner] = {}  # what runs batches of typed records, by source
        super().__init__(secrets)

    def push_json(self, source: str, body: bytes, now: float, metadata: dict[str, Any] | None = None) -> int:
        """See `Kernel.push_json`."""
        projection = self.projections.get(source)
        records = None if projection is None else projection.records(body, self.nesting)
        if projection is None or records is None:
            return super().push_json(source, body, now, metadata)
        if source in self.typed:
            self.advance(now)
            whole = Whole(projection.record, body, self.nesting, self.sources[source].admitted)
            self.typed[source](records, metadata or {}, whole)
        else:
            self.push(source, records, now, metadata)
        return len(records)


class Projection:
    """How a source's bytes become records of a type, dicts as they are. `decoder(type).decode` reads bytes."""

    def __init__(self, decoder: Callable[[Any], Any], record: Any = dict) -> None:
        self.record = record
        self._array = decoder(list if record is dict else list[record]).decode
        self._object = decoder(record).decode

    def records(self, body: bytes, nesting: int) -> list[Any] | None:
        """The records of an array, an object or NDJSON of objects; None where the standard decoder is to decide.

        Raises BadInput where values nest too deep, for no decoder must ever meet them.
        """
        check_nesting(body, nesting)
        if may_be_huge(body):  # also in a field that is skipped
            return None
        try:
            if not body.isascii():
                body.decode()  # text that is skipped is not looked at otherwise
            if body[:1] == b"[":
                array: list[Any] = self._array(body)
                return array
            return [self._object(line) for line in body.split(b"\n") if line.strip(b" \t\r")] or None
        except Exception:  # whatever it is, the standard decoder finds it too, or knows better
            return None


class Whole:
    """The records of a batch as they came; all are decoded when the first is asked for, which is rare."""

    def __init__(self, record: Any, body: bytes, nesting: int, first: int) -> None:
        self._record, self._body, self._nesting, self._first = record, body, nesting, first
        self._records: list[Any] | None = None

    def __call__(self, data: Any, number: int) -> Any:
        """What stands for `data`, which is the typed record of that number, or something that was made of it."""
        if type(data) is not self._record:
            return data
        if self._records is None:
            self._records = decode(self._body, self._nesting)
        return self._records[number - self._first]
