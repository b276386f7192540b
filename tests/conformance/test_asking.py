"""Functions that fetch, and lookups over the network."""

from __future__ import annotations

import json

from conformance.client import Client, until


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
