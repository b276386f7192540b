"""Each template's graph in process: what it has seen goes on in another one by `get_state` and `restore`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from streamflow import Graph, templates
from templates.samples import events_of, graph_of

NOBODY = "http://127.0.0.1:9/"


def detector() -> Graph:
    return templates.financial.create_anomaly_detector({"amount": 1000, "frequency": 10}, NOBODY, timestamp="at")


CASES: list[Any] = [
    pytest.param(detector, "transactions", "payments", "alerts", id="anomalies"),
    pytest.param(lambda: graph_of("sensors"), "readings", "readings", "sensors", id="sensors"),
    pytest.param(lambda: graph_of("visits"), "events", "visits", "sessions", id="visits"),
]


@pytest.mark.parametrize(("make", "source", "file", "sink"), CASES)
async def test_a_restored_graph_goes_on(make: Callable[[], Graph], source: str, file: str, sink: str) -> None:
    events = events_of(file)
    half = len(events) // 2
    expected, _ = await outputs_of(make(), source, sink, events)
    first, state = await outputs_of(make(), source, sink, events[:half])
    second, _ = await outputs_of(make(), source, sink, events[half:], json.loads(json.dumps(state)))
    assert first + second == expected != []


async def outputs_of(
    graph: Graph, source: str, sink: str, events: list[Any], state: Any = None
) -> tuple[list[Any], dict[str, Any]]:
    """What reaches a sink, and the state at the end."""
    found: list[Any] = []
    async with graph:
        graph.subscribe(sink, lambda packet: found.append(packet.data))
        if state is not None:
            graph.restore(state)
        for event in events:
            await graph.inject(source, event)
        return found, graph.get_state()
