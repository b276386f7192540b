"""What passes refuse of functions that the IR's text form can't write: those with several statements."""

import pytest

from streamflow import Graph, compile_graph, nodes


def doubled(data):
    if data["n"] > 1:
        return data["n"] * 2
    return data["n"]


def total(packets):
    found = 0
    for packet in packets:
        found += packet.data["n"]
    return found


async def later(data):
    return data["n"]


def test_a_function_of_several_statements_is_called():
    assert missed("inline_functions", nodes.transform("t", function=doubled)) == [
        "`t` calls its function because it is more than one expression"
    ]
    assert missed("inline_functions", nodes.transform("t", function=later)) == [
        "`t` calls its function because it is asynchronous"
    ]


def test_a_function_of_several_statements_is_not_known_to_be_pure():
    graph = graph_of(nodes.transform("t", function=doubled))
    unread = Graph(name="g", nodes=graph.nodes, edges=[("in", "t"), ("in", "out")])
    program = compile_graph(unread)
    assert [remark.sentence for remark in program.remarks if remark.made_by == "drop_dead_nodes"] == [
        "`t` stays, though nobody reads what it puts out, because it is more than one expression, and may have effects"
    ]


def test_a_loop_over_packets_needs_them():
    window = nodes.aggregate("w", window="count", size=2, function=total)
    assert missed("lift_aggregates", window) == [
        "`w` keeps its packets because it has statements other than assignments and a `return`"
    ]
    kernel = compile_graph(graph_of(window)).kernel()
    kernel.push("in", [{"n": 1}, {"n": 2}], now=0.0)
    assert [packet.data for packet in kernel.take("out")] == [3]


@pytest.mark.parametrize("level", [1, 2])
def test_what_is_missed_names_its_line(level):
    program = compile_graph(graph_of(nodes.aggregate("w", window="count", size=2, function=total)), level)
    (remark,) = [remark for remark in program.remarks if remark.made_by == "lift_aggregates"]
    assert remark.file == "tests/passes/test_statements.py"
    assert remark.line == total.__code__.co_firstlineno + 2  # its `for`


def missed(made_by, node):
    remarks = compile_graph(graph_of(node)).remarks
    return [remark.sentence for remark in remarks if remark.made_by == made_by and not remark.applied]


def graph_of(node):
    made = [nodes.source("in", type="manual"), node, nodes.sink("out", type="log")]
    return Graph(name="g", nodes=made, edges=[("in", node.name, "out")])
