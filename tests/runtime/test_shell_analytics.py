"""The analytics sink: what becomes a data point."""

from __future__ import annotations

from typing import Any

from runtime.counting_kernel import kernel_with
from runtime.services import description, served, until

MANUAL = {"orders": {"type": "manual"}}
KERNEL = kernel_with("visits")


def shop(**options: Any) -> dict[str, Any]:
    return description(MANUAL, {"visits": {"type": "analytics", "binding": "VISITS", **options}})


async def test_points_hold_the_named_fields_in_their_order() -> None:
    options = {"index": "customer", "blobs": ["page", "from.country", "tags"], "doubles": ["ms", "new"]}
    async with served(shop(**options), KERNEL) as service:
        calls: list[tuple[Any, ...]] = []

        async def call(*arguments: Any) -> None:
            calls.append(arguments)

        service.platform.call = call  # type: ignore[method-assign]
        visit = {"customer": 7, "page": "/", "from": {"country": None}, "tags": ["a"], "ms": 12, "new": True}
        await service.call("POST", "/inject", [visit, {**visit, "ms": "12"}, {"customer": 7}])
        await until(lambda: not service.rows("_streamflow_outbox"))
        point = {"indexes": ["7"], "blobs": ["/", None, '["a"]'], "doubles": [12.0, 1.0]}
        assert calls == [("VISITS", "writeDataPoint", point)]
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert {letter["error"] for letter in letters} == {
            "no data point can be made: TypeError: ms is a str, not a number",
            "no data point can be made: KeyError: 'page'",
        }


async def test_points_of_a_batch_are_written_together() -> None:
    options = {"doubles": ["ms"], "batch": {"size": 2, "delay": 60.0}}
    async with served(shop(**options), KERNEL) as service:
        points: list[Any] = []

        async def call(binding: str, method: str, point: Any) -> None:
            points.append(point["doubles"])

        service.platform.call = call  # type: ignore[method-assign]
        await service.call("POST", "/inject", {"ms": 1})
        assert len(service.rows("_streamflow_outbox")) == 1
        await service.call("POST", "/inject", [{"ms": 2}, {"ms": "3"}, {"ms": 4}])
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert sorted(points) == [[1.0], [2.0], [4.0]]
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert [letter["data"] for letter in letters] == [{"ms": "3"}]
