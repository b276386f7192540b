"""Bodies and messages are read by the format of their source; what converters make goes out as it is."""

from __future__ import annotations

from base64 import b64encode

import msgpack
from prometheus_client.parser import text_string_to_metric_families

from conformance.client import Client, until

READINGS = [{"at": 1, "room": "a, 1", "celsius": 21.5}, {"at": 2.5, "room": "b", "celsius": -3}]


async def test_texts_and_bytes_go_out_as_they_are(formats: Client) -> None:
    requests = formats.outside.requests
    await formats.inject("readings", READINGS)
    await until(lambda: len(requests["/influx"]) == len(requests["/prometheus"]) == 2)
    await until(lambda: requests["/csv"] and requests["/msgpack"])
    headers, body = requests["/csv"][0]
    assert (headers["content-type"], body) == ("text/csv; charset=utf-8", b'"a, 1",21.5\nb,-3')
    lines = {body for _, body in requests["/influx"]}
    assert lines == {rb"air,room=a\,\ 1 celsius=21.5 1000000000", b"air,room=b celsius=-3 2500000000"}
    pages = sorted(body.decode() for _, body in requests["/prometheus"])
    samples = [family.samples for page in pages for family in text_string_to_metric_families(page)]
    assert [(sample.name, sample.labels, sample.value) for (sample,) in samples] == [
        ("climate_celsius", {"room": "a, 1"}, 21.5),
        ("climate_celsius", {"room": "b"}, -3.0),
    ]
    assert requests["/prometheus"][0][0]["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    headers, body = requests["/msgpack"][0]
    assert headers["content-type"] == "application/vnd.msgpack"
    unpacker = msgpack.Unpacker()
    unpacker.feed(body)
    assert [*unpacker] == [{"room": reading["room"], "celsius": reading["celsius"]} for reading in READINGS]


async def test_bytes_of_no_format_are_an_octet_stream(formats: Client) -> None:
    async with formats.socket("/subscribe/values") as values:
        body = '{"name": "Zoë"}'.encode()
        await formats.inject("texts", [b64encode(body).decode()])
        assert await values.next() == {"name": "Zoë"}
    await until(lambda: formats.outside.requests["/bytes"])
    headers, sent = formats.outside.requests["/bytes"][0]
    assert (headers["content-type"], sent) == ("application/octet-stream", body)


async def test_a_webhook_reads_the_format_of_its_source(formats: Client) -> None:
    async with formats.socket("/subscribe/records") as records:
        assert (await formats.call("POST", "/hooks/csv-hook", 'id,note\n1,"a, b"\n2,\n'))[1]["accepted"] == 2
        assert [await records.next(), await records.next()] == [{"id": "1", "note": "a, b"}, {"id": "2", "note": ""}]
        for value, number in (([{"n": 1}, 2.5], 2), ({"n": 3}, 1)):
            answer = await formats.call("POST", "/hooks/packed-hook", msgpack.packb(value))
            assert (answer[0], answer[1]["accepted"]) == (202, number)
        assert [await records.next() for _ in range(3)] == [{"n": 1}, 2.5, {"n": 3}]
        assert (await formats.call("POST", "/hooks/form-hook", "a=1&a=2&b=%C3%A4", token=None))[0] == 202
        assert await records.next() == {"a": ["1", "2"], "b": "ä"}
        assert (await formats.call("POST", "/hooks/lines-hook", "air,room=a t=1.5 1000000000\n"))[0] == 202
        assert await records.next() == {
            "measurement": "air",
            "tags": {"room": "a"},
            "fields": {"t": 1.5},
            "timestamp": 1.0,
        }
        assert (await formats.call("POST", "/hooks/metrics-hook", '# TYPE up gauge\nup{job="a"} 1\n'))[0] == 202
        assert await records.next() == {"name": "up", "labels": {"job": "a"}, "value": 1.0}
        await formats.inject("csv-hook", [{"id": 5}])  # by hand it is always JSON
        assert await records.next() == {"id": 5}


async def test_what_is_not_of_the_format_refuses_the_batch(formats: Client) -> None:
    before = await formats.processed("csv-hook")
    status, problem = await formats.call("POST", "/hooks/csv-hook", "id,note\n1\n")
    assert (status, problem["detail"]) == (400, "the row that ends in line 2 has 1 fields, not 2")
    status, problem = await formats.call("POST", "/hooks/packed-hook", b"\x93\x01")
    assert (status, problem["detail"]) == (400, "the bytes end too early")
    assert await formats.processed("csv-hook") == before


async def test_clients_send_messages_of_the_format(formats: Client) -> None:
    async with formats.socket("/subscribe/records") as records, formats.socket("/inject/packed-clients") as client:
        await client.send(msgpack.packb({"n": 1}))
        assert (await client.next())["accepted"] == 1
        await client.send(b"\xc1")
        assert (await client.next())["malformed"] == [
            {"message": 1, "error": "byte 0 starts an extension type, or nothing: 0xc1"}
        ]
        assert await records.next() == {"n": 1}
