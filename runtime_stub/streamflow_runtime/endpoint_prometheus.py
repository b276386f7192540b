"""Endpoint sinks with `format="prometheus"`: their newest outputs as text to be scraped."""

from __future__ import annotations

from json import loads
from typing import Any

from streamflow_runtime.endpoint_sink import EndpointSinks
from streamflow_runtime.format_prometheus import exposition

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class PrometheusEndpoints(EndpointSinks):
    """In place of `EndpointSinks` where any of them has that format."""

    def answer(self, sink: str, options: dict[str, Any], records: list[str]) -> tuple[str, str]:
        if options.get("format") != "prometheus":
            return super().answer(sink, options, records)
        key: str | list[str] = options.get("key") or []
        return MEDIA_TYPE, exposition(sink, [key] if isinstance(key, str) else key, map(loads, records))
