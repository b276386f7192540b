"""The nodes of streamflow-alarms, at every level, with state saved anywhere."""

import re

import pytest
from streamflow_alarms import HYSTERESIS, SMOOTH, hysteresis, smooth

from streamflow import CompileError, Graph, compile_graph, nodes
from streamflow.testing import run_every_way

READINGS = [{"oven": oven, "celsius": celsius} for oven, celsius in ((1, 221), (2, 150), (1, 219), (2, 230), (1, 200))]


def graph_of(*middle):
    return Graph("Ovens", [nodes.source("in", type="manual"), *middle, nodes.sink("out", type="log")])


def results(graph, readings=READINGS):
    return [packet.data for packet in run_every_way(graph, {"in": readings})["out"]]


def test_an_alarm_comes_at_one_threshold_and_ends_at_the_other():
    graph = graph_of(hysteresis("hot", value="celsius", on=220, off=200, key="oven"))
    assert results(graph) == [
        {"oven": 1, "celsius": 221, "alarm": True},
        {"oven": 2, "celsius": 230, "alarm": True},
        {"oven": 1, "celsius": 200, "alarm": False},
    ]


def test_an_alarm_for_low_values_that_a_function_picks():
    graph = graph_of(hysteresis("cold", value=lambda data: data["celsius"] - 200, on=-50, off=20, into="cold"))
    assert [data["cold"] for data in results(graph)] == [True, False]


def test_what_is_no_number_fails_and_changes_nothing():
    graph = graph_of(hysteresis("hot", value="celsius", on=220, off=200))
    assert results(graph, [{"celsius": "hot"}, {"celsius": 221}]) == [{"celsius": 221, "alarm": True}]


def test_smoothing_by_key():
    graph = graph_of(smooth("mean", field="celsius", weight=0.5, key="oven", ttl="1d"))
    assert [data["mean"] for data in results(graph)] == [221, 150, 220.0, 190.0, 210.0]


def test_the_alarm_stands_in_the_loop_and_its_runtime_in_the_bundle():
    alone = compile_graph(graph_of(hysteresis("hot", value="celsius", on=220, off=200))).files
    code = alone["src/kernel.py"]
    loop = code[code.index("def run_") : code.index("def on_")]
    assert 'data = hot.step(None, data["celsius"], data)' in loop and "self.on_hot" not in loop
    assert "src/streamflow_alarms_runtime/hysteresis.py" in alone
    without = compile_graph(graph_of(smooth("mean", field="celsius"))).files
    assert not [path for path in without if "alarms" in path]


def test_thresholds_must_differ():
    with pytest.raises(CompileError, match="`on` and `off` must differ"):
        hysteresis("hot", value="celsius", on=200, off=200)


@pytest.mark.parametrize("kind", [HYSTERESIS, SMOOTH], ids=lambda kind: kind.options.kind)
def test_the_example_of_the_page_is_right(kind, tmp_path):
    example = tmp_path / "example.py"
    example.write_text(re.search(r"```python\n(.*?)```", kind.page, re.DOTALL)[1])
    exec(compile(example.read_text(), str(example), "exec"), {"__name__": "example"})
