"""Graphs for sensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from streamflow.dsl import agg, nodes
from streamflow.dsl.auth import Auth, Signed
from streamflow.dsl.durations import Duration
from streamflow.dsl.edge import EdgeLike
from streamflow.dsl.node import Node
from streamflow.dsl.secrets import Secret
from streamflow.host.graph import Graph
from streamflow.templates.options import event_time, names, one_of

FORMATS = ("prometheus", "json", "influx")


def create_sensor_aggregator(
    sensors: Sequence[str],
    aggregate_window: Duration = 60,
    output_format: Literal["prometheus", "json", "influx"] = "prometheus",
    *,
    name: str = "Sensor Aggregator",
    device: str = "device",
    timestamp: str | None = None,
    out_of_orderness: Duration = 0,
    idle_timeout: Duration = "1m",
    push_url: str | Secret | None = None,
    push_auth: Auth | Signed | None = None,
) -> Graph:
    """Mean, minimum, maximum and number of the readings of each sensor of each device, a window.

    A record has a device and a field for each sensor that it tells of, or `{"sensor": name, "value": number}`. The
    newest results are served at `GET /outputs/sensors`, and sent to `push_url`, all of a window at once.
    """
    known = names("sensors", sensors)
    form = one_of("output_format", output_format, FORMATS)
    made = [
        nodes.source("readings", type="webhook", **event_time(timestamp, out_of_orderness, idle_timeout)),
        _each_sensor(known, device),
        nodes.aggregate(
            "summaries",
            window="time",
            duration=aggregate_window,
            key=("device", "sensor"),
            aggregates={
                "mean": agg.mean("value"),
                "min": agg.min("value"),
                "max": agg.max("value"),
                "count": agg.count(),
            },
        ),
    ]
    edges: list[EdgeLike] = [("readings", "each-sensor", "summaries")]
    _serve(made, edges, form)
    if push_url is not None:
        made.append(
            nodes.aggregate(
                "all-of-a-window",
                window="time",
                duration=aggregate_window,
                function=lambda packets: [packet.data for packet in packets],
            )
        )
        _push(made, edges, form, nodes.sink("push", type="http", url=push_url, auth=push_auth))
    return Graph(name, made, edges)


def _each_sensor(known: Sequence[str], device: str) -> Node:
    """A reading for each sensor that a record tells of."""

    def readings(data: Any) -> Any:
        values = {data["sensor"]: data["value"]} if "sensor" in data else data
        return [
            {"device": data[device], "sensor": sensor, "value": values[sensor]}
            for sensor in known
            if values.get(sensor) is not None
        ]

    return nodes.flat_map("each-sensor", function=readings)


def _serve(made: list[Node], edges: list[EdgeLike], form: str) -> None:
    """The newest result of every sensor, for whoever asks."""
    if form == "influx":
        made += [
            _lines("line"),
            nodes.sink("sensors", type="endpoint", key=lambda data, packet: packet.key),
        ]
        edges.append(("summaries", "line", "sensors"))
    else:
        served: Literal["prometheus", "json"] = "prometheus" if form == "prometheus" else "json"
        made.append(nodes.sink("sensors", type="endpoint", key=("device", "sensor"), format=served))
        edges.append(("summaries", "sensors"))


def _push(made: list[Node], edges: list[EdgeLike], form: str, sink: Node) -> None:
    """All results of a window in one request: a push to Prometheus replaces the one before."""
    path = ["summaries", "all-of-a-window"]
    if form == "influx":
        made.append(_lines("lines"))
        path.append("lines")
    elif form == "prometheus":
        made.append(
            nodes.convert(
                "metrics",
                source_format="value",
                target_format="prometheus",
                measurement="sensors",
                key=("device", "sensor"),
            )
        )
        path.append("metrics")
    made.append(sink)
    edges.append((*path, sink.name))


def _lines(name: str) -> Node:
    return nodes.convert(
        name, source_format="value", target_format="influx", measurement="sensors", tags=("device", "sensor")
    )
