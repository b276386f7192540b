"""`fetch` and `env` of a graph's functions, on a platform that answers from memory."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

import pytest

from streamflow_runtime.environment import env
from streamflow_runtime.fetching import HttpError, fetch
from streamflow_runtime.outside import reach


class Answering:
    """Gives one answer, and keeps what it was asked."""

    def __init__(self, status: int = 200, body: bytes = b'{"price": 2.5}') -> None:
        self.status, self.body = status, body
        self.asked: list[tuple[Any, ...]] = []

    async def fetch(self, *request: Any) -> tuple[int, dict[str, str], bytes]:
        self.asked.append(request)
        return self.status, {"content-type": "application/json"}, self.body

    async def call(self, *call: Any) -> Any:
        self.asked.append(call)
        return "called"

    async def query(self, binding: str, statements: list[Any]) -> list[list[dict[str, Any]]]:
        self.asked.append((binding, [(text, list(values)) for text, values in statements]))
        return [[{"n": 1, "m": 2}, {"n": 3, "m": 4}] if values else [] for _, values in statements]

    def secret(self, name: str) -> str | None:
        return "eu" if name == "REGION" else None


def run(platform: Any, coroutine: Coroutine[Any, Any, Any]) -> Any:
    async def reaching() -> Any:
        reach.set(platform)
        return await coroutine

    return asyncio.run(reaching())


def test_an_answer_is_read_in_every_form() -> None:
    async def read() -> None:
        response = await fetch("https://example.com/a")
        assert (response.status, response.ok) == (200, True)
        assert response.headers["Content-Type"] == response.headers.get("content-type") == "application/json"
        assert "CONTENT-TYPE" in response.headers
        assert await response.json() == {"price": 2.5}
        assert await response.text() == '{"price": 2.5}'
        assert await response.bytes() == b'{"price": 2.5}'

    platform = Answering()
    run(platform, read())
    assert platform.asked == [("GET", "https://example.com/a", {}, None, 30.0)]


def test_a_request_is_sent_as_written() -> None:
    async def send() -> None:
        await fetch("https://a.b", "put", json={"name": "Zoë"}, headers={"X-Id": "1"}, timeout=timedelta(minutes=1))
        await fetch("https://a.b", method="POST", body=b"\x00", timeout="250ms")
        with pytest.raises(ValueError, match="not both"):
            await fetch("https://a.b", json=1, body="1")

    platform = Answering()
    run(platform, send())
    headers = {"x-id": "1", "content-type": "application/json"}
    assert platform.asked == [
        ("PUT", "https://a.b", headers, '{"name": "Zoë"}', 60.0),
        ("POST", "https://a.b", {}, b"\x00", 0.25),
    ]


@pytest.mark.parametrize(("status", "passes"), [(404, False), (400, False), (429, True), (503, True)])
def test_400_and_above_are_errors_unless_unchecked(status: int, passes: bool) -> None:
    with pytest.raises(HttpError, match=f"GET https://a.b was answered {status}") as raised:
        run(Answering(status), fetch("https://a.b"))
    assert raised.value.status == status
    assert isinstance(raised.value, OSError) is passes  # which sinks try again
    assert run(Answering(status), fetch("https://a.b", check=False)).status == status


@pytest.mark.parametrize("body", [b"", b"{", b"1, 2", b"[" * 80 + b"]" * 80, b"NaN", b"\xff"])
def test_a_body_that_is_not_json_is_a_value_error(body: bytes) -> None:
    async def read() -> Any:
        return await (await fetch("https://a.b")).json()

    with pytest.raises(ValueError, match=r"."):
        run(Answering(body=body), read())


def test_env_is_texts_and_stores() -> None:
    async def use() -> None:
        assert env.REGION == "eu"
        assert await env.PRICES.get("a") == "called"
        await env.PRICES.put("a", "1", expirationTtl=60)
        await env.PRICES.put("a", "1", {"expirationTtl": 60})

    platform = Answering()
    run(platform, use())
    put = ("PRICES", "put", "a", "1", {"expirationTtl": 60})
    assert platform.asked == [("PRICES", "get", "a"), put, put]


def test_statements_of_a_database_are_awaited_one_by_one_or_together() -> None:
    async def use() -> None:
        statement = env.DB.prepare("SELECT * FROM t WHERE n = ?")
        assert await statement.first() is None
        bound = statement.bind(1)
        assert await bound.first() == {"n": 1, "m": 2}
        assert await bound.first("m") == 2
        assert await bound.raw() == [[1, 2], [3, 4]]
        assert (await bound.all())["results"] == (await bound.run())["results"] == [{"n": 1, "m": 2}, {"n": 3, "m": 4}]
        assert [len(each["results"]) for each in await env.DB.batch([bound, statement])] == [2, 0]

    platform = Answering()
    run(platform, use())
    assert platform.asked[-1] == ("DB", [("SELECT * FROM t WHERE n = ?", [1]), ("SELECT * FROM t WHERE n = ?", [])])


def test_elsewhere_there_is_no_way_out() -> None:
    with pytest.raises(RuntimeError, match="async transforms and custom sinks"):
        asyncio.run(fetch("https://a.b"))
    with pytest.raises(RuntimeError, match="async transforms and custom sinks"):
        _ = env.PRICES
