"""What a graph keeps, and what a commit costs, does not grow with what it has seen.

Nothing here is timed: rows are counted, their characters, and the lines that Python runs.
"""

import json
import sys

import pytest

from streamflow import Graph, compile_graph, nodes

MILLION = 1_000_000


def totals(key=None):
    """The quick start, its windows by key or not."""
    return Graph(
        "Totals",
        [
            nodes.source("payments", type="manual", timestamp="at"),
            nodes.transform("normalize", function=lambda data: {**data, "amount": data["amount"] / 100}),
            nodes.filter("large", function=lambda data: data["amount"] > 1),
            nodes.aggregate(
                "hourly",
                window="time",
                duration="1h",
                key=key,
                function=lambda packets: {"total": sum(p.data["amount"] for p in packets), "count": len(packets)},
            ),
            nodes.sink("out", type="log"),
        ],
        limits={"keys": 1_000_000},
    )


@pytest.mark.parametrize("key", [None, "account"])
def test_a_million_events_in_one_window_keep_what_a_thousand_keep(key):
    kernel = compile_graph(totals(key)).kernel()
    batch = [{"at": n / 1000, "amount": 100 + n, "account": f"a{n % 10}"} for n in range(1000)]
    kernel.push("payments", batch, 0.0)
    small = kernel.changes()
    for _ in range(MILLION // 1000 - 1):
        kernel.push("payments", batch, 0.0)
    large = kernel.changes()
    assert [row[:4] for row in large] == [row[:4] for row in small]
    grown = _characters(large) - _characters(small)
    assert grown <= 8 * len(large) + 40, "only figures have become longer, by some digits each"
    kernel.finish()
    assert sum(packet.data["count"] for packet in kernel.take("out")) == MILLION // 1000 * 999


def test_a_batch_of_one_event_costs_the_same_however_many_keys_are_open():
    costs = {}
    for keys in (10, 100_000):
        kernel = compile_graph(totals("account")).kernel()
        kernel.push("payments", [{"at": 0, "amount": 200, "account": f"{n:06}"} for n in range(keys)], 0.0)
        kernel.changes()
        lines, rows = _lines_of(_committed, kernel)
        costs[keys] = {"lines": lines, "rows": len(rows), "characters": _characters(rows)}
    few, many = costs.values()
    assert few["rows"] == 3, "the key's window, its figures, the header"
    for cost, number in many.items():
        assert number <= 2 * few[cost], costs


def _committed(kernel):
    """What a commit of one event does in the kernel."""
    kernel.push("payments", [{"at": 1, "amount": 200, "account": "000005"}], 1.0)
    rows = kernel.changes()
    kernel.take("out")
    kernel.next_deadline()
    return rows


def _lines_of(work, *arguments):
    """How many lines Python runs for something, those of comprehensions once for each item, and its result."""
    lines = 0

    def trace(frame, event, argument):
        nonlocal lines
        lines += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        result = work(*arguments)
    finally:
        sys.settrace(before)
    return lines, result


def _characters(rows):
    return len(json.dumps(rows))
