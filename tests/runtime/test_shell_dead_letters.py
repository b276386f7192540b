"""Replayed letters: never lost, never doubled, whatever happens in between."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.counting_kernel import CountingKernel
from runtime.services import Clock, Service, description, receiver, served, until
from streamflow import Graph, nodes
from streamflow.dsl.secrets import secret
from streamflow.pipeline import compile_graph
from streamflow_runtime.part import CommitFailed
from streamflow_runtime.shell import Shell

MANUAL = {"orders": {"type": "manual"}}


async def letters(service: Service) -> list[dict[str, Any]]:
    _, answer = await service.call("GET", "/dead-letters")
    found: list[dict[str, Any]] = answer["dead_letters"]
    return found


async def test_a_replay_that_does_not_commit_has_not_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        receiver() as target,
        served(description(MANUAL, {"alerts": {"type": "http", "url": target.url}})) as service,
    ):
        target.answers = [400, 200]
        await service.call("POST", "/inject", {"n": 1})
        await until(lambda: service.rows("_streamflow_dead_letters"))

        def fail(*arguments: Any) -> None:
            raise OSError("disk full")

        with monkeypatch.context() as broken:
            broken.setattr(Shell, "write_state", fail)
            assert (await service.call("POST", "/dead-letters/replay"))[0] == 503
        assert [letter["data"] for letter in await letters(service)] == [{"n": 1}]
        assert service.rows("_streamflow_outbox") == []
        assert await service.call("POST", "/dead-letters/replay") == (200, {"replayed": 1, "kept": []})
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert target.bodies == [{"n": 1}, {"n": 1}]
        assert target.keys == ["Shop/alerts/0", "Shop/alerts/0"]
        assert await letters(service) == []


async def test_a_replayed_delivery_has_all_its_tries_again() -> None:
    clock = Clock()
    policy = {"max_retries": 1, "initial_delay": 1, "jitter": 0}
    sink = {"type": "http", "url": "", "retry_policy": policy}
    async with receiver() as target:
        sink["url"] = target.url
        async with served(description(MANUAL, {"alerts": sink}), clock=clock) as service:
            target.answers = [500]
            await service.call("POST", "/inject", {"n": 1})
            for tries in (2, 4):
                await until(lambda tries=tries: len(target.requests) == tries - 1)
                clock.time += 5
                await until(lambda: service.rows("_streamflow_outbox")[0][6] == 1)
                service.shell.wake()
                await until(lambda: service.rows("_streamflow_dead_letters"))
                assert (await letters(service))[0]["attempts"] == 2
                assert len(target.requests) == tries
                assert (await service.call("POST", "/dead-letters/replay"))[0] == 200


async def test_a_row_that_a_restored_state_does_not_know_gets_a_new_number() -> None:
    async with (
        receiver() as target,
        served(description(MANUAL, {"alerts": {"type": "http", "url": target.url}})) as service,
    ):
        _, saved = await service.call("GET", "/state")
        target.answers = [400, 200]
        await service.call("POST", "/inject", {"n": 1})
        await until(lambda: service.rows("_streamflow_dead_letters"))
        assert (await service.call("PUT", "/state", saved))[0] == 204
        await service.call("POST", "/dead-letters/replay")
        await service.call("POST", "/inject", {"n": 2})
        await until(lambda: len(target.requests) == 3)
        assert sorted(target.keys) == ["Shop/alerts/0", "Shop/alerts/0", "Shop/alerts/1"]


async def test_letters_of_an_older_release_are_kept_and_listed() -> None:
    async with served(description(MANUAL, {"alerts": {"type": "log"}}), CountingKernel) as service:
        sql = service.platform.sql
        sql("DROP TABLE IF EXISTS _streamflow_dead_letters")
        columns = "id INTEGER PRIMARY KEY AUTOINCREMENT, node, data, error, attempts, line"
        sql(f"CREATE TABLE _streamflow_dead_letters ({columns})")
        sql("INSERT INTO _streamflow_dead_letters (node, data, error, attempts, line) VALUES ('sum', '1', 'old', 1, 7)")
        assert [letter["error"] for letter in await letters(service)] == ["old"]
        status, answer = await service.call("POST", "/dead-letters/replay")
        assert (status, answer["replayed"], [kept["id"] for kept in answer["kept"]]) == (200, 0, [1])
        await service.call("POST", "/inject", {"fail": 1})
        assert len(await letters(service)) == 2


async def test_secrets_are_not_shown_but_replayed() -> None:
    key = secret("KEY")

    def keyed(data: Any) -> Any:
        return {**data, "key": str(key)}

    graph = Graph(
        "Keys",
        [
            nodes.source("orders", type="manual"),
            nodes.transform("keyed", function=keyed),
            nodes.transform("inverse", function=lambda data: {**data, "n": 1 / (data["n"] - data["key"].count("!"))}),
            nodes.sink("out", type="log"),
        ],
    )
    program = compile_graph(graph)
    secrets = {"STREAMFLOW_TOKEN": "s3cret-token", "KEY": "open!"}
    async with served(program.service, program.kernel_class, secrets=secrets) as service:  # type: ignore[arg-type]
        await service.call("POST", "/inject", {"n": 1})
        (letter,) = await letters(service)
        assert letter["data"] == {"n": 1, "key": "[KEY]"}
        assert await service.call("POST", "/dead-letters/replay") == (200, {"replayed": 1, "kept": []})
        (letter,) = await letters(service)
        assert letter["error"] == "division by zero"


async def test_a_stopped_graph_replays_nothing() -> None:
    async with served(description(MANUAL, {"alerts": {"type": "log"}})) as service:
        await service.call("POST", "/inject", {"fail": 1})
        service.shell.stopped = True
        assert (await service.call("POST", "/dead-letters/replay"))[0] == 503
        service.shell.stopped = False
        assert len(await letters(service)) == 1


async def test_a_commit_that_fails_is_told_in_process() -> None:
    async with (
        receiver() as target,
        served(description(MANUAL, {"alerts": {"type": "http", "url": target.url}})) as service,
    ):
        target.answers = [400]
        await service.call("POST", "/inject", {"n": 1})
        await until(lambda: service.rows("_streamflow_dead_letters"))
        part = service.shell.parts[-1]

        def fail(*arguments: Any) -> None:
            raise OSError("disk full")

        service.shell.write_state = fail  # type: ignore[method-assign]
        with pytest.raises(CommitFailed):
            part.replay()  # type: ignore[attr-defined]


async def test_letters_without_their_place_stay_and_say_so() -> None:
    async with (
        receiver() as target,
        served(description(MANUAL, {"alerts": {"type": "http", "url": target.url}})) as service,
    ):
        target.answers = [400, 400, 400, 200]
        await service.call("POST", "/inject", [{"n": 1}, {"n": 2}, {"n": 3}])
        await until(lambda: len(service.rows("_streamflow_dead_letters")) == 3)
        service.platform.sql("UPDATE _streamflow_dead_letters SET place = 'gone' WHERE id = 1")
        service.platform.sql("UPDATE _streamflow_dead_letters SET place = 'outbox:queue' WHERE id = 2")
        status, answer = await service.call("POST", "/dead-letters/replay", {"ids": [1, 2, 3]})
        assert (status, answer["title"]) == (409, "Not replayed")
        gone = "The graph has no `gone` any more."
        other = "The graph sends nothing to a sink `alerts` of type queue any more."
        assert answer["detail"] == f"letter 1: {gone} letter 2: {other}"
        assert len(await letters(service)) == 3
        kept = [{"id": 1, "reason": gone}, {"id": 2, "reason": other}]
        assert await service.call("POST", "/dead-letters/replay") == (200, {"replayed": 1, "kept": kept})
        assert [letter["id"] for letter in await letters(service)] == [1, 2]


async def test_a_batch_that_is_too_large_for_a_letter_is_one_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamflow_runtime.codec.LARGEST_ROW", 20_000)
    sink = {"type": "http", "url": "", "batch": {"size": 3}}
    async with receiver() as target:
        sink["url"] = target.url
        async with served(description(MANUAL, {"alerts": sink})) as service:
            target.answers = [400, 200]
            sent = [{"n": n, "text": "x" * 10_000} for n in range(3)]
            await service.call("POST", "/inject", sent)
            await until(lambda: len(service.rows("_streamflow_dead_letters")) == 3)
            assert await service.call("POST", "/dead-letters/replay") == (200, {"replayed": 3, "kept": []})
            await until(lambda: not service.rows("_streamflow_outbox"))
            assert await letters(service) == []
            assert target.bodies == [sent, sent]
            assert target.keys == ["Shop/alerts/0-2"] * 2


async def test_many_letters_go_in_several_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamflow_runtime.dead_letters.LETTERS", 2)
    async with (
        receiver() as target,
        served(description(MANUAL, {"alerts": {"type": "http", "url": target.url}})) as service,
    ):
        target.answers = [*[400] * 5, 200]
        await service.call("POST", "/inject", [{"n": n} for n in range(5)])
        await until(lambda: len(service.rows("_streamflow_dead_letters")) == 5)
        commits: list[None] = []

        def write_state(*arguments: Any) -> None:
            commits.append(None)
            if len(commits) == 3:
                raise OSError("disk full")
            Shell.write_state(service.shell, *arguments)

        with monkeypatch.context() as broken:
            broken.setattr(service.shell, "write_state", write_state)
            status, answer = await service.call("POST", "/dead-letters/replay")
        assert (status, answer["replayed"]) == (200, 4)
        (left,) = answer["kept"]
        assert left["reason"] == "Not committed; send it again."
        assert [letter["id"] for letter in await letters(service)] == [left["id"]]
