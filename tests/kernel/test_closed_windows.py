"""What a kernel keeps of windows that have closed: nothing, where no row of theirs is durable."""

from streamflow import Graph, compile_graph, nodes


def pairs():
    return Graph(
        name="pairs",
        nodes=[
            nodes.source("in", type="manual"),
            nodes.aggregate("pairs", window="count", size=2, function=lambda packets: [p.data for p in packets]),
            nodes.sink("out", type="log"),
        ],
        edges=[("in", "pairs", "out")],
    )


def test_windows_that_were_never_durable_leave_nothing():
    kernel = compile_graph(pairs()).kernel_class()
    kernel.push("in", list(range(100)), 0.0)
    assert len(kernel.take("out")) == 50
    assert (kernel.pairs.closed, kernel.pairs.changed) == ([], {})


def test_rows_that_are_durable_go_with_their_window():
    kernel = compile_graph(pairs()).kernel_class()
    kernel.push("in", [1], 0.0)
    written = {row[:4] for row in kernel.changes() if row[0] == "pairs"}
    kernel.push("in", [2, 3], 0.0)
    changed = {row[:4]: row[4] is None for row in kernel.changes() if row[0] == "pairs"}
    kernel.push("in", [4], 0.0)
    gone = {row[:4]: row[4] is None for row in kernel.changes() if row[0] == "pairs"}
    assert written
    assert [packet.data for packet in kernel.take("out")] == [[1, 2], [3, 4]]
    assert changed == dict.fromkeys(written, False)  # the rows of the second window take the place of the first's
    assert gone == dict.fromkeys(written, True)
