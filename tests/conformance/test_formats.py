"""What converters make reaches http sinks as it is, under the name of its format."""

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
