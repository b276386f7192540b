"""A compiled graph that runs in this process: the kernel and the service shell of the bundle, on the local platform."""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streamflow.host.local_files import keeps_tables, own_file, stand_ins
from streamflow.host.local_platform import LocalPlatform
from streamflow.host.local_queues import LocalQueues
from streamflow.host.local_secrets import LocalSecrets
from streamflow.host.server import serve
from streamflow.host.subscribers import ErrorEvent, Subscribers
from streamflow.target.parts import parts_for
from streamflow.target.program import Program
from streamflow_runtime import draining, metrics, saved_state
from streamflow_runtime.access import refusal
from streamflow_runtime.dead_letters import DeadLetters
from streamflow_runtime.http import Request
from streamflow_runtime.part import Commit, Part
from streamflow_runtime.shell import Shell
from streamflow_runtime.stopping import Stopped

__all__ = ["ErrorEvent", "GraphMetrics", "LiveGraph", "NodeMetrics"]


@dataclass(frozen=True)
class NodeMetrics:
    """One node's figures; `dropped` says why packets were dropped.

    `average_latency` and `percentiles` ("p50", "p95", "p99") are seconds: of a source from a batch's arrival to its
    commit, of an asynchronous node the time of a call, of a sink that of a delivery; None and {} for nodes that nothing
    is measured at. `watermark_lag`: how far the watermark that leaves a source or a node with state stays behind the
    clock, in seconds; None where there is none. `queue_depth`: packets that wait there; None where none can.
    `retries`: tries after the first ones, of packets and calls, and of a sink's deliveries since the graph was started.
    """

    packets_processed: int
    packets_dropped: int
    packets_rejected: int
    dropped: Mapping[str, int]
    average_latency: float | None
    percentiles: Mapping[str, float]
    watermark_lag: float | None = None
    queue_depth: int | None = None
    retries: int = 0


@dataclass(frozen=True)
class GraphMetrics:
    """The graph's figures; latency in seconds, from a batch's arrival to its commit.

    `stopped` says why the strategy `stop` has stopped the graph: node, packet, error, type, file, line, since.
    """

    packets_processed: int
    packets_dropped: int
    average_latency: float
    percentiles: Mapping[str, float]
    nodes: Mapping[str, NodeMetrics]
    stopped: Mapping[str, Any] | None = None


class LiveGraph:
    """One running graph.

    `database`: the file in which database sinks keep their tables, by default `.streamflow/{graph}.sqlite` in the
    working folder, made only if the graph has such sinks. `state`: the file of the state, else it is in memory.
    `clock` gives Unix seconds. `with_tap` makes the program with a tap at one more node, for clients.
    `secrets` come before the process environment and `.dev.vars`.
    """

    def __init__(
        self,
        kernel_class: Any,
        service: dict[str, Any],
        *,
        database: Path | None = None,
        state: Path | None = None,
        clock: Callable[[], float] = time.time,
        secrets: Mapping[str, str] | None = None,
        log: Callable[[str], None] | None = None,
        with_tap: Callable[[str], Program] | None = None,
    ) -> None:
        self._with_tap = with_tap
        self._kernel_class = kernel_class
        self._service = service
        self._subscribers = Subscribers()
        database = database or own_file(service)
        tables = database if keeps_tables(service) and database != state else None
        bindings = stand_ins(service, database, clock)

        def open_platform() -> LocalPlatform:
            return LocalPlatform(
                state,
                tables,
                bindings=bindings,
                clock=clock,
                secret=LocalSecrets(secrets),
                log=log,
            )

        self._open_platform = open_platform
        self._platform: LocalPlatform | None = None
        self._shell: Shell | None = None
        self._first_state: dict[str, Any] | None = None
        self._server: AbstractAsyncContextManager[str] | None = None
        self.url: str | None = None
        """Where it is served, if `start(serve=True)`."""

    async def start(self, *, serve: bool = False, host: str = "127.0.0.1", port: int = 8787) -> None:
        """Load the state, connect, poll and deliver. Raises MissingSecret. Does nothing if it runs already."""
        if self._shell is not None and not self._shell.stopped:
            return
        if self._platform is None:
            self._platform = self._open_platform()
        parts: tuple[Callable[[Shell], Part], ...] = (
            *parts_for(self._service, asynchronous=True),
            self._subscribers.part,
            *self._queues(self._platform),
        )
        shell = Shell(self._kernel_class, self._service, self._platform, parts)
        self._platform.wake = shell.wake
        shell.open()
        if self._first_state is not None:
            saved_state.load(shell, self._first_state)
            self._first_state = None
        if shell.draining:
            shell.run(lambda kernel, now: None, _begin_again)
        self._shell = shell
        if serve:
            await self._serve(host, port)

    def replace(self, kernel_class: Any, service: dict[str, Any]) -> None:
        """Go on with another kernel of the same graph, such as one with more taps; the state is what is committed."""
        self._kernel_class = kernel_class
        self._service.update(service)
        if self._shell is not None:
            self._shell.kernel_class = kernel_class
            self._shell.kernel = None

    async def inject(
        self, source: str, data: Any, *, timestamp: float | None = None, metadata: dict[str, Any] | None = None
    ) -> None:
        """Take one packet in; returns after its commit and its subscribers. Waits while a buffer behind is full.

        The caller's value stays as it is. Raises KeyError for an unknown source, Stopped, CommitFailed.
        """
        shell = self._running()
        if source not in self._service["sources"] and source not in shell.open().runners:
            raise KeyError(f"no source {source!r}; there is {', '.join(self._service['sources'])}")
        arrived = shell.platform.now()
        self._refuse_stopped(shell)
        while shell.full(source) and not shell.draining:
            await asyncio.sleep(0.01)
            shell = self._running()
            self._refuse_stopped(shell)
        values = [copy.deepcopy(data)]
        shell.run(
            lambda kernel, now: kernel.push(source, values, now, metadata=metadata, timestamp=timestamp),
            source=source,
            arrived=arrived,
        )
        await self._subscribers.settle()

    async def resume(self, *, skip: bool = False) -> None:
        """After an error has stopped the graph: try what failed again, or `skip` it; then go on behind it.

        Returns after the commit and its subscribers. Raises RuntimeError where the graph is not stopped.
        """
        shell = self._running()
        if shell.open().stopped is None:
            raise RuntimeError("no error has stopped the graph")
        shell.run(lambda kernel, now: kernel.go_on(now, skip))
        await self._subscribers.settle()

    def subscribe(self, node: str, function: Callable[[Any], Any]) -> Callable[[], None]:
        """Call a function, which may be async, with every packet of a sink or tap; returns what ends it.

        Raises KeyError for a node that the kernel has no outputs of.
        """
        if node not in {*self._service["sinks"], *self._service.get("taps", ())}:
            raise KeyError(f"{node!r} is neither a sink nor a tap")
        return self._subscribers.add(node, function)

    def on(self, event: str, function: Callable[[ErrorEvent], Any]) -> Callable[[], None]:
        """Call a function for every event "error"; returns what ends it."""
        if event != "error":
            raise ValueError(f'no event {event!r}; there is "error"')
        return self._subscribers.add_listener(function)

    def get_metrics(self) -> GraphMetrics:
        """The figures so far."""
        figures = metrics.collect(self._started())
        nodes = {}
        for name, node in figures["nodes"].items():
            dropped = node.get("packets_dropped", {})
            nodes[name] = NodeMetrics(
                node.get("packets_processed", 0),
                sum(dropped.values()),
                node.get("packets_rejected", 0),
                dropped,
                node.get("average_latency"),
                node.get("percentiles", {}),
                node.get("watermark_lag"),
                node.get("queue_depth"),
                node.get("retries", 0),
            )
        totals = figures["packets_processed"], figures["packets_dropped"], figures["average_latency"]
        return GraphMetrics(*totals, figures["percentiles"], nodes, figures.get("stopped"))

    def dead_letters(self) -> list[dict[str, Any]]:
        """What failed for good, the oldest first."""
        return self._letters(self._started()).listed()

    async def replay_dead_letters(self, ids: Sequence[int] | None = None) -> int:
        """Let all dead letters, or those, go on where they failed; gives how many did, after their subscribers.

        Raises ValueError, having done nothing, where one of `ids` can't; Stopped; CommitFailed.
        """
        shell = self._running()
        self._refuse_stopped(shell)
        replayed, _ = self._letters(shell).replay(ids)
        await self._subscribers.settle()
        return replayed

    def clear_dead_letters(self, ids: Sequence[int] | None = None) -> None:
        """Forget all dead letters, or those."""
        self._letters(self._started()).clear(ids)

    def get_state(self) -> dict[str, Any]:
        """The whole state, JSON."""
        return saved_state.save(self._started())

    def restore(self, state: dict[str, Any]) -> None:
        """Replace the state; raises ValueError and changes nothing if it is another graph's.

        Before the first start, the state is what `start` begins with, and it is `start` that raises.
        """
        if self._shell is None:
            self._first_state = state
        else:
            saved_state.load(self._shell, state)

    async def stop(self, *, drain: bool = False, timeout: float = 30.0) -> None:
        """End connections and timers; the state is kept, `start` goes on with it.

        `drain` ends the input first: calls finish, windows close, and the outbox empties within `timeout` seconds.
        Where an error stops it, or has, that raises Stopped, and the graph goes on as before.
        """
        shell, platform = self._shell, self._platform
        if shell is None or platform is None or shell.stopped:
            return
        if drain:
            self._refuse_stopped(shell)
            await draining.drain(shell, timeout)
            self._refuse_stopped(shell)
            await self._subscribers.settle()
        shell.stop()
        if self._server is not None:
            await self._server.__aexit__(None, None, None)
            self._server = self.url = None
        await platform.halt()

    def close(self) -> None:
        """Let go of the files; for a graph that has stopped for good."""
        if self._platform is not None:
            self._platform.close()
            self._platform = self._shell = None

    def _letters(self, shell: Shell) -> DeadLetters:
        return next(part for part in shell.parts if isinstance(part, DeadLetters))

    def _queues(self, platform: LocalPlatform) -> list[Callable[[Shell], Part]]:
        if not any(source["type"] == "queue" for source in self._service["sources"].values()):
            return []
        return [lambda shell: LocalQueues(shell, platform.bindings)]

    async def _serve(self, host: str, port: int) -> None:
        assert self._platform is not None
        self._server = serve(self._running(), self._platform, host, port, self._tap_for)
        self.url = await self._server.__aenter__()

    def _tap_for(self, request: Request) -> None:
        """Make a tap of the node that a request names, if it may pass."""
        head, _, rest = request.path[1:].partition("/")
        if self._with_tap is None or head not in ("inject", "subscribe"):
            return
        shell = self._running()
        node, kernel = rest.partition(".")[0], shell.open()
        if node not in kernel.kinds or node in self._service["sources"] or node in self._service["sinks"]:
            return
        if (
            node not in kernel.outputs
            and refusal(self._service, request, shell.platform.secret, shell.platform.now()) is None
        ):
            program = self._with_tap(node)
            self._with_tap = program.with_tap
            self.replace(program.kernel_class, program.service)

    def _refuse_stopped(self, shell: Shell) -> None:
        reason = shell.open().stopped
        if reason is not None:
            raise Stopped(reason)

    def _started(self) -> Shell:
        if self._shell is None:
            raise RuntimeError("the graph has not been started: await graph.start()")
        return self._shell

    def _running(self) -> Shell:
        if self._started().stopped:
            raise RuntimeError("the graph is stopped: await graph.start()")
        return self._started()


def _begin_again(commit: Commit, _: None) -> None:
    """A graph that was drained and is started again takes packets; what its windows had is sent."""
    commit.meta["draining"] = False
