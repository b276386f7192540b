"""A graph gives the same for every input, whichever decoder reads it: values, failures, refusals, state."""

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from streamflow import Graph, compile_graph, nodes
from streamflow_runtime.decode import BadInput
from streamflow_runtime.projecting import Projection


def chain(decoder):
    """Two fields are read, the others skipped; what fails, is late or has no timestamp is asked for as a whole."""
    return Graph(
        "Chain",
        [
            nodes.source("orders", type="manual", timestamp="at", out_of_orderness="2s"),
            nodes.transform("scaled", function=lambda data: {**data, "amount": data["amount"] * 2}),
            nodes.filter("large", function=lambda data: data["amount"] > 2),
            nodes.aggregate(
                "sums",
                window="time",
                duration="5s",
                function=lambda packets: {"total": sum(p.data["amount"] for p in packets), "n": len(packets)},
            ),
            nodes.sink("out", type="log"),
            nodes.sink("bad", type="log"),
        ],
        [
            ("orders", "scaled", "large", "sums", "out"),
            *((f"{port}", "bad") for port in ("orders.invalid", "scaled.error", "large.error", "sums.late")),
        ],
        decoder=decoder,
    )


def branches(decoder):
    """Branches read different fields, one makes something else of the record; a name is none of Python's."""
    return Graph(
        "Branches",
        [
            nodes.source("orders", type="manual"),
            nodes.transform("price", function=lambda data: data["amount"] * 3),
            nodes.filter("cheap", function=lambda data: data < 10),
            nodes.sink("prices", type="log"),
            nodes.filter("known", function=lambda data: data["the key"] != ""),
            nodes.aggregate(
                "keyed",
                window="count",
                size=2,
                key="the key",
                function=lambda packets: {"most": max(p.data["amount"] for p in packets)},
            ),
            nodes.sink("most", type="log"),
            nodes.sink("failed", type="log"),
        ],
        [
            ("orders", "price", "cheap", "prices"),
            ("orders", "known", "keyed", "most"),
            ("keyed.error", "failed"),
        ],
        decoder=decoder,
    )


def whole(decoder):
    """The record reaches a sink."""
    source = nodes.source("orders", type="manual")
    return Graph("Whole", [source, nodes.sink("out", type="log")], decoder=decoder)


def nothing(decoder):
    """No field is read."""
    counted = nodes.aggregate("n", window="count", size=2, function=lambda packets: {"n": len(packets)})
    made = [nodes.source("orders", type="manual"), counted, nodes.sink("out", type="log")]
    return Graph("Nothing", made, decoder=decoder)


GRAPHS = (chain, branches, whole, nothing)
READS = {"chain": ("amount", "at"), "branches": ("amount", "the key"), "whole": None, "nothing": ()}
KERNELS = {
    (make.__name__, decoder, level): compile_graph(make(decoder), level).kernel_class
    for make in GRAPHS
    for decoder in ("json", "msgspec")
    for level in (1, 2)
}

RAW = (
    *(b"1", b"-0", b"2.50", b"1e2", b"0.1e-400", b"1e400", b"-1E999", b"NaN", b"Infinity", b"-Infinity"),
    *(b"12345678901234567890123", b"-9223372036854775809", b"9" * 400, b"1" + b"0" * 308, b"01", b"1.", b"null"),
    *(b"true", b"tru", b'"\\ud800"', b'"\\ud83d\\ude00"', b'"\\x"', b'"\x01"', b'"\xff"', b'"\xed\xa0\x80"'),
    *('"grün"'.encode(), b'"\\u00e4\\n"', b'{"k":1,"k":2}', b"[1,2,]", b"{1:2}", b'"', b"[" * 70 + b"]" * 70),
    *(b'{"a":' * 64 + b"1" + b"}" * 64, b'"2024-01-01T00:00:00Z"', b"1e12"),
)
NAMES = ("amount", "at", "the key", "other", "am\\u006funt", "gr\u00fcn", "")
values = st.one_of(
    st.integers(-5, 30).map(lambda number: str(number).encode()),
    st.floats(allow_nan=False).map(lambda number: json.dumps(number).encode()),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
        max_leaves=4,
    ).map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")),
    st.sampled_from(RAW),
)
plain = st.fixed_dictionaries({"at": st.integers(0, 20), "amount": st.integers(0, 9), "the key": st.sampled_from("ab")})
records = st.one_of(
    plain.map(lambda record: json.dumps({**record, "other": [record]}).encode()),
    st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=4).map(
        lambda pairs: b"{" + b", ".join(b'"' + name.encode() + b'": ' + value for name, value in pairs) + b"}"
    ),
    values,
)
spaces = st.sampled_from((b"", b"", b" ", b"\n", b"\r\n", b"\t", b"\x0b", b"\x0c", "\u00a0".encode(), b"\xef\xbb\xbf"))
bodies = st.one_of(
    st.lists(records, max_size=4).map(lambda some: b"[" + b",".join(some) + b"]"),
    st.lists(st.tuples(records, spaces), max_size=4).map(lambda some: b"\n".join(a + b for a, b in some)),
    records,
)


@st.composite
def inputs(draw):
    """Bytes like those that come in, some of them damaged."""
    body = draw(spaces) + draw(bodies) + draw(spaces)
    for _ in range(draw(st.sampled_from((0, 0, 0, 1, 2)))):
        at = draw(st.integers(0, len(body)))
        bit = draw(
            st.sampled_from((b"", b",", b'"', b"{", b"}", b"[", b"]", b"\\", b"\x00", b"\xff", b"\n", b" ", b"1"))
        )
        body = body[:at] + bit + body[at + draw(st.integers(0, 2)) :]
    return body


@pytest.mark.parametrize("make", GRAPHS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batches=st.lists(inputs() | st.binary(max_size=8), min_size=1, max_size=4))
@example(batches=[b'{"at": 1, "amount": 2}', b"\x0b\n{}", b"\n\n", b'[{"at": 1, "amount": "a", "b": 1e999}]'])
@example(
    batches=[b'[{"at": 50, "amount": 2}]', b'[{"at": 1, "amount": 9, "deep": {"x": [1]}}, {"at": 51, "amount": []}]']
)
def test_the_decoder_makes_no_difference(make, batches):
    for level in (1, 2):
        with_json, with_msgspec = (KERNELS[make.__name__, decoder, level]() for decoder in ("json", "msgspec"))
        for now, body in enumerate(batches):
            assert _pushed(with_json, body, now) == _pushed(with_msgspec, body, now)
        assert _pushed(with_json, b"[]", 1000, True) == _pushed(with_msgspec, b"[]", 1000, True)


@pytest.mark.parametrize("make", GRAPHS)
def test_plain_records_are_decoded_as_far_as_they_are_read(make):
    kernel = KERNELS[make.__name__, "msgspec", 2]
    assert compile_graph(make("msgspec")).graph.by_name["orders"].options.get("reads") == READS[make.__name__]
    record = {"at": 1, "amount": 2, "the key": "k", "other": {"x": "grün"}}
    for body in (json.dumps([record] * 2), json.dumps(record), json.dumps(record) + "\n\r\n" + json.dumps(record)):
        found = kernel.projections["orders"].records(body.encode(), 64)
        assert found, "the fast decoder takes it"
        reads = READS[make.__name__]
        if reads is None:
            assert all(one == record for one in found)
        else:
            assert [list(one.__struct_encode_fields__) for one in found] == [list(reads)] * len(found)


@pytest.mark.parametrize(
    "body",
    [
        b'[{"at": 1}]',
        b'[{"at": 1, "amount": 1, "b": 1e999}]',
        b'[{"at": 1, "amount": 1}, 5]',
        b'[{"at": 1, "amount": 1, "b": "\xff"}]',
        b'[{"at": 1, "amount": 1}] []',
        b'{"at": 1, "amount": 1} {"at": 1, "amount": 1}',
        b"",
        b"\n",
        b'\xef\xbb\xbf{"at": 1, "amount": 1}',
    ],
)
def test_what_the_fast_decoder_does_not_decide(body):
    projection: Projection = KERNELS["chain", "msgspec", 2].projections["orders"]
    assert projection.records(body, 64) is None


def _pushed(kernel, body, now, finish=False):
    """Everything that comes of a batch."""
    try:
        accepted = kernel.push_json("orders", body, float(now))
    except BadInput as refused:
        accepted = str(refused)
    if finish:
        kernel.finish()
    changes = kernel.changes()
    taken = [[_seen(packet) for packet in kernel.take(sink)] for sink in kernel.outputs]
    failed = [(f.node, f.error, f.type, f.line, repr(f.data), _seen(f.packet)) for f in kernel.failures()]
    return repr((accepted, taken, failed, sorted(changes), kernel.metrics(), kernel.snapshot()))


def _seen(packet):
    return packet.data, packet.timestamp, packet.id, packet.key, packet.source, packet.metadata, packet.window
