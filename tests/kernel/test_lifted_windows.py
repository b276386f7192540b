"""Functions over packets whose windows hold running figures: results, failures and state, worked out by hand."""

import pytest

from streamflow import Graph, compile_graph, nodes


def figures(packets):
    return {
        "total": sum(p.data["n"] for p in packets),
        "low": min(p.data["n"] for p in packets),
        "large": any(p.data["n"] > 5 for p in packets),
        "positive": all(p.data["n"] > 0 for p in packets),
        "count": len(packets),
    }


def test_a_packet_between_two_sessions_makes_one_of_their_figures():
    kernel = kernel_of(nodes.aggregate("w", window="session", gap=10, function=figures), lateness=100)
    push(kernel, (0, 7), (15, 3))
    kernel = through_rows(kernel)
    push(kernel, (8, -1), (40, 2))
    kernel.finish()
    assert data(kernel) == [
        {"total": 9, "low": -1, "large": True, "positive": False, "count": 3},
        {"total": 2, "low": 2, "large": False, "positive": True, "count": 1},
    ]


def test_the_packet_that_fails_first_fails_for_sessions_that_become_one():
    kernel = kernel_of(nodes.aggregate("w", window="session", gap=10, function=figures), lateness=100)
    push(kernel, (15, None), (0, 7), (8, "x"))
    kernel.finish()
    (failure,) = kernel.failures()
    assert failure.error == "unsupported operand type(s) for +: 'int' and 'str'"
    assert failure.line == figures.__code__.co_firstlineno + 2


def test_sessions_of_kinds_that_have_no_order_fail_where_it_is_asked_for():
    function = lambda packets: min(p.data["n"] for p in packets)
    kernel = kernel_of(nodes.aggregate("w", window="session", gap=10, function=function), lateness=100)
    push(kernel, (0, 7), (15, "a"), (8, 3))
    kernel.finish()
    (failure,) = kernel.failures()
    assert (failure.type, failure.error) == ("TypeError", "'<' not supported between instances of 'str' and 'int'")


def test_windows_that_slide_are_made_of_panes():
    made = nodes.aggregate("w", window="time", duration=20, slide=10, function=without_total)
    program = compile_graph(graph_of(made))
    assert "PanedWindows" in program.kernel_text
    kernel = program.kernel()
    push(kernel, (1, 7), (12, 3))
    assert data(kernel) == [[7, True, 1]]
    kernel = through_rows(kernel)
    push(kernel, (13, -1), (25, 2))
    kernel.finish()
    assert data(kernel) == [[-1, True, 3], [-1, False, 3], [2, False, 1]]


def without_total(packets):
    return [min(p.data["n"] for p in packets), any(p.data["n"] > 5 for p in packets), len(packets)]


def test_sums_are_added_to_each_window():
    """The sums of two panes would not give the same bits."""
    made = nodes.aggregate("w", window="time", duration=20, slide=10, function=figures)
    program = compile_graph(graph_of(made))
    assert "SlidingWindows" in program.kernel_text
    kernel = program.kernel()
    push(kernel, (1, 0.1), (12, 0.2), (13, 0.3))
    kernel.finish()
    assert [row["total"] for row in data(kernel)] == [0.1, sum([0.1, 0.2, 0.3]), sum([0.2, 0.3])]


def test_a_late_packet_makes_another_result():
    kernel = kernel_of(nodes.aggregate("w", window="time", duration=10, allowed_lateness=50, function=figures))
    push(kernel, (1, 7), (20, 1), (2, -4))
    kernel = through_rows(kernel)
    push(kernel, (3, 1))
    assert [(row["total"], row["low"]) for row in data(kernel)] == [(4, -4)]
    assert [row["count"] for row in data(kernel)] == []


def test_results_that_follow_each_other_share_nothing():
    function = lambda packets: {"low": min(p.data["n"] for p in packets)}
    changed = nodes.transform("changed", function=append)
    window = nodes.aggregate("w", window="time", duration=10, early=1, function=function)
    kernel = kernel_of(window, changed)
    push(kernel, (1, [5]), (2, [7]))
    assert data(kernel) == [{"low": [5, "seen"]}, {"low": [5, "seen"]}]


def append(data):
    data["low"].append("seen")
    return data


@pytest.mark.parametrize("level", [0, 1, 2])
def test_what_fails_under_a_condition_fails_only_there(level):
    function = lambda packets: sum(p.data["n"] for p in packets) if len(packets) > 1 else None
    kernel = kernel_of(nodes.aggregate("w", window="time", duration=10, function=function), level=level)
    push(kernel, (1, "a"), (12, "b"), (13, 2), (25, 1))
    kernel.finish()
    (failure,) = kernel.failures()
    assert failure.data["count"] == 2
    assert data(kernel) == []


@pytest.mark.parametrize("level", [0, 1, 2])
def test_the_smallest_of_none(level):
    function = lambda packets: min(p.data["n"] for p in packets if p.data["n"] > 5)
    kernel = kernel_of(nodes.aggregate("w", window="time", duration=10, function=function), level=level)
    push(kernel, (1, 3), (2, 4), (12, 7))
    kernel.finish()
    (failure,) = kernel.failures()
    with pytest.raises(ValueError) as raised:
        min(())
    assert (failure.type, failure.error) == ("ValueError", str(raised.value))
    assert failure.line == function.__code__.co_firstlineno
    assert data(kernel) == [7]


@pytest.mark.parametrize("level", [0, 1, 2])
def test_any_looks_at_nothing_behind_what_decides(level):
    function = lambda packets: any(p.data["n"] > 5 for p in packets)
    made = nodes.aggregate("w", window="time", duration=10, function=function)
    kernel = kernel_of(made, lateness=20, level=level)
    push(kernel, (5, None), (3, 7), (15, 7), (14, "x"))
    kernel.finish()
    (failure,) = kernel.failures()
    assert failure.error == "'>' not supported between instances of 'str' and 'int'"
    assert data(kernel) == [True]


def kernel_of(window, *behind, lateness=0, level=2):
    return compile_graph(graph_of(window, *behind, lateness=lateness), level).kernel()


def graph_of(window, *behind, lateness=0):
    source = nodes.source("in", type="manual", timestamp="t", out_of_orderness=lateness)
    return Graph(name="g", nodes=[source, window, *behind, nodes.sink("out", type="log")])


def push(kernel, *events):
    for timestamp, number in events:
        kernel.push("in", [{"t": timestamp, "n": number}], now=0.0)


def data(kernel):
    return [packet.data for packet in kernel.take("out")]


def through_rows(kernel):
    rows = {row[:4]: row[4] for row in kernel.changes()}
    fresh = type(kernel)()
    fresh.load([(*place, text) for place, text in rows.items() if text is not None])
    return fresh
