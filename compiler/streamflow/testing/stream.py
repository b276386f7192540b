"""`TestStream`: a graph in virtual time, its asynchronous functions really run, its sinks noted instead of called."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from streamflow.diagnostics import did_you_mean
from streamflow.dsl.graph import GraphDefinition
from streamflow.pipeline import compile_graph
from streamflow.testing.blocking import BlockingStream
from streamflow.testing.explanation import explained
from streamflow.testing.fakes import Outside, Request
from streamflow.testing.faults import Faults, breakable
from streamflow.testing.lookups import Lookups, found, with_lookups
from streamflow.testing.outputs import Outputs
from streamflow.testing.recording import Recording
from streamflow.testing.trace import Trace, traced
from streamflow_runtime.calls import outcome
from streamflow_runtime.failure import Failure
from streamflow_runtime.hurrying import unfinished
from streamflow_runtime.outside import reach
from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Call
from streamflow_runtime.stopping import Stopped

Self = TypeVar("Self", bound="TestStream")


class TestStream:
    """One run of a graph, from an empty state, with a clock that only the test moves.

    `secrets` are those that the graph's functions use. `lookups` stand in for what `nodes.enrich` nodes ask, by name: a
    dict, or a function of the key. `fetches` answer the requests of functions, by URL (`*` is anything): an `Answer`, a
    value as JSON, an exception, or a function of the `Request`. `level` is that of the compiler. The clock starts at
    `now`, in seconds.

    Everything between sources and sinks is the compiled kernel. A sink is not called: what reaches it is kept.
    """

    __test__ = False  # it is no test of its own

    def __init__(
        self,
        graph: GraphDefinition,
        *,
        secrets: Mapping[str, str] | None = None,
        lookups: Lookups | None = None,
        fetches: Mapping[str, Any] | None = None,
        level: int = 2,
        now: float = 0.0,
    ) -> None:
        self._definition, self._secrets, self._lookups, self._level = graph, secrets, lookups or {}, level
        self._program = with_lookups(compile_graph(graph, level), self._lookups)
        self._nodes = {node.name: node for node in self._program.graph.nodes}
        self._faults: Faults = {}
        self._breakable: set[str] = set()
        self._recording = Recording(self._kernel(self._program.kernel_class))
        self._packets: dict[str, list[Packet]] = {name: [] for name in self._recording.kernel.outputs}
        self._trace: Trace | None = None
        self.now = float(now)
        """The virtual clock, in seconds."""
        self.failures: list[Failure] = []
        """What has failed where no `error` port was connected, sinks excepted."""
        self.dead_letters: list[tuple[str, Any, str]] = []
        """What sinks could not deliver and had no `error` port for: sink, data, error."""
        self._outside = Outside(self._program.service, fetches or {}, lambda: self.now, secrets or {})
        self._blocking: BlockingStream | None = None
        self._recording.advance(self.now)

    async def __aenter__(self: Self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        self._outside.close()

    def __enter__(self) -> BlockingStream:
        """The same without `await`, for tests that are no coroutines."""
        self._blocking = BlockingStream(self)
        return self._blocking

    def __exit__(self, *exception: object) -> None:
        self._outside.close()
        if self._blocking is not None:
            self._blocking.close()

    async def inject(
        self,
        source: str,
        data: Any,
        *,
        at: float | None = None,
        timestamp: float | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """One packet into a source. `at`: the clock moves there first (seconds). `timestamp` is its event time."""
        await self.inject_all(source, [data], at=at, timestamp=timestamp, metadata=metadata)

    async def inject_all(
        self,
        source: str,
        values: Sequence[Any],
        *,
        at: float | None = None,
        timestamp: float | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Several packets, which arrive as one batch."""
        self._known(source, list(self._recording.kernel.sources), "source")
        self._refuse_stopped()
        if at is not None:
            await self.advance_to(at)
            self._refuse_stopped()
        self._recording.push(source, list(values), self.now, dict(metadata or {}), timestamp)
        await self._settle()

    async def advance_to(self, seconds: float) -> None:
        """Let time pass up to a moment: windows close, timers tick, what waits is tried again. Nothing sleeps."""
        if seconds < self.now:
            raise ValueError(f"it is {self.now:g} already: time can't go back to {seconds:g}")
        while (deadline := self._recording.next_deadline()) is not None and deadline <= seconds:
            self.now = max(self.now, deadline)
            self._recording.advance(self.now)
            await self._settle()
        self.now = float(seconds)
        self._recording.advance(self.now)
        await self._settle()

    async def advance(self, by: float) -> None:
        """Let so many seconds pass."""
        await self.advance_to(self.now + by)

    async def finish(self) -> None:
        """The end of input: calls are made, what waits for its time goes on, and everything that is open closes."""
        await self._end()
        while unfinished(self._recording.kernel):
            await self._end()

    async def resume(self, *, skip: bool = False) -> None:
        """After an error has stopped the graph: try what failed again, or `skip` it; then go on behind it."""
        if self._recording.kernel.stopped is None:
            raise RuntimeError("no error has stopped the graph")
        self._recording.go_on(self.now, skip)
        await self._settle()

    @property
    def stopped(self) -> dict[str, Any] | None:
        """Why an error has stopped the graph: node, packet, error, type, file, line, since. None while it runs."""
        reason: dict[str, Any] | None = self._recording.kernel.stopped
        return reason

    def fail(self, node: str, error: BaseException | type[BaseException], *, times: int = 1) -> None:
        """From here on a node fails: so many of its runs, calls, results or, at a sink, deliveries raise `error`.

        A source can't: inject what it does not take.
        """
        self._known(node, list(self._nodes), "node")
        if self._nodes[node].family == "source":
            raise ValueError(f"`{node}` is a source and can't fail: inject data that it refuses")
        raised = error() if isinstance(error, type) else error

        def arm() -> None:
            self._faults.setdefault(node, []).extend(copy.copy(raised) for _ in range(times))

        self._break(node)
        self._recording.note(arm)

    def output(self, sink: str) -> Outputs:
        """The data of everything that has reached a sink, or left a tap, so far: a list, equal to plain values."""
        return Outputs(self, sink, [packet.data for packet in self.packets(sink)])

    def packets(self, sink: str) -> list[Packet]:
        """The packets that have reached a sink, or left a tap, so far."""
        self._known(sink, list(self._packets), "sink")
        return copy.deepcopy(self._packets[sink])

    def assert_output(self, sink: str, expected: Sequence[Any]) -> None:
        """Raise AssertionError unless exactly this reached a sink; it shows the paths of what is amiss."""
        __tracebackhide__ = True
        if self.output(sink) != list(expected):
            raise AssertionError(self.explain(sink, expected))

    def explain(self, sink: str, expected: Sequence[Any]) -> str:
        """What differs from the expected outputs of a sink, and the paths of the packets in question."""
        return explained(self._traced(), sink, list(expected), self.packets(sink))

    @property
    def requests(self) -> list[Request]:
        """What the graph's functions have asked of the outside, in order."""
        return self._outside.requests

    @property
    def metrics(self) -> dict[str, Any]:
        """The kernel's figures: packets processed, dropped and rejected, of the graph and by node."""
        return self._recording.kernel.metrics()

    async def _end(self) -> None:
        """End the input once nothing waits any more; what is to be tried again is, at its time."""
        self._refuse_stopped()
        await self._settle()
        while self._recording.hurry():
            self.now = max(self.now, (self._recording.kernel.clock or 0) / 1000)
            await self._settle()
            self._refuse_stopped()
        self._refuse_stopped()
        self._recording.finish()
        await self._settle()

    async def _settle(self) -> None:
        """Make the calls that wait, and look at what has come of everything."""
        self._trace = None
        self._collect()
        while calls := self._recording.pending():
            for call, (value, error) in zip(calls, await asyncio.gather(*map(self._made, calls)), strict=True):
                self._recording.resolve(call.id, value, self.now, error)
            self._collect()

    def _refuse_stopped(self) -> None:
        if self.stopped is not None:
            raise Stopped(self.stopped)

    async def _made(self, call: Call) -> tuple[Any, BaseException | None]:
        """The result of a call, or what it raised."""
        if errors := self._faults.get(call.node):
            return None, errors.pop(0)
        reach.set(self._outside)  # of this task alone
        if call.node in self._lookups and hasattr(call, "key"):
            return await self._looked_up(call.node, call.key)
        return await outcome(call, call.timeout)

    async def _looked_up(self, node: str, key: Any) -> tuple[Any, BaseException | None]:
        try:
            return await found(self._lookups[node], key), None
        except Exception as error:
            return None, error

    def _collect(self) -> None:
        """Take what has reached the sinks; some of it they fail to deliver."""
        kernel = self._recording.kernel
        undelivered = []
        for name in kernel.outputs:
            for packet in kernel.take(name):
                if name in self._nodes and self._nodes[name].family == "sink" and self._faults.get(name):
                    undelivered.append((name, packet, self._faults[name].pop(0)))
                else:
                    self._packets[name].append(packet)
        self.failures += kernel.failures()
        for name, packet, error in undelivered:
            failure = {"error": str(error), "type": type(error).__name__, "attempts": 1, "status": None}
            if not self._recording.sink_failed(name, packet.data, failure, self.now):
                self.dead_letters.append((name, packet.data, str(error)))
        if undelivered:
            self._collect()

    def _break(self, node: str) -> None:
        """Go on with a kernel that can fail at this node too, keeping the state."""
        if node in self._breakable or self._nodes[node].family == "sink":
            return
        self._breakable.add(node)
        program = with_lookups(compile_graph(self._definition, min(self._level, 1)), self._lookups)
        kernel = self._kernel(breakable(program, self._breakable, self._faults))
        kernel.restore(self._recording.kernel.snapshot())
        kernel.changes()
        self._recording.kernel = kernel

    def _traced(self) -> Trace:
        """The same run once more, on a kernel that writes down what becomes of every packet."""
        if self._trace is None:
            program = with_lookups(compile_graph(self._definition, 0), self._lookups)
            kernel_class, self._trace = traced(program, self._breakable, self._faults)
            kept = {node: list(errors) for node, errors in self._faults.items()}
            self._faults.clear()
            self._trace.broke_off = self._recording.replayed(self._kernel(kernel_class))
            self._faults.clear()
            self._faults.update(kept)
        return self._trace

    def _kernel(self, kernel_class: Any) -> Any:
        needed = [name for name in self._program.graph.module.secrets.values() if name not in (self._secrets or {})]
        if needed:
            names = ", ".join(f'"{name}": "..."' for name in needed)
            raise ValueError(f"functions of the graph use secrets: TestStream(graph, secrets={{{names}}})")
        return kernel_class(dict(self._secrets or {}))

    def _known(self, name: str, names: Sequence[str], what: str) -> None:
        if name not in names:
            hint = did_you_mean(name, names) or f"there is {', '.join(names)}"
            if what == "sink" and name in self._nodes:
                hint = f'`{name}` is a {self._nodes[name].family}: make it a tap by Graph(taps=["{name}"])'
            raise KeyError(f"no {what} {name!r}: {hint}")
