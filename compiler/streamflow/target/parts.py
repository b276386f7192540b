"""Which parts of the service shell a graph needs: the one list for the linker and for running in process."""

from __future__ import annotations

from typing import Any

from streamflow_runtime.analytics_batches import AnalyticsBatches
from streamflow_runtime.analytics_sink import AnalyticsSinks
from streamflow_runtime.calls import Calls
from streamflow_runtime.cross_origin import CrossOrigin
from streamflow_runtime.custom_batches import CustomBatches
from streamflow_runtime.custom_sink import CustomSinks
from streamflow_runtime.d1_sink import D1Sinks
from streamflow_runtime.data_sockets import DataSockets
from streamflow_runtime.database_sink import DatabaseSinks
from streamflow_runtime.endpoint_prometheus import PrometheusEndpoints
from streamflow_runtime.endpoint_sink import EndpointSinks
from streamflow_runtime.gathering import Gathering, gathers
from streamflow_runtime.group_commit import GroupCommit
from streamflow_runtime.http_batches import HttpBatches
from streamflow_runtime.http_sink import HttpSinks
from streamflow_runtime.kv_batches import KvBatches
from streamflow_runtime.kv_sink import KvSinks
from streamflow_runtime.log_sink import LogSinks
from streamflow_runtime.newest_outputs import NewestOutputs, keeps
from streamflow_runtime.overflow import Overflow
from streamflow_runtime.parked_bound import ParkedBound
from streamflow_runtime.parked_overflow import ParkedOverflow
from streamflow_runtime.part import Part
from streamflow_runtime.polling import Polling
from streamflow_runtime.queue_sink import QueueSinks
from streamflow_runtime.queue_source import QueueSources
from streamflow_runtime.r2_sink import R2Sinks
from streamflow_runtime.resuming import Resuming
from streamflow_runtime.signing import Signing
from streamflow_runtime.sse_source import EventStreams
from streamflow_runtime.stops import Stops
from streamflow_runtime.webhook import Webhooks
from streamflow_runtime.websocket_batches import OutboundWebSocketBatches
from streamflow_runtime.websocket_sink import OutboundWebSocketSinks
from streamflow_runtime.websocket_source import OutboundWebSockets

_SENT_TO = ("manual", "webhook", "websocket")
"""Sources whose events requests bring; the others' do so in tests and repairs."""


def parts_for(service: dict[str, Any], asynchronous: bool) -> tuple[type[Part], ...]:
    """The parts for a service description, in the order in which they are passed to `Shell`.

    `asynchronous`: whether the kernel parks calls. A part's module is its class's `__module__`.
    """
    sources, sinks = service["sources"].values(), service["sinks"].values()

    def sinks_of(type: str, bound: bool | None = None) -> list[dict[str, Any]]:
        return [sink for sink in sinks if sink["type"] == type and bound in (None, "binding" in sink)]

    http_sinks, custom_sinks = sinks_of("http"), sinks_of("custom")
    socket_sinks = [sink for sink in sinks_of("websocket") if "url" in sink]
    kv_sinks, analytics_sinks, endpoints = sinks_of("kv"), sinks_of("analytics"), sinks_of("endpoint")
    parking = asynchronous or any(name not in service["sinks"] for name in _filling(service))
    dropping = "overflow" in service.get("buffer", {})  # what parks
    wanted: list[tuple[type[Part], bool]] = [
        (Overflow, any("overflow" in sink for sink in sinks)),
        (Gathering, any(map(gathers, sinks))),
        (Resuming, any(map(_resumes, sources))),
        (HttpBatches if _batches(http_sinks) else HttpSinks, bool(http_sinks)),
        (OutboundWebSocketBatches if _batches(socket_sinks) else OutboundWebSocketSinks, bool(socket_sinks)),
        (CustomBatches if _batches(custom_sinks) else CustomSinks, bool(custom_sinks)),
        (DatabaseSinks, bool(sinks_of("database", bound=False))),
        (D1Sinks, bool(sinks_of("database", bound=True))),
        (KvBatches if _batches(kv_sinks) else KvSinks, bool(kv_sinks)),
        (R2Sinks, bool(sinks_of("r2"))),
        (QueueSinks, bool(sinks_of("queue"))),
        (AnalyticsBatches if _batches(analytics_sinks) else AnalyticsSinks, bool(analytics_sinks)),
        (LogSinks, any(sink["type"] == "log" for sink in sinks)),
        (OutboundWebSockets, any(source["type"] == "websocket" and "url" in source for source in sources)),
        (EventStreams, any(source["type"] == "sse" for source in sources)),
        (DataSockets, any(source["type"] == "websocket" and "url" not in source for source in sources)),
        (Polling, any(source["type"] == "http" and "url" in source for source in sources)),
        (QueueSources, any(source["type"] == "queue" for source in sources)),
        (Webhooks, any("path" in source for source in sources)),
        (GroupCommit, any("url" not in source and source["type"] in _SENT_TO for source in sources)),
        (NewestOutputs, any(map(keeps, sinks))),
        (PrometheusEndpoints if _scraped(endpoints) else EndpointSinks, bool(endpoints)),
        (CrossOrigin, any("cors" in node for node in (*sources, *sinks))),
        (Signing, any(_is_signed(node) for node in (*sources, *sinks))),
        (Calls, asynchronous),
        (Stops, "stops" in service),
        (ParkedBound, parking and not dropping),
        (ParkedOverflow, dropping),
    ]
    return tuple(part for part, needed in wanted if needed)


def _filling(service: dict[str, Any]) -> set[str]:
    """The nodes whose buffers may be full."""
    return {name for names in service.get("paths", {}).values() for name in names}


def _resumes(source: dict[str, Any]) -> bool:
    options = (source.get("url"), source.get("subscribe"))
    return any(isinstance(option, dict) and "function" in option for option in options)


def _is_signed(node: dict[str, Any]) -> bool:
    auth = node.get("auth")
    return isinstance(auth, dict) and "signed" in auth


def _scraped(sinks: list[dict[str, Any]]) -> bool:
    return any(sink.get("format") == "prometheus" for sink in sinks)


def _batches(sinks: list[dict[str, Any]]) -> bool:
    return any(sink.get("batch") for sink in sinks)
