"""A `TestStream` without `await`: for tests that are no coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streamflow.testing.fakes import Request
    from streamflow.testing.outputs import Outputs
    from streamflow.testing.stream import TestStream
    from streamflow_runtime.failure import Failure
    from streamflow_runtime.packet import Packet


class BlockingStream:
    """What `with TestStream(graph) as stream:` gives. Its methods are those of `TestStream`."""

    def __init__(self, stream: TestStream) -> None:
        self._stream = stream
        self._runner = asyncio.Runner()

    def inject(
        self,
        source: str,
        data: Any,
        *,
        at: float | None = None,
        timestamp: float | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """One packet into a source."""
        self._runner.run(self._stream.inject(source, data, at=at, timestamp=timestamp, metadata=metadata))

    def inject_all(
        self,
        source: str,
        values: Sequence[Any],
        *,
        at: float | None = None,
        timestamp: float | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Several packets, which arrive as one batch."""
        self._runner.run(self._stream.inject_all(source, values, at=at, timestamp=timestamp, metadata=metadata))

    def advance_to(self, seconds: float) -> None:
        """Let time pass up to a moment."""
        self._runner.run(self._stream.advance_to(seconds))

    def advance(self, by: float) -> None:
        """Let so many seconds pass."""
        self._runner.run(self._stream.advance(by))

    def finish(self) -> None:
        """The end of input."""
        self._runner.run(self._stream.finish())

    def resume(self, *, skip: bool = False) -> None:
        """After an error has stopped the graph, go on."""
        self._runner.run(self._stream.resume(skip=skip))

    @property
    def stopped(self) -> dict[str, Any] | None:
        """Why an error has stopped the graph."""
        return self._stream.stopped

    def fail(self, node: str, error: BaseException | type[BaseException], *, times: int = 1) -> None:
        """From here on a node fails, so many times."""
        self._stream.fail(node, error, times=times)

    def output(self, sink: str) -> Outputs:
        """The data of everything that has reached a sink so far."""
        return self._stream.output(sink)

    def packets(self, sink: str) -> list[Packet]:
        """The packets that have reached a sink so far."""
        return self._stream.packets(sink)

    def assert_output(self, sink: str, expected: Sequence[Any]) -> None:
        """Raise AssertionError unless exactly this reached a sink."""
        __tracebackhide__ = True
        self._stream.assert_output(sink, expected)

    def explain(self, sink: str, expected: Sequence[Any]) -> str:
        """What differs from the expected outputs of a sink, and the paths of the packets in question."""
        return self._stream.explain(sink, expected)

    @property
    def now(self) -> float:
        """The virtual clock, in seconds."""
        return self._stream.now

    @property
    def requests(self) -> list[Request]:
        """What the graph's functions have asked of the outside."""
        return self._stream.requests

    @property
    def metrics(self) -> dict[str, Any]:
        """The kernel's figures."""
        return self._stream.metrics

    @property
    def failures(self) -> list[Failure]:
        """What has failed where no `error` port was connected."""
        return self._stream.failures

    @property
    def dead_letters(self) -> list[tuple[str, Any, str]]:
        """What sinks could not deliver: sink, data, error."""
        return self._stream.dead_letters

    def close(self) -> None:
        """End its event loop."""
        self._runner.close()
