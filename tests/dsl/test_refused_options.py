"""Options that say nothing that a node could do are refused where they are written."""

import re

import pytest

from streamflow import nodes
from streamflow.diagnostics import CompileError


async def waits(data):
    return data


@pytest.mark.parametrize("columns", [["a", "a"], ("a", "b", "A")])
def test_a_column_is_named_once(columns):
    with pytest.raises(CompileError, match="twice"):
        nodes.sink("out", type="database", table="t", columns=columns)
    nodes.sink("out", type="database", table="t", columns=["a", "b"])


@pytest.mark.parametrize("option", [{"concurrency": 2}, {"ordered": False}, {"timeout": 1}])
def test_options_of_waiting_need_an_async_function(option):
    with pytest.raises(CompileError, match=f"`{next(iter(option))}`: only for an `async def`"):
        nodes.transform("t", function=lambda data: data, **option)
    nodes.transform("t", function=waits, **option)


def test_sources_that_read_no_bytes_have_no_format():
    for options in ({"type": "manual"}, {"type": "timer", "interval": 1}):
        with pytest.raises(CompileError, match="has no option `format`"):
            nodes.source("s", format="csv", **options)
    with pytest.raises(CompileError, match="`items` is a path in JSON, and the format is csv"):
        nodes.source("s", type="http", url="https://a.example", interval=1, items="a", format="csv")
    with pytest.raises(CompileError, match="source `s`: `format`"):
        nodes.source("s", type="webhook", format="xml")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"source_format": "csv", "target_format": "form"}, "csv can't become form; it can become json, ndjson, "),
        ({"source_format": "csv", "target_format": "csv"}, "csv can't become csv; it can become json, "),
        ({"source_format": "base64", "target_format": "json"}, "base64 can't become json; it can become value"),
        (
            {"source_format": "prometheus", "target_format": "influx"},
            "prometheus can't become influx; it can become json",
        ),
        ({"source_format": "xml", "target_format": "json"}, "`source_format`"),
        ({"source_format": "value", "target_format": "json", "tags": ["a"]}, "`tags` is for influx"),
        ({"source_format": "value", "target_format": "influx", "key": "a"}, "`key` is for prometheus"),
        ({"source_format": "json", "target_format": "form", "measurement": "m"}, "is for prometheus and influx"),
        ({"source_format": "value", "target_format": "influx", "tags": ["a", "a"]}, "`tags` has a name twice"),
        ({"source_format": "value", "target_format": "influx", "tags": ["a\n"]}, "can't stand in line protocol"),
        ({"source_format": "value", "target_format": "influx", "measurement": "a\\"}, "can't stand in line protocol"),
        ({"source_format": "value", "target_format": "influx", "measurement": "#a"}, "can't start like that"),
        ({"source_format": "value", "target_format": "prometheus", "key": ("a-b", "a.b")}, "a label twice: a_b, a_b"),
        ({"source_format": "csv", "target_format": "value", "header": False}, "give them as `columns`"),
        ({"source_format": "csv", "target_format": "value", "columns": ["a", "a"]}, "`columns` has a name twice"),
        ({"source_format": "csv", "target_format": "value", "delimiter": '"'}, "can't be a quote"),
        ({"source_format": "csv"}, "needs the option `target_format`"),
    ],
)
def test_conversions_that_say_nothing(options, message):
    with pytest.raises(CompileError, match=re.escape(message)) as refused:
        nodes.convert("c", **options)
    assert len(refused.value.diagnostics) == 1


@pytest.mark.parametrize("option", ["url", "subscribe"])
def test_functions_of_the_last_packet_take_that_alone(option):
    options = {"type": "websocket", "url": "wss://feed.example.com"}
    with pytest.raises(CompileError, match=f"`{option}` is called with the source's last packet, which is None at"):
        nodes.source("feed", **{**options, option: lambda last, packet: "wss://feed.example.com"})
    with pytest.raises(CompileError, match=f"`{option}` can't be async: it is called when a connection is made"):
        nodes.source("feed", **{**options, option: waits})
    nodes.source("feed", **{**options, option: lambda last: "wss://feed.example.com"})


def test_what_is_sent_on_connect_needs_a_connection_of_the_graphs():
    with pytest.raises(CompileError, match="`subscribe` is sent over a connection that the graph opens; add its `url`"):
        nodes.source("feed", type="websocket", subscribe="hello")


@pytest.mark.parametrize("option", ["heartbeat", "reconnect"])
def test_options_of_an_outbound_connection_need_its_url(option):
    with pytest.raises(CompileError, match=f"`{option}` is for a connection that the graph opens; add its `url`"):
        nodes.source("feed", type="websocket", **{option: "5s"})
    with pytest.raises(CompileError, match=f"`{option}` must be at least 1 ms"):
        nodes.source("feed", type="websocket", url="wss://feed.example.com", **{option: 0})
    nodes.source("feed", type="websocket", url="wss://feed.example.com", **{option: "5s"})


def test_a_method_is_one_that_sends_or_asks():
    with pytest.raises(CompileError, match="'DELETE', 'PATCH', 'POST' or 'PUT', not 'FOO'"):
        nodes.sink("out", type="http", url="https://example.com", method="FOO")
    with pytest.raises(CompileError, match="'GET' or 'POST', not 'PUT'"):
        nodes.source("in", type="http", url="https://example.com", interval=1, method="PUT")


@pytest.mark.parametrize("nothing", [(), ""])
def test_a_key_names_a_field(nothing):
    with pytest.raises(CompileError, match="`key` names no field"):
        nodes.dedupe("once", key=nothing, within=5)
    with pytest.raises(CompileError, match="`dedupe_key` names no field"):
        nodes.source("in", type="manual", dedupe_key=nothing)
