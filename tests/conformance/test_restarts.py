"""What is committed is still there after a restart, and goes on."""

from __future__ import annotations

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
    async with served(compiled("everyday"), host, tmp_path_factory.mktemp("restarted")) as client:
        yield client


async def test_state_figures_and_deliveries_survive_a_restart(restarted: Client) -> None:
    client, outside = restarted, restarted.outside
    outside.answers["/called"] += [503] * 2
    await client.inject("points", [{"n": 1}, {"n": 2}, {"n": 3}])
    await client.call("POST", "/inject/orders", {"count": 1}, idempotency_key="before")
    await client.inject("calls", {"n": "late"})
    await until(lambda: outside.requests["/called"])
    feeds = len(outside.handshakes)
    client.service.stop()
    client.service.start()
    assert await client.processed("points") == 3
    again = await client.call("POST", "/inject/orders", {"count": 1}, idempotency_key="before")
    assert again == (202, {"accepted": 1, "batch_id": "before"})
    assert await client.processed("orders") == 1
    async with client.socket("/subscribe/paired") as paired:
        await client.inject("points", {"n": 4})
        assert await paired.next() == [3, 4]
    await until(lambda: len(outside.requests["/called"]) == 3)  # the delivery goes on, with the same key
    assert len({headers["idempotency-key"] for headers, _ in outside.requests["/called"]}) == 1
    await until(lambda: len(outside.handshakes) > feeds)  # and so does the feed
