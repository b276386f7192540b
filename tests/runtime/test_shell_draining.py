"""`POST /drain`: the input ends, also for whoever restarts; what is left is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runtime.counting_kernel import CountingKernel
from runtime.services import Clock, description, receiver, served, until
from streamflow_runtime import draining
from streamflow_runtime.part import CommitFailed

MANUAL = {"orders": {"type": "manual"}}


def shop(url: str, **options: Any) -> dict[str, Any]:
    return description(MANUAL, {"alerts": {"type": "http", "url": url, **options}})


async def test_what_is_left_is_told_until_it_is_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "PATIENCE", 0.02)
    clock = Clock()
    async with receiver() as target, served(shop(target.url), clock=clock) as service:
        target.answers = [500, 200]
        await service.call("POST", "/inject", {"n": 1})
        await until(lambda: target.requests)
        left = {"drained": False, "parked": 0, "undelivered": 1}
        assert await service.call("POST", "/drain") == (202, left)
        clock.time += 10
        service.shell.wake()
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert await service.call("POST", "/drain") == (200, {"drained": True, "parked": 0, "undelivered": 0})
        assert await service.call("POST", "/drain") == (200, {"drained": True, "parked": 0, "undelivered": 0})


async def test_a_drained_graph_takes_nothing_behind_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    async with receiver() as target:
        async with served(shop(target.url), state=file) as service:
            _, saved = await service.call("GET", "/state")
            assert (await service.call("POST", "/drain"))[0] == 200
        async with served(shop(target.url), state=file) as service:
            status, problem = await service.call("POST", "/inject", {"n": 1})
            assert (status, problem["title"]) == (503, "The input has ended")
            assert service.shell.full("orders")
            with pytest.raises(CommitFailed, match="the input has ended"):
                service.shell.run(lambda kernel, now: kernel.push("orders", [{}], now), source="orders")
            assert (await service.call("PUT", "/state", saved))[0] == 204  # of before the end
            assert (await service.call("POST", "/inject", {"n": 1}))[0] == 202


async def test_no_time_passes_in_a_drained_graph() -> None:
    class Held(CountingKernel):
        def finish(self) -> None:
            """What is held back stays."""

    clock = Clock()
    async with receiver() as target, served(shop(target.url), Held, clock=clock) as service:
        await service.call("POST", "/inject", {"at": 1005})
        assert (await service.call("POST", "/drain"))[0] == 200
        clock.time += 10
        service.shell.wake()
        assert target.bodies == []
