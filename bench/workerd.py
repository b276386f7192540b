"""`python -m bench.workerd`: the bundle of the quick start on the real workerd; the table goes to docs/performance.md.

Here its source is an endpoint that clients connect to. Every event counts from the first byte sent until the answer
says that it is accepted, and it says so after its commit.
"""

import json
import tempfile
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from time import perf_counter

from bench.document import write_table
from bench.programs import quick_start
from bench.websocket import WebSocket, frames
from bench.workloads import Event, payments
from streamflow import Graph, compile_graph, nodes
from streamflow.host.workerd import WorkerdServer
from streamflow.target.write import write_bundle

TOKEN = "bench"
ROUNDS = 5
MESSAGES = 50_000
BATCHES = 50
BATCH = 1000

graph = Graph(
    name=quick_start.name,
    nodes=[
        nodes.source("webhook", type="websocket"),
        *(node for node in quick_start.nodes if node.name != "webhook"),
    ],
    edges=quick_start.edges,
)


def main() -> None:
    """Measure both ways in, each on a server of its own."""
    events = payments()
    ways: dict[str, Callable[[WorkerdServer, list[Event]], float]] = {
        "WebSocket, one event a message": _messages,
        "HTTP, arrays of 1000": _arrays,
    }
    rows = []
    for name, way in ways.items():
        rates = _rates(way, events)
        rows.append([name, f"{max(rates) / 1e3:.1f}k", f"{sorted(rates)[len(rates) // 2] / 1e3:.1f}k"])
        print(*rows[-1], flush=True)
    print(write_table("workerd", ["way in", "events/s, best round", "median round"], rows))


def _rates(way: Callable[[WorkerdServer, list[Event]], float], events: list[Event]) -> list[float]:
    """Events a second, round by round; the first round warms up and does not count."""
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder, "bundle")
        write_bundle(compile_graph(graph).files, bundle)
        with WorkerdServer(bundle, Path(folder, "state"), variables={"STREAMFLOW_TOKEN": TOKEN}) as server:
            way(server, events[:BATCH])
            return [way(server, events) for _ in range(ROUNDS)]


def _messages(server: WorkerdServer, events: list[Event]) -> float:
    sent = events[:MESSAGES]
    data = frames(json.dumps(event) for event in sent)
    with WebSocket(f"{server.url}/inject/webhook", TOKEN) as connection:
        start = perf_counter()
        sending = Thread(target=connection.send, args=(data,))
        sending.start()
        while (answer := connection.message())["accepted"] < len(sent):
            assert "malformed" not in answer, answer
        taken = perf_counter() - start
        sending.join()
    return len(sent) / taken


def _arrays(server: WorkerdServer, events: list[Event]) -> float:
    sent = events[: BATCHES * BATCH]
    bodies = [json.dumps(sent[at : at + BATCH]).encode() for at in range(0, len(sent), BATCH)]
    connection = HTTPConnection("127.0.0.1", server.port)
    start = perf_counter()
    for body in bodies:
        connection.request("POST", "/inject/webhook", body, {"Authorization": f"Bearer {TOKEN}"})
        response = connection.getresponse()
        answer = response.read()
        assert response.status == 202, answer
    taken = perf_counter() - start
    connection.close()
    return len(sent) / taken


if __name__ == "__main__":
    main()
