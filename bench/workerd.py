"""`python -m bench.workerd`: the quick start on the real workerd against rivals; the table goes to docs/performance.md.

Its source is an endpoint that clients connect to. Every event counts once the answer says that it is accepted, which it
says after its commit. Rivals take turns, round by round, each on a server of its own; what counts is the CPU time that
the server's process has taken, for a machine's other work shows in times by the clock.
"""

import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread

from bench.document import write_table
from bench.programs import quick_start
from bench.requests import request, send_all
from bench.websocket import WebSocket, frames
from bench.workloads import Event, payments
from streamflow import Graph, compile_graph, nodes
from streamflow.host.workerd import WorkerdServer
from streamflow.target.write import write_bundle

TOKEN = "bench"
ROUNDS = 5
BY_HAND = "by hand, the SDK's way"
BARE = "bare: counts only"
RIVALS = {BY_HAND: "by_hand", BARE: "bare"}

Way = Callable[[WorkerdServer, list[Event]], None]


def quick_start_with(decoder: str) -> Graph:
    """The quick start, with a source that clients send to."""
    source = nodes.source("webhook", type="websocket", timestamp="timestamp", out_of_orderness=0)
    others = [node for node in quick_start.nodes if node.name != "webhook"]
    return Graph(name=quick_start.name, nodes=[source, *others], edges=quick_start.edges, decoder=decoder)  # type: ignore[arg-type]


def main() -> None:
    """Measure every way in, and write the table."""
    ways: dict[str, tuple[Way, int]] = {
        "HTTP, arrays of 1000": (_arrays(1000), 50_000),
        "HTTP, arrays of 10,000": (_arrays(10_000), 50_000),
        "HTTP, one event a request, 32 connections": (_singly, 1000),
        "WebSocket, one event a message": (_messages, 50_000),
    }
    rows = []
    with ExitStack() as stack:
        servers = {name: stack.enter_context(_served(name)) for name in ("streamflow", "streamflow, msgspec", *RIVALS)}
        for number, (way, (measure, size)) in enumerate(ways.items()):
            taking_part = {
                name: server
                for name, server in servers.items()
                if not way.startswith("WebSocket") or name not in (BY_HAND, "streamflow, msgspec")
            }
            best = _best(taking_part, measure, size, number * 1e6)
            for name, rate in best.items():
                against = f"{rate / best[BY_HAND]:.2f}x" if BY_HAND in best else ""
                rows.append([way, name, f"{rate / 1e3:.3g}k", against, f"{rate / best[BARE]:.2f}x"])
                print(*rows[-1], sep="  ", flush=True)
    header = ["way in", "server", "events a CPU second", "to by hand", "to bare"]
    print(write_table("workerd", header, rows))


def _best(servers: dict[str, WorkerdServer], measure: Way, size: int, ahead: float) -> dict[str, float]:
    """Events a second of CPU, in each one's best round; the first round warms up and does not count.

    Each round's events are later than those of the one before, from `ahead` seconds on: nothing comes late.
    """
    rates: defaultdict[str, list[float]] = defaultdict(list)
    for number in range(ROUNDS + 1):
        events = _later(payments()[:size], ahead + number * size * 0.5)
        for name in sorted(servers, reverse=bool(number % 2)):
            before = _cpu_seconds(servers[name].pid)
            measure(servers[name], events)
            rates[name].append(size / (_cpu_seconds(servers[name].pid) - before))
    return {name: max(rates[name][1:]) for name in servers}


def _later(events: list[Event], ahead: float) -> list[Event]:
    """The events so many seconds later."""
    return [{**event, "timestamp": event["timestamp"] + ahead} for event in events]


@contextmanager
def _served(name: str) -> Iterator[WorkerdServer]:
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder, "bundle")
        if name in RIVALS:
            bundle = Path(__file__).parent / "rivals" / RIVALS[name]
        else:
            decoder = name.partition(", ")[2] or "json"
            write_bundle(compile_graph(quick_start_with(decoder)).files, bundle)
        with WorkerdServer(bundle, Path(folder, "state"), variables={"STREAMFLOW_TOKEN": TOKEN}) as server:
            yield server


def _cpu_seconds(pid: int) -> float:
    """What a process has taken of all processors so far, to the nanosecond."""
    return time.clock_gettime(~pid << 3 | 2)  # what clock_getcpuclockid(3) makes of its number


def _arrays(batch: int) -> Way:
    def measure(server: WorkerdServer, events: list[Event]) -> None:
        _post(server, [json.dumps(events[at : at + batch]) for at in range(0, len(events), batch)], 1)

    return measure


def _singly(server: WorkerdServer, events: list[Event]) -> None:
    _post(server, [json.dumps(event) for event in events], 32)


def _post(server: WorkerdServer, bodies: list[str], connections: int) -> None:
    host = f"127.0.0.1:{server.port}"
    send_all(server.port, [request("/inject/webhook", host, TOKEN, body.encode()) for body in bodies], connections)


def _messages(server: WorkerdServer, events: list[Event]) -> None:
    data = frames(json.dumps(event) for event in events)
    with WebSocket(f"{server.url}/inject/webhook", TOKEN) as connection:
        sending = Thread(target=connection.send, args=(data,))
        sending.start()
        while (answer := connection.message())["accepted"] < len(events):
            assert "malformed" not in answer, answer
        sending.join()


if __name__ == "__main__":
    main()
