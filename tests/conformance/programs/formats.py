"""Formats in and out: what is converted goes out as it is, with its media type."""

from streamflow import Graph, nodes, secret


def push(name, **options):
    return nodes.sink(name, type="http", url=f"{secret('OUTSIDE')}/{name}", **options)


graph = Graph(
    name="Formats",
    nodes=[
        nodes.source("readings", type="manual", timestamp="at"),
        nodes.transform("reading", function=lambda data: {"room": data["room"], "celsius": data["celsius"]}),
        nodes.convert("to-csv", source_format="value", target_format="csv", header=False),
        nodes.convert("air", source_format="value", target_format="influx", tags=["room"]),
        nodes.convert("climate", source_format="value", target_format="prometheus", key="room"),
        nodes.convert("packed", source_format="value", target_format="msgpack"),
        push("csv", batch={"size": 2, "delay": "1h"}),
        push("influx"),
        push("prometheus"),
        push("msgpack", batch={"size": 2, "delay": "1h"}),
        nodes.source("csv-hook", type="webhook", format="csv"),
        nodes.source("packed-hook", type="webhook", format="msgpack"),
        nodes.source("lines-hook", type="webhook", format="influx"),
        nodes.source("metrics-hook", type="webhook", format="prometheus"),
        nodes.source("form-hook", type="webhook", format="form", auth="none"),
        nodes.source("packed-clients", type="websocket", format="msgpack"),
        nodes.sink("records", type="websocket"),
        nodes.source("texts", type="manual"),
        nodes.convert("from-base64", source_format="base64", target_format="value"),
        nodes.convert("from-json", source_format="json", target_format="value"),
        push("bytes"),
        nodes.sink("values", type="websocket"),
    ],
    edges=[
        ("readings", "reading", "to-csv", "csv"),
        ("reading", "air", "influx"),
        ("reading", "climate", "prometheus"),
        ("reading", "packed", "msgpack"),
        *[
            (source, "records")
            for source in ("csv-hook", "packed-hook", "form-hook", "packed-clients", "lines-hook", "metrics-hook")
        ],
        ("texts", "from-base64", "bytes"),
        ("from-base64", "from-json", "values"),
    ],
)
