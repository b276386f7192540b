"""Outputs that sinks keep: endpoints, and what subscribers get first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from runtime.counting_kernel import CountingKernel, kernel_with
from runtime.services import TOKEN, Service, description, served

MANUAL = {"orders": {"type": "manual"}}
KERNEL = kernel_with("prices")
AUTHORIZED = {"authorization": f"Bearer {TOKEN}"}


def shop(**options: Any) -> dict[str, Any]:
    return description(MANUAL, {"prices": {"type": "endpoint", "format": "json", **options}})


async def outputs(service: Service, **headers: str) -> Any:
    status, answer = await service.call("GET", "/outputs/prices", **headers)
    assert status == 200, answer
    return answer


async def test_the_last_outputs_the_oldest_first() -> None:
    async with served(shop(keep=3), KERNEL) as service:
        assert await outputs(service) == []
        await service.call("POST", "/inject", [{"n": n} for n in range(2)])
        assert await outputs(service) == [{"n": 0}, {"n": 1}]
        await service.call("POST", "/inject", [{"n": n} for n in range(2, 9)])
        assert await outputs(service) == [{"n": 6}, {"n": 7}, {"n": 8}]
        await service.call("POST", "/inject", {"n": "é"})
        assert await outputs(service) == [{"n": 7}, {"n": 8}, {"n": "é"}]
        assert len(service.rows("_streamflow_newest")) == 3


async def test_a_hundred_unless_it_says_how_many() -> None:
    async with served(shop(), KERNEL) as service:
        await service.call("POST", "/inject", [{"n": n} for n in range(150)])
        assert [row["n"] for row in await outputs(service)] == list(range(50, 150))


async def test_the_newest_of_each_key() -> None:
    async with served(shop(key="of.sku"), KERNEL) as service:
        events = [("a", 1), (1, 2), ("b", 3), ("a", 4), (True, 5), (1.0, 6), (None, 7), ("1", 8)]
        await service.call("POST", "/inject", [{"of": {"sku": sku}, "n": n} for sku, n in events])
        assert [row["n"] for row in await outputs(service)] == [3, 4, 6, 7, 8]
        await service.call("POST", "/inject", {"of": {"sku": "b"}, "n": 9})
        assert [row["n"] for row in await outputs(service)] == [4, 6, 7, 8, 9]


async def test_the_newest_keys_only() -> None:
    async with served(shop(key=["x", "y"], keep=2), KERNEL) as service:
        points = [(0, 0), (0, 1), (0, 0), (1, 0)]
        await service.call("POST", "/inject", [{"x": x, "y": y, "n": n} for n, (x, y) in enumerate(points)])
        assert [row["n"] for row in await outputs(service)] == [2, 3]


async def test_a_function_picks_the_key_and_changes_nothing() -> None:
    functions = {"prices.key": lambda data: data.pop("n") % 2}
    async with served(shop(key={"function": "prices.key"}), kernel_with("prices", functions=functions)) as service:
        await service.call("POST", "/inject", [{"n": n} for n in range(5)])
        assert await outputs(service) == [{"n": 3}, {"n": 4}]


async def test_what_has_no_key_goes_to_the_dead_letters() -> None:
    async with served(shop(key="sku"), KERNEL) as service:
        await service.call("POST", "/inject", [{"sku": 1}, {"n": 1}, {"sku": [1]}, 5])
        assert await outputs(service) == [{"sku": 1}]
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert [(letter["node"], letter["data"]) for letter in letters] == [
            ("prices", {"n": 1}),
            ("prices", {"sku": [1]}),
            ("prices", 5),
        ]


async def test_outputs_are_as_durable_as_the_state(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    async with served(shop(keep=2), KERNEL, state=file) as service:
        await service.call("POST", "/inject", [{"n": 1}, {"n": 2}])
    async with served(shop(keep=2), KERNEL, state=file) as service:
        await service.call("POST", "/inject", {"n": 3})
        assert await outputs(service) == [{"n": 2}, {"n": 3}]


async def test_lines() -> None:
    async with served(shop(format="ndjson"), KERNEL) as service:
        await service.call("POST", "/inject", [{"n": 1}, {"value": "text"}])
        async with service.http.get(service.url + "/outputs/prices", headers=AUTHORIZED) as response:
            assert response.content_type == "application/x-ndjson"
            assert await response.text() == '{"n":1}\n"text"\n'


async def test_prometheus_text_is_what_prometheus_reads() -> None:
    async with served(shop(format="prometheus", key="room"), KERNEL) as service:
        events = [
            {"room": 'a "b"\\\n', "celsius": 20.5, "open": True, "visits_total": 3, "name": "x", "at.x": None},
            {"room": "c", "celsius": 1e-7, "2nd-floor": 2},
            {"room": "c", "celsius": 21},
        ]
        await service.call("POST", "/inject", events)
        status, text = await service.call("GET", "/outputs/prices")
        assert status == 200
        assert service.headers["content-type"].startswith("text/plain; version=0.0.4")
        families = {family.name: family for family in text_string_to_metric_families(text)}
        assert {name: family.type for name, family in families.items()} == {
            "prices_celsius": "gauge",
            "prices_open": "gauge",
            "prices_visits": "counter",
        }
        samples = [(s.name, s.labels, s.value) for family in families.values() for s in family.samples]
        assert samples == [
            ("prices_celsius", {"room": 'a "b"\\\n'}, 20.5),
            ("prices_celsius", {"room": "c"}, 21.0),
            ("prices_open", {"room": 'a "b"\\\n'}, 1.0),
            ("prices_visits_total", {"room": 'a "b"\\\n'}, 3.0),
        ]


async def test_prometheus_text_without_a_key_has_the_last_value() -> None:
    async with served(shop(format="prometheus"), KERNEL) as service:
        await service.call("POST", "/inject", [{"n": 1, "2nd-floor": 5}, {"n": 2}, {"value": 7}])
        assert await outputs(service) == (
            "# TYPE prices_n gauge\nprices_n 2\n# TYPE prices_2nd_floor gauge\nprices_2nd_floor 5\n"
            "# TYPE prices gauge\nprices 7\n"
        )


async def test_who_may_read_an_endpoint() -> None:
    key = {"bearer": {"text": [{"secret": "KEY"}]}}
    secrets = {"STREAMFLOW_TOKEN": TOKEN, "KEY": "k"}
    async with served(shop(auth=key, cors=["https://shop.example"]), KERNEL, secrets=secrets) as service:
        assert (await service.call("GET", "/outputs/prices"))[0] == 401
        assert (await service.call("GET", "/outputs/prices", token="k"))[0] == 200
        assert (await service.call("GET", "/subscribe/prices", token="k"))[0] == 401
        origin = "https://shop.example"
        assert (await service.call("OPTIONS", "/outputs/prices", token=None, origin=origin))[0] == 204
        assert service.headers["access-control-allow-origin"] == origin
        assert (await service.call("GET", "/outputs/prices", token="k", origin=origin))[0] == 200
        assert service.headers["access-control-allow-origin"] == origin
        assert (await service.call("GET", "/outputs/prices", token="k", origin="https://evil.example"))[0] == 403
    async with served(shop(auth="none"), KERNEL) as service:
        assert (await service.call("GET", "/outputs/prices", token=None))[0] == 200
        status, problem = await service.call("GET", "/outputs/price")
        assert (status, problem["detail"]) == (404, "Did you mean prices?")


def board(**options: Any) -> dict[str, Any]:
    return description(MANUAL, {"prices": {"type": "websocket", **options}})


async def test_subscribers_first_get_what_is_kept() -> None:
    async with served(board(key="sku", keep=2), KERNEL) as service:
        await service.call("POST", "/inject", [{"sku": sku, "n": n} for n, sku in enumerate("abcab")])
        socket = await service.http.ws_connect(service.url + "/subscribe/prices", headers=AUTHORIZED)
        assert [await socket.receive_json() for _ in range(2)] == [{"sku": "a", "n": 3}, {"sku": "b", "n": 4}]
        await service.call("POST", "/inject", {"sku": "a", "n": 5})
        assert await socket.receive_json() == {"sku": "a", "n": 5}
        await socket.close()
        async with service.http.get(service.url + "/subscribe/prices", headers=AUTHORIZED) as stream:
            assert await stream.content.readuntil(b"\n\n") == b'id: orders:4\ndata: {"sku":"b","n":4}\n\n'
            assert await stream.content.readuntil(b"\n\n") == b'id: orders:5\ndata: {"sku":"a","n":5}\n\n'


async def test_nothing_is_kept_unless_asked_for() -> None:
    async with served(board(), KERNEL) as service:
        await service.call("POST", "/inject", {"n": 1})
        socket = await service.http.ws_connect(service.url + "/subscribe/prices", headers=AUTHORIZED)
        await service.call("POST", "/inject", {"n": 2})
        assert await socket.receive_json() == {"n": 2}
        await socket.close()


async def test_pages_of_listed_origins_may_subscribe() -> None:
    async with served(board(cors=["https://shop.example"], auth="none"), KERNEL) as service:
        url = service.url + "/subscribe/prices"
        socket = await service.http.ws_connect(url, origin="https://shop.example")
        await socket.close()
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await service.http.ws_connect(url, origin="https://evil.example")
        assert refused.value.status == 403
        async with service.http.get(url, headers={"origin": "https://shop.example"}) as stream:
            assert stream.headers["access-control-allow-origin"] == "https://shop.example"


async def test_a_commit_that_fails_keeps_nothing() -> None:
    async with served(shop(), KERNEL) as service:
        await service.call("POST", "/inject", {"n": 1})
        part = next(part for part in service.shell.parts if type(part).__name__ == "EndpointSinks")

        def fail(commit: Any) -> None:
            raise OSError("disk full")

        part.write = fail  # type: ignore[method-assign]
        assert (await service.call("POST", "/inject", {"n": 2}))[0] == 503
        del part.write
        await service.call("POST", "/inject", {"n": 3})
        assert await outputs(service) == [{"n": 1}, {"n": 3}]
        assert isinstance(service.shell.kernel, CountingKernel)


@pytest.mark.parametrize("options", [{}, {"keep": 2}])
async def test_what_json_cannot_hold_is_a_dead_letter_and_not_broadcast(options: dict[str, Any]) -> None:
    async with served(board(**options), KERNEL) as service:
        socket = await service.http.ws_connect(service.url + "/subscribe/prices", headers=AUTHORIZED)
        values = [{"n": object()}, {"n": float("nan")}, {"n": 1}]
        service.shell.run(lambda kernel, now: kernel.push("orders", values, now))
        assert await socket.receive_json() == {"n": 1}
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert [letter["node"] for letter in letters] == ["prices", "prices"]
        await socket.close()
