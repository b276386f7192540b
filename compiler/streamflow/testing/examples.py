"""Runs the examples of a graph."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from streamflow.dsl.example import Example
from streamflow.dsl.graph import GraphDefinition
from streamflow.host.replay import recorded_time
from streamflow.pipeline import compile_graph
from streamflow.testing.stream import TestStream

Arrival = tuple[float, int, str, Any]  # seconds, place of the source, source, value


async def problems_of(
    graph: GraphDefinition, example: Example, secrets: Mapping[str, str] | None = None, level: int = 2
) -> list[str]:
    """What reaches each sink otherwise than the example expects, explained; nothing where all is as expected."""
    options = {"secrets": secrets, "lookups": example.lookups, "fetches": example.fetches, "level": level}
    async with TestStream(graph, now=_start(graph, example), **options) as stream:  # type: ignore[arg-type]
        for seconds, _, source, value in _arrivals(graph, example):
            await stream.inject(source, value, at=max(seconds, stream.now))
        await stream.finish()
        return [
            stream.explain(sink, expected)
            for sink, expected in example.expect.items()
            if stream.output(sink) != list(expected)
        ]


def _start(graph: GraphDefinition, example: Example) -> float:
    """The clock starts with the first value, so that no timer ticks through the years before it."""
    return min((seconds for seconds, *_ in _arrivals(graph, example)), default=0.0)


def _arrivals(graph: GraphDefinition, example: Example) -> Iterator[Arrival]:
    """Everything that is sent in, in the order of arrival."""
    timestamps = compile_graph(graph, 0).timestamps
    each = [
        list(_of_source(place, source, values, timestamps.get(source)))
        for place, (source, values) in enumerate(example.given.items())
    ]
    return heapq.merge(*each, key=lambda arrival: arrival[:2])


def _of_source(place: int, source: str, values: Sequence[Any], timestamp: Any) -> Iterator[Arrival]:
    latest = 0.0
    for position, value in enumerate(values):
        if isinstance(value, tuple):
            seconds, value = value
        elif timestamp is None:
            seconds = position / 1000
        else:
            seconds = (recorded_time(timestamp, value) or 0) / 1000
        latest = max(latest, seconds)
        yield latest, place, source, value
