"""Records that msgspec reads: the fields that are needed, and the whole of those that fail."""

from __future__ import annotations

from conformance.client import Client

ORDER = {"at": 1, "amount": 150, "note": "grün", "more": [{"a": 1}]}


async def test_of_most_records_only_what_is_read_is_decoded(typed: Client) -> None:
    async with typed.socket("/subscribe/sums") as sums, typed.socket("/subscribe/failed") as failed:
        broken = {**ORDER, "amount": "many"}
        early = {**ORDER, "at": None}
        await typed.inject("orders", [ORDER, broken, early, ORDER])
        await typed.inject("orders", ORDER)
        assert await sums.next() == {"total": 4.5}
        seen = [await failed.next(), await failed.next()]
        assert early in seen
        assert [record["data"] for record in seen if "node" in record] == [broken]


async def test_what_the_fast_decoder_refuses_the_standard_one_decides(typed: Client) -> None:
    refused = (
        b"[{}",
        b'{"at": 1, "amount": NaN}',
        b'{"at": 1, "amount": 1, "x": 1e999}',
        b'{"at": 1, "amount": 1, "x": "\xff"}',
        b"[" * 70 + b"]" * 70,
    )
    for body in refused:
        assert (await typed.call("POST", "/hooks/orders", body))[0] == 400, body
    async with typed.socket("/subscribe/failed") as failed:
        assert (await typed.call("POST", "/hooks/orders", b'[{"amount": 1}, 5]'))[1]["accepted"] == 2
        assert {str(await failed.next()), str(await failed.next())} == {"{'amount': 1}", "5"}


async def test_records_that_go_on_are_whole(typed: Client) -> None:
    async with typed.socket("/subscribe/kept") as kept:
        lines = b'{"a": 1, "b": [12345678901234567890123]}\n{"c": "\\ud800"}\n'
        assert (await typed.call("POST", "/hooks/notes", lines))[1]["accepted"] == 2
        assert [await kept.next(), await kept.next()] == [{"a": 1, "b": [12345678901234567890123]}, {"c": "\ud800"}]
