"""GET and PUT /state, /metrics, /dead-letters."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from runtime.counting_kernel import kernel_with
from runtime.services import Clock, description, receiver, served, until

MANUAL = description({"orders": {"type": "manual"}}, {"alerts": {"type": "log"}})


async def test_a_state_is_restored_elsewhere() -> None:
    async with receiver() as target:
        shop = description({"orders": {"type": "manual"}}, {"alerts": {"type": "http", "url": target.url}})
        async with served(shop) as service:
            await service.call("POST", "/inject", [{"amount": 3}, {"amount": 4}])
            status, state = await service.call("GET", "/state")
            assert status == 200
        target.requests.clear()
        async with served(shop) as service:
            await service.call("POST", "/inject", {"amount": 100})
            await until(lambda: not service.rows("_streamflow_outbox"))
            assert (await service.call("PUT", "/state", state))[0] == 204
            assert (await service.call("GET", "/state"))[1] == state
            target.requests.clear()
            assert (await service.call("POST", "/inject", {"amount": 5}))[1]["batch_id"] == "orders:2"
            await until(lambda: target.requests)
            assert target.keys == ["Shop/alerts/2"]
            assert service.shell.kernel.state["total"] == 12


async def test_a_restored_state_is_durable_and_undoes_later_deliveries(tmp_path) -> None:
    shop = description({"orders": {"type": "manual"}}, {"alerts": {"type": "http", "url": "http://127.0.0.1:9"}})
    async with served(shop, state=tmp_path / "state") as service:
        await service.call("POST", "/inject", {"amount": 3})
        state = (await service.call("GET", "/state"))[1]
        await service.call("POST", "/inject", {"amount": 4, "ask": 1})
        await service.call("POST", "/inject", {"amount": 5})
        assert (await service.call("PUT", "/state", state))[0] == 204
        assert [row[1] for row in service.rows("_streamflow_outbox")] == [0]
    async with served(shop, state=tmp_path / "state") as service:
        assert (await service.call("GET", "/state"))[1] == state


async def test_a_foreign_state_changes_nothing() -> None:
    async with served(MANUAL) as service:
        await service.call("POST", "/inject", {"amount": 3})
        state = (await service.call("GET", "/state"))[1]
        foreign = {**state, "kernel": {**state["kernel"], "shape": "other"}}
        for body in (foreign, {}, [], 5, {"kernel": state["kernel"]}):
            assert (await service.call("PUT", "/state", body))[0] == 409, body
        assert (await service.call("GET", "/state"))[1] == state


async def test_a_malformed_state_is_refused() -> None:
    async with served(MANUAL) as service:
        for body in ("{", b"\xff", "[" * 5000 + "]" * 5000):
            assert (await service.call("PUT", "/state", body))[0] == 400


async def test_metrics_are_json() -> None:
    clock = Clock()
    async with served(MANUAL, clock=clock) as service:
        run = service.shell.run

        def slow(*arguments, **options):
            clock.time += 0.25
            return run(*arguments, **options)

        service.shell.run = slow  # type: ignore[method-assign]
        await service.call("POST", "/inject", [{}, {}])
        status, figures = await service.call("GET", "/metrics")
        assert status == 200
        assert (figures["packets_processed"], figures["packets_dropped"]) == (2, 1)
        assert figures["average_latency"] == 0.25
        assert figures["percentiles"] == {"p50": 0.25, "p95": 0.25, "p99": 0.25}
        assert figures["nodes"]["orders"]["percentiles"] == {"p50": 0.25, "p95": 0.25, "p99": 0.25}
        assert figures["nodes"]["sum"]["packets_rejected"] == 2


async def test_metrics_are_prometheus_text() -> None:
    async with served(MANUAL) as service:
        await service.call("POST", "/inject", [{}, {}])
        _, by_query = await service.call("GET", "/metrics?format=prometheus")
        _, by_accept = await service.call("GET", "/metrics", accept="text/plain;version=0.0.4;q=0.5,*/*;q=0.1")
        assert by_query == by_accept
        samples = {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(by_query)
            for sample in family.samples
        }
        assert samples["streamflow_packets_processed_total", "orders"] == 2
        assert samples["streamflow_packets_dropped_total", "sum", "error"] == 1
        assert samples["streamflow_packets_rejected_total", "sum"] == 2
        assert samples["streamflow_latency_seconds_count", "orders"] == 1


async def test_failures_become_dead_letters_without_secrets() -> None:
    secrets = {"STREAMFLOW_TOKEN": "s3cret-token", "KEY": 'pa"ss'}
    async with served({**MANUAL, "secrets": ["KEY"]}, secrets=secrets) as service:
        await service.call("POST", "/inject", [{"fail": 'pa"ss'}, {"amount": 1}])
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert letters == [
            {
                "id": 1,
                "node": "sum",
                "data": {"fail": "[KEY]"},
                "error": "no luck with [KEY]",
                "attempts": 1,
                "line": 7,
            }
        ]
        assert service.shell.kernel.secrets == {"KEY": 'pa"ss'}
        assert 'pa"ss' not in "".join(service.platform.logged)  # type: ignore[attr-defined]
        assert (await service.call("DELETE", "/dead-letters"))[0] == 204
        assert (await service.call("GET", "/dead-letters"))[1] == {"dead_letters": []}


async def test_any_data_can_be_a_dead_letter() -> None:
    circle: list[object] = []
    circle.append(circle)
    async with served(MANUAL) as service:
        for fail in (float("nan"), {(1, 2): 3}, b"bytes", circle, "x" * 300_000):
            service.shell.run(lambda kernel, now, fail=fail: kernel.push("orders", [{"fail": fail}], now))
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert [letter["data"] for letter in letters[:4]] == [
            "{'fail': nan}",
            "{'fail': {(1, 2): 3}}",
            {"fail": "b'bytes'"},
            "{'fail': [[...]]}",
        ]
        assert len(letters[4]["data"]) < 200_000


async def test_only_the_newest_dead_letters_are_kept(monkeypatch) -> None:
    monkeypatch.setattr("streamflow_runtime.dead_letters.KEPT", 3)
    async with served(MANUAL) as service:
        await service.call("POST", "/inject", [{"fail": n} for n in range(5)])
        await service.call("POST", "/inject", {"fail": 5})
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert [letter["data"]["fail"] for letter in letters] == [3, 4, 5]


async def test_parked_calls_run_and_resolve_together(tmp_path) -> None:
    seen: list[int] = []

    async def lookup(data):
        seen.append(data)
        if data == 3:
            raise LookupError("not there")
        return {"amount": data * 10}

    kernel = kernel_with("alerts", lookup=staticmethod(lookup))
    async with served(MANUAL, kernel) as service:
        await service.call("POST", "/inject", [{"ask": n} for n in range(5)])
        await until(lambda: not service.shell.kernel.state["parked"])
        assert service.shell.kernel.state["total"] == 70
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert [(letter["node"], letter["error"], letter["data"]) for letter in letters] == [("lookup", "not there", 3)]
        assert sorted(seen) == [0, 1, 2, 3, 4]


async def test_calls_lost_in_a_kill_are_made_again_and_slow_ones_time_out(tmp_path) -> None:
    async def hangs(data):
        await until(lambda: False)

    async def answers(data):
        return {"amount": data}

    async with served(MANUAL, kernel_with("alerts", lookup=staticmethod(hangs)), state=tmp_path / "state") as service:
        await service.call("POST", "/inject", [{"ask": 5}])
    async with served(MANUAL, kernel_with("alerts", lookup=staticmethod(answers)), state=tmp_path / "state") as service:
        service.shell.open()
        await until(lambda: service.shell.kernel.state["total"] == 5)
    async with served(MANUAL, kernel_with("alerts", lookup=staticmethod(hangs))) as service:
        await service.call("POST", "/inject", [{"ask": 5}])
        await until(lambda: not service.shell.kernel.state["parked"])
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert [(letter["node"], letter["data"]) for letter in letters] == [("lookup", 5)]
