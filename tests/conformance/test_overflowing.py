"""Packets that wait at a node, more than its buffer holds: the oldest are dropped, nobody is refused."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from conformance.client import Client, until
from conformance.conftest import served
from conformance.services import InProcess, OnWorkerd, compiled

FIVE = [{"n": n} for n in range(5)]


@pytest.fixture
async def client(
    host: type[InProcess] | type[OnWorkerd], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Client]:
    """A client of `overflowing`, served afresh."""
    async with served(compiled("overflowing"), host, tmp_path_factory.mktemp("overflowing")) as client:
        yield client


async def figures(client: Client, node: str) -> dict[str, Any]:
    _, metrics = await client.call("GET", "/metrics")
    found: dict[str, Any] = metrics["nodes"][node]
    return found


async def test_of_the_calls_that_wait_the_oldest_are_dropped_but_not_the_one_under_way(client: Client) -> None:
    await client.inject("questions", FIVE)
    assert (await figures(client, "told"))["packets_dropped"] == {"overflow": 3}
    await until(lambda: client.service.rows("SELECT n FROM answers") == [(0,), (4,)])
    assert [json.loads(body) for _, body in client.outside.requests["/told"]] == [{"n": 0}, {"n": 4}]


async def test_a_rate_limit_that_delays_drops_the_oldest_and_a_restart_keeps_the_rest(client: Client) -> None:
    await client.inject("jobs", FIVE)
    client.service.stop()
    client.service.start()
    slow = await figures(client, "slow")
    assert (slow["queue_depth"], slow["packets_dropped"]) == (2, {"overflow": 2})
    await client.inject("jobs", {"n": 5})
    slow = await figures(client, "slow")
    assert (slow["queue_depth"], slow["packets_dropped"]) == (2, {"overflow": 3})
    while (await client.call("POST", "/drain"))[0] == 202:
        pass
    assert client.service.rows("SELECT n FROM done") == [(0,), (4,), (5,)]


async def test_of_what_waits_for_another_try_the_oldest_are_dropped(client: Client) -> None:
    await client.inject("orders", FIVE)
    letters: list[dict[str, Any]] = []
    while len(letters) < 2:
        letters = (await client.call("GET", "/dead-letters"))[1]["dead_letters"]
    assert [(letter["data"]["n"], letter["error"], letter["attempts"]) for letter in letters] == [
        (3, "3 is refused", 2),
        (4, "4 is refused", 2),
    ]
    refused = await figures(client, "refused")
    assert (refused["queue_depth"], refused["packets_dropped"]) == (0, {"overflow": 3, "error": 2})
    assert refused["retries"] == 2
    _, text = await client.call("GET", "/metrics?format=prometheus")
    assert 'streamflow_retries_total{node="refused"} 2\n' in text
