"""A pass can be left out, to see what it does."""

import pytest

from streamflow import Graph, compile_graph, nodes
from streamflow.passes import LEVELS

GRAPH = Graph(
    name="orders",
    nodes=[
        nodes.source("orders", type="manual"),
        nodes.transform("euros", function=lambda data: {**data, "euros": data["cents"] / 100}),
        nodes.filter("large", function=lambda data: data["cents"] > 100),
        nodes.aggregate(
            "two",
            window="count",
            size=2,
            function=lambda packets: {"sum": sum(p.data["euros"] for p in packets), "n": len(packets)},
        ),
        nodes.sink("out", type="log"),
    ],
)


@pytest.mark.parametrize("left_out", [run.__name__ for run in LEVELS[2]])
def test_results_are_the_same_without_a_pass_and_it_says_nothing(left_out):
    program = compile_graph(GRAPH, without=[left_out])
    assert left_out not in {remark.made_by for remark in program.remarks}
    kernel = program.kernel()
    kernel.push("orders", [{"cents": 50}, {"cents": 200}, {"cents": 350}], now=0.0)
    assert [packet.data for packet in kernel.take("out")] == [{"sum": 5.5, "n": 2}]


def test_what_a_pass_does_is_missing_without_it():
    assert "fuse_chains" in {remark.made_by for remark in compile_graph(GRAPH).remarks}
    assert all(edge.fused for edge in compile_graph(GRAPH).graph.edges)
    assert not any(edge.fused for edge in compile_graph(GRAPH, without=["fuse_chains"]).graph.edges)


def test_a_level_lacks_a_pass_of_another_name():
    with pytest.raises(ValueError, match="level 1 has no pass push_filters_early"):
        compile_graph(GRAPH, level=1, without=["push_filters_early"])
