"""Sinks with `batch` that write with the commit: what waits, when it goes, and that nothing comes twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from runtime.counting_kernel import kernel_with
from runtime.services import TOKEN, Clock, Service, description, served

MANUAL = {"orders": {"type": "manual"}}
AUTHORIZED = {"authorization": f"Bearer {TOKEN}"}
LINES = kernel_with("lines")


def shop(batch: dict[str, Any], **more: Any) -> dict[str, Any]:
    return description(MANUAL, {"lines": {"type": "log", "batch": batch}}, **more)


async def inject(service: Service, *numbers: int) -> None:
    status, answer = await service.call("POST", "/inject", [{"n": n} for n in numbers])
    assert status == 202, answer


def lines(service: Service) -> list[str]:
    return [line.removeprefix("lines: ") for line in service.platform.logged if line.startswith("lines: ")]  # type: ignore[attr-defined]


def numbered(*numbers: int) -> list[str]:
    return [f'{{"n": {n}}}' for n in numbers]


async def test_lines_are_written_when_the_batch_is_full() -> None:
    async with served(shop({"size": 3, "delay": 60}), LINES) as service:
        await inject(service, 0, 1)
        assert lines(service) == []
        await inject(service, *range(2, 7))
        assert lines(service) == numbered(*range(6))
        assert [row[1] for row in service.rows("_streamflow_gathered")] == [2]  # numbered as they are stored
        await inject(service, 7, 8)
        assert lines(service) == numbered(*range(9))
        assert service.rows("_streamflow_gathered") == []


async def test_the_first_waits_no_longer_than_the_delay() -> None:
    clock = Clock()
    async with served(shop({"size": 100, "delay": 5}), LINES, clock=clock) as service:
        await inject(service, 0)
        clock.time += 3
        await inject(service, 1)
        assert service.shell.parts[0].deadline(clock.time) == 1005.0
        clock.time += 1.9
        service.shell.wake()
        assert lines(service) == []
        clock.time += 0.1
        service.shell.wake()
        assert lines(service) == numbered(0, 1)
        assert service.shell.parts[0].deadline(clock.time) is None


async def test_as_many_bytes_as_fit() -> None:
    async with served(shop({"size": 100, "delay": 60, "bytes": 20}), LINES) as service:
        await inject(service, 0, 1, 2)  # [{"n": 0},{"n": 1}] has 19 characters
        assert lines(service) == numbered(0, 1)
        await inject(service, 10**30)
        assert lines(service) == numbered(0, 1, 2, 10**30)


async def test_a_batch_that_is_larger_than_the_buffer_goes_when_that_is_full() -> None:
    async with served(shop({"size": 100, "delay": 60}, buffer={"packets": 4}), LINES) as service:
        await inject(service, 0, 1, 2)
        assert lines(service) == []
        await inject(service, 3)
        assert lines(service) == numbered(0, 1, 2, 3)


async def test_what_waits_outlives_a_kill_and_comes_once(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    columns = {"type": "database", "table": "rows", "columns": ["n"], "batch": {"size": 3, "delay": 60}}
    rows, kernel = description(MANUAL, {"rows": columns}), kernel_with("rows")
    async with served(rows, kernel, state=file) as service:
        await inject(service, 0, 1)
        assert service.rows("rows") == []
    async with served(rows, kernel, state=file) as service:
        await inject(service, 2, 3)
        assert service.rows("rows") == [(0,), (1,), (2,)]
    async with served(rows, kernel, state=file) as service:
        await inject(service, 4, 5)
        assert service.rows("rows") == [(n,) for n in range(6)]


async def test_a_commit_that_fails_lets_nothing_go() -> None:
    columns = {"type": "database", "table": "rows", "columns": ["n"], "batch": {"size": 2, "delay": 60}}
    async with served(description(MANUAL, {"rows": columns}), kernel_with("rows")) as service:
        await inject(service, 0)
        write_state = service.shell.write_state

        def fail(*arguments: Any) -> None:
            raise OSError("disk full")

        service.shell.write_state = fail  # type: ignore[method-assign]
        assert (await service.call("POST", "/inject", {"n": 1}))[0] == 503
        service.shell.write_state = write_state  # type: ignore[method-assign]
        assert service.rows("rows") == []
        await inject(service, 2)
        assert service.rows("rows") == [(0,), (2,)]


async def test_whole_batches_are_one_statement() -> None:
    columns = {"type": "database", "table": "rows", "columns": ["n"], "batch": {"size": 3, "delay": 60}}
    async with served(description(MANUAL, {"rows": columns}), kernel_with("rows")) as service:
        seen: list[str] = []
        sql = service.platform.sql
        service.platform.sql = lambda query, *values: (seen.append(query), sql(query, *values))[1]  # type: ignore[method-assign]
        for n in range(9):
            await inject(service, n)
        assert len([query for query in seen if query.startswith('INSERT INTO "rows"')]) == 3
        assert service.rows("rows") == [(n,) for n in range(9)]


async def test_an_endpoint_shows_whole_batches() -> None:
    batch = {"size": 2, "delay": 60}
    endpoint = {"type": "endpoint", "key": "n", "batch": batch}
    async with served(description(MANUAL, {"lines": endpoint}), LINES) as service:
        await inject(service, 1)
        assert await service.call("GET", "/outputs/lines") == (200, [])
        await inject(service, 2, 3)
        assert await service.call("GET", "/outputs/lines") == (200, [{"n": 1}, {"n": 2}])


async def test_clients_get_a_message_a_batch() -> None:
    live = {"type": "websocket", "keep": 3, "batch": {"size": 2, "delay": 60}}
    async with served(description(MANUAL, {"lines": live}), LINES) as service:
        url = service.url + "/subscribe/lines"
        async with service.http.ws_connect(url, headers=AUTHORIZED) as socket:
            await inject(service, 0)
            await inject(service, 1, 2, 3, 4)
            assert await socket.receive_json() == [{"n": 0}, {"n": 1}]
            assert await socket.receive_json() == [{"n": 2}, {"n": 3}]
        async with service.http.ws_connect(url, headers=AUTHORIZED) as socket:
            assert await socket.receive_json() == [{"n": 1}, {"n": 2}, {"n": 3}]
        async with service.http.get(url, headers=AUTHORIZED) as events:
            assert await events.content.readline() == b"id: orders:3\n"
            assert await events.content.readline() == b'data: [{"n":1},{"n":2},{"n":3}]\n'


async def test_a_restored_state_forgets_what_waits_of_its_future() -> None:
    async with served(shop({"size": 3, "delay": 60}), LINES) as service:
        await inject(service, 0)
        _, saved = await service.call("GET", "/state")
        await inject(service, 1)
        assert (await service.call("PUT", "/state", saved))[0] == 204
        await inject(service, 2, 3)
        assert lines(service) == numbered(0, 2, 3)
