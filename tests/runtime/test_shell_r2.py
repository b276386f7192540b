"""The r2 sink: what objects are called and what they hold."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from runtime.counting_kernel import kernel_with
from runtime.services import Clock, Service, description, served, until
from streamflow.host.local_bindings import LocalBindings

MANUAL = {"orders": {"type": "manual"}}
KERNEL = kernel_with("files")
DAY = 86_400


def shop(**options: Any) -> dict[str, Any]:
    return description(MANUAL, {"files": {"type": "r2", "binding": "ARCHIVE", **options}})


class Bucket:
    """What has been put, with its metadata; `errors` are raised in turn."""

    def __init__(self, service: Service) -> None:
        self.puts: list[tuple[str, bytes, Any]] = []
        self.errors: list[Exception] = []
        service.platform.call = self.call  # type: ignore[method-assign]

    async def call(self, binding: str, method: str, path: str, content: bytes, options: Any) -> None:
        assert (binding, method) == ("ARCHIVE", "put")
        if self.errors:
            raise self.errors.pop(0)
        self.puts.append((path, content, options["httpMetadata"]))


async def test_an_object_an_output_named_by_what_it_is() -> None:
    clock = Clock()
    clock.time = 3 * DAY + 7 * 3600.0
    async with served(shop(path="{sink}/{date}/{hour}/{key}-{rows}-{id}.json"), KERNEL, clock=clock) as service:
        bucket = Bucket(service)
        await service.call("POST", "/inject", [{"key": "a", "n": 1}, {"key": 2, "n": 2}])
        await until(lambda: not service.rows("_streamflow_outbox"))
        json = {"contentType": "application/json"}
        assert sorted(bucket.puts) == [
            ("files/1970-01-04/07/2-1-orders:1.json", b'{"key":2,"n":2}', json),
            ("files/1970-01-04/07/a-0-orders:0.json", b'{"key":"a","n":1}', json),
        ]


async def test_a_batch_is_an_object_with_the_same_name_at_every_try() -> None:
    clock = Clock()
    batch = {"size": 3, "delay": 1.0}
    options = {"path": "{rows}.ndjson.gz", "format": "ndjson", "compress": "gzip", "batch": batch}
    async with served(shop(**options), KERNEL, clock=clock) as service:
        bucket = Bucket(service)
        bucket.errors = [OSError("internal error")]
        await service.call("POST", "/inject", [{"n": n} for n in range(4)])
        await until(lambda: not bucket.errors)
        clock.time += 1
        service.shell.wake()
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert sorted(path for path, _, _ in bucket.puts) == ["0-2.ndjson.gz", "3.ndjson.gz"]
        _, content, metadata = min(bucket.puts)
        assert gzip.decompress(content) == b'{"n":0}\n{"n":1}\n{"n":2}\n'
        assert metadata == {"contentType": "application/x-ndjson", "contentEncoding": "gzip"}


async def test_outputs_of_a_batch_are_put_where_the_function_says() -> None:
    kernel = kernel_with("files", functions={"files.path": lambda data: f"{data['country']}/{{rows}}.json"})
    options = {"path": {"function": "files.path"}, "batch": {"size": 10, "delay": 0.0}}
    async with served(shop(**options), kernel) as service:
        bucket = Bucket(service)
        await service.call(
            "POST", "/inject", [{"country": "SE", "n": 1}, {"country": "PT"}, {"country": "SE", "n": 2}, {"n": 3}]
        )
        await until(lambda: not service.rows("_streamflow_outbox"))
        objects = {path: content for path, content, _ in bucket.puts}
        letters = (await service.call("GET", "/dead-letters"))[1]["dead_letters"]
        assert [(letter["data"], letter["error"]) for letter in letters] == [
            ({"n": 3}, "no path to store it under: KeyError: 'country'")
        ]
        # one of them has no path, so each went for itself; what had gone before is put again
        assert objects["SE/0.json"] == b'[{"country":"SE","n":1}]'
        assert objects["SE/2.json"] == b'[{"country":"SE","n":2}]'
        assert objects["PT/1.json"] == b'[{"country":"PT"}]'


async def test_one_object_for_each_path_of_a_batch() -> None:
    kernel = kernel_with("files", functions={"files.path": lambda data: f"{data['country']}/{{rows}}.json"})
    options = {"path": {"function": "files.path"}, "batch": {"size": 10, "delay": 0.0}}
    async with served(shop(**options), kernel) as service:
        bucket = Bucket(service)
        await service.call("POST", "/inject", [{"country": "SE", "n": 1}, {"country": "PT"}, {"country": "SE", "n": 2}])
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert [(path, content) for path, content, _ in bucket.puts] == [
            ("SE/0-2.json", b'[{"country":"SE","n":1},{"country":"SE","n":2}]'),
            ("PT/0-2.json", b'[{"country":"PT"}]'),
        ]


async def test_objects_of_one_name_are_written_in_order() -> None:
    async with served(shop(path="newest.json"), KERNEL) as service:
        bucket = Bucket(service)
        await service.call("POST", "/inject", [{"n": n} for n in range(9)])
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert [content for _, content, _ in bucket.puts] == [f'{{"n":{n}}}'.encode() for n in range(9)]


async def test_text_and_bytes_are_stored_as_they_are() -> None:
    async with served(shop(path="{rows}", batch={"size": 2, "delay": 0.0}), KERNEL) as service:
        bucket = Bucket(service)
        service.shell.open()
        for values in (["a", "b"], [b"\xff", b"\0"], [b"\xff", 1]):
            events = [{"value": value} for value in values]
            service.shell.run(lambda kernel, now, events=events: kernel.push("orders", events, now))
        await until(lambda: not service.rows("_streamflow_outbox"))
        assert sorted((path, content) for path, content, _ in bucket.puts) == [
            ("0-1", b"a\nb"),
            ("2-3", b"\xff\0"),
            ("4-5", b'["/w==",1]'),
        ]


def test_a_bucket_here_is_a_folder_that_nothing_leaves(tmp_path: Path) -> None:
    bindings = LocalBindings(tmp_path / "made" / "shop.bindings.sqlite", lambda: 0.0, {"ARCHIVE": "r2"})
    bindings.call("ARCHIVE", "put", "a/b.json", b"1", {})
    bindings.call("ARCHIVE", "put", "/a/b.json", b"2", {})
    assert (tmp_path / "made" / "shop.ARCHIVE" / "a" / "b.json").read_bytes() == b"2"
    for path in ("../out", "a/../../../out", ".", ""):
        with pytest.raises(ValueError, match="outside"):
            bindings.call("ARCHIVE", "put", path, b"3", {})
    for path in ("a", "a/b.json/c"):
        with pytest.raises(ValueError, match="only a bucket"):
            bindings.call("ARCHIVE", "put", path, b"4", {})
    with pytest.raises(ValueError, match="no stand-in"):
        bindings.call("ARCHIVE", "delete", "a/b.json")
