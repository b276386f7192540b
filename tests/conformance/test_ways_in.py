"""Sources: webhooks, clients' sockets, connections that the graph opens, polls, timers."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

from conformance.client import Client, until
from conformance.services import TOKEN

TEXTS = [json.dumps({"n": number}) for number in range(20)]


async def test_a_webhook_has_its_own_token_and_keeps_what_it_was_asked_to(client: Client) -> None:
    async with client.socket("/subscribe/hooked") as hooked:
        status, answer = await client.call("POST", "/hooks/shop", [{"n": 1}, {"n": 2}], token="hook!", X_Shop="Ulm")
        assert (status, answer["accepted"]) == (202, 2)
        assert [await hooked.next(), await hooked.next()] == [{"n": 1, "shop": "Ulm"}, {"n": 2, "shop": "Ulm"}]
        await client.call("POST", "/hooks/shop", {"n": 3}, token="hook!")
        assert await hooked.next() == {"n": 3, "shop": None}
    assert (await client.call("POST", "/hooks/shop", {"n": 4}))[0] == 401  # the service's token is not its own


async def test_requests_that_come_at_the_same_time_count_once_each(client: Client) -> None:
    """Two of each id and a malformed one among them; the service commits many together."""
    before = (await client.call("GET", "/metrics"))[1]["nodes"]["clients"]["packets_processed"]
    bodies = [(f"together-{number // 2}", json.dumps({"n": number // 2})) for number in range(60)]
    bodies[20:20] = [("together-malformed", "{")]
    answers = await asyncio.gather(
        *(client.call("POST", "/inject/clients", body, idempotency_key=id) for id, body in bodies)
    )
    for (id, body), (status, answer) in zip(bodies, answers, strict=True):
        assert (status, answer.get("batch_id")) == ((202, id) if body != "{" else (400, None))
    after = (await client.call("GET", "/metrics"))[1]["nodes"]["clients"]["packets_processed"]
    assert after - before == 30


async def test_an_open_webhook_takes_what_pages_of_its_origins_send(client: Client) -> None:
    origin = "https://shop.example.com"
    async with client.socket("/subscribe/hooked") as hooked:
        status, _ = await client.call(
            "POST", "/hooks/open-hook", {"n": 5}, token=None, origin=origin, content_type="text/plain"
        )
        assert (status, client.headers["access-control-allow-origin"]) == (202, origin)
        assert await hooked.next() == {"n": 5}
    status, _ = await client.call("OPTIONS", "/hooks/open-hook", token=None, origin=origin)
    assert (status, client.headers["access-control-allow-origin"]) == (204, origin)
    assert (await client.call("POST", "/hooks/open-hook", {}, token=None, origin="https://evil.example.com"))[0] == 403


async def test_clients_send_over_a_socket_and_hear_what_is_durable(client: Client) -> None:
    async with client.socket("/subscribe/heard") as heard, client.socket("/inject/clients") as data:
        await data.send('{"n": 1}', '[{"n": 2}, {"n": 3}]', b'{"n": 4}\n{"n": 5}')
        answer = await data.next()
        while answer["offset"] < 3:
            answer = await data.next()
        assert answer == {"accepted": 5, "offset": 3}
        assert [(await heard.next())["n"] for _ in range(5)] == [1, 2, 3, 4, 5]
        await data.send("{", '{"n": 6}')
        answer = await data.next()
        malformed = answer.get("malformed", [])
        while answer["offset"] < 5:
            answer = await data.next()
            malformed += answer.get("malformed", [])
        assert answer["accepted"] == 6
        assert [entry["message"] for entry in malformed] == [3]
        await data.connection.close(code=4001)
        assert data.connection.close_code != 1006  # it was answered


async def test_no_message_is_taken_for_a_part_of_another(client: Client) -> None:
    messages = ['{"n": "\x1e\x1e\x1e\x1e\x1e"}', '{"n": 1}', b'{"n": 2}', "[object ArrayBuffer]"]
    messages += ['{"n": [{}', "{}]}", "{}, {}", "", '{"n": 3}', "\x1e", '{"n": 4}']
    async with client.socket("/subscribe/heard") as heard, client.socket("/inject/clients") as data:
        await data.send(*messages)
        malformed, answer = [], {"offset": 0}
        while answer["offset"] < len(messages):
            answer = await data.next()
            malformed += [entry["message"] for entry in answer.get("malformed", [])]
        assert answer["accepted"] == 4
        assert malformed == [0, 3, 4, 5, 6, 7, 9]
        assert [(await heard.next())["n"] for _ in range(4)] == [1, 2, 3, 4]


async def test_a_client_that_comes_back_goes_on_where_it_was(client: Client) -> None:
    before = await client.processed("clients")
    async with client.socket("/inject/clients?client=till-7&from=0") as data:
        await data.send(*TEXTS[:7])
        while (answer := await data.next())["offset"] < 7:
            pass
        assert answer["accepted"] == 7
    async with client.socket("/inject/clients?client=till-7&from=4") as data:  # three are sent again
        await data.send(*TEXTS[4:])
        while (answer := await data.next())["offset"] < len(TEXTS):
            pass
        assert answer["accepted"] == len(TEXTS) - 7
    assert await client.processed("clients") == before + len(TEXTS)
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with client.socket("/inject/clients?client=till-7&from=21"):
            pass
    assert refused.value.status == 409


async def test_a_data_socket_answers_plain_requests_with_426(client: Client) -> None:
    assert (await client.call("GET", "/inject/clients"))[0] == 426
    assert (await client.call("GET", "/inject/orders"))[0] == 405


async def test_a_feed_is_connected_subscribed_and_connected_again(client: Client) -> None:
    outside = client.outside
    async with client.socket("/subscribe/fed") as fed:
        await until(lambda: outside.subscribed)
        assert json.loads(outside.subscribed[-1]) == {"channel": "prices"}
        assert outside.handshakes[-1]["authorization"] == "Bearer feed!"
        assert outside.feed('{"n": 1}') == outside.feed(b'[{"n": 2}]') == 1
        assert [await fed.next(), await fed.next()] == [{"n": 1}, {"n": 2}]
        subscribed = len(outside.subscribed)
        outside.hang_up()
        await until(lambda: len(outside.subscribed) > subscribed)
        for number in range(3, 600):
            outside.feed(json.dumps({"n": number}))
        assert [(await fed.next())["n"] for _ in range(3, 600)] == list(range(3, 600))


async def test_polls_take_the_items_and_leave_what_has_not_changed(client: Client) -> None:
    outside = client.outside
    async with client.socket("/subscribe/polled") as polled:
        outside.poll_tag, outside.poll = '"1"', b'{"list": [{"n": 1}, {"n": 2}]}'
        assert [await polled.next(), await polled.next()] == [{"n": 1}, {"n": 2}]
        outside.poll_tag, outside.poll = '"2"', b'{"list": [{"n": 3}]}'
        assert await polled.next() == {"n": 3}


async def test_a_timer_ticks_in_order(client: Client) -> None:
    async with client.socket("/subscribe/ticks") as ticks:
        first = (await ticks.next())["tick"]
        assert [await ticks.next(), await ticks.next()] == [{"tick": first + 1}, {"tick": first + 2}]


async def test_packets_of_a_client_keep_what_was_asked_for_of_its_connection(client: Client) -> None:
    headers = {"authorization": f"Bearer {TOKEN}", "x-shop": "s" * 3000}
    async with client.socket("/subscribe/hooked") as hooked:
        async with client.socket("/inject/tills", headers=headers) as till:
            await till.send('{"n": 1}', '{"n": 2}')
            assert await hooked.next() == {"n": 1, "shop": "s" * 500}
            assert await hooked.next() == {"n": 2, "shop": "s" * 500}
        await client.inject("tills", {"n": 3})
        assert await hooked.next() == {"n": 3, "shop": None}
