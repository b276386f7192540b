"""Sinks and subscribers: who gets what, how often, and what happens when they fail."""

from __future__ import annotations

import asyncio
import json

from conformance.client import PATIENCE_S, Client, until
from conformance.services import TOKEN


async def test_subscribers_get_what_comes_from_now_on(client: Client) -> None:
    async with client.socket("/subscribe/live") as one, client.socket("/subscribe/live") as other:
        await client.inject("orders", [{"count": 5}, {"count": 6}, {"count": 1}])
        for live in (one, other):
            assert [await live.next(), await live.next()] == [{"count": 5, "total": 12.5}, {"count": 6, "total": 15.0}]
    async with client.socket("/subscribe/priced") as tapped:  # a node in the middle, because it is in `taps`
        await client.inject("orders", {"count": 1})
        assert await tapped.next() == {"count": 1, "total": 2.5}
        await client.inject("priced", {"count": 2})
        assert await tapped.next() == {"count": 2, "total": 5.0}


async def test_subscribers_may_read_an_event_stream(client: Client) -> None:
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with client.http.get(client.service.url + "/subscribe/live", headers=headers) as stream:
        assert stream.status == 200
        assert stream.content_type == "text/event-stream"
        await client.inject("orders", [{"count": 7}, {"count": 8}])
        events = [await _event(stream.content) for _ in range(2)]
    assert [json.loads(event["data"]) for event in events] == [{"count": 7, "total": 17.5}, {"count": 8, "total": 20.0}]
    assert all(event["id"].startswith("orders:") for event in events)
    await client.inject("orders", {"count": 9})  # the reader has gone, which hurts nobody


async def test_an_http_sink_tries_again_until_it_is_heard(client: Client) -> None:
    outside = client.outside
    requests = outside.requests["/called"]
    start = len(requests)
    outside.answers["/called"] += [500]
    await client.inject("calls", {"n": 1})
    await until(lambda: len(requests) >= start + 2)
    (first, body), (second, body_again) = requests[start : start + 2]
    assert json.loads(body) == json.loads(body_again) == {"n": 1}
    assert first["idempotency-key"] == second["idempotency-key"]
    assert first["idempotency-key"].startswith('Every "day"/called/')
    assert first["authorization"] == "Bearer call!"
    assert first["content-type"] == "application/json"


async def test_an_http_sink_does_not_wait_for_ever(client: Client) -> None:
    requests = client.outside.requests["/called"]
    start = len(requests)
    client.outside.delays["/called"] += [3.0]
    await client.inject("calls", {"n": "slow"})
    await until(lambda: len(requests) >= start + 2)
    keys = {headers["idempotency-key"] for headers, _ in requests[start : start + 2]}
    assert len(keys) == 1


async def test_an_http_sink_gives_up_on_what_is_refused(client: Client) -> None:
    await client.call("DELETE", "/dead-letters")
    client.outside.answers["/called"] += [403]
    await client.inject("calls", {"n": "refused"})
    ends = asyncio.get_running_loop().time() + PATIENCE_S
    letters: list[dict[str, object]] = []
    while not letters and asyncio.get_running_loop().time() < ends:
        letters = (await client.call("GET", "/dead-letters"))[1]["dead_letters"]
    assert [(letter["node"], letter["data"], letter["attempts"]) for letter in letters] == [
        ("called", {"n": "refused"}, 1)
    ]


async def test_an_http_sink_with_batches_waits_for_company(client: Client) -> None:
    requests = client.outside.requests["/collected"]
    await until(lambda: _numbers(requests)[-1:] in ([], ["refused"]))  # of the case before, if it ran here
    start = len(requests)
    await client.inject("calls", [{"n": number} for number in range(7)])
    await until(lambda: len(_numbers(requests[start:])) == 7)
    assert [len(json.loads(body)) for _, body in requests[start:]] == [3, 3, 1]
    assert _numbers(requests[start:]) == list(range(7))


async def test_a_socket_sink_connects_and_tells(client: Client) -> None:
    told = client.outside.told
    start = len(told)
    await client.inject("calls", [{"told": 1}, {"told": 2}])
    await until(lambda: len(told) >= start + 2)
    assert sorted(json.loads(text)["told"] for text in told[start:]) == [1, 2]


async def test_what_a_sink_gives_up_leaves_by_its_error_port(client: Client) -> None:
    requests = client.outside.requests["/limited"]
    await until(lambda: not requests or json.loads(requests[-1][1]).get("told") == 2)  # of the case before, if any
    start = len(requests)
    client.outside.answers["/limited"] += [503, 500, 200, 400]
    async with client.socket("/subscribe/given-up") as given_up:
        await client.inject("calls", [{"n": number} for number in (1, 2, 3)])
        reports = [await given_up.next(), await given_up.next()]
    found = [(report["data"]["n"], report["status"], report["attempts"], report["node"]) for report in reports]
    assert found == [(1, 500, 2, "limited"), (3, 400, 1, "limited")]
    assert [json.loads(body)["n"] for _, body in requests[start:]] == [1, 1, 2, 3]


async def test_a_database_sink_writes_with_the_commit(client: Client) -> None:
    books = [
        {"isbn": "a", "title": "First", "tags": ["x", "y"]},
        {"isbn": "b", "title": "Second", "more": True},
        {"isbn": "a", "title": "First, revised"},
        {"title": "no isbn"},
    ]
    await client.inject("books", books)
    assert client.service.rows("SELECT isbn, title, tags FROM shelf ORDER BY isbn") == [
        ("a", "First, revised", None),
        ("b", "Second", None),
    ]
    journal = client.service.rows("SELECT id, typeof(timestamp), data FROM journal ORDER BY rowid")
    assert [json.loads(data) for _, _, data in journal] == books
    assert [id for id, _, _ in journal] == [f"books:{number}" for number in range(4)]
    assert {kind for _, kind, _ in journal} == {"real"}


async def test_an_async_node_answers_in_order_and_fails_by_its_port(client: Client) -> None:
    async with client.socket("/subscribe/answers") as answers, client.socket("/subscribe/mishaps") as mishaps:
        await client.inject("questions", [{"id": number} for number in (1, 2, -3, 4)])
        assert [(await answers.next())["name"] for _ in range(3)] == ["order 1", "order 2", "order 4"]
        mishap = await mishaps.next()
    assert (mishap["node"], mishap["data"]) == ("answered", {"id": -3})
    assert "no such order" in mishap["error"]


async def test_what_a_node_can_not_process_leaves_by_its_error_port(client: Client) -> None:
    async with client.socket("/subscribe/mishaps") as mishaps:
        await client.inject("orders", [{"count": 1}, {"number": 1}, {"count": 2}])
        mishap = await mishaps.next()
    assert (mishap["node"], mishap["data"]) == ("priced", {"number": 1})
    assert "count" in mishap["error"]


async def test_a_window_closes_by_the_clock_without_another_packet(client: Client) -> None:
    async with client.socket("/subscribe/counts") as counts:
        await client.inject("readings", [{"sensor": "a"}, {"sensor": "b"}, {"sensor": "a"}])
        found = [await counts.next(), await counts.next()]
        assert sorted(found, key=lambda count: count["sensor"]) == [
            {"sensor": "a", "count": 2},
            {"sensor": "b", "count": 1},
        ]


async def test_log_lines_are_in_the_log(client: Client) -> None:
    await client.inject("orders", {"count": 4, "note": "to be seen"})
    await until(lambda: 'lines: {"count": 4, "note": "to be seen", "total": 10.0}' in client.service.log())
    assert "feed!" not in client.service.log()


async def _event(content: asyncio.StreamReader | object) -> dict[str, str]:
    """The next event of a stream."""
    fields: dict[str, str] = {}
    while line := (await content.readline()).decode().rstrip("\n"):  # type: ignore[union-attr]
        name, _, value = line.partition(": ")
        if name:
            fields[name] = value
    return fields or await _event(content)


def _numbers(requests: list[tuple[dict[str, str], bytes]]) -> list[object]:
    return [item.get("n") for _, body in requests for item in json.loads(body)]
