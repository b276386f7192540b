"""Every kind of node with the model of its options."""

from __future__ import annotations

from streamflow.dsl.aggregate_count import CountAggregateOptions
from streamflow.dsl.aggregate_custom import CustomAggregateOptions
from streamflow.dsl.aggregate_global import GlobalAggregateOptions
from streamflow.dsl.aggregate_rolling import RollingAggregateOptions
from streamflow.dsl.aggregate_session import SessionAggregateOptions
from streamflow.dsl.aggregate_time import TimeAggregateOptions
from streamflow.dsl.filter import FilterOptions
from streamflow.dsl.filter_dedupe import DedupeOptions
from streamflow.dsl.filter_rate_limit import RateLimitOptions
from streamflow.dsl.filter_route import RouteOptions
from streamflow.dsl.filter_sample import SampleOptions
from streamflow.dsl.filter_validate import ValidateOptions
from streamflow.dsl.join_latest import LatestJoinOptions
from streamflow.dsl.join_window import WindowJoinOptions
from streamflow.dsl.join_within import WithinJoinOptions
from streamflow.dsl.node import Options
from streamflow.dsl.sink_analytics import AnalyticsSinkOptions
from streamflow.dsl.sink_custom import CustomSinkOptions
from streamflow.dsl.sink_database import DatabaseSinkOptions
from streamflow.dsl.sink_endpoint import EndpointSinkOptions
from streamflow.dsl.sink_http import HttpSinkOptions
from streamflow.dsl.sink_kv import KvSinkOptions
from streamflow.dsl.sink_log import LogSinkOptions
from streamflow.dsl.sink_queue import QueueSinkOptions
from streamflow.dsl.sink_r2 import R2SinkOptions
from streamflow.dsl.sink_websocket import WebSocketSinkOptions
from streamflow.dsl.source_http import PollingSourceOptions
from streamflow.dsl.source_manual import ManualSourceOptions
from streamflow.dsl.source_queue import QueueSourceOptions
from streamflow.dsl.source_sse import SseSourceOptions
from streamflow.dsl.source_timer import TimerSourceOptions
from streamflow.dsl.source_webhook import WebhookSourceOptions
from streamflow.dsl.source_websocket import WebSocketSourceOptions
from streamflow.dsl.transform import TransformOptions
from streamflow.dsl.transform_convert import ConvertOptions
from streamflow.dsl.transform_enrich import EnrichOptions
from streamflow.dsl.transform_flat_map import FlatMapOptions
from streamflow.dsl.transform_stateful_map import StatefulMapOptions

SOURCES: dict[str, type[Options]] = {
    "websocket": WebSocketSourceOptions,
    "sse": SseSourceOptions,
    "http": PollingSourceOptions,
    "webhook": WebhookSourceOptions,
    "timer": TimerSourceOptions,
    "manual": ManualSourceOptions,
    "queue": QueueSourceOptions,
}
AGGREGATES: dict[str, type[Options]] = {
    "time": TimeAggregateOptions,
    "count": CountAggregateOptions,
    "session": SessionAggregateOptions,
    "rolling": RollingAggregateOptions,
    "global": GlobalAggregateOptions,
}
JOINS: dict[str, type[Options]] = {
    "within": WithinJoinOptions,
    "window": WindowJoinOptions,
    "latest": LatestJoinOptions,
}
SINKS: dict[str, type[Options]] = {
    "http": HttpSinkOptions,
    "websocket": WebSocketSinkOptions,
    "database": DatabaseSinkOptions,
    "endpoint": EndpointSinkOptions,
    "kv": KvSinkOptions,
    "r2": R2SinkOptions,
    "queue": QueueSinkOptions,
    "analytics": AnalyticsSinkOptions,
    "log": LogSinkOptions,
    "custom": CustomSinkOptions,
}
_OTHERS: tuple[type[Options], ...] = (
    TransformOptions,
    FlatMapOptions,
    EnrichOptions,
    ConvertOptions,
    StatefulMapOptions,
    FilterOptions,
    RouteOptions,
    ValidateOptions,
    SampleOptions,
    RateLimitOptions,
    DedupeOptions,
    CustomAggregateOptions,
)
KINDS: dict[str, type[Options]] = {
    kind.kind: kind
    for kind in (
        *SOURCES.values(),
        *_OTHERS,
        *AGGREGATES.values(),
        *JOINS.values(),
        *SINKS.values(),
    )
}
