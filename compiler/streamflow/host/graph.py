"""The graph that users make: what `dsl` says, and running it in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from streamflow.dsl.graph import GraphDefinition
from streamflow.host.live_graph import LiveGraph
from streamflow.pipeline import compile_graph
from streamflow_runtime.packet import Packet


class Graph(GraphDefinition):
    """A stream-processing graph: `name`, `nodes`, and `edges` between them (without edges, one chain).

    In process, `await graph.start()` compiles it in memory and runs the very kernel that its bundle contains.
    """

    _live: LiveGraph | None = None

    async def start(self) -> None:
        """Compile and run: connections are made, timers tick. Raises CompileError, or SecretMissing."""
        await self._running().start()

    async def stop(self, drain: bool = False) -> None:
        """Stop and keep the state; with `drain`, end the input first: windows close and sinks are sent."""
        await self._running().stop(drain=drain)

    async def inject(
        self,
        source: str,
        data: Any,
        *,
        timestamp: float | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """One packet into a source; returns after its commit and the subscribers. `timestamp` in seconds.

        A node that is neither source nor sink becomes a tap, which the packet enters: `"node"`, or `"join.left"`.
        """
        self._tap(source.partition(".")[0])
        await self._running().inject(source, data, timestamp=timestamp, metadata=dict(metadata or {}))

    async def resume(self, skip: bool = False) -> None:
        """After an error has stopped the graph (`error_strategy="stop"`): try what failed again, and go on behind it.

        `skip`: it counts as failed instead, and its other branches run.
        """
        await self._running().resume(skip=skip)

    def subscribe(self, node: str, callback: Callable[[Packet], Any]) -> Callable[[], None]:
        """Call `callback(packet)`, sync or async, for what reaches a sink or leaves another node. Gives what ends it.

        A node that is no sink becomes a tap: the graph is compiled anew and goes on with its state. Raises KeyError.
        """
        live = self._running()
        if any(one.name == node and one.kind.startswith("source.") for one in self.nodes):
            self._add_tap(node)
        self._tap(node)
        return live.subscribe(node, callback)

    def on(self, event: str, callback: Callable[[Any], Any]) -> Callable[[], None]:
        """Call `callback(failure)` at every "error": node, error, line, data, packet. Gives what ends it."""
        return self._running().on(event, callback)

    def get_metrics(self) -> Any:
        """`.packets_processed`, `.packets_dropped`, `.average_latency` (seconds), and `.nodes[name]`."""
        return self._running().get_metrics()

    def dead_letters(self) -> list[dict[str, Any]]:
        """What failed for good, the oldest first: `id`, `node`, `data`, `error`, `attempts` and `line` of each."""
        return self._running().dead_letters()

    async def replay_dead_letters(self, ids: Sequence[int] | None = None) -> int:
        """Let all dead letters, or those, go on where they failed, and leave the list; gives how many did.

        Raises ValueError, having done nothing, where one of `ids` can't, and Stopped.
        """
        return await self._running().replay_dead_letters(ids)

    def clear_dead_letters(self, ids: Sequence[int] | None = None) -> None:
        """Forget all dead letters, or those."""
        self._running().clear_dead_letters(ids)

    def get_state(self) -> dict[str, Any]:
        """The whole state, as JSON."""
        return self._running().get_state()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state. Raises StateMismatch, having changed nothing, where it is of another graph."""
        self._running().restore(dict(state))

    async def __aenter__(self) -> Graph:
        await self.start()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.stop()

    def _tap(self, node: str) -> None:
        """Make a tap of a node in the midst of the graph: it is compiled anew and goes on with its state."""
        if any(one.name == node and not one.kind.startswith(("source.", "sink.")) for one in self.nodes):
            self._add_tap(node)

    def _add_tap(self, node: str) -> None:
        if node not in self.taps:
            self.taps = (*self.taps, node)
            if self._live is not None:
                program = compile_graph(self)
                self._live.replace(program.kernel_class, program.service)

    def _running(self) -> LiveGraph:
        if self._live is None:
            program = compile_graph(self)
            self._live = LiveGraph(program.kernel_class, program.service)
        return self._live
