"""Dead letters: listed, replayed where they failed, forgotten."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from conformance.client import Client, until
from conformance.outside import Outside
from conformance.services import Service


@pytest.fixture
async def letters(services: Callable[[str], tuple[Service, Outside]]) -> AsyncIterator[Client]:
    """A client of `letters`, without letters."""
    async with aiohttp.ClientSession() as http:
        client = Client(*services("letters"), http)
        assert (await client.call("DELETE", "/dead-letters"))[0] == 204
        yield client


async def listed(client: Client, number: int) -> list[dict[str, Any]]:
    """The letters, once there are so many."""
    for _ in range(1000):
        status, answer = await client.call("GET", "/dead-letters")
        assert status == 200
        if len(answer["dead_letters"]) == number:
            return list(answer["dead_letters"])
        await asyncio.sleep(0.01)
    raise AssertionError(answer)


async def replayed(client: Client, *ids: int) -> int:
    """How many letters went on, of all or of those; none of them was refused."""
    status, answer = await client.call("POST", "/dead-letters/replay", {"ids": ids} if ids else None)
    assert status == 200
    assert answer["kept"] == []
    return int(answer["replayed"])


async def test_a_failed_call_is_made_again_and_nothing_before_it(letters: Client) -> None:
    letters.outside.answers["/prices/tea"] = [500]
    await letters.inject("orders", {"sku": "tea", "n": 1})
    (letter,) = await listed(letters, 1)
    assert (letter["node"], letter["data"]) == ("priced", {"sku": "tea", "n": 2})
    assert await replayed(letters) == 1
    async with letters.socket("/subscribe/book") as book:
        assert await letters.call("GET", "/dead-letters") == (200, {"dead_letters": []})
        letters.outside.answers["/prices/tea"] = [500]
        await letters.inject("orders", {"sku": "tea", "n": 5})
        (letter,) = await listed(letters, 1)
        assert await replayed(letters, letter["id"]) == 1
        while (row := await book.next())["n"] != 6:
            pass
        assert row == {"sku": "tea", "n": 6, "price": 3}
    assert await letters.processed("numbered") == 2


async def test_a_node_in_the_midst_takes_its_packet_and_what_fails_again_is_a_letter(letters: Client) -> None:
    before = await letters.processed("doubled")
    await letters.inject("points", [{"n": 0}, {"n": 3}, {"m": 1}])
    first, second = await listed(letters, 2)
    assert (first["node"], first["data"], second["node"], second["data"]) == ("small", {"n": 0}, "doubled", {"m": 1})
    assert await replayed(letters, first["id"]) == 1
    remaining = await listed(letters, 2)
    assert [(letter["node"], letter["data"], letter["line"]) for letter in remaining] == [
        ("doubled", {"m": 1}, second["line"]),
        ("small", {"n": 0}, first["line"]),
    ]
    assert remaining[1]["id"] > second["id"]
    assert await letters.processed("doubled") == before + 3
    assert (await letters.call("DELETE", f"/dead-letters?id={second['id']}"))[0] == 204
    assert [letter["id"] for letter in await listed(letters, 1)] == [remaining[1]["id"]]


async def test_a_delivery_goes_back_to_its_outbox_with_its_key(letters: Client) -> None:
    letters.outside.requests["/called"].clear()
    letters.outside.answers["/called"] = [400]
    letters.outside.answers["/rated"] = [400]
    await letters.inject("calls", [{"to": "a"}, {"to": "b"}])
    await listed(letters, 2)
    assert await replayed(letters) == 2
    await until(lambda: len(letters.outside.requests["/called"]) == 3 and len(letters.outside.requests["/rated"]) == 2)
    (headers, body), (again, same) = letters.outside.requests["/rated"]
    assert (headers["idempotency-key"], body) == (again["idempotency-key"], same)
    assert json.loads(body) == [{"to": "a"}, {"to": "b"}]
    keys = [headers["idempotency-key"] for headers, _ in letters.outside.requests["/called"]]
    assert len(set(keys)) == 2
    assert await letters.call("GET", "/dead-letters") == (200, {"dead_letters": []})


async def test_letters_are_named_by_numbers(letters: Client) -> None:
    for ids in ("3", {"ids": "3"}, {"ids": [True]}, {"id": [3]}, "[", [3]):
        status, answer = await letters.call("POST", "/dead-letters/replay", ids)
        assert (status, answer["title"]) == (400, "Malformed input"), ids
    status, answer = await letters.call("DELETE", "/dead-letters?id=x")
    assert (status, answer["title"]) == (400, "Malformed query")
    assert await replayed(letters, 987654) == 0
    assert (await letters.call("GET", "/dead-letters/replay"))[0] == 405


async def test_a_join_takes_its_side_and_a_source_gives_its_key(letters: Client) -> None:
    """Neither has been changed, so both fail again: at the same place."""
    await letters.inject("ordered", {"order": [1]})
    await letters.inject("paid", {"paid": [1]})
    await letters.inject("calls", {"no": 1})
    before = [(letter["node"], letter["data"]) for letter in await listed(letters, 3)]
    assert before == [("matched", {"order": [1]}), ("matched", {"paid": [1]}), ("calls", {"no": 1})]
    assert await replayed(letters) == 3
    assert [(letter["node"], letter["data"]) for letter in await listed(letters, 3)] == before


async def test_edges_to_a_join_tell_its_input(letters: Client) -> None:
    _, graph = await letters.call("GET", "/graph")
    sides = [edge["input"] for edge in graph["edges"] if edge["to"] == "matched"]
    assert sides == ["left", "right"]
    assert [edge["to"] for edge in graph["edges"] if "input" in edge] == ["matched"] * 2


async def test_a_result_stays_and_says_why(letters: Client) -> None:
    await letters.inject("points", [{"n": 20, "spoil": True}] * 2)  # one of them closes a pair
    (letter,) = await listed(letters, 1)
    assert letter["node"] == "pairs"
    status, answer = await letters.call("POST", "/dead-letters/replay", {"ids": [letter["id"]]})
    assert (status, answer["title"]) == (409, "Not replayed")
    assert answer["detail"].startswith(f"letter {letter['id']}: There is only what is shown of it")
    status, answer = await letters.call("POST", "/dead-letters/replay")
    assert (status, answer["replayed"], [kept["id"] for kept in answer["kept"]]) == (200, 0, [letter["id"]])
    assert await listed(letters, 1) == [letter]
