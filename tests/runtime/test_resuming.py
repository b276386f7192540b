"""Options that are functions of a source's last packet: filled in at the start and behind every commit with another."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from streamflow_runtime.packet import Packet
from streamflow_runtime.part import Commit
from streamflow_runtime.resuming import Resuming

POLLED = {"type": "http", "url": {"function": "pages.url"}, "interval": 1}
SERVICE = {"sources": {"pages": POLLED, "plain": {"type": "http", "url": "https://plain.example.com"}}}


def shell_with(meta: dict[str, Any] | None = None, service: Any = SERVICE, **functions: Any) -> Any:
    kernel = SimpleNamespace(functions={f"pages.{option}": function for option, function in functions.items()})
    logged: list[str] = []
    return SimpleNamespace(
        meta=meta or {}, service=service, open=lambda: kernel, log=logged.append, logged=logged, kernel=kernel
    )


def packet(data: Any) -> Packet:
    return Packet(data, 0, "pages", 0, "", {})


def committed(part: Resuming, *data: Any, **meta: Any) -> dict[str, Any]:
    """Commit packets of the source; what goes into the durable entries."""
    commit = Commit({"pages": [packet(each) for each in data]}, [])
    commit.meta |= meta
    part.write(commit)
    part.committed(commit)
    return commit.meta


def after(last: Packet | None) -> str:
    return f"https://pages.example.com/{0 if last is None else last.data['n']}"


def test_the_next_url_follows_the_last_packet_and_the_description_stays_as_it_is() -> None:
    shell = shell_with(url=after)
    part = Resuming(shell)
    part.start()
    pages = shell.service["sources"]["pages"]
    assert pages["url"] == "https://pages.example.com/0"
    meta = committed(part, {"n": 3}, {"n": 5})
    assert pages["url"] == "https://pages.example.com/5"
    assert POLLED["url"] == {"function": "pages.url"}
    again = shell_with(meta, url=after)
    Resuming(again).start()
    assert again.service["sources"]["pages"]["url"] == "https://pages.example.com/5"
    assert again.service["sources"]["plain"] == SERVICE["sources"]["plain"]


def test_a_commit_without_packets_of_the_source_changes_nothing() -> None:
    part = Resuming(shell_with(url=after))
    part.start()
    assert committed(part) == {}


def test_validators_are_of_one_url_alone() -> None:
    part = Resuming(shell_with(url=after))
    part.start()
    assert committed(part, {"n": 1}, **{"poll/pages": {"if-none-match": "a"}})["poll/pages"] == {}
    assert committed(part, {"n": 1}, **{"poll/pages": {"if-none-match": "a"}})["poll/pages"] == {"if-none-match": "a"}


def test_where_a_function_fails_the_last_value_stays() -> None:
    shell = shell_with(url=after)
    part = Resuming(shell)
    part.start()
    committed(part, {"n": 1})
    committed(part, {})
    assert shell.service["sources"]["pages"]["url"] == "https://pages.example.com/1"
    assert shell.logged[-1] == "pages: `url` failed: KeyError('n')"
    shell.kernel.functions["pages.url"] = lambda last: last.data["n"]
    committed(part, {"n": 2})
    assert shell.logged[-1] == "pages: `url` failed: TypeError('a URL is text, not int')"


def test_what_is_sent_on_connect_is_text_or_json_or_several_or_nothing() -> None:
    service = {"sources": {"pages": {"type": "websocket", "subscribe": {"function": "pages.subscribe"}}}}
    shell = shell_with(service=service, subscribe=lambda last: last and last.data)
    part = Resuming(shell)
    part.start()
    assert shell.service["sources"]["pages"]["subscribe"] == []
    for data, sent in (("hi", ["hi"]), ({"é": 1}, ['{"é": 1}']), (("a", [1]), ["a", "[1]"])):
        committed(part, data)
        assert shell.service["sources"]["pages"]["subscribe"] == sent


def test_a_function_gets_a_packet_of_its_own() -> None:
    kept = {"n": [1]}
    shell = shell_with(url=lambda last: "https://x.example.com" if last is None else str(last.data["n"].pop()))
    part = Resuming(shell)
    part.start()
    committed(part, kept)
    assert kept == {"n": [1]}
