"""What reached a sink, as a list that can explain itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streamflow.testing.stream import TestStream


class Outputs(list[Any]):
    """The data of a sink's packets. Where `==` fails in an assert of pytest, the message shows why."""

    def __init__(self, stream: TestStream, sink: str, data: Sequence[Any]) -> None:
        super().__init__(data)
        self._stream, self._sink = stream, sink

    def explain(self, expected: Sequence[Any]) -> str:
        """What differs from the expected outputs, and the paths of the packets in question."""
        return self._stream.explain(self._sink, expected)
