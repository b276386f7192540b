"""`TestStream`: virtual time, asynchronous nodes that really run, failures on demand."""

import asyncio

import pytest

from streamflow import Graph, agg, env, fetch, kv, nodes, secret, table
from streamflow.testing import Answer, TestStream


async def priced(data):
    await asyncio.sleep(0)
    return {**data, "price": {"tea": 3}[data["sku"]]}


def summed(packets):
    return {"total": sum(packet.data["amount"] for packet in packets), "count": len(packets)}


def payments(**options):
    return Graph(
        name="Payments",
        nodes=[
            nodes.source("webhook", type="manual"),
            nodes.transform("normalize", function=lambda data: {**data, "amount": data["amount"] / 100}),
            nodes.filter("large-only", function=lambda data: data["amount"] > 100),
            nodes.aggregate("hourly", window="time", duration="1h", function=summed),
            nodes.sink("alerts", type="http", url="https://alerts.example.com"),
        ],
        **options,
    )


def orders():
    return Graph(
        name="Orders",
        nodes=[
            nodes.source("orders", type="manual"),
            nodes.transform("priced", function=priced),
            nodes.sink("book", type="log"),
            nodes.sink("problems", type="log"),
        ],
        edges=[("orders", "priced", "book"), ("priced.error", "problems"), ("book.error", "problems")],
    )


async def test_time_passes_only_when_it_is_told_to():
    async with TestStream(payments()) as stream:
        await stream.inject("webhook", {"amount": 15000}, at=10.0)
        await stream.inject("webhook", {"amount": 150})
        assert stream.now == 10
        await stream.advance(3589.999)
        assert stream.output("alerts") == []
        await stream.advance_to(3600.0)
        assert stream.output("alerts") == [{"total": 150.0, "count": 1}]
        [packet] = stream.packets("alerts")
    assert (packet.timestamp, packet.window.start, packet.window.end) == (3599.999, 0, 3600)
    with pytest.raises(ValueError, match="it is 3600 already"):
        await stream.advance_to(3599)


@pytest.mark.parametrize("level", [0, 1, 2])
async def test_asynchronous_functions_run(level):
    async with TestStream(orders(), level=level) as stream:
        await stream.inject_all("orders", [{"sku": "tea"}, {"sku": "ink"}, {"sku": "tea"}], at=5.0)
        assert stream.output("book") == [{"sku": "tea", "price": 3}] * 2
        [problem] = stream.output("problems")
    assert (problem["node"], problem["type"], problem["data"]) == ("priced", "KeyError", {"sku": "ink"})


async def test_timers_tick_from_the_start_of_the_clock():
    graph = Graph("Ticks", nodes=[nodes.source("tick", type="timer", interval="10s"), nodes.sink("out", type="log")])
    async with TestStream(graph) as stream:
        await stream.advance_to(35)
        assert stream.output("out") == [0, 1, 2]
        assert [packet.timestamp for packet in stream.packets("out")] == [10, 20, 30]
    async with TestStream(graph, now=1000.5) as stream:
        await stream.advance(10)
        assert [packet.timestamp for packet in stream.packets("out")] == [1010]


async def test_an_hour_of_ttl_takes_no_time():
    graph = Graph(
        name="Carts",
        nodes=[
            nodes.source("clicks", type="manual"),
            nodes.stateful_map(
                "cart",
                key="user",
                initial=0,
                function=lambda count, data: (count + 1, None),
                ttl="1h",
                on_expire=lambda count, key: (None, {"user": key, "clicks": count}),
            ),
            nodes.sink("left", type="log"),
        ],
    )
    async with TestStream(graph) as stream:
        await stream.inject("clicks", {"user": "ann"}, at=1)
        await stream.inject("clicks", {"user": "ann"}, at=3000)
        await stream.advance_to(6599)
        assert stream.output("left") == []
        await stream.advance_to(6600)
        assert stream.output("left") == [{"user": "ann", "clicks": 2}]


async def test_what_is_injected_and_read_belongs_to_the_test():
    data = {"amount": 15000}
    async with TestStream(payments()) as stream:
        await stream.inject("webhook", data)
        await stream.advance_to(3600)
        stream.output("alerts")[0].clear()
        stream.packets("alerts")[0].data.clear()
        assert stream.output("alerts") == [{"total": 150.0, "count": 1}]
    assert data == {"amount": 15000}


async def test_timestamp_and_metadata_go_with_the_packet():
    graph = Graph("Hooks", nodes=[nodes.source("hook", type="manual"), nodes.sink("out", type="log")])
    async with TestStream(graph) as stream:
        await stream.inject("hook", 1, timestamp=7.5, metadata={"ip": "::1"})
    [packet] = stream.packets("out")
    assert (packet.timestamp, packet.metadata, packet.id) == (7.5, {"ip": "::1"}, "hook:0")


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("node", ["normalize", "large-only", "hourly"])
async def test_any_node_fails_on_demand(node, level):
    async with TestStream(payments(), level=level) as stream:
        await stream.inject("webhook", {"amount": 15000}, at=1)
        stream.fail(node, ValueError("boom"))
        await stream.inject("webhook", {"amount": 20000}, at=2)
        await stream.advance_to(3600)
        await stream.inject("webhook", {"amount": 30000}, at=3601)
        await stream.advance_to(7200)
        [failure] = stream.failures
        assert (failure.node, failure.type, failure.error) == (node, "ValueError", "boom")
        later = {"total": 300.0, "count": 1}
        if node == "hourly":
            assert failure.data == {"key": None, "start": 0, "end": 3600, "count": 2}
            assert stream.output("alerts") == [later]
        else:
            assert failure.data == {"amount": 20000 if node == "normalize" else 200.0}
            assert stream.output("alerts") == [{"total": 150.0, "count": 1}, later]
        assert stream.metrics["nodes"][node]["packets_dropped"] == {"error": 1}


async def test_a_node_fails_so_many_times():
    async with TestStream(orders()) as stream:
        stream.fail("priced", ConnectionError, times=2)
        await stream.inject_all("orders", [{"sku": "tea"}] * 3)
        assert len(stream.output("book")) == 1
        assert [problem["type"] for problem in stream.output("problems")] == ["ConnectionError"] * 2


async def test_a_sink_fails_to_deliver():
    async with TestStream(orders()) as stream:
        stream.fail("book", ConnectionError("refused"))
        await stream.inject_all("orders", [{"sku": "tea"}] * 2)
        assert stream.output("book") == [{"sku": "tea", "price": 3}]
        [problem] = stream.output("problems")
    assert (problem["node"], problem["error"], problem["attempts"]) == ("book", "refused", 1)
    async with TestStream(payments()) as stream:
        stream.fail("alerts", ConnectionError("refused"))
        await stream.inject("webhook", {"amount": 15000})
        await stream.finish()
    assert stream.output("alerts") == []
    assert stream.dead_letters == [("alerts", {"total": 150.0, "count": 1}, "refused")]


async def test_the_end_of_input_makes_calls_and_closes_windows():
    graph = Graph(
        name="Ends",
        nodes=[
            nodes.source("orders", type="manual"),
            nodes.aggregate("hourly", window="time", duration="1h", function=lambda packets: {"sku": "tea"}),
            nodes.transform("priced", function=priced),
            nodes.sink("book", type="log"),
        ],
    )
    async with TestStream(graph) as stream:
        await stream.inject("orders", {})
        await stream.finish()
        assert stream.output("book") == [{"sku": "tea", "price": 3}]


async def test_another_table_stands_in_for_a_lookup():
    graph = Graph(
        name="Countries",
        nodes=[
            nodes.source("orders", type="manual"),
            nodes.enrich("country", lookup={"SE": "Sweden"}, key="code", into="country"),
            nodes.sink("out", type="log"),
        ],
    )
    async with TestStream(graph, lookups={"country": {"PT": "Portugal"}}) as stream:
        await stream.inject_all("orders", [{"code": "PT"}, {"code": "SE"}])
        assert stream.output("out") == [{"code": "PT", "country": "Portugal"}]
    with pytest.raises(KeyError, match="did you mean `country`"):
        TestStream(graph, lookups={"countr": {}})


async def test_secrets_are_the_tests_own():
    key = secret("KEY")
    graph = Graph(
        name="Keys",
        nodes=[
            nodes.source("orders", type="manual"),
            nodes.transform("signed", function=lambda data: f"{key}:{data}"),
            nodes.sink("out", type="log"),
        ],
    )
    with pytest.raises(ValueError, match=r'secrets=\{"KEY": "..."\}'):
        TestStream(graph)
    async with TestStream(graph, secrets={"KEY": "abc"}) as stream:
        await stream.inject("orders", 1)
        assert stream.output("out") == ["abc:1"]


async def test_names_that_are_not_there():
    async with TestStream(payments()) as stream:
        with pytest.raises(KeyError, match="did you mean `webhook`"):
            await stream.inject("webhok", 1)
        with pytest.raises(KeyError, match="did you mean `alerts`"):
            stream.output("alert")
        with pytest.raises(KeyError, match='Graph\\(taps=\\["normalize"\\]\\)'):
            stream.output("normalize")
        with pytest.raises(ValueError, match="inject data that it refuses"):
            stream.fail("webhook", ValueError)


async def test_taps_have_outputs_too():
    async with TestStream(payments(taps=["normalize"])) as stream:
        await stream.inject("webhook", {"amount": 100})
        assert stream.output("normalize") == [{"amount": 1.0}]


def test_without_await():
    with TestStream(orders()) as stream:
        stream.inject("orders", {"sku": "tea"}, at=1)
        stream.inject_all("orders", [{"sku": "ink"}])
        stream.fail("priced", TimeoutError("slow"))
        stream.inject("orders", {"sku": "tea"})
        stream.advance(5)
        stream.advance_to(10)
        stream.finish()
        assert stream.output("book") == [{"sku": "tea", "price": 3}]
        assert [problem["type"] for problem in stream.output("problems")] == ["KeyError", "TimeoutError"]
        assert (stream.now, stream.failures, stream.dead_letters) == (10, [], [])
        assert stream.packets("book")[0].id == "orders:0/priced:0"
        assert stream.metrics["packets_processed"] == 3
        stream.assert_output("book", [{"sku": "tea", "price": 3}])


@pytest.mark.parametrize("how", [{"within": "1m"}, {"latest": True}, {"window": "time", "duration": "1s"}])
async def test_failing_results_of_aggregates_and_joins(how):
    graph = Graph(
        name="Both",
        nodes=[
            nodes.source("left", type="manual", key="id"),
            nodes.source("right", type="manual", key="id"),
            nodes.join("both", key="id", function=lambda left, right: {**left, **right}, **how),
            nodes.aggregate("count", window="count", size=1, aggregates={"n": agg.count()}),
            nodes.sink("out", type="log"),
        ],
        edges=[("left", "both.left"), ("right", "both.right"), ("both", "count", "out")],
    )
    async with TestStream(graph) as stream:
        stream.fail("both", RuntimeError("first pair"))
        stream.fail("count", RuntimeError("first count"))
        for number in range(3):
            await stream.inject("right", {"id": number})
            await stream.inject("left", {"id": number})
        await stream.advance(2)
        assert [failure.error for failure in stream.failures] == ["first pair", "first count"]
        assert stream.output("out") == [{"n": 1}]


async def asked(data):
    response = await fetch(f"https://prices.example.com/{data}", method="POST", json={"sku": data})
    return await response.json()


async def test_requests_of_functions_are_answered():
    graph = Graph(
        name="Asking",
        nodes=[
            nodes.source("orders", type="manual"),
            nodes.transform("asked", function=asked),
            nodes.sink("out", type="log"),
        ],
    )
    answers = {
        "https://prices.example.com/tea": 3,
        "POST https://prices.example.com/i*": lambda request: Answer(json={"sku": request.json["sku"]}),
        "GET https://prices.example.com/*": 5,
        "https://prices.example.com/cup": Answer(404),
        "https://prices.example.com/pot": TimeoutError("slow"),
    }
    async with TestStream(graph, fetches=answers) as stream:
        await stream.inject_all("orders", ["tea", "ink", "cup", "pot", "jam"])
        assert stream.output("out") == [3, {"sku": "ink"}]
        assert [failure.type for failure in stream.failures] == ["HttpError", "TimeoutError", "ConnectionError"]
        assert stream.failures[-1].error.startswith("nothing answers POST https://prices.example.com/jam")
        first = stream.requests[0]
    assert (first.method, first.url, first.json) == ("POST", "https://prices.example.com/tea", {"sku": "tea"})
    assert first.headers == {"content-type": "application/json"}


@pytest.mark.parametrize("node", ["cents", "large", "hourly", "doubled"])
async def test_a_node_fails_although_its_record_is_a_few_variables_and_its_window_holds_figures(node):
    graph = Graph(
        name="Lifted",
        nodes=[
            nodes.source("webhook", type="manual"),
            nodes.transform("cents", function=lambda data: {"n": data["n"] * 100, "key": data["key"]}),
            nodes.transform("doubled", function=lambda data: {"n": data["n"] * 2, "key": data["key"]}),
            nodes.filter("large", function=lambda data: data["n"] > 1),
            nodes.aggregate(
                "hourly",
                window="time",
                duration="1h",
                key="key",
                function=lambda packets: {"total": sum(p.data["n"] for p in packets)},
            ),
            nodes.sink("out", type="log"),
        ],
    )
    received = {"cents": {"n": 2, "key": "a"}, "doubled": {"n": 200, "key": "a"}, "large": {"n": 400, "key": "a"}}
    received["hourly"] = {"key": "a", "start": 0.0, "end": 3600.0, "count": 2}
    for level in (0, 1, 2):
        async with TestStream(graph, level=level) as stream:
            await stream.inject("webhook", {"n": 1, "key": "a"})
            stream.fail(node, ValueError("boom"))
            await stream.inject("webhook", {"n": 2, "key": "a"})
            await stream.finish()
            assert [failure.data for failure in stream.failures] == [received[node]]
            assert stream.output("out") == ([] if node == "hourly" else [{"total": 200}])
            assert "failed: ValueError: boom" in stream.explain("out", [0])


async def slowly(key):
    await asyncio.sleep(0)
    return {"name": key.upper()} if key != "xx" else None


@pytest.mark.parametrize("lookup", [kv("COUNTRIES"), table("countries"), "https://countries.example.com/{key}"])
async def test_what_is_looked_up_outside(lookup):
    graph = Graph(
        name="Countries",
        nodes=[
            nodes.source("orders", type="manual"),
            nodes.enrich("country", lookup=lookup, key="code", into="country"),
            nodes.sink("out", type="log"),
            nodes.sink("unknown", type="log"),
        ],
        edges=[("orders", "country", "out"), ("country.missing", "unknown")],
    )
    for stand_in in ({"se": {"name": "SE"}}, lambda key: {"name": "SE"} if key == "se" else None, slowly):
        async with TestStream(graph, lookups={"country": stand_in}) as stream:
            await stream.inject_all("orders", [{"code": "se"}, {"code": "xx"}])
            assert stream.output("out") == [{"code": "se", "country": {"name": "SE"}}]
            assert stream.output("unknown") == [{"code": "xx"}]
            stream.fail("country", ConnectionError("gone"))
            await stream.inject("orders", {"code": "se"})
            assert [failure.error for failure in stream.failures] == ["gone"]
    if isinstance(lookup, str):
        async with TestStream(graph, fetches={"*/se": {"name": "SE"}, "*/xx": Answer(404)}) as stream:
            await stream.inject_all("orders", [{"code": "se"}, {"code": "xx"}])
            assert stream.output("out") == [{"code": "se", "country": {"name": "SE"}}]
            assert stream.output("unknown") == [{"code": "xx"}]


async def test_a_table_takes_a_table():
    graph = Graph(
        name="Countries",
        nodes=[
            nodes.source("orders", type="manual"),
            nodes.enrich("country", lookup={"SE": "Sweden"}, key="code", into="country"),
            nodes.sink("out", type="log"),
        ],
    )
    with pytest.raises(TypeError, match="`country` looks into a dict"):
        TestStream(graph, lookups={"country": str})


async def remembered(data):
    before = await env.CACHE.get("last")
    await env.CACHE.put("last", str(data))
    return {"now": data, "before": before, "region": env.REGION}


async def test_stores_of_the_platform_are_in_memory_and_empty_at_first():
    graph = Graph(
        name="Stores",
        nodes=[
            nodes.source("numbers", type="manual"),
            nodes.transform("remembered", function=remembered),
            nodes.sink("out", type="log"),
        ],
    )
    for _ in range(2):
        async with TestStream(graph, secrets={"REGION": "eu"}) as stream:
            await stream.inject("numbers", 1)
            await stream.inject("numbers", 2)
            assert stream.output("out") == [
                {"now": 1, "before": None, "region": "eu"},
                {"now": 2, "before": "1", "region": "eu"},
            ]


async def test_a_rate_limit_delays_in_virtual_time():
    graph = Graph(
        name="Slow",
        nodes=[
            nodes.source("in", type="manual"),
            nodes.rate_limit("slow", limit=1, per="10s", overflow="delay"),
            nodes.sink("out", type="log"),
        ],
    )
    async with TestStream(graph) as stream:
        await stream.inject_all("in", [1, 2, 3, 4])
        assert stream.output("out") == [1]
        assert "in:1  2 at 0 s\n    slow  waits its turn" in stream.explain("out", [1, 2])
        await stream.advance(10)
        assert stream.output("out") == [1, 2]
        await stream.finish()
        assert (stream.output("out"), stream.now) == ([1, 2, 3, 4], 30)
        assert "in:3  4 at 0 s\n    slow  passed\n    out   reached it" in stream.explain("out", [1, 2, 3])
