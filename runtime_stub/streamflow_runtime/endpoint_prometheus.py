"""Endpoint sinks with `format="prometheus"`: their newest outputs as text to be scraped."""

from __future__ import annotations

import re
from json import dumps, loads
from typing import Any

from streamflow_runtime.endpoint_sink import EndpointSinks
from streamflow_runtime.fields import field

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class PrometheusEndpoints(EndpointSinks):
    """In place of `EndpointSinks` where any of them has that format."""

    def answer(self, sink: str, options: dict[str, Any], records: list[str]) -> tuple[str, str]:
        if options.get("format") != "prometheus":
            return super().answer(sink, options, records)
        key: str | list[str] = options.get("key") or []
        return MEDIA_TYPE, exposition(sink, [key] if isinstance(key, str) else key, records)


def exposition(sink: str, key: list[str], records: list[str]) -> str:
    """`{sink}_{field}` for every number and boolean, with the key's fields as labels; of equal labels the last counts.

    A name that ends in `_total` is a counter, any other a gauge.
    """
    metrics: dict[str, dict[str, str]] = {}
    for record in map(loads, records):
        if isinstance(record, dict):
            labels = ",".join(f'{_name(name)}="{_escaped(field(record, name))}"' for name in key)
            values = {f"{sink}_{name}": value for name, value in record.items() if name not in key}
        else:
            labels, values = "", {sink: record}
        for name, value in values.items():
            if isinstance(value, (int, float)):
                shown = str(int(value)) if isinstance(value, bool) else dumps(value)
                metrics.setdefault(_name(name), {})[f"{{{labels}}}" if labels else ""] = shown
    return "".join(
        f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}\n"
        + "".join(f"{name}{labels} {value}\n" for labels, value in samples.items())
        for name, samples in metrics.items()
    )


def _name(text: str) -> str:
    name = re.sub(r"[^a-zA-Z0-9_]", "_", text)
    return "_" + name if name[:1].isdigit() or not name else name


def _escaped(value: Any) -> str:
    text = value if isinstance(value, str) else dumps(value)
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
