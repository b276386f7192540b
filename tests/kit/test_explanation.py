"""What a failing assertion says: the difference, and the path of each packet in question, node by node."""

import random
import re

import pytest

from streamflow import Graph, agg, nodes
from streamflow.testing import TestStream, run
from streamflow.testing.differences import aligned, difference


async def rated(data):
    return {**data, "rate": {"EUR": 2}[data["currency"]]}


def payments():
    return Graph(
        name="Payments",
        nodes=[
            nodes.source("webhook", type="manual", timestamp="at"),
            nodes.transform("normalize", function=lambda data: {**data, "amount": data["amount"] / 100}),
            nodes.transform("rated", function=rated),
            nodes.filter("large-only", function=lambda data: data["amount"] > 100),
            nodes.aggregate(
                "hourly", window="time", duration=3600, key="currency", aggregates={"total": agg.sum("amount")}
            ),
            nodes.filter("worth-it", function=lambda data: data["total"] > 200),
            nodes.sink("alerts", type="log"),
            nodes.sink("small", type="log"),
            nodes.sink("problems", type="log"),
        ],
        edges=[
            ("webhook", "normalize", "rated", "large-only", "hourly", "worth-it", "alerts"),
            ("large-only.rejected", "small"),
            ("rated.error", "problems"),
        ],
    )


def payment(at, amount, currency="EUR"):
    return {"at": at, "amount": amount, "currency": currency}


def steady(text):
    """Places as lines of `payments`."""
    first = payments.__code__.co_firstlineno
    return re.sub(r"\([\w/]*test_explanation\.py:(\d+)\)", lambda found: f"(line {int(found[1]) - first})", text)


async def explained(values, expected, sink="alerts", prepare=lambda stream: None):
    async with TestStream(payments()) as stream:
        prepare(stream)
        for value in values:
            await stream.inject("webhook", value)
        text = stream.explain(sink, expected)
        with pytest.raises(AssertionError, match=re.escape(text)):
            stream.assert_output(sink, expected)
    return steady(text)


async def test_an_output_that_is_missing():
    values = [
        payment(1, 15000),
        payment(2, 500),
        payment(3, None),
        payment(4, 20000, "SEK"),
        payment(3600, 500),
        payment("x", 1),
    ]
    text = await explained(values, [{"currency": "EUR", "total": 150.0}])
    assert (
        text
        == """\
`alerts`: expected 1 output, saw 0
  - {'currency': 'EUR', 'total': 150.0}

- did not come to `alerts`:
  webhook:0  {'at': 1, 'amount': 15000, 'currency': 'EUR'} at 1 s
    normalize   -> {'at': 1, 'amount': 150.0, 'currency': 'EUR'}
    rated       -> {'at': 1, 'amount': 150.0, 'currency': 'EUR', 'rate': 2}
    large-only  passed
    hourly      kept under the key 'EUR', sent [0, 3600) {'currency': 'EUR', 'total': 150.0}
    worth-it    rejected (line 11)
  webhook:1  {'at': 2, 'amount': 500, 'currency': 'EUR'} at 2 s
    normalize   -> {'at': 2, 'amount': 5.0, 'currency': 'EUR'}
    rated       -> {'at': 2, 'amount': 5.0, 'currency': 'EUR', 'rate': 2}
    large-only  rejected -> small (line 7)
    small       reached it
  webhook:2  {'at': 3, 'amount': None, 'currency': 'EUR'} at 3 s
    normalize  failed: TypeError: unsupported operand type(s) for /: 'NoneType' and 'int' (line 5)
  webhook:4  {'at': 3600, 'amount': 500, 'currency': 'EUR'} at 3600 s
    normalize   -> {'at': 3600, 'amount': 5.0, 'currency': 'EUR'}
    rated       -> {'at': 3600, 'amount': 5.0, 'currency': 'EUR', 'rate': 2}
    large-only  rejected -> small (line 7)
    small       reached it
  webhook:5  {'at': 'x', 'amount': 1, 'currency': 'EUR'} is invalid: timestamp 'x' is not ISO 8601
  and 1 more"""
    )


async def test_an_output_that_is_not_expected():
    values = [payment(1, 15000), payment(2, 20000), payment(3600, 500)]
    text = await explained(values, [{"currency": "EUR", "total": 150.0}])
    assert (
        text
        == """\
`alerts`: expected 1 output, saw 1
  - {'currency': 'EUR', 'total': 150.0}
  + {'currency': 'EUR', 'total': 350.0}
  ? 'total' is 350.0 instead of 150.0

+ reached `alerts`:
  hourly sent {'currency': 'EUR', 'total': 350.0}, made of 2 packets
    webhook:0  {'at': 1, 'amount': 15000, 'currency': 'EUR'} at 1 s
      normalize   -> {'at': 1, 'amount': 150.0, 'currency': 'EUR'}
      rated       -> {'at': 1, 'amount': 150.0, 'currency': 'EUR', 'rate': 2}
      large-only  passed
      hourly      kept under the key 'EUR'
    webhook:1  {'at': 2, 'amount': 20000, 'currency': 'EUR'} at 2 s
      normalize   -> {'at': 2, 'amount': 200.0, 'currency': 'EUR'}
      rated       -> {'at': 2, 'amount': 200.0, 'currency': 'EUR', 'rate': 2}
      large-only  passed
      hourly      kept under the key 'EUR'
    worth-it  passed
    alerts    reached it

- did not come to `alerts`:
  webhook:2  {'at': 3600, 'amount': 500, 'currency': 'EUR'} at 3600 s
    normalize   -> {'at': 3600, 'amount': 5.0, 'currency': 'EUR'}
    rated       -> {'at': 3600, 'amount': 5.0, 'currency': 'EUR', 'rate': 2}
    large-only  rejected -> small (line 7)
    small       reached it"""
    )


async def test_a_packet_that_waits_one_that_is_late_and_one_that_failed_on_demand():
    def prepare(stream):
        stream.fail("large-only", ValueError("boom"))

    values = [payment(1, 15000), payment(3600, 30000), payment(7, 15000), payment(3601, 15000, "SEK")]
    text = await explained(values, [{"total": 1}], prepare=prepare)
    assert "large-only  failed: ValueError: boom (line 7)" in text
    assert "hourly      waits in an open window under the key 'EUR'; the watermark is 3601 s" in text
    assert "hourly      is late (line 8)" in text
    assert "rated      failed: KeyError: 'SEK' -> problems (" in text
    assert "problems   reached it" in text


async def test_what_a_sink_could_not_deliver():
    text = await explained([payment(1, 500)], [1], "small", lambda stream: stream.fail("small", OSError("down")))
    assert "Every packet has come to `small` in some form." in text


async def test_nothing_was_injected():
    assert (await explained([], [1])).endswith("- 1\n\nNothing was injected.")


async def test_a_join_names_the_packet_that_completed_the_pair():
    graph = Graph(
        name="Both",
        nodes=[
            nodes.source("orders", type="manual"),
            nodes.source("payments", type="manual"),
            nodes.join("paid", key="id", within="1m"),
            nodes.sink("out", type="log"),
        ],
        edges=[("orders", "paid.left"), ("payments", "paid.right"), ("paid", "out")],
    )
    async with TestStream(graph) as stream:
        await stream.inject("orders", {"id": 1, "n": 2})
        await stream.inject("orders", {"id": 2})
        await stream.inject("payments", {"id": 1}, at=2)
        text = stream.explain("out", [])
        assert "payments:0  {'id': 1} at 2 s" in text
        assert "paid  kept under the key 1, sent {'left': {'id': 1, 'n': 2}, 'right': {'id': 1}}" in text
        text = stream.explain("out", [*stream.output("out"), 5])
        assert "orders:1  {'id': 2} at 0 s\n    paid  waits for a partner under the key 2; the watermark is 2 s" in text


async def test_a_branch_and_values_that_are_none():
    graph = Graph(
        name="Branches",
        nodes=[
            nodes.source("in", type="manual"),
            nodes.route("kind", cases={"big": lambda data: data > 10, "even": lambda data: data % 2 == 0}),
            nodes.transform("never", function=lambda data: data if data > 100 else None),
            nodes.flat_map("twice", function=lambda data: [data, -data]),
            nodes.dedupe("once", key=lambda data: abs(data), within="1h"),
            nodes.sink("out", type="log"),
            nodes.sink("all", type="log"),
        ],
        edges=[("in", "kind.big", "never", "out"), ("kind.even", "twice", "once", "out"), ("in", "all")],
    )
    async with TestStream(graph) as stream:
        await stream.inject_all("in", [11, 3, 4, 4])
        text = stream.explain("out", [11, 4])
    paths = re.sub(r" \(line \d+\)", "", steady(text[text.index("- did not") :]))
    assert (
        paths
        == """\
- did not come to `out`:
  in:0  11 at 0 s
    kind   goes on by `big` -> never
      never  gave None: nothing goes on
    all    reached it
  in:1  3 at 0 s
    kind  no case matched
    all   reached it
  in:3  4 at 0 s
    kind   goes on by `even` -> twice
      twice  -> 4, -4
        once   is a duplicate
        once   is a duplicate
    all    reached it"""
    )


async def test_functions_that_do_not_repeat_themselves():
    graph = Graph(
        name="Chance",
        nodes=[
            nodes.source("in", type="manual"),
            nodes.transform("any", function=lambda data: random.random()),
            nodes.sink("out", type="log"),
        ],
    )
    async with TestStream(graph) as stream:
        await stream.inject("in", 1)
        assert "in:0  1 at 0 s" in stream.explain("out", [])


def test_differences():
    def shown(expected, seen):
        return "\n".join(difference(expected, seen, aligned(expected, seen)))

    assert shown([1, 2, 3], [1, 2, 3]) == "    (3 as expected)"
    assert shown([1, 2, 3], [2, 3, 4]) == "  - 1\n    (2 as expected)\n  + 4"
    assert shown([{"a": 1, "b": 2}], [{"a": 1, "c": 2}]) == (
        "  - {'a': 1, 'b': 2}\n  + {'a': 1, 'c': 2}\n  ? 'b' is missing, 'c' is not expected"
    )
    assert shown([{"a": pytest.approx(0.3)}], [{"a": 0.1 + 0.2}]) == "    (1 as expected)"
    many = list(range(1000))
    assert shown(many, [*many[:500], -1, *many[501:]]) == (
        "    (500 as expected)\n  - 500\n  + -1\n    (499 as expected)"
    )
    assert shown(many, many[::-1]).count("\n") > 1000


def test_another_order_is_said_to_be_one():
    with TestStream(Graph("G", [nodes.source("in", type="manual"), nodes.sink("out", type="log")])) as stream:
        stream.inject_all("in", [1, 2])
        assert "The same outputs, in another order." in stream.explain("out", [2, 1])


def test_run_gives_packets():
    outputs = run(payments(), {"webhook": [payment(1, 30000)]})
    assert [packet.data for packet in outputs["alerts"]] == [{"currency": "EUR", "total": 300.0}]


def test_times_that_are_dates():
    graph = Graph(
        name="Dates",
        nodes=[
            nodes.source("in", type="manual", timestamp="at"),
            nodes.aggregate("hourly", window="time", duration=3600, function=lambda packets: len(packets)),
            nodes.sink("out", type="log"),
        ],
    )
    with TestStream(graph) as stream:
        stream.inject_all("in", [{"at": 1718096403.25}, {"at": 1718100000}])
        text = stream.explain("out", [1, 1])
    assert "in:0  {'at': 1718096403.25}" not in text
    assert "in:1  {'at': 1718100000} at 2024-06-11T10:00:00Z" in text
    assert "the watermark is 2024-06-11T10:00:00Z" in text
    text = stream.explain("out", [])
    assert "in:0  {'at': 1718096403.25} at 2024-06-11T09:00:03.250Z" in text
    assert "hourly  kept, sent [2024-06-11T09:00:00Z, 2024-06-11T10:00:00Z) 1" in text
