"""The http sink's outbox: what is sent, in which order, how often, and what outlives a kill."""

from __future__ import annotations

import asyncio
from json import loads
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from runtime.counting_kernel import kernel_with
from runtime.services import Clock, Receiver, Service, description, receiver, served, until
from streamflow_runtime.outbox import Outbox

ORDERS = {"orders": {"type": "manual"}}


def shop(target: Receiver, **options: Any) -> dict[str, Any]:
    return description(ORDERS, {"alerts": {"type": "http", "url": target.url, **options}})


async def test_one_request_per_packet_with_its_key_and_headers() -> None:
    options = {
        "method": "PUT",
        "headers": {"X-Shop": {"text": ["key ", {"secret": "KEY"}]}},
        "auth": {"bearer": {"text": [{"secret": "KEY"}]}},
    }
    async with receiver() as target, served(shop(target, **options), secrets=SECRETS) as service:
        await service.call("POST", "/inject", [{"amount": 1}, {"amount": 2}])
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert sorted(zip(target.keys, target.bodies, strict=True)) == [
            ("Shop/alerts/0", {"amount": 1}),
            ("Shop/alerts/1", {"amount": 2}),
        ]
        headers = target.requests[0][0]
        assert headers["content-type"] == "application/json"
        assert headers["x-shop"] == "key abc"
        assert headers["authorization"] == "Bearer abc"


async def test_text_and_bytes_go_as_they_are() -> None:
    async with receiver() as target, served(shop(target)) as service:
        service.shell.open()
        for value in ("a;b", b"\x00\xff", "", None, 5):
            service.shell.run(lambda kernel, now, value=value: kernel.push("orders", [{"value": value, "key": 1}], now))
        await until(lambda: len(target.requests) == 5)
        assert [(headers["content-type"], body) for headers, body in target.requests] == [
            ("text/plain; charset=utf-8", b"a;b"),
            ("application/octet-stream", b"\x00\xff"),
            ("text/plain; charset=utf-8", b""),
            ("application/json", b"null"),
            ("application/json", b"5"),
        ]


async def test_six_requests_at_a_time_and_one_per_key() -> None:
    async with receiver() as target, served(shop(target)) as service:
        target.pause = asyncio.Event()
        await service.call("POST", "/inject", [{"key": "a", "n": n} for n in range(3)] + [{"n": n} for n in range(9)])
        await until(lambda: target.active == 6)
        assert [body for body in target.bodies if body.get("key")] == [{"key": "a", "n": 0}]
        target.pause.set()
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert target.most_active == 6
        assert [body["n"] for body in target.bodies if body.get("key")] == [0, 1, 2]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
async def test_what_may_heal_is_tried_again_with_growing_pauses(status: int) -> None:
    clock = Clock()
    async with receiver() as target, served(shop(target), clock=clock) as service:
        target.answers = [status, status, status, 200]
        await service.call("POST", "/inject", {"amount": 1})
        for tries, wait in enumerate((1, 2, 4), 1):
            await until(lambda tries=tries: service.rows("_streamflow_outbox")[0][6] == tries)
            clock.time += wait - 0.01
            service.shell.wake()
            await asyncio.sleep(0.01)
            assert len(target.requests) == tries
            clock.time += 0.01
            service.shell.wake()
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert set(target.keys) == {"Shop/alerts/0"}


async def test_a_lost_connection_is_tried_again_and_the_pause_is_at_most_a_minute() -> None:
    clock = Clock()
    service_description = description(ORDERS, {"alerts": {"type": "http", "url": "http://127.0.0.1:9/"}})
    async with served(service_description, clock=clock) as service:
        await service.call("POST", "/inject", {"amount": 1})
        for tries in range(1, 10):
            await until(lambda tries=tries: service.rows("_streamflow_outbox")[0][6] == tries)
            clock.time += min(60, 2 ** (tries - 1))
            service.shell.wake()
        assert (await service.call("GET", "/dead-letters"))[1] == {"dead_letters": []}


async def test_retry_after_is_honoured() -> None:
    clock = Clock()
    async with receiver() as target, served(shop(target), clock=clock) as service:
        target.answers = [web.Response(status=429, headers={"Retry-After": "30"}), 200]
        await service.call("POST", "/inject", {"amount": 1})
        await until(lambda: service.rows("_streamflow_outbox")[0][6] == 1)
        assert service.rows("_streamflow_outbox")[0][7] == clock.time + 30


async def test_a_key_waits_for_its_first_while_others_pass() -> None:
    clock = Clock()
    async with receiver() as target, served(shop(target), clock=clock) as service:
        target.answers = [500, 200]
        await service.call("POST", "/inject", [{"key": "a", "n": 0}, {"key": "a", "n": 1}, {"key": "b", "n": 2}])
        await until(lambda: len(service.rows("_streamflow_outbox")) == 2)
        sent_before = [body["n"] for body in target.bodies]
        clock.time += 1
        service.shell.wake()
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert sorted(sent_before) == [0, 2]
        assert [body["n"] for body in target.bodies][2:] == [0, 1]


async def test_another_refusal_is_final() -> None:
    async with receiver() as target, served(shop(target)) as service:
        target.answers = [404]
        await service.call("POST", "/inject", {"amount": 1})
        await until(lambda: not service.rows("_streamflow_outbox"))
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert letters == [
            {
                "id": 1,
                "node": "alerts",
                "data": {"amount": 1},
                "error": "the server answered 404",
                "attempts": 1,
                "line": None,
            }
        ]
        assert len(target.requests) == 1


async def test_after_a_day_it_is_given_up() -> None:
    clock = Clock()
    async with receiver() as target, served(shop(target), clock=clock) as service:
        target.answers = [500]
        await service.call("POST", "/inject", {"amount": 1})
        await until(lambda: service.rows("_streamflow_outbox")[0][6] == 1)
        clock.time += 86_400
        service.shell.wake()
        await until(lambda: not service.rows("_streamflow_outbox"))
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert letters[0]["attempts"] == 2


async def test_a_connected_error_port_gets_what_failed() -> None:
    kernel = kernel_with("alerts", "errors", connected_errors=frozenset({"alerts"}))
    async with receiver() as target, receiver() as errors:
        sinks = {"alerts": {"type": "http", "url": target.url}, "errors": {"type": "http", "url": errors.url}}
        target.answers = [400]
        async with served(description(ORDERS, sinks), kernel) as service:
            await service.call("POST", "/inject", {"amount": 1})
            await until(lambda: errors.requests)
            assert errors.bodies[0]["status"] == 400
            assert errors.bodies[0]["attempts"] == 1
            assert errors.bodies[0]["data"] == {"amount": 1}
            assert (await service.call("GET", "/dead-letters"))[1] == {"dead_letters": []}


async def test_batches_hold_at_most_so_many() -> None:
    async with receiver() as target, served(shop(target, batch={"size": 2, "delay": None})) as service:
        await service.call("POST", "/inject", [{"key": 1, "n": n} for n in range(5)])
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert target.bodies == [
            [{"key": 1, "n": 0}, {"key": 1, "n": 1}],
            [{"key": 1, "n": 2}, {"key": 1, "n": 3}],
            [{"key": 1, "n": 4}],
        ]
        assert target.keys == ["Shop/alerts/0-1", "Shop/alerts/2-3", "Shop/alerts/4-4"]


async def test_batches_hold_at_most_so_many_bytes() -> None:
    batch = {"size": 100, "delay": 10.0, "bytes": 30}
    async with receiver() as target, served(shop(target, batch=batch)) as service:
        texts = ["a" * 7, "b" * 7, "c" * 8, "d" * 40, "e"]  # of an array of one text there are four more
        await service.call("POST", "/inject", [{"value": [text]} for text in texts])
        await until(lambda: len(target.requests) == 3)
        assert sorted([row[0][0] for row in body] for body in target.bodies) == [["a", "b"], ["c"], ["d"]]
        await service.call("POST", "/inject", {"value": ["f" * 24]})  # with brackets 30 bytes, all that may be
        await until(lambda: len(target.requests) == 5)
        assert sorted([row[0][0] for row in body] for body in target.bodies[3:]) == [["e"], ["f"]]
        assert sorted(len(body) for _, body in target.requests) == [7, 14, 25, 30, 46]


async def test_a_batch_that_is_larger_than_the_buffer_goes_when_that_is_full() -> None:
    async with receiver() as target:
        batching = {**shop(target, batch={"size": 10, "delay": 60.0}), "buffer": {"packets": 2}}
        async with served(batching) as service:
            await service.call("POST", "/inject", {"n": 0})
            await service.call("POST", "/inject", {"n": 1})
            await until(lambda: target.bodies == [[{"n": 0}, {"n": 1}]])


async def test_a_batch_waits_for_company_and_keeps_its_rows(tmp_path: Path) -> None:
    clock = Clock()
    async with receiver() as target:
        shop_here = shop(target, batch={"size": 3, "delay": 10.0})
        target.answers = [500]
        async with served(shop_here, clock=clock, state=tmp_path / "state") as service:
            await service.call("POST", "/inject", [{"n": 0}, {"n": 1}])
            assert target.requests == []
            clock.time += 10
            service.shell.wake()
            await until(lambda: service.rows("_streamflow_outbox")[0][6] == 1)
            await service.call("POST", "/inject", {"n": 2})
        target.answers = [200]
        async with served(shop_here, clock=clock, state=tmp_path / "state") as service:
            clock.time += 10
            service.shell.wake()
            await until(lambda: not service.rows("_streamflow_outbox"))
        assert target.keys == ["Shop/alerts/0-1", "Shop/alerts/0-1", "Shop/alerts/2-2"]
        assert target.bodies[1] == [{"n": 0}, {"n": 1}]


async def test_a_kill_between_commit_and_delivery_loses_nothing(tmp_path: Path) -> None:
    async with receiver() as target:
        target.pause = asyncio.Event()
        async with served(shop(target), state=tmp_path / "state") as service:
            status, _ = await service.call("POST", "/inject", [{"n": n} for n in range(8)])
            assert status == 202
            await until(lambda: target.active == 6)
        target.pause = None
        target.requests.clear()
        async with served(shop(target), state=tmp_path / "state") as service:
            service.shell.open()
            await until(lambda: not service.rows("_streamflow_outbox"))
            assert sorted(body["n"] for body in target.bodies) == list(range(8))
            assert sorted(target.keys) == [f"Shop/alerts/{row}" for row in range(8)]
            target.requests.clear()
            await service.call("POST", "/inject", {"n": 8})
            await until(lambda: target.requests)
            assert target.keys == ["Shop/alerts/8"]


async def test_a_full_outbox_refuses_until_it_has_room() -> None:
    clock = Clock()
    async with receiver() as target:
        full = {**shop(target), "buffer": {"packets": 2}}
        target.answers = [500, 500, 200]
        async with served(full, clock=clock) as service:
            assert (await service.call("POST", "/inject", [{}, {}]))[0] == 202
            await until(lambda: [row[6] for row in service.rows("_streamflow_outbox")] == [1, 1])
            assert (await service.call("POST", "/inject", {}))[0] == 429
            assert service.headers["retry-after"] == "1"
            clock.time += 1
            service.shell.wake()
            await until(lambda: not service.rows("_streamflow_outbox"))
            assert (await service.call("POST", "/inject", {}))[0] == 202


async def test_only_sources_that_lead_there_are_refused() -> None:
    async with receiver() as target:
        target.answers = [500]
        sources = {"orders": {"type": "manual"}, "others": {"type": "manual"}}
        shop_here = {**shop(target), "sources": sources, "buffer": {"packets": 1}}
        shop_here["paths"] = {"orders": ["alerts"], "others": []}
        async with served(shop_here) as service:
            assert (await service.call("POST", "/inject/orders", {}))[0] == 202
            assert (await service.call("POST", "/inject/orders", {}))[0] == 429
            assert (await service.call("POST", "/inject/others", {}))[0] == 202


async def test_data_that_is_not_json_becomes_a_dead_letter() -> None:
    async with receiver() as target, served(shop(target)) as service:
        service.shell.open()
        service.shell.run(
            lambda kernel, now: kernel.push("orders", [{"value": {1, 2}}, {"value": 3}, {"value": "x" * 10**6}], now)
        )
        await until(lambda: target.requests)
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert [letter["node"] for letter in letters] == ["alerts", "alerts"]
        assert letters[0]["data"] == "{1, 2}"
        assert len(letters[1]["data"]) < 200_000


async def test_so_many_at_a_time_and_in_order_where_that_is_wanted() -> None:
    async with receiver() as target, served(shop(target, concurrency=2)) as service:
        target.pause = asyncio.Event()
        await service.call("POST", "/inject", [{"n": n} for n in range(9)])
        await until(lambda: target.active == 2)
        target.pause.set()
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert target.most_active == 2
    async with receiver() as target, served(shop(target, ordered=True)) as service:
        target.answers = [500, 200]
        await service.call("POST", "/inject", [{"n": n} for n in range(5)] + [{"key": "a", "n": 5}])
        await until(lambda: len(target.requests) == 2)
        service.platform.now.time += 1  # type: ignore[attr-defined]
        service.shell.wake()
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert [body["n"] for body in target.bodies if "key" not in body] == [0, 0, 1, 2, 3, 4]
        assert target.bodies[1] == {"key": "a", "n": 5}


async def test_a_retry_policy_says_when_and_how_often() -> None:
    clock = Clock()
    policy = {"max_retries": 3, "backoff_multiplier": 3, "initial_delay": 2.0, "max_delay": 10.0, "jitter": 0.0}
    async with receiver() as target, served(shop(target, retry_policy=policy), clock=clock) as service:
        target.answers = [500]
        await service.call("POST", "/inject", {"amount": 1})
        for tries, wait in enumerate((2, 6, 10), 1):
            await until(lambda tries=tries: service.rows("_streamflow_outbox")[0][6] == tries)
            assert service.rows("_streamflow_outbox")[0][7] == clock.time + wait
            clock.time += wait
            service.shell.wake()
        await until(lambda: not service.rows("_streamflow_outbox"))
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert [(letter["attempts"], letter["error"]) for letter in letters] == [(4, "the server answered 500")]


async def test_a_policy_counts_tries_and_not_days_and_its_jitter_is_repeatable() -> None:
    clock = Clock()
    policy = {"max_retries": 5, "backoff_multiplier": 1, "initial_delay": 100_000.0, "max_delay": 1e6, "jitter": 0.5}
    pauses = []
    for _ in range(2):
        async with receiver() as target, served(shop(target, retry_policy=policy), clock=clock) as service:
            target.answers = [500]
            await service.call("POST", "/inject", [{"n": 1}, {"n": 2}])
            await until(lambda: [row[6] for row in service.rows("_streamflow_outbox")] == [1, 1])
            pauses.append([row[7] - clock.time for row in service.rows("_streamflow_outbox")])
    assert pauses[0] == pauses[1]
    assert len({*pauses[0]}) == 2
    assert all(50_000 <= pause <= 150_000 for pause in pauses[0])


async def test_no_retries_are_none() -> None:
    policy = {"max_retries": 0, "initial_delay": 1.0, "max_delay": 1.0, "backoff_multiplier": 2}
    async with receiver() as target, served(shop(target, retry_policy=policy)) as service:
        target.answers = [503]
        await service.call("POST", "/inject", {})
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert len(target.requests) == 1


async def test_a_full_batching_sink_refuses_only_what_leads_there() -> None:
    async with receiver() as target:
        target.answers = [500]
        sources = {"orders": {"type": "manual"}, "others": {"type": "manual"}}
        batching = {**shop(target, batch={"size": 10, "delay": 60.0}), "sources": sources, "buffer": {"packets": 2}}
        batching["paths"] = {"orders": ["alerts"], "others": []}
        async with served(batching) as service:
            assert (await service.call("POST", "/inject/orders", [{}, {}]))[0] == 202
            assert (await service.call("POST", "/inject/orders", {}))[0] == 429
            assert (await service.call("POST", "/inject/others", {}))[0] == 202


SECRETS = {"STREAMFLOW_TOKEN": "s3cret-token", "KEY": "abc"}


@pytest.mark.parametrize("batch", [None, {"size": 2, "delay": 60.0}])
async def test_a_full_outbox_drops_the_newest_where_it_is_told_to(batch: Any) -> None:
    more = {} if batch is None else {"batch": batch}
    async with receiver() as target:
        dropping = {**shop(target, overflow="drop_newest", **more), "buffer": {"packets": 3}, "paths": {"orders": []}}
        target.answers = [500]
        async with served(dropping) as service:
            for first in (0, 2, 4):
                status, _ = await service.call("POST", "/inject", [{"n": first}, {"n": first + 1}])
                assert status == 202
            assert [row[1] for row in service.rows("_streamflow_outbox")] == [0, 1, 2]
            kept = [loads(row[2])["n"] for row in service.rows("_streamflow_outbox")]
            assert kept == [0, 1, 2]
            figures = (await service.call("GET", "/metrics"))[1]
            assert figures["nodes"]["alerts"]["packets_dropped"] == {"overflow": 3}
            assert figures["packets_dropped"] == 1 + 3


@pytest.mark.parametrize("batch", [None, {"size": 2, "delay": 60.0}])
async def test_a_full_outbox_drops_the_oldest_where_it_is_told_to(batch: Any, tmp_path: Path) -> None:
    more = {} if batch is None else {"batch": batch}
    clock = Clock()
    async with receiver() as target:
        dropping = {**shop(target, overflow="drop_oldest", **more), "buffer": {"packets": 3}, "paths": {"orders": []}}
        target.answers = [500]
        async with served(dropping, clock=clock, state=tmp_path / "state") as service:
            await service.call("POST", "/inject", [{"n": 0}, {"n": 1}, {"n": 2}])
            # those that are being sent stay; so wait until the first tries have failed
            await until(lambda: [row[6] for row in service.rows("_streamflow_outbox")][:2] == [1, 1])
            await until(lambda: not any(queue.active for queue in outbox_of(service).queues.values()))
            await service.call("POST", "/inject", [{"n": 3}, {"n": 4}])
            kept = [loads(row[2])["n"] for row in service.rows("_streamflow_outbox")]
            assert kept == [2, 3, 4]
            await service.call("POST", "/inject", [{"n": n} for n in range(5, 10)])
            kept = [loads(row[2])["n"] for row in service.rows("_streamflow_outbox")]
            assert kept[-3:] == [7, 8, 9]
            assert outbox_of(service).undelivered() == len(kept)
            _, figures = await service.call("GET", "/metrics")
            assert figures["nodes"]["alerts"]["queue_depth"] == len(kept)
        target.answers = [200]
        async with served(dropping, clock=clock, state=tmp_path / "state") as service:
            clock.time += 100
            service.shell.open()
            service.shell.wake()
            await until(lambda: not service.rows("_streamflow_outbox"))
            assert outbox_of(service).undelivered() == 0
            figures = (await service.call("GET", "/metrics"))[1]
            assert figures["nodes"]["alerts"]["packets_dropped"]["overflow"] >= 4


async def test_bytes_fill_an_outbox_too() -> None:
    async with receiver() as target:
        target.answers = [500]
        for way, kept in (("drop_newest", "x" * 100), ("drop_oldest", "z")):
            dropping = {**shop(target, overflow=way), "buffer": {"bytes": 50}, "paths": {"orders": []}}
            async with served(dropping) as service:
                for text in ("x" * 100, "y" * 100, "z"):
                    await service.call("POST", "/inject", {"value": text})
                    await until(lambda: all(row[6] for row in service.rows("_streamflow_outbox")))
                    await until(lambda: not any(queue.active for queue in outbox_of(service).queues.values()))
                assert [loads(row[2]) for row in service.rows("_streamflow_outbox")] == [kept]


def outbox_of(service: Service) -> Outbox:
    """The part with the sink's outputs."""
    return next(part for part in service.shell.parts if isinstance(part, Outbox))
