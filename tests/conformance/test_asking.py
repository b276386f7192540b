"""Functions that fetch, and lookups over the network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from conformance.client import Client, until
from conformance.conftest import served
from conformance.services import InProcess, OnWorkerd, compiled


@pytest.fixture
async def restarted(
    host: type[InProcess] | type[OnWorkerd], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Client]:
    """A client of a service of its own."""
    async with served(compiled("asking"), host, tmp_path_factory.mktemp("asking-again")) as client:
        yield client


async def test_functions_fetch(asking: Client) -> None:
    """Results come out in order, though the first one takes longest; a custom sink fetches, too."""
    asking.outside.delays["/prices/a"] = [0.2]
    async with asking.socket("/subscribe/out") as out:
        await asking.inject("orders", [{"sku": "a"}, {"sku": "b"}, {"sku": "Zoë"}])
        found = [await out.next() for _ in range(3)]
    assert [(each["sku"], each["price"]) for each in found] == [("a", 1), ("b", 1), ("Zoë", 3)]
    assert {each["type"] for each in found} == {"application/json; charset=utf-8"}
    told = asking.outside.requests["/told-by-function"]
    await until(lambda: len(told) >= 3)
    assert sorted(json.loads(body)["sku"] for _, body in told) == ["Zoë", "a", "b"]
    headers, _ = asking.outside.requests["/prices/a"][-1]
    assert headers["x-asked-by"] == "priced"


async def test_metrics_tell_what_waits_and_how_long_calls_take(asking: Client) -> None:
    asking.outside.delays["/prices/lengthy"] = [0.4]
    async with asking.socket("/subscribe/out") as out:
        await asking.inject("orders", [{"sku": "lengthy"}, {"sku": "b"}])
        _, graph = await asking.call("GET", "/graph")
        assert {node["name"]: node for node in graph["nodes"]}["priced"]["queue_depth"] > 0
        await out.next()
        await out.next()
    _, metrics = await asking.call("GET", "/metrics")
    priced = metrics["nodes"]["priced"]
    assert priced["queue_depth"] == 0
    assert priced["percentiles"]["p99"] >= priced["percentiles"]["p50"] > 0 < priced["average_latency"]
    _, text = await asking.call("GET", "/metrics?format=prometheus")
    assert 'streamflow_queue_depth{node="priced"} 0\n' in text
    assert 'streamflow_watermark_lag_seconds{node="priced"} 0.0\n' in text
    assert 'streamflow_latency_seconds_count{node="priced"}' in text


async def test_what_a_fetch_fails_with_leaves_by_error(asking: Client) -> None:
    """An answer of 400 and above, and no result within the node's `timeout`."""
    asking.outside.answers["/prices/gone"] = [404]
    asking.outside.delays["/prices/slow"] = [5.0]
    async with asking.socket("/subscribe/failed") as failed:
        await asking.inject("orders", [{"sku": "gone"}, {"sku": "slow"}])
        first, second = await failed.next(), await failed.next()
    assert (first["type"], first["data"], first["line"]) == ("HttpError", {"sku": "gone"}, 9)
    assert first["error"].endswith("/prices/gone was answered 404")
    assert (second["type"], second["error"]) == ("TimeoutError", "no result within 0.5 s")


async def test_a_server_is_asked_once_a_key(asking: Client) -> None:
    asking.outside.answers["/prices/none"] = [404]
    asking.outside.answers["/prices/broken"] = [500]
    asking.outside.delays["/prices/a/b é"] = [0.1]
    async with asking.socket("/subscribe/seen") as seen, asking.socket("/subscribe/failed") as failed:
        await asking.inject("visits", [{"page": "a/b é"}, {"page": "none"}, {"page": "a/b é"}, {"page": "broken"}])
        missing, broken = await failed.next(), await failed.next()
        assert [await seen.next() for _ in range(2)] == [{"page": "a/b é", "rate": {"price": 5}}] * 2
        await asking.inject("visits", [{"page": "a/b é"}])
        assert await seen.next() == {"page": "a/b é", "rate": {"price": 5}}
    assert missing == {"page": "none"}
    assert (broken["type"], broken["data"]) == ("TemporaryHttpError", {"page": "broken"})
    assert len(asking.outside.requests["/prices/a/b é"]) == 1


async def test_calls_that_a_restart_cut_short_are_made_again(restarted: Client) -> None:
    client, outside = restarted, restarted.outside
    outside.delays["/prices/late"] = [600.0]
    await client.inject("visits", [{"page": "late"}, {"page": "soon"}])
    await until(lambda: outside.requests["/prices/late"] and outside.requests["/prices/soon"])
    assert await client.processed("seen") == 0, "the second waits for its turn"
    client.service.stop()
    client.service.start()
    while await client.processed("seen") < 2:
        await asyncio.sleep(0.02)
    assert len(outside.requests["/prices/late"]) == 2
    assert await client.processed("rated") == 2
