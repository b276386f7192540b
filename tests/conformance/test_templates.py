"""Ready-made graphs as they are deployed: what they serve and send, and their state through the object's storage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from conformance.client import Client, until
from conformance.conftest import served
from streamflow import compile_graph, secret, templates

OUTSIDE = secret("OUTSIDE")


async def restarted_with_its_state(client: Client) -> Any:
    """The state, exported, found again after a restart, and restored."""
    status, state = await client.call("GET", "/state")
    assert status == 200
    client.service.stop()
    client.service.start()
    assert await client.call("GET", "/state") == (200, state)
    assert (await client.call("PUT", "/state", state))[0] in (200, 204)
    assert await client.call("GET", "/state") == (200, state)
    return state


async def test_anomalies_reach_the_alert_url(host: Any, tmp_path: Path) -> None:
    graph = templates.financial.create_anomaly_detector(
        {"amount": 1000, "frequency": 2}, f"{OUTSIDE}/alerts", timestamp="at"
    )
    async with served(compile_graph(graph), host, tmp_path) as client:
        payments = [{"account": "a", "amount": amount, "at": at} for at, amount in ((0, 5), (1, 2000))]
        assert (await client.call("POST", "/hooks/transactions", payments))[0] == 202
        alerts = client.outside.requests["/alerts"]
        await until(lambda: alerts)
        await restarted_with_its_state(client)
        await client.inject("transactions", {"account": "a", "amount": 7, "at": 59})
        await until(lambda: len(alerts) == 2)
        told = [json.loads(body) for _, body in alerts]
        assert told == [
            {"anomaly": "amount", "threshold": 1000, "transaction": payments[1]},
            {"anomaly": "frequency", "threshold": 2, "account": "a", "transactions": 3, "minute": 0.0},
        ]


async def test_prometheus_scrapes_sensors(host: Any, tmp_path: Path) -> None:
    graph = templates.iot.create_sensor_aggregator(
        ["temperature", "humidity"], 60, "prometheus", timestamp="at", push_url=f"{OUTSIDE}/push"
    )
    async with served(compile_graph(graph), host, tmp_path) as client:
        await client.inject("readings", [{"device": "a", "temperature": t, "humidity": 40, "at": t} for t in (20, 21)])
        await restarted_with_its_state(client)
        await client.inject("readings", {"device": "b", "temperature": 5, "at": 61})
        status, page = await client.call("GET", "/outputs/sensors")
        assert (status, client.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
        samples = {
            (sample.name, sample.labels["sensor"]): sample.value
            for family in text_string_to_metric_families(page)
            for sample in family.samples
        }
        assert samples["sensors_mean", "temperature"] == 20.5
        assert samples["sensors_count", "humidity"] == 2
        await until(lambda: client.outside.requests["/push"])
        headers, body = client.outside.requests["/push"][0]
        assert (headers["content-type"], body.decode()) == ("text/plain; version=0.0.4; charset=utf-8", page)


async def test_line_protocol_is_served_as_it_is(host: Any, tmp_path: Path) -> None:
    graph = templates.iot.create_sensor_aggregator(["t"], "10s", "influx", timestamp="at")
    async with served(compile_graph(graph), host, tmp_path) as client:
        await client.inject("readings", [{"device": device, "t": 1.5, "at": 1} for device in ("a1", "b2")])
        await client.inject("readings", {"device": "a1", "t": 3, "at": 10})
        page = "".join(
            f"sensors,device={device},sensor=t mean=1.5,min=1.5,max=1.5,count=1 9999000000\n" for device in ("a1", "b2")
        )
        assert await client.call("GET", "/outputs/sensors") == (200, page)
        assert client.headers["content-type"] == "text/plain; charset=utf-8"


async def test_sessions_of_visitors_are_enriched(host: Any, tmp_path: Path) -> None:
    graph = templates.analytics.create_event_processor(
        ["click", "view", "purchase"],
        enrichment={"geoip": True, "user_agent": True},
        timestamp="at",
        session_url=f"{OUTSIDE}/sessions",
    )
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0"
    async with served(compile_graph(graph), host, tmp_path) as client:
        events = [{"user": "a", "event": event, "at": at} for at, event in ((0, "click"), (30, "view"))]
        assert (await client.call("POST", "/hooks/events", events, user_agent=agent))[0] == 202
        await restarted_with_its_state(client)
        last = [{"user": "a", "event": "purchase", "at": 90}, {"user": "b", "event": "click", "at": 5000}]
        assert (await client.call("POST", "/hooks/events", last, user_agent=agent))[0] == 202
        status, sessions = await client.call("GET", "/outputs/sessions")
        (session,) = sessions
        assert (status, session["duration"], session["completed"]) == (200, 90.0, True)
        assert session["counts"] == {"click": 1, "view": 1, "purchase": 1}
        assert (session["browser"], session["os"], session["device"]) == ("Firefox", "Linux", None)
        assert session.keys() >= {"country", "city"}
        await until(lambda: client.outside.requests["/sessions"])
        assert json.loads(client.outside.requests["/sessions"][0][1]) == session
