"""POST /inject: what is accepted, what is refused, what is counted once."""

from __future__ import annotations

import gzip
import json

from runtime.services import Clock, description, served

TWO = {"orders": {"type": "manual"}, "returns": {"type": "manual"}}


async def test_object_array_and_ndjson_are_batches() -> None:
    async with served() as service:
        assert await service.call("POST", "/inject/orders", {"amount": 1}) == (
            202,
            {"accepted": 1, "batch_id": "orders:0"},
        )
        assert await service.call("POST", "/inject/orders", [{"amount": 2}, {"amount": 3}]) == (
            202,
            {"accepted": 2, "batch_id": "orders:1"},
        )
        status, answer = await service.call("POST", "/inject/orders", '{"amount": 4}\n{"amount": 5}\n')
        assert (status, answer["accepted"]) == (202, 2)
        assert service.shell.kernel.state["total"] == 15


async def test_the_only_source_needs_no_name() -> None:
    async with served() as service:
        assert (await service.call("POST", "/inject", {"amount": 1}))[0] == 202


async def test_several_sources_are_named() -> None:
    async with served(description(TWO)) as service:
        status, problem = await service.call("POST", "/inject", {})
        assert status == 404
        assert "orders, returns" in problem["detail"]
        assert service.headers["content-type"].startswith("application/problem+json")


async def test_an_unknown_source_has_a_suggestion() -> None:
    async with served(description(TWO)) as service:
        status, problem = await service.call("POST", "/inject/oders", {})
        assert (status, problem["detail"]) == (404, "Did you mean orders?")


async def test_malformed_bytes_refuse_the_whole_batch() -> None:
    async with served() as service:
        for body in ("{", "[1, NaN]", "5", '{"a": 1}\n{', b'{"a": "\xff"}', "[" * 100 + "]" * 100):
            status, problem = await service.call("POST", "/inject/orders", body)
            assert (status, problem["title"]) == (400, "Malformed input"), body
        assert service.shell.kernel.admitted == {}


async def test_a_large_body_is_refused_by_its_announced_length() -> None:
    async with served() as service:
        status, problem = await service.call("POST", "/inject/orders", b"[" + b"1," * 50_000 + b"1]")
        assert (status, problem["status"]) == (413, 413)


async def test_a_large_chunked_body_is_refused_while_it_comes() -> None:
    sent = 0

    async def body():
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield b" " * 100_000

    async with served() as service:
        headers = {"authorization": "Bearer s3cret-token"}
        try:
            async with service.http.post(service.url + "/inject/orders", data=body(), headers=headers) as response:
                assert response.status == 413
        except ConnectionError:
            pass  # cut off while still sending, which is as good
        assert sent < 1000
        assert service.shell.kernel.admitted == {}


async def test_another_method_is_answered_with_those_allowed() -> None:
    async with served() as service:
        assert (await service.call("DELETE", "/inject/orders"))[0] == 405
        assert service.headers["allow"] == "POST"
        assert (await service.call("GET", "/nowhere"))[0] == 404


async def test_a_batch_sent_again_answers_the_same_bytes() -> None:
    async with served() as service:
        texts = []
        for _ in range(2):
            async with service.http.post(
                service.url + "/inject/orders",
                data='{"amount": 1}',
                headers={"authorization": "Bearer s3cret-token", "idempotency-key": "order-7"},
            ) as response:
                assert response.status == 202
                texts.append(await response.read())
        assert texts[0] == texts[1]
        assert json.loads(texts[0]) == {"accepted": 1, "batch_id": "order-7"}
        assert service.shell.kernel.state["count"] == 1


async def test_the_same_id_with_another_body_is_refused() -> None:
    async with served(description(TWO)) as service:
        assert (await service.call("POST", "/inject/orders", {"amount": 1}, idempotency_key="a"))[0] == 202
        assert (await service.call("POST", "/inject/orders", {"amount": 2}, idempotency_key="a"))[0] == 422
        assert (await service.call("POST", "/inject/returns", {"amount": 1}, idempotency_key="a"))[0] == 422
        assert service.shell.kernel.state["count"] == 1


async def test_an_id_is_forgotten_after_a_day() -> None:
    clock = Clock()
    async with served(clock=clock) as service:
        await service.call("POST", "/inject", {"amount": 1}, idempotency_key="a")
        clock.time += 86_399
        await service.call("POST", "/inject", {"amount": 1}, idempotency_key="a")
        assert service.shell.kernel.state["count"] == 1
        clock.time += 2
        await service.call("POST", "/inject", {"amount": 1}, idempotency_key="a")
        assert service.shell.kernel.state["count"] == 2
        assert [row[0] for row in service.rows("_streamflow_batches")] == ["a"]


async def test_a_malformed_batch_leaves_its_id_free() -> None:
    async with served() as service:
        assert (await service.call("POST", "/inject", "{", idempotency_key="a"))[0] == 400
        assert (await service.call("POST", "/inject", "{}", idempotency_key="a"))[0] == 202


async def test_too_many_events_are_refused_and_leave_no_trace() -> None:
    service_description = description(
        {"orders": {"type": "manual"}}, limits={"body": 100_000, "batch": 3, "nesting": 64}
    )
    async with served(service_description) as service:
        await service.call("POST", "/inject", [{"amount": 1}] * 3)
        status, problem = await service.call("POST", "/inject", [{"amount": 1}] * 4)
        assert (status, problem["detail"]) == (413, "At most 100000 bytes and 3 events.")
        assert service.shell.open().state["total"] == 3


async def test_a_bug_in_an_endpoint_says_nothing_of_itself() -> None:
    async with served() as service:
        await service.call("POST", "/inject", {})
        service.shell.kernel.metrics = lambda: 1 / 0
        status, problem = await service.call("GET", "/metrics")
        assert (status, problem["title"], "detail" in problem) == (500, "Internal error", False)


async def test_a_compressed_body_is_bytes_that_do_not_parse() -> None:
    async with served() as service:
        for body in (b"{}", gzip.compress(b"{}")):
            status, problem = await service.call("POST", "/inject", body, content_encoding="gzip")
            assert (status, problem.get("title")) in [(202, None), (400, "Malformed input")]
        assert status == 400


async def test_metrics_are_json_for_a_client_that_takes_both() -> None:
    async with served() as service:
        for accept, kind in [
            ("application/json, text/plain, */*", "application/json"),
            ("text/plain", "text/plain"),
            ("application/openmetrics-text;version=1.0.0,text/plain;q=0.5", "text/plain"),
        ]:
            await service.call("GET", "/metrics", accept=accept)
            assert service.headers["content-type"].startswith(kind)
