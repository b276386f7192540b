"""Signed requests, in and out; outputs that are kept and served; event streams."""

from __future__ import annotations

import hmac
import json
import time
from base64 import b64decode, b64encode

from prometheus_client.parser import text_string_to_metric_families

from conformance.client import Client, until
from conformance.conftest import SIGNING_KEY

BODY = '{"name": "Zoë"}'


async def test_a_signed_webhook_takes_what_is_signed_and_of_now(outward: Client) -> None:
    now = int(time.time())
    async with outward.socket("/subscribe/signed-in") as taken:
        assert await _post(outward, _signature("msg_1", now, BODY), now) == 202
        assert await taken.next() == {"name": "Zoë"}
        assert await _post(outward, _signature("msg_1", now, BODY + " "), now) == 401
        assert await _post(outward, _signature("msg_1", now - 600, BODY), now - 600) == 401
        assert (await outward.call("POST", "/hooks/signed-hook", BODY))[0] == 401
        assert await _post(outward, "v1,AAAA " + _signature("msg_1", now, BODY), now) == 202
        assert await taken.next() == {"name": "Zoë"}


async def test_a_sink_signs_what_it_sends(outward: Client) -> None:
    requests = outward.outside.requests["/signed"]
    await outward.inject("calls", {"name": "Zoë"})
    await until(lambda: requests)
    headers, body = requests[-1]
    assert headers["webhook-id"] == headers["idempotency-key"]
    sent = int(headers["webhook-timestamp"])
    assert abs(sent - time.time()) < 300
    assert headers["webhook-signature"] == _signature(headers["webhook-id"], sent, body.decode())


async def test_endpoints_serve_the_newest_outputs(outward: Client) -> None:
    prices = [
        {"symbol": "A", "market": "x", "price": 1.5, "trades_total": 1},
        {"symbol": "B", "market": 'say "y"', "price": 2},
        {"symbol": "a", "market": "x", "price": 3},
    ]
    await outward.inject("prices", prices)
    assert await outward.call("GET", "/outputs/latest") == (200, prices[1:])
    origin = "https://shop.example.com"
    status, text = await outward.call("GET", "/outputs/last", token=None, origin=origin)
    assert (status, outward.headers["access-control-allow-origin"]) == (200, origin)
    assert [json.loads(line) for line in text.splitlines()] == prices[1:]
    assert (await outward.call("GET", "/outputs/latest", token=None))[0] == 401
    assert (await outward.call("GET", "/outputs/ticker"))[0] == 404
    _, text = await outward.call("GET", "/outputs/gauges")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert {name: family.type for name, family in families.items()} == {
        "gauges_price": "gauge",
        "gauges_trades": "counter",
    }
    assert [(sample.labels, sample.value) for sample in families["gauges_price"].samples] == [
        ({"symbol": "A", "market": "x"}, 1.5),
        ({"symbol": "B", "market": 'say "y"'}, 2.0),
        ({"symbol": "a", "market": "x"}, 3.0),
    ]


async def test_a_subscriber_first_gets_what_is_kept(outward: Client) -> None:
    await outward.inject("prices", [{"symbol": "K", "market": "x", "price": n} for n in range(3)])
    async with outward.socket("/subscribe/ticker") as ticker:
        kept = await ticker.next()
        while kept["symbol"] != "K":
            kept = await ticker.next()
        assert kept["price"] == 2
        await outward.inject("prices", {"symbol": "K", "market": "x", "price": 9})
        assert (await ticker.next())["price"] == 9


async def test_an_event_stream_is_read_on_behind_its_last_event(outward: Client) -> None:
    async with outward.socket("/subscribe/streamed") as streamed:
        assert [(await streamed.next())["n"] for _ in range(10)] == list(range(1, 11))
    first, second, *_ = outward.outside.event_requests
    assert "last-event-id" not in first
    assert second["last-event-id"] == "3"
    assert first["authorization"] == second["authorization"] == "Bearer feed!"


async def _post(client: Client, signature: str, at: int) -> int:
    headers = {"webhook_id": "msg_1", "webhook_timestamp": str(at), "webhook_signature": signature}
    return (await client.call("POST", "/hooks/signed-hook", BODY, token=None, **headers))[0]


def _signature(id: str, at: int, body: str) -> str:
    key = b64decode(SIGNING_KEY.removeprefix("whsec_"))
    return "v1," + b64encode(hmac.digest(key, f"{id}.{at}.{body}".encode(), "sha256")).decode()
