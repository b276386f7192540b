"""The event processor: its sample against a plain loop, enrichment, what it refuses."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any

import pytest
import ua_parser

from streamflow import compile_graph, templates
from streamflow.diagnostics import CompileError
from streamflow.testing import run
from templates.samples import events_of, graph_of

STEPS = ["click", "view", "purchase"]
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/17.5 Mobile/15E148 Safari/604.1"
)


def test_the_sample_is_what_a_plain_loop_makes_of_its_events() -> None:
    visits, sessions = events_of("visits"), dict[str, list[list[Any]]]()
    for visit in visits:
        visit["moment"] = datetime.fromisoformat(visit["at"]).timestamp()
        if visit["event"] in STEPS:
            of_user = sessions.setdefault(visit["user"], [])
            if not of_user or visit["moment"] - of_user[-1][-1]["moment"] >= 1800:
                of_user.append([])
            of_user[-1].append(visit)
    expected = [session_of(events) for of_user in sessions.values() for events in of_user]
    found = [packet.data for packet in run(graph_of("visits"), {"events": events_of("visits")})["sessions"]]
    assert sorted(found, key=key_of) == sorted(expected, key=key_of)
    assert len(found) == 12
    assert {session["completed"] for session in found} == {True, False}


def session_of(events: list[Any]) -> dict[str, Any]:
    """What is said of a session, worked out the long way."""
    rest, funnel = [event["event"] for event in events], []
    for step in STEPS:
        if step not in rest:
            break
        rest = rest[rest.index(step) + 1 :]
        funnel.append(step)
    seen = ua_parser.parse(events[0]["user_agent"])
    return {
        "user": events[0]["user"],
        "started": events[0]["moment"],
        "duration": events[-1]["moment"] - events[0]["moment"],
        "events": len(events),
        "counts": {step: sum(event["event"] == step for event in events) for step in STEPS},
        "funnel": funnel,
        "completed": funnel == STEPS,
        "country": events[0]["country"],
        "city": events[0]["city"],
        "browser": seen.user_agent and seen.user_agent.family,
        "os": seen.os and seen.os.family,
        "device": seen.device and seen.device.family,
    }


def key_of(session: dict[str, Any]) -> Any:
    return session["user"], session["started"]


def test_enrichment_comes_from_the_request_where_the_event_says_nothing() -> None:
    graph = templates.analytics.create_event_processor(STEPS, 60, {"geoip": True, "user_agent": True}, timestamp="at")
    kernel = compile_graph(graph).kernel(secrets={})
    request = {"country": "PT", "city": None, "user_agent": PHONE}
    events = [
        {"user": "a", "event": "click", "at": 1},
        {"user": "a", "event": "logout", "at": 2},
        {"user": "b", "event": "view", "at": 3, "country": "SE", "user_agent": "curl/8.5.0"},
    ]
    kernel.push("events", events, now=0, metadata=request)
    kernel.push("events", [{"user": "c", "event": "view", "at": 4}], now=0)
    kernel.finish()
    first, second, third = (packet.data for packet in kernel.take("sessions"))
    assert first == {
        "user": "a",
        "started": 1.0,
        "duration": 0.0,
        "events": 1,
        "counts": {"click": 1, "view": 0, "purchase": 0},
        "funnel": ["click"],
        "completed": False,
        "country": "PT",
        "city": None,
        "browser": "Mobile Safari",
        "os": "iOS",
        "device": "iPhone",
    }
    assert (second["funnel"], second["country"], second["browser"], second["os"]) == ([], "SE", "curl", None)
    assert (third["country"], third["browser"]) == (None, None)


def test_without_enrichment_nothing_is_asked_for_and_nothing_named() -> None:
    graph = templates.analytics.create_event_processor(["a"], enrichment={"geoip": False})
    program = compile_graph(graph)
    assert "metadata" not in program.service["sources"]["events"]
    assert "dependencies = []" in program.files["pyproject.toml"]
    with_agent = templates.analytics.create_event_processor(["a"], enrichment={"user_agent": True})
    files = compile_graph(with_agent).files
    assert 'dependencies = ["ua-parser>=1.0"]' in files["pyproject.toml"]
    assert "\nimport ua_parser\n" in files["src/kernel.py"]


def test_a_missing_package_is_said_at_the_line_of_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ua_parser", None)
    with pytest.raises(CompileError, match=r"the package ua-parser(.|\n)*pip install 'ua-parser>=1.0'") as refused:
        templates.analytics.create_event_processor(["a"], enrichment={"user_agent": True})
    assert all(each.span is not None and each.span.file == __file__ for each in refused.value.diagnostics)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"events": []}, "`events` must be different names"),
        ({"enrichment": {"geo": True}}, "`enrichment` has no 'geo'"),
        ({"enrichment": {"geoip": "yes"}}, "`enrichment` must say True or False"),
        ({"enrichment": ["geoip"]}, "`enrichment` must say True or False"),
        ({"session_timeout": 0}, "aggregate `session`: `gap`"),
    ],
)
def test_a_problem_is_at_the_line_of_the_call(options: dict[str, Any], message: str) -> None:
    with pytest.raises(CompileError, match=message):
        templates.analytics.create_event_processor(**{"events": STEPS, **options})
