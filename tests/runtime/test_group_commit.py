"""Batches that come at the same time: one commit, an answer each, and none fails for another."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from runtime.services import TOKEN, Service, description, served
from runtime.test_shell_durability import break_statements
from streamflow_runtime import group_commit
from streamflow_runtime.http import Request, Response

MANUAL = description({"orders": {"type": "manual"}}, limits={"body": 100_000, "batch": 3, "nesting": 64})


class Together:
    """Requests whose bodies are on their way until `arrive` is called; they arrive in the order of `send`."""

    def __init__(self, service: Service, patience: bool = False) -> None:
        self.service, self.commits = service, 0
        self.tasks: list[asyncio.Task[Response]] = []
        self._arrived: list[asyncio.Event] = []
        transaction = service.platform.transaction

        def counted(function: Any) -> None:
            self.commits += 1
            transaction(function)

        service.platform.transaction = counted  # type: ignore[method-assign]
        self.timers: list[Any] = []
        if not patience:
            service.platform.call_later = lambda seconds, function: self.timers.append(function)  # type: ignore[method-assign]

    def send(self, body: Any, id: str = "") -> asyncio.Task[Response]:
        arrived = asyncio.Event()
        self._arrived.append(arrived)

        async def read(limit: int) -> bytes:
            await arrived.wait()
            return body if isinstance(body, bytes) else json.dumps(body).encode()

        headers = {"authorization": f"Bearer {TOKEN}", **({"idempotency-key": id} if id else {})}
        request = Request("POST", "/inject/orders", {}, headers, read)
        self.tasks.append(asyncio.get_running_loop().create_task(self.service.shell.respond(request)))
        return self.tasks[-1]

    async def arrive(self, number: int | None = None) -> None:
        """All bodies, or so many of them."""
        await asyncio.sleep(0)
        for arrived in self._arrived[:number]:
            arrived.set()
        for _ in range(5):
            await asyncio.sleep(0)

    async def answers(self) -> list[tuple[int, Any]]:
        await self.arrive()
        return [(answer.status, json.loads(answer.body)) for answer in await asyncio.gather(*self.tasks)]


async def test_they_share_a_commit() -> None:
    async with served(MANUAL) as service:
        together = Together(service)
        for amount in (1, 2, 3):
            together.send({"amount": amount})
        assert await together.answers() == [
            (202, {"accepted": 1, "batch_id": f"orders:{number}"}) for number in range(3)
        ]
        assert together.commits == 1
        assert service.shell.kernel.state["total"] == 6
        figures = (await service.call("GET", "/metrics"))[1]
        assert figures["packets_processed"] == 3
        assert service.shell.latencies["orders"].count == 3


async def test_one_that_comes_alone_does_not_wait() -> None:
    async with served(MANUAL) as service:
        together = Together(service)
        together.send({"amount": 1})
        assert (await together.answers())[0][0] == 202
        together.send({"amount": 1})
        assert (await together.answers())[1][0] == 202
        assert together.commits == 2


async def test_none_is_answered_before_the_commit() -> None:
    async with served(MANUAL) as service:
        together = Together(service)
        first, _ = together.send({"amount": 1}), together.send({"amount": 2})
        await together.arrive(1)
        assert not first.done()
        assert together.commits == 0
        await together.answers()


async def test_they_wait_but_a_moment_for_a_body_that_does_not_come() -> None:
    async with served(MANUAL) as service:
        together = Together(service, patience=True)
        first, slow = together.send({"amount": 1}), together.send({"amount": 2})
        await together.arrive(1)
        assert (await first).status == 202
        assert not slow.done()
        assert [answer[0] for answer in await together.answers()] == [202, 202]
        assert together.commits == 2


async def test_they_do_not_wait_once_they_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "MOST_BYTES", 20)
    async with served(MANUAL) as service:
        together = Together(service)
        first, second, slow = (together.send({"amount": amount}) for amount in (1, 2, 3))
        await together.arrive(1)
        assert not first.done()
        await together.arrive(2)
        assert (first.done(), second.done(), slow.done()) == (True, True, False)
        await together.answers()


async def test_the_same_id_twice_at_the_same_time_counts_once() -> None:
    async with served(MANUAL) as service:
        together = Together(service)
        for body in ({"amount": 1}, {"amount": 1}, {"amount": 2}):
            together.send(body, id="a")
        same, again, other = await together.answers()
        assert same == again == (202, {"accepted": 1, "batch_id": "a"})
        assert other[0] == 422
        assert service.shell.kernel.state["total"] == 1


async def test_malformed_ones_hurt_no_other() -> None:
    async with served(MANUAL) as service:
        together = Together(service)
        for body in (b"{", {"amount": 1}, b"[1, NaN]", {"amount": 2}):
            together.send(body)
        answers = await together.answers()
        assert [status for status, _ in answers] == [400, 202, 400, 202]
        assert answers[0][1]["title"] == "Malformed input"
        assert [answer["batch_id"] for status, answer in answers if status == 202] == ["orders:0", "orders:1"]
        assert together.commits == 1


async def test_where_all_are_malformed_nothing_commits() -> None:
    async with served(MANUAL) as service:
        together = Together(service)
        together.send(b"{"), together.send(b"[")
        assert [status for status, _ in await together.answers()] == [400, 400]
        assert together.commits == 0


async def test_one_that_can_not_be_taken_fails_alone() -> None:
    async with served(MANUAL) as service:
        together = Together(service)
        for body in ({"amount": 1}, [{"amount": 100}] * 4, b"{", {"amount": 2}):
            together.send(body, id=f"a{len(together.tasks)}")
        assert [status for status, _ in await together.answers()] == [202, 413, 400, 202]
        assert service.shell.open().state["total"] == 3
        assert [row[0] for row in service.rows("_streamflow_batches")] == ["a0", "a3"]


async def test_where_the_commit_fails_none_is_acknowledged() -> None:
    async with served(MANUAL) as service:
        together = Together(service)
        break_statements(service, "INTO _streamflow_state")
        together.send({"amount": 1}), together.send({"amount": 2})
        assert [status for status, _ in await together.answers()] == [503, 503]
        service.restore()  # type: ignore[attr-defined]
        assert service.shell.open().state["total"] == 0


async def test_input_that_ends_while_they_wait_is_refused() -> None:
    async with served(MANUAL) as service:
        together = Together(service)
        together.send({"amount": 1}), together.send({"amount": 2})
        await together.arrive(1)
        assert (await service.call("POST", "/drain"))[0] == 200
        (timer,) = together.timers
        timer()
        assert [status for status, _ in await together.answers()] == [503, 503]
        assert service.shell.open().state["total"] == 0


async def test_a_client_that_goes_holds_up_no_other() -> None:
    async with served(MANUAL) as service:
        together = Together(service)
        gone, _ = together.send({"amount": 1}), together.send({"amount": 2})
        await together.arrive(1)
        gone.cancel()
        await together.arrive()
        assert (await together.tasks[1]).status == 202
        assert service.shell.kernel.state["total"] == 3
