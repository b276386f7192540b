"""Every format read and written: by other people's libraries where there are any, and worked out by hand."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from typing import Any, ClassVar

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from streamflow_runtime.decode import BadInput, decoder_of
from streamflow_runtime.format_base64 import from_base64, to_base64
from streamflow_runtime.format_csv import csv_records, from_csv, to_csv
from streamflow_runtime.format_form import form_records, from_form, from_query, to_form, to_query
from streamflow_runtime.format_influx import to_influx
from streamflow_runtime.format_json import from_json, from_ndjson, ndjson_records, to_json, to_ndjson
from streamflow_runtime.format_msgpack import from_msgpack, msgpack_records, to_msgpack
from streamflow_runtime.format_prometheus import to_prometheus
from streamflow_runtime.influx_lines import from_influx, influx_records
from streamflow_runtime.messages import push_messages
from streamflow_runtime.polling import _values as polled
from streamflow_runtime.prometheus_samples import from_prometheus, prometheus_records
from streamflow_runtime.queue_source import _values as queued

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    SCALARS | TEXTS | st.binary(), lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=20
)
PLAIN = st.recursive(SCALARS | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=20)


# MessagePack


@given(VALUES)
def test_messagepack_is_what_its_library_writes_and_reads(value: Any) -> None:
    assert to_msgpack(value) == msgpack.packb(value)
    assert from_msgpack(to_msgpack(value), 64) == value == msgpack.unpackb(to_msgpack(value), strict_map_key=True)


@pytest.mark.parametrize("number", [127, 128, 255, 256, 2**16, 2**32, 2**64 - 1, -1, -32, -33, -128, -129, -(2**63)])
def test_whole_numbers_of_every_length(number: int) -> None:
    assert to_msgpack(number) == msgpack.packb(number)
    assert from_msgpack(to_msgpack(number), 0) == number


@pytest.mark.parametrize("size", [0, 15, 16, 31, 32, 255, 256, 65_535, 65_536])
def test_sizes_of_every_length(size: int) -> None:
    for value in ("x" * size, b"x" * size, [None] * size, dict.fromkeys(map(str, range(size)))):
        assert to_msgpack(value) == msgpack.packb(value)
        assert from_msgpack(to_msgpack(value), 1) == value


@given(st.binary(max_size=40))
def test_any_bytes_are_a_value_or_refused(body: bytes) -> None:
    try:
        from_msgpack(body, 8)
    except ValueError:
        pass


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "end too early"),
        (b"\xa5abc", "end too early"),
        (b"\xdf\xff\xff\xff\xff", "end too early"),
        (b"\x01\x02", "ends at byte 1 of 2"),
        (b"\x81\x01\x02", "no text"),
        (b"\xd4\x00\x00", "extension"),
        (b"\xcb\x7f\xf0" + b"\x00" * 6, "no JSON value"),
        (b"\x91" * 9 + b"\x00", "too deep"),
        ({"a": 1}, "a record"),
    ],
)
def test_what_is_no_messagepack(body: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        from_msgpack(body, 8)


@pytest.mark.parametrize("value", [2**64, -(2**63) - 1, float("nan"), {1: 2}, {1, 2}])
def test_what_messagepack_can_not_hold(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        to_msgpack(value)


# JSON


@given(PLAIN)
def test_json_and_ndjson_come_back(value: Any) -> None:
    assert from_json(to_json(value), 64) == value == json.loads(to_json(value))
    assert from_ndjson(to_ndjson([value, value]), 64) == [value, value]


@pytest.mark.parametrize(
    "text", ["", "1,2", "[1]\n[2]", "NaN", "1e999", "{", "]", "[" * 70 + "]" * 70, "\ufeff1", b"\xff"]
)
def test_what_is_not_one_json_value(text: Any) -> None:
    with pytest.raises(ValueError):
        from_json(text, 64)


def test_ndjson_may_hold_any_values_and_empty_lines() -> None:
    assert from_ndjson('1\r\n\n"a"\nnull\n', 64) == [1, "a", None]
    with pytest.raises(ValueError, match="line 2: "):
        from_ndjson("1\n{", 64)


# CSV


@given(st.lists(st.dictionaries(st.sampled_from(["a", "b,c", 'd"', "e\nf"]), TEXTS, min_size=4), min_size=1))
def test_csv_comes_back_and_others_read_it(records: list[dict[str, str]]) -> None:
    text = to_csv(records)
    assert from_csv(text) == records
    assert list(csv.DictReader(io.StringIO(text, newline=""))) == records


def test_csv_by_hand() -> None:
    assert to_csv([{"a": 1, "b": "x, y"}, {"b": 'say "hi"\nnow', "c": None}]) == (
        'a,b,c\n1,"x, y",\n,"say ""hi""\nnow",'
    )
    assert to_csv({"a": [1, {"b": 2}], "t": True}, header=False) == '"[1,{""b"":2}]",true'
    assert to_csv({"a": ""}) == 'a\n""'
    assert to_csv({"a": 1, "b": 2}, columns=["b", "z"], delimiter=";") == "b;z\n2;"
    assert from_csv('\ufeffa;b\r\n"1;5";2\r\n\r\n', delimiter=";") == [{"a": "1;5", "b": "2"}]
    assert from_csv("1,2\n3,4", columns=("x", "y"), header=False) == [{"x": "1", "y": "2"}, {"x": "3", "y": "4"}]
    assert from_csv("a,b\n1,2", columns=("b",)) == [{"b": "2"}]
    assert from_csv("a,b") == from_csv("") == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a,b\n1", "line 2 has 1 fields, not 2"),
        ("a,b\n1,2,3", "3 fields"),
        ('a\n"1', "line 2"),
        ('a\n"1"2', "line 2"),
        ("a,a\n1,2", "twice"),
        (b"a\n\xff", "UTF-8"),
        (5, "text or bytes"),
    ],
)
def test_what_is_no_csv(text: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        from_csv(text)


# Forms and queries


@given(st.dictionaries(TEXTS, TEXTS | st.lists(TEXTS, min_size=2), min_size=1))
def test_forms_and_queries_come_back(record: dict[str, Any]) -> None:
    assert from_form(to_form(record)) == record
    assert from_query("?" + to_query(record)) == record


def test_forms_by_hand() -> None:
    assert to_form({"a b": "ä&=", "n": 1.5, "l": [1, True], "none": None}) == "a+b=%C3%A4%26%3D&n=1.5&l=1&l=true"
    assert to_query({"a b": "x/y"}) == "a%20b=x%2Fy"
    assert from_form(b"a=1&a=2&b=&c") == {"a": ["1", "2"], "b": "", "c": ""}
    for refused in ({"a": {"b": 1}}, {}, {"a": None}, [1]):
        with pytest.raises(ValueError):
            to_form(refused)


# Base64


@given(st.binary())
def test_base64_comes_back(body: bytes) -> None:
    assert from_base64(to_base64(body)) == body
    assert from_base64(to_base64(body).replace("+", "-").replace("/", "_").rstrip("=")) == body


@pytest.mark.parametrize("text", ["a", "YQ==YQ==", "ä", "Y*Q", 1])
def test_what_is_no_base64(text: Any) -> None:
    with pytest.raises(ValueError):
        from_base64(text)


# Prometheus


@given(st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=1), st.floats(allow_nan=False))
def test_no_label_gets_out_of_its_quotes(labels: dict[str, str], value: float) -> None:
    (name,) = labels
    key = name if "." not in name else "label"
    text = to_prometheus({key: labels[name], "value": value}, "m", (key,)) if key != "value" else ""
    for family in text_string_to_metric_families(text):
        assert family.name == "m_value"
        (sample,) = family.samples
        assert [*sample.labels.values()] == [labels[name]]
        assert sample.value == value


def test_prometheus_by_hand() -> None:
    records = [{"room": "a", "up": True, "seen_total": 3, "t": 1.5, "name": "x"}, {"room": "b", "t": float("inf")}]
    text = to_prometheus(records, "5-air", ("room",))
    assert text == (
        '# TYPE _5_air_up gauge\n_5_air_up{room="a"} 1\n'
        '# TYPE _5_air_seen_total counter\n_5_air_seen_total{room="a"} 3\n'
        '# TYPE _5_air_t gauge\n_5_air_t{room="a"} 1.5\n_5_air_t{room="b"} +Inf\n'
    )
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert families["_5_air_seen"].type == "counter"
    assert [sample.value for sample in families["_5_air_t"].samples] == [1.5, float("inf")]
    for refused in ({}, {"room": 1}, {"name": "x"}, [], "x", [{"t": 1, "room": "a"}, {}], {"t": 1}):
        with pytest.raises(ValueError):
            to_prometheus(refused, "m", ("room",))


@given(
    st.dictionaries(st.sampled_from(["a", "_b", "room"]), TEXTS),
    st.floats(),
    st.none() | st.integers(-(2**53), 2**53),
)
def test_samples_are_read_as_the_official_client_reads_them(
    labels: dict[str, str], value: float, moment: int | None
) -> None:
    escaped = {
        name: text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"") for name, text in labels.items()
    }
    inside = ",".join(f'{name}="{text}"' for name, text in escaped.items())
    line = f"some:name_total{{{inside}}} {value!r}" + (f" {moment}" if moment is not None else "")
    (family,) = text_string_to_metric_families(line)
    (expected,) = family.samples
    (found,) = from_prometheus(f"# HELP x\n\n{line}\n")
    assert (found["name"], found["labels"]) == (expected.name, expected.labels) == ("some:name_total", labels)
    assert found["value"] == (expected.value if math.isfinite(value) else None)
    assert found.get("timestamp") == (None if moment is None else moment / 1000)


def test_samples_by_hand() -> None:
    page = b"""# TYPE http_requests_total counter
http_requests_total{method="post",code="200",} 1027 1395066363000
http_requests_total{path="C:\\\\DIR \\"x\\" {a,b}\\n"} 1.5e3
  up   1
stale NaN
"""
    assert from_prometheus(page) == [
        {
            "name": "http_requests_total",
            "labels": {"method": "post", "code": "200"},
            "value": 1027.0,
            "timestamp": 1395066363.0,
        },
        {"name": "http_requests_total", "labels": {"path": 'C:\\DIR "x" {a,b}\n'}, "value": 1500.0},
        {"name": "up", "labels": {}, "value": 1.0},
        {"name": "stale", "labels": {}, "value": None},
    ]
    assert prometheus_records(b"up 1", 8) == [{"name": "up", "labels": {}, "value": 1.0}]
    for line in ("up", "up x", "up 1 2 3", "1up 1", 'up{a="b} 1', "up{a=b} 1", 'up{a="b" c="d"} 1', "up 1_0"):
        with pytest.raises(ValueError, match="line 2 is no sample: "):
            from_prometheus("ok 1\n" + line)


# Line protocol


@given(
    st.dictionaries(TEXTS, st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS, min_size=1),
    st.dictionaries(TEXTS, TEXTS, max_size=2),
    TEXTS,
    st.integers(-(10**12), 10**12),
)
def test_line_protocol_comes_back(fields: dict[str, Any], tags: dict[str, str], measurement: str, time: int) -> None:
    both = {**fields, **tags}
    try:
        line = to_influx([both, both], measurement, time, tuple(tags))
    except ValueError:
        return
    tag_pairs = {name: text for name, text in tags.items() if text}
    plain = {name: value for name, value in both.items() if name not in tags}
    expected = {"measurement": measurement, "tags": tag_pairs, "fields": plain}
    if "." not in "".join(tags) and measurement[0] not in "# \t":
        for record in from_influx(line):
            assert record.pop("timestamp") == pytest.approx(time / 1000)
            assert record == expected
        assert len(from_influx(line)) == 2


def test_lines_by_hand() -> None:
    text = b"""# a comment
weather,location=us\\,\\ midwest temperature=82i,note="say \\"hi\\",\nnow",ok=T,ratio=-1.5e2 1465839830100400200

cpu idle=5
"""
    assert from_influx(text) == [
        {
            "measurement": "weather",
            "tags": {"location": "us, midwest"},
            "fields": {"temperature": 82, "note": 'say "hi",\nnow', "ok": True, "ratio": -150.0},
            "timestamp": 1465839830.1004002,
        },
        {"measurement": "cpu", "tags": {}, "fields": {"idle": 5.0}},
    ]
    assert influx_records(b"cpu idle=5", 8) == [{"measurement": "cpu", "tags": {}, "fields": {"idle": 5.0}}]
    for line in (
        "cpu",
        "cpu,a=b",
        "cpu,a f=1",
        "cpu f=",
        'cpu f="x',
        "cpu f=x",
        "cpu f=nan",
        "cpu f=1 now",
        "cpu f=1,",
    ):
        with pytest.raises(ValueError):
            from_influx("ok f=1\n" + line)


def test_line_protocol_by_hand() -> None:
    record = {"room": "a 1", "b=c": 'say "hi" \\', "n": 5, "f": 1.5, "ok": False, "none": None, "list": [1]}
    assert to_influx(record, "the air, here", 1500, ("room",)) == (
        r"the\ air\,\ here,room=a\ 1 b\=c=" + r'"say \"hi\" \\",n=5,f=1.5,ok=false 1500000000'
    )
    assert to_influx([{"t": 1}, {"t": float("nan"), "u": 2}], "m", -1) == "m t=1 -1000000\nm u=2 -1000000"
    assert to_influx({"room": "", "x": None, "t": 1}, "m", 0, ("room", "x")) == "m t=1 0"
    assert to_influx({"at": {"x": "y"}, "t": 1}, "m", 0, ("at.x",)) == "m,at.x=y t=1 0"


@pytest.mark.parametrize(
    "record",
    [{"t": None}, {"room": "a"}, {"t": 1}, {"room": "a\n", "t": 1}, {"room": "a\\", "t": 1}, {"room": 1, "": 1}],
)
def test_what_line_protocol_can_not_hold(record: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        to_influx(record, "m", 0, ("room",))


@given(TEXTS, TEXTS, TEXTS)
def test_no_tag_or_field_gets_out_of_its_place(tag: str, name: str, text: str) -> None:
    try:
        line = to_influx({"tag": tag, name: text}, "m", 0, ("tag",))
    except ValueError:
        return
    if name != "tag":
        assert _read(line) == ([tag] if tag else [], {name: text})


def _read(line: str) -> tuple[list[str], dict[str, str]]:
    """The tags and fields of a line with one text field, as the protocol's description says to read them."""
    series, _, rest = _split(line, " ")
    name, _, rest = _split(rest, "=")
    assert rest.startswith('"') and rest.endswith('" 0')
    text = rest[1:-3]
    assert not re.sub(r"\\.", "", text, flags=re.DOTALL).count('"')
    tags = []
    _, comma, rest = _split(series, ",")
    while comma:
        tag, comma, rest = _split(rest, ",")
        tags.append(_bare(_split(tag, "=")[2]))
    return tags, {_bare(name): re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)}


def _split(line: str, at: str) -> tuple[str, str, str]:
    """What stands before, at and behind the first such character that no backslash escapes."""
    found = re.search(rf"(?<!\\){at}", line)
    return (line, "", "") if found is None else (line[: found.start()], at, line[found.end() :])


def _bare(name: str) -> str:
    return re.sub(r"\\([,= ])", r"\1", name)


# Sources


class Reading:
    """A kernel of which one source reads CSV and one MessagePack."""

    decoders: ClassVar[dict[str, Any]] = {"rows": csv_records, "packed": msgpack_records}

    def __init__(self) -> None:
        self.pushed: list[Any] = []

    def push(self, source: str, values: list[Any], now: float, metadata: Any = None) -> None:
        self.pushed += values


LIMITS = {"body": 1000, "batch": 3, "nesting": 8}


def test_messages_are_read_by_the_format_of_their_source() -> None:
    kernel = Reading()
    texts = ["a\n1\n2", "{}\n{}", "a,b\n1", b"\xff", "a\n1\n2\n3\n4"]
    events, malformed = push_messages(kernel, "rows", texts, 0.0, LIMITS)
    assert (events, kernel.pushed) == (3, [{"a": "1"}, {"a": "2"}, {"{}": "{}"}])
    assert [position for position, _ in malformed] == [2, 3, 4]
    assert push_messages(kernel, "others", ['{"a": 1}', '{"a": 2}'], 0.0, LIMITS) == (2, [])
    assert push_messages(kernel, "packed", [to_msgpack([1, {}])], 0.0, LIMITS) == (2, [])
    assert kernel.pushed[3:] == [{"a": 1}, {"a": 2}, 1, {}]


def test_answers_and_messages_of_queues_are_too() -> None:
    rows = decoder_of(Reading(), "rows")
    assert polled(b"a;b\n1;2\n", None, 8, rows) == [{"a;b": "1;2"}]
    assert polled(b"5", None, 8, decoder_of(Reading(), "others")) == [5]
    bodies = [json.dumps("a\n1\n2"), "b" + to_base64(b"a\n3"), json.dumps({"a": 4}), json.dumps("a,b\n1")]
    values, malformed = queued(bodies, LIMITS, rows)
    assert values == [{"a": "1"}, {"a": "2"}, {"a": "3"}, {"a": 4}]
    assert [position for position, _ in malformed] == [3]


def test_records_of_the_other_formats() -> None:
    assert ndjson_records(b'[1]\n"a"\n', 8) == [[1], "a"]
    assert form_records(b"a=1&b=2", 8) == [{"a": "1", "b": "2"}]
    for read, body in (
        (ndjson_records, b"{"),
        (form_records, b"%ff=1"),
        (msgpack_records, b"\xc1"),
        (csv_records, b"\xff"),
    ):
        with pytest.raises(BadInput):
            read(body, 8)
