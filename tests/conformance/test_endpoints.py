"""Access, admission, metrics, state: what every deployed service answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from conformance.client import Client
from conformance.outside import Outside
from conformance.services import PROGRAMS, TOKEN, InProcess, OnWorkerd, compiled


async def test_healthz_is_for_anybody_and_says_nothing(client: Client) -> None:
    assert await client.call("GET", "/healthz", token=None) == (200, "")


@pytest.mark.parametrize("token", [None, "wrong", "an-entry-toke", ""])
@pytest.mark.parametrize("path", ["/metrics", "/inject/orders", "/state", "/no/such/path"])
async def test_without_the_token_nothing_is_told(client: Client, path: str, token: str | None) -> None:
    status, answer = await client.call("GET", path, token=token)
    assert status == 401
    assert client.headers["content-type"] == "application/problem+json"
    assert client.headers["www-authenticate"] == "Bearer"
    assert set(answer) == {"type", "title", "status"}


async def test_a_browser_gives_the_token_as_subprotocol(client: Client) -> None:
    async with client.socket("/subscribe/live", headers={}, protocols=[f"bearer.{TOKEN}"]) as live:
        assert live.connection.protocol == f"bearer.{TOKEN}"
        await client.inject("orders", {"count": 10})
        assert await live.next() == {"count": 10, "total": 25.0}
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with client.socket("/subscribe/live", headers={}, protocols=["bearer.wrong"]):
            pass
    assert refused.value.status == 401


async def test_until_a_token_is_configured_nobody_gets_in(
    host: type[InProcess] | type[OnWorkerd], tmp_path_factory: pytest.TempPathFactory
) -> None:
    service = host(compiled("ledger"), tmp_path_factory.mktemp("tokenless"), {"OUTSIDE": "http://127.0.0.1:9"})
    service.start()
    try:
        async with aiohttp.ClientSession() as http:
            client = Client(service, Outside(), http)
            status, answer = await client.call("GET", "/metrics", token="None")
            assert status == 503
            assert "wrangler secret put STREAMFLOW_TOKEN" in answer["detail"]
            assert (await client.call("GET", "/metrics", token=None))[0] == 503
            assert (await client.call("GET", "/healthz", token=None))[0] == 200
    finally:
        service.stop()


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        (b'{"count": 1}', 1),
        (b'[{"count": 1}, {"count": 2}]', 2),
        (b'{"count": 1}\n{"count": 2}\n\n{"count": 3}\n', 3),
        (b"[]", 0),
        ('{"count": 1, "note": "Grüße 🌍"}'.encode(), 1),
    ],
)
async def test_objects_arrays_and_lines_are_accepted(client: Client, body: bytes, accepted: int) -> None:
    before = await client.processed("orders")
    status, answer = await client.call("POST", "/inject/orders", body)
    assert (status, answer["accepted"]) == (202, accepted)
    assert await client.processed("orders") == before + accepted


@pytest.mark.parametrize(
    "body",
    [
        b'{"count": 1',
        b'{"count": 1}\n{"count"\n{"count": 3}',
        b'"text"',
        b"7",
        b'{"count": NaN}',
        b'{"count": 1e999}',
        b'{"count": "\xff"}',
        b"[" * 3000 + b"]" * 3000,
        b"",
    ],
)
async def test_what_does_not_parse_is_refused_as_a_whole(client: Client, body: bytes) -> None:
    before = await client.processed("orders")
    status, answer = await client.call("POST", "/inject/orders", body)
    assert (status, answer["status"]) == (400, 400)
    assert await client.processed("orders") == before


async def test_more_events_than_a_batch_may_have_are_refused_as_a_whole(client: Client) -> None:
    before = await client.processed("points")
    status, answer = await client.call("POST", "/inject/points", b"{}\n" * 100_001)
    assert (status, answer["status"]) == (413, 413)
    assert await client.processed("points") == before


async def test_unknown_names_are_404_and_say_what_there_is(client: Client) -> None:
    status, answer = await client.call("POST", "/inject/order", {})
    assert (status, answer["detail"]) == (404, "Did you mean orders?")
    status, answer = await client.call("POST", "/inject", {})
    assert status == 404
    assert "orders, hook" in answer["detail"]
    for method, path in (("GET", "/subscribe/large"), ("POST", "/inject/large")):
        status, answer = await client.call(method, path, {} if method == "POST" else None)
        assert status == 404
        assert 'taps=["large"]' in answer["detail"]
    assert (await client.call("GET", "/nothing/here"))[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/inject/orders", "POST"),
        ("GET", "/hooks/open-hook", "POST"),
        ("POST", "/metrics", "GET"),
        ("POST", "/state", "GET"),
        ("PUT", "/subscribe/live", "GET"),
    ],
)
async def test_a_wrong_method_is_405_and_says_which(client: Client, method: str, path: str, allowed: str) -> None:
    assert (await client.call(method, path))[0] == 405
    assert allowed in client.headers["allow"]


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_of_50_mb_is_refused_early(client: Client, announced: bool) -> None:
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(800):
            sent += 65_536
            yield b" " * 65_536

    headers = {"content-length": str(800 * 65_536)} if announced else {}
    try:
        status, _ = await client.call("POST", "/inject/orders", body(), **headers)
        assert status == 413
    except aiohttp.ClientConnectionError:  # it hung up while we were still sending
        assert sent < 800 * 65_536
    assert (await client.call("GET", "/healthz"))[0] == 200


async def test_a_batch_sent_again_counts_once_and_gets_the_same_answer(client: Client) -> None:
    before = await client.processed("orders")
    answers = [
        await client.call("POST", "/inject/orders", [{"count": 1}, {"count": 2}], idempotency_key="batch-1")
        for _ in range(3)
    ]
    assert answers == [(202, {"accepted": 2, "batch_id": "batch-1"})] * 3
    assert await client.processed("orders") == before + 2
    assert (await client.call("POST", "/inject/orders", {"count": 3}, idempotency_key="batch-1"))[0] == 422
    assert await client.processed("orders") == before + 2


async def test_metrics_count_what_happened_and_why(client: Client) -> None:
    _, before = await client.call("GET", "/metrics")
    await client.inject("orders", [{"count": 10}, {"count": 1}, {"no": "count"}])
    _, after = await client.call("GET", "/metrics")

    def gained(node: str, *figure: str) -> int:
        return _figure(after, "nodes", node, *figure) - _figure(before, "nodes", node, *figure)

    assert gained("orders", "packets_processed") == 3
    assert gained("priced", "packets_processed") == 3
    assert gained("large", "packets_processed") == 2
    assert gained("large", "packets_rejected") == 1
    assert gained("live", "packets_processed") == 1
    assert gained("mishaps", "packets_processed") == 1
    assert after["average_latency"] >= 0
    assert set(after["nodes"]["orders"]["percentiles"]) == {"p50", "p95", "p99"}


@pytest.mark.parametrize(("path", "accept"), [("/metrics?format=prometheus", "*/*"), ("/metrics", "text/plain")])
async def test_metrics_are_prometheus_text_for_prometheus(client: Client, path: str, accept: str) -> None:
    await client.inject("orders", [{"count": 10}])
    _, figures = await client.call("GET", "/metrics")
    status, text = await client.call("GET", path, accept=accept)
    assert status == 200
    families = {family.name: family for family in text_string_to_metric_families(text)}
    counted = {sample.labels["node"]: sample.value for sample in families["streamflow_packets_processed"].samples}
    assert counted["orders"] == figures["nodes"]["orders"]["packets_processed"]
    assert counted.keys() == figures["nodes"].keys()
    assert {sample.name for sample in families["streamflow_latency_seconds"].samples} >= {
        "streamflow_latency_seconds_count",
        "streamflow_latency_seconds_sum",
    }


async def test_state_goes_out_and_back_in(client: Client) -> None:
    await client.inject("points", [{"n": 1}, {"n": 2}, {"n": 3}])  # one is left waiting for its pair, if none was
    before = await client.processed("points")
    status, saved = await client.call("GET", "/state")
    assert status == 200
    async with client.socket("/subscribe/paired") as paired:
        await client.inject("points", {"n": 4})
        assert await client.processed("points") == before + 1
        first = await paired.next()
        assert (await client.call("PUT", "/state", saved))[0] == 204
        assert await client.processed("points") == before
        await client.inject("points", {"n": 4})
        assert await paired.next() == first == [3, 4]


async def test_a_foreign_state_is_409_and_changes_nothing(client: Client) -> None:
    _, saved = await client.call("GET", "/state")
    before = await client.processed("orders")
    foreign = {**saved, "kernel": {**saved["kernel"], "shape": {"pairs": "aggregate.count size=3"}}}
    for wrong in (foreign, {}, {**saved, "kernel": None}, [1]):
        status, answer = await client.call("PUT", "/state", wrong)
        assert (status, answer["status"]) == (409, 409), wrong
    assert (await client.call("PUT", "/state", b"{"))[0] == 400
    assert await client.processed("orders") == before


async def test_what_fails_for_good_is_listed_until_it_is_cleared(client: Client) -> None:
    assert (await client.call("DELETE", "/dead-letters"))[0] == 204
    await client.inject("points", {"no": "n"})
    await client.inject("points", {"n": 5})
    _, listed = await client.call("GET", "/dead-letters")
    assert [letter["node"] for letter in listed["dead_letters"]] == ["pairs"]
    assert "'n'" in listed["dead_letters"][0]["error"]
    line = listed["dead_letters"][0]["line"]
    assert 'nodes.aggregate("pairs"' in (PROGRAMS / "everyday.py").read_text().splitlines()[line - 1]
    assert (await client.call("DELETE", "/dead-letters"))[0] == 204
    assert await client.call("GET", "/dead-letters") == (200, {"dead_letters": []})


def _figure(figures: Any, *path: str) -> int:
    for name in path:
        figures = figures[name]
    return int(figures)
