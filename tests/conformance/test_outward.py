"""Signed requests, in and out."""

from __future__ import annotations

import hmac
import time
from base64 import b64decode, b64encode

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


async def _post(client: Client, signature: str, at: int) -> int:
    headers = {"webhook_id": "msg_1", "webhook_timestamp": str(at), "webhook_signature": signature}
    return (await client.call("POST", "/hooks/signed-hook", BODY, token=None, **headers))[0]


def _signature(id: str, at: int, body: str) -> str:
    key = b64decode(SIGNING_KEY.removeprefix("whsec_"))
    return "v1," + b64encode(hmac.digest(key, f"{id}.{at}.{body}".encode(), "sha256")).decode()
