"""Graphs for what visitors do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from streamflow.diagnostics import Diagnostic
from streamflow.dsl import nodes
from streamflow.dsl.auth import Auth, Signed
from streamflow.dsl.durations import Duration
from streamflow.dsl.edge import EdgeLike
from streamflow.dsl.node import Node
from streamflow.dsl.problems import caller_span, report
from streamflow.dsl.secrets import Secret
from streamflow.host.graph import Graph
from streamflow.templates.options import event_time, names, switched_on

GEOGRAPHY = ("country", "city")
USER_AGENT = ("browser", "os", "device")
PARSER = "ua-parser>=1.0"


def create_event_processor(
    events: Sequence[str],
    session_timeout: Duration = 1800,
    enrichment: Mapping[str, bool] | None = None,
    *,
    name: str = "Event Processor",
    user: str = "user",
    event: str = "event",
    timestamp: str | None = None,
    out_of_orderness: Duration = 0,
    idle_timeout: Duration = "1m",
    cors: Sequence[str] = (),
    keep: int = 1000,
    session_url: str | Secret | None = None,
    session_auth: Auth | Signed | None = None,
) -> Graph:
    """Sessions of visitors: how long they took, how often each event came, and how far they got along the `events`.

    A session ends when a user has sent nothing for `session_timeout`. With `enrichment={"geoip": True}` it has the
    country and city that the platform tells of requests, with `{"user_agent": True}` the browser, system and device.
    The newest `keep` sessions are served at `GET /outputs/sessions`; each is sent to `session_url`.
    """
    steps = names("events", events)
    wanted = switched_on("enrichment", enrichment or {}, ("geoip", "user_agent"))
    asked = [*(GEOGRAPHY if "geoip" in wanted else ()), *(["user_agent"] if "user_agent" in wanted else ())]
    found = [*(GEOGRAPHY if "geoip" in wanted else ()), *(USER_AGENT if "user_agent" in wanted else ())]
    made = [
        nodes.source(
            "events",
            type="webhook",
            cors=cors,
            metadata=asked,
            **event_time(timestamp, out_of_orderness, idle_timeout),
        ),
        nodes.filter("known", function=lambda data: data[event] in steps),
        *([_located()] if "geoip" in wanted else ()),
        *([_user_agent()] if "user_agent" in wanted else ()),
        _session(steps, session_timeout, user, event, found),
    ]
    path = [node.name for node in made]
    made.append(nodes.sink("sessions", type="endpoint", keep=keep))
    edges: list[EdgeLike] = [(*path, "sessions")]
    if session_url is not None:
        made.append(nodes.sink("finished", type="http", url=session_url, auth=session_auth))
        edges.append(("session", "finished"))
    return Graph(name, made, edges, dependencies=[PARSER] if "user_agent" in wanted else ())


def _located() -> Node:
    """Where the request came from; an event that a server passes on may say so itself."""

    def located(data: Any, packet: Any) -> Any:
        return {
            **data,
            "country": data.get("country") or packet.metadata.get("country"),
            "city": data.get("city") or packet.metadata.get("city"),
        }

    return nodes.transform("located", function=located)


def _user_agent() -> Node:
    """What it was sent by, as the package ua-parser reads it."""
    try:
        import ua_parser
    except ImportError:
        message = "user agents are read by the package ua-parser, which is not installed here"
        report(Diagnostic("SF004", caller_span(), message, f"pip install '{PARSER}'"))
        return nodes.transform("user-agent", function=lambda data: data)

    def described(data: Any, packet: Any) -> Any:
        seen = ua_parser.parse(data.get("user_agent") or packet.metadata.get("user_agent") or "")
        return {
            **data,
            "browser": seen.user_agent.family if seen.user_agent else None,
            "os": seen.os.family if seen.os else None,
            "device": seen.device.family if seen.device else None,
        }

    return nodes.transform("user-agent", function=described)


def _session(steps: Sequence[str], gap: Duration, user: str, event: str, found: Sequence[str]) -> Node:
    """One record a session, of all that came in it."""

    def session(packets: Any, window: Any) -> Any:
        seen = [packet.data[event] for packet in packets]
        reached = 0
        for each in seen:
            if reached < len(steps) and each == steps[reached]:
                reached += 1
        started, ended = packets[0].timestamp, packets[-1].timestamp
        return {
            "user": window.key,
            "started": started,
            "duration": ended - started,
            "events": len(seen),
            "counts": {step: seen.count(step) for step in steps},
            "funnel": list(steps[:reached]),
            "completed": reached == len(steps),
            **{name: next((p.data[name] for p in packets if p.data[name] is not None), None) for name in found},
        }

    return nodes.aggregate("session", window="session", gap=gap, key=user, function=session)
