"""State that outlives the process, and commits that fail."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from runtime.services import Clock, Service, description, served
from streamflow_runtime.shell import CommitFailed

MANUAL = description({"orders": {"type": "manual"}}, {"alerts": {"type": "log"}})


def break_statements(service: Service, word: str) -> None:
    """From now on, statements with this word fail as a full disk does."""
    working = service.platform.sql

    def sql(query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        if word in query:
            raise sqlite3.OperationalError("disk full")
        return working(query, *parameters)

    service.platform.sql = sql  # type: ignore[method-assign]
    service.restore = lambda: setattr(service.platform, "sql", working)  # type: ignore[attr-defined]


async def test_acknowledged_state_survives_a_kill(tmp_path: Path) -> None:
    async with served(MANUAL, state=tmp_path / "state") as service:
        await service.call("POST", "/inject", [{"amount": 1}, {"amount": 2}], idempotency_key="first")
    async with served(MANUAL, state=tmp_path / "state") as service:
        _, answer = await service.call("POST", "/inject", [{"amount": 1}, {"amount": 2}], idempotency_key="first")
        assert answer == {"accepted": 2, "batch_id": "first"}
        assert service.shell.kernel.state["total"] == 3
        assert (await service.call("POST", "/inject", {}))[1]["batch_id"] == "orders:2"


async def test_a_failed_commit_is_not_acknowledged_and_leaves_no_trace() -> None:
    async with served(MANUAL) as service:
        await service.call("POST", "/inject", {"amount": 1})
        break_statements(service, "INTO _streamflow_state")
        status, problem = await service.call("POST", "/inject", {"amount": 2}, idempotency_key="a")
        assert (status, problem["title"]) == (503, "Not committed")
        assert service.headers["retry-after"] == "1"
        service.restore()  # type: ignore[attr-defined]
        assert (await service.call("GET", "/metrics"))[1]["packets_processed"] == 1
        assert (await service.call("POST", "/inject", {"amount": 2}, idempotency_key="a"))[0] == 202
        assert service.shell.kernel.state["total"] == 3


async def test_a_failed_commit_sends_nothing_to_subscribers() -> None:
    async with (
        served(MANUAL) as service,
        service.http.ws_connect(
            service.url + "/subscribe/alerts", headers={"authorization": "Bearer s3cret-token"}
        ) as socket,
    ):
        break_statements(service, "INTO _streamflow_state")
        assert (await service.call("POST", "/inject", {"n": 1}))[0] == 503
        service.restore()  # type: ignore[attr-defined]
        assert (await service.call("POST", "/inject", {"n": 2}))[0] == 202
        assert await socket.receive_json() == {"n": 2}


async def test_a_failed_commit_logs_no_output() -> None:
    async with served(MANUAL) as service:
        logged: list[str] = service.platform.logged  # type: ignore[attr-defined]
        break_statements(service, "INTO _streamflow_state")
        assert (await service.call("POST", "/inject", {"n": 1}, idempotency_key="a"))[0] == 503
        assert not [line for line in logged if line.startswith("alerts: ")]
        service.restore()  # type: ignore[attr-defined]
        assert (await service.call("POST", "/inject", {"n": 1}, idempotency_key="a"))[0] == 202
        assert [line for line in logged if line.startswith("alerts: ")] == ['alerts: {"n": 1}']


async def test_a_bug_in_the_kernel_drops_it() -> None:
    async with served(MANUAL) as service:
        await service.call("POST", "/inject", {"amount": 1})
        with pytest.raises(CommitFailed):
            service.shell.run(lambda kernel, now: kernel.state.update(total=1 / 0))
        assert service.shell.open().state["total"] == 1


async def test_rows_are_replaced_and_removed() -> None:
    async with served(MANUAL) as service:
        service.shell.open()
        rows = [("a", "k", "w", 0, "1"), ("a", "k", "w", 1, "2"), ("a", 'k"é\u2028', "", 0, "3")]
        for changed in (
            rows,
            [
                ("a", "k", "w", 1, None),
                ("a", 'k"é\u2028', "", 0, None),
                ("a", "k", "w", 0, "9"),
            ],
        ):
            service.platform.transaction(
                lambda changed=changed: service.shell.write_state(changed, {})  # type: ignore[misc]
            )
        assert service.rows("_streamflow_state") == [("a", "k", "w", 0, "9")]


async def test_many_rows_go_in_pieces_that_the_platform_can_bind() -> None:
    async with served(MANUAL) as service:
        service.shell.open()
        sizes = []
        working = service.platform.sql

        def sql(query: str, *parameters: Any) -> list[tuple[Any, ...]]:
            sizes.extend(len(parameter) for parameter in parameters if isinstance(parameter, str))
            return working(query, *parameters)

        service.platform.sql = sql  # type: ignore[method-assign]
        rows = [("a", str(number), "", 0, "x" * 300_000) for number in range(10)]
        service.shell.write_state(rows, {})
        assert len(service.rows("_streamflow_state")) == 10
        assert max(sizes) < 1_000_000


async def test_what_was_due_while_nobody_ran_happens_at_the_start(tmp_path: Path) -> None:
    clock = Clock()
    async with served(MANUAL, state=tmp_path / "state", clock=clock) as service:
        await service.call("POST", "/inject", {"at": clock.time + 50, "amount": 7})
        clock.time += 49
        service.shell.wake()
        assert service.shell.kernel.state["total"] == 0
    clock.time += 2
    async with served(MANUAL, state=tmp_path / "state", clock=clock) as service:
        service.shell.open()
        service.shell.wake()
        assert service.shell.kernel.state["total"] == 7


async def test_the_alarm_stands_at_the_earliest_deadline() -> None:
    clock = Clock()
    async with served(MANUAL, clock=clock) as service:
        alarms: list[float] = []
        service.platform.set_alarm = alarms.append  # type: ignore[method-assign]
        for at in (1050.0, 1060.0, 1020.0):
            await service.call("POST", "/inject", {"at": at})
        assert alarms == [1050.0, 1020.0]
        clock.time = 1021.0
        service.shell.wake()
        assert alarms == [1050.0, 1020.0, 1050.0]


async def test_a_failing_wake_up_is_tried_again() -> None:
    clock = Clock()
    async with served(MANUAL, clock=clock) as service:
        await service.call("POST", "/inject", {"at": 1001.0, "amount": 7})
        alarms: list[float] = []
        service.platform.set_alarm = alarms.append  # type: ignore[method-assign]
        clock.time = 1002.0
        break_statements(service, "INTO _streamflow_state")
        service.shell.wake()
        assert alarms[-1] == 1003.0
        service.restore()  # type: ignore[attr-defined]
        service.shell.wake()
        assert service.shell.kernel.state["total"] == 7


async def test_a_start_that_fails_is_tried_again() -> None:
    async with served(MANUAL) as service:
        break_statements(service, "CREATE TABLE IF NOT EXISTS _streamflow_dead_letters")
        assert (await service.call("POST", "/inject", {}))[0] == 500
        service.restore()  # type: ignore[attr-defined]
        assert (await service.call("POST", "/inject", {"fail": 1}))[0] == 202
        assert len(service.rows("_streamflow_dead_letters")) == 1
