"""`GET /metrics`: what has been processed and how fast, as JSON or Prometheus text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from streamflow_runtime.http import Request, Response, json_response
from streamflow_runtime.latency import Latency
from streamflow_runtime.progress import add_depth, add_progress

if TYPE_CHECKING:
    from streamflow_runtime.shell import Shell


async def respond(shell: Shell, request: Request, rest: str) -> Response:
    """JSON, unless `Accept` or `?format=` asks for Prometheus text; a client that takes both gets JSON."""
    figures = collect(shell)
    form = request.query.get("format", request.headers.get("accept", ""))
    if "json" in form or not any(name in form for name in ("prometheus", "openmetrics", "text/plain")):
        return json_response(200, figures)
    return Response(200, "\n".join(_samples(shell, figures)) + "\n", {"content-type": "text/plain; version=0.0.4"})


def collect(shell: Shell) -> dict[str, Any]:
    """The kernel's counters and progress, and the shell's queues and latencies, in seconds."""
    kernel = shell.open()
    figures: dict[str, Any] = kernel.metrics()
    add_progress(figures["nodes"], kernel, shell.platform.now())
    for part in shell.parts:
        for sink, depth in part.depths().items():
            add_depth(figures["nodes"].setdefault(sink, {}), depth)
    for sink, number in shell.retries.items():
        figures["nodes"].setdefault(sink, {})["retries"] = number
    overall = Latency()
    for name, latency in shell.latencies.items():
        figures["nodes"].setdefault(name, {}).update(latency.figures())
        if name in shell.service["sources"]:
            overall.join(latency)
    for name in shell.service["sources"]:
        if malformed := shell.meta.get(f"malformed/{name}"):
            figures["nodes"][name]["messages_malformed"] = malformed
    for entry, overflown in shell.meta.items():
        what, _, name = entry.partition("/")
        if what == "overflow":
            figures["nodes"].setdefault(name, {}).setdefault("packets_dropped", {})["overflow"] = overflown
            figures["packets_dropped"] += overflown
    return {**figures, **overall.figures()}


def _samples(shell: Shell, figures: dict[str, Any]) -> Iterator[str]:
    nodes = figures["nodes"].items()
    for name in ("packets_processed", "packets_rejected", "messages_malformed", "retries"):
        yield f"# TYPE streamflow_{name}_total counter"
        yield from (f'streamflow_{name}_total{{node="{node}"}} {of[name]}' for node, of in nodes if name in of)
    yield "# TYPE streamflow_packets_dropped_total counter"
    for node, of in nodes:
        for reason, dropped in of.get("packets_dropped", {}).items():
            yield f'streamflow_packets_dropped_total{{node="{node}",reason="{reason}"}} {dropped}'
    for gauge, name in (("watermark_lag", "watermark_lag_seconds"), ("queue_depth", "queue_depth")):
        yield f"# TYPE streamflow_{name} gauge"
        yield from (f'streamflow_{name}{{node="{node}"}} {of[gauge]}' for node, of in nodes if gauge in of)
    yield "# TYPE streamflow_latency_seconds summary"
    for node, latency in shell.latencies.items():
        for rank, seconds in latency.figures()["percentiles"].items():
            yield f'streamflow_latency_seconds{{node="{node}",quantile="0.{rank[1:]}"}} {seconds}'
        yield f'streamflow_latency_seconds_sum{{node="{node}"}} {latency.total}'
        yield f'streamflow_latency_seconds_count{{node="{node}"}} {latency.count}'
