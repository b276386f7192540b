"""Signed webhooks and http sinks, by the examples that the services document."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from typing import Any

import pytest

from runtime.services import Clock, Service, description, receiver, served, until
from streamflow import secret, signed
from streamflow_runtime.secrets import MissingSecret

SLACK_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SLACK_HEADERS = {
    "X-Slack-Request-Timestamp": "1531420618",
    "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
}
STANDARD_KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
STANDARD_BODY = b'{"test": 2432232314}'
STANDARD_HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def auth(scheme: str, **more: str) -> dict[str, Any]:
    return {"signed": {"scheme": scheme, "key": {"text": [{"secret": "KEY"}]}, **more}}


def hook(scheme: str, **more: str) -> dict[str, Any]:
    return description({"hook": {"type": "webhook", "path": "/hooks/hook", "auth": auth(scheme, **more)}})


def known(key: str) -> dict[str, str]:
    return {"STREAMFLOW_TOKEN": "t", "KEY": key}


def at(time: float) -> Clock:
    clock = Clock()
    clock.time = time
    return clock


async def status(service: Service, body: bytes, headers: dict[str, str]) -> int:
    async with service.http.post(service.url + "/hooks/hook", data=body, headers=headers) as response:
        return response.status


async def test_github_signs_the_body() -> None:
    # GitHub's own example, of a body that is signed rightly and is no JSON
    example = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    async with served(hook("github"), secrets=known("It's a Secret to Everybody")) as service:
        assert await status(service, b"Hello, World!", {"X-Hub-Signature-256": example}) == 400
        assert await status(service, b"Hello, World?", {"X-Hub-Signature-256": example}) == 401
        assert await status(service, b"Hello, World!", {"X-Hub-Signature-256": example[7:]}) == 401
        assert await status(service, b"Hello, World!", {}) == 401
        assert await status(service, b"Hello, World!", {"authorization": "Bearer t"}) == 401
        body = '{"naïve": 1}'.encode()
        signature = "sha256=" + hmac.new(b"It's a Secret to Everybody", body, hashlib.sha256).hexdigest()
        assert await status(service, body, {"X-Hub-Signature-256": signature}) == 202
        assert service.shell.open().admitted == {"hook": 1}
        # elsewhere the service's token holds
        assert (await service.call("POST", "/inject/hook", {}, token="t"))[0] == 202
        assert (await service.call("POST", "/inject/hook", {}, token=None))[0] == 401


async def test_slack_signs_time_and_body() -> None:
    secrets = known("8f742231b10e8888abcd99yyyzzz85a5")
    for time, expected in ((1531420618.0, 400), (1531420918.0, 400), (1531420919.5, 401), (1531420317.0, 401)):
        async with served(hook("slack"), secrets=secrets, clock=at(time)) as service:
            assert await status(service, SLACK_BODY, SLACK_HEADERS) == expected  # 400: signed, and no JSON
    async with served(hook("slack"), secrets=secrets, clock=at(1531420619.0)) as service:
        later = {**SLACK_HEADERS, "X-Slack-Request-Timestamp": "1531420619"}
        assert await status(service, SLACK_BODY, later) == 401
        assert await status(service, SLACK_BODY, {**SLACK_HEADERS, "X-Slack-Request-Timestamp": "²"}) == 401


async def test_standard_webhooks_sign_id_time_and_body() -> None:
    async with served(hook("standard"), secrets=known(STANDARD_KEY), clock=at(1614265331.0)) as service:
        assert await status(service, STANDARD_BODY, STANDARD_HEADERS) == 202
        both = f"v1,AAAA v1a,xyz {STANDARD_HEADERS['webhook-signature']}"
        assert await status(service, STANDARD_BODY, {**STANDARD_HEADERS, "webhook-signature": both}) == 202
        assert await status(service, STANDARD_BODY, {**STANDARD_HEADERS, "webhook-id": "msg_other"}) == 401
    svix = {name.replace("webhook", "svix"): value for name, value in STANDARD_HEADERS.items()}
    named = hook("standard", header="svix-signature")
    async with served(named, secrets=known(STANDARD_KEY), clock=at(1614265331.0)) as service:
        assert await status(service, STANDARD_BODY, svix) == 202
        assert await status(service, STANDARD_BODY, STANDARD_HEADERS) == 401


async def test_stripe_signs_time_and_body_and_shopify_the_body() -> None:
    body = b'{"id": "evt_1"}'
    digest = hmac.new(b"k", b"1000." + body, hashlib.sha256).hexdigest()
    async with served(hook("stripe"), secrets=known("k")) as service:  # the clock says 1000
        assert await status(service, body, {"Stripe-Signature": f"t=1000,v1=00,v1={digest},v0=00"}) == 202
        assert await status(service, body, {"Stripe-Signature": f"t=1001,v1={digest}"}) == 401
        assert await status(service, body, {"Stripe-Signature": f"v1={digest}"}) == 401
        assert await status(service, body, {"Stripe-Signature": f"t=1000,v0={digest}"}) == 401
    digest = b64encode(hmac.new(b"k", body, hashlib.sha256).digest()).decode()
    async with served(hook("shopify"), secrets=known("k")) as service:
        assert await status(service, body, {"X-Shopify-Hmac-Sha256": digest}) == 202
        assert await status(service, body + b" ", {"X-Shopify-Hmac-Sha256": digest}) == 401


async def test_a_scheme_may_have_other_names() -> None:
    digest = hmac.new(b"k", b"{}", hashlib.sha256).hexdigest()
    async with served(hook("github", header="X-Gitea-Signature", prefix=""), secrets=known("k")) as service:
        assert await status(service, b"{}", {"X-Gitea-Signature": digest}) == 202


@pytest.mark.parametrize("scheme", ["github", "stripe", "slack", "shopify", "standard"])
async def test_what_a_sink_signs_a_webhook_takes(scheme: str) -> None:
    secrets, clock = known(STANDARD_KEY), Clock()
    async with receiver() as target, served(hook(scheme), secrets=secrets, clock=clock) as other:
        sink = {"type": "http", "url": target.url, "auth": auth(scheme)}
        graph = description({"orders": {"type": "manual"}}, {"alerts": sink})
        async with served(graph, secrets=secrets, clock=clock) as service:
            await service.call("POST", "/inject", {"value": {"n": "ü"}}, token="t")
            await until(lambda: target.requests)
        headers, body = target.requests[0]
        assert "authorization" not in headers
        assert headers["idempotency-key"] == "Shop/alerts/0"
        kept = {name: value for name, value in headers.items() if name.startswith(("x-", "webhook-", "stripe-"))}
        assert await status(other, body, kept) == 202
        assert await status(other, body + b" ", kept) == 401


async def test_a_secret_that_can_be_no_key_refuses_the_start() -> None:
    async with served(hook("standard"), secrets=known("not base64!")) as service:
        with pytest.raises(MissingSecret, match="hook: the secret of the scheme standard is not base64"):
            service.shell.open()


async def test_without_the_secret_nothing_comes_in() -> None:
    async with served(hook("github"), secrets={"STREAMFLOW_TOKEN": "t"}) as service:
        assert await status(service, b"{}", {}) == 503


def test_an_unknown_scheme_is_named() -> None:
    with pytest.raises(ValueError, match=r"no scheme 'gitub': did you mean `github`\?"):
        signed(secret("K"), "gitub")  # type: ignore[arg-type]
