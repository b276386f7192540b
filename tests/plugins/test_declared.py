"""What a declaration may say: filters, several nodes for one, classes of one name, packages of several files."""

from __future__ import annotations

from typing import ClassVar

import pytest

from plugins.packages import package
from streamflow import Graph, compile_graph, nodes
from streamflow.plugin import API, Give, Keep, Key, NodeKind, Operator, Options, State
from streamflow.testing import run, run_every_way


def graph_of(*middle, edges=None):
    listed = [nodes.source("in", type="manual"), *middle, nodes.sink("out", type="log"), nodes.sink("rest", type="log")]
    return Graph("Plugged", listed, edges or [("in", *(node.name for node in middle), "out")])


class AboveOptions(Options):
    """Keeps what is above a bound."""

    kind: ClassVar[str] = "filter.above"
    ports: ClassVar[tuple[str, ...]] = ("out", "rejected", "error")
    callbacks: ClassVar[dict[str, int]] = {"value": 1}

    value: Key
    bound: float = 0.0


ABOVE = NodeKind(AboveOptions, api=API, operator=Operator(Keep("value > bound", fields=("value",))))


def test_a_filter_counts_and_rejects_as_a_filter_does():
    above = ABOVE.node("above", {"value": "reading.now", "bound": 5.0})
    graph = graph_of(above, edges=[("in", "above", "out"), ("above.rejected", "rest")])
    readings = [{"reading": {"now": value}} for value in (4, 6, 5)]
    outputs = run_every_way(graph, {"in": readings})
    assert [packet.data["reading"]["now"] for packet in outputs["out"]] == [6]
    assert [packet.data["reading"]["now"] for packet in outputs["rest"]] == [4, 5]
    kernel = compile_graph(graph_of(above)).kernel()
    kernel.push("in", [*readings, {}], now=0.0)
    figures = kernel.metrics()["nodes"]["above"]
    assert figures == {"packets_processed": 4, "packets_dropped": {"error": 1}, "packets_rejected": 2}


def test_a_function_stands_inline_and_what_it_changes_is_a_copy():
    def popped(data):
        return data.pop("n")

    graph = graph_of(ABOVE.node("above", {"value": popped}))
    assert [packet.data for packet in run(graph, {"in": [{"n": 1}, {"n": -1}]})["out"]] == [{"n": 1}]
    inline = graph_of(ABOVE.node("above", {"value": lambda data: data["a"] - data["b"], "bound": 2.0}))
    assert 'if not data["a"] - data["b"] > 2.0:' in compile_graph(inline).files["src/kernel.py"]


class CleanedOptions(Options):
    """Numbers alone, doubled."""

    kind: ClassVar[str] = "transform.cleaned"
    factor: int = 2


def lower_cleaned(name, options):
    factor = options.factor
    return [
        nodes.filter(f"{name}-numbers", function=lambda data: isinstance(data, int)),
        nodes.transform(name, function=lambda data: data * factor),
        nodes.filter(f"{name}-small", function=lambda data: data // (data - 8) < 5),
    ]


CLEANED = NodeKind(CleanedOptions, api=API, lower=lower_cleaned)


def test_several_nodes_stand_for_one_in_a_chain():
    graph = graph_of(CLEANED.node("cleaned", {}), edges=[("in", "cleaned", "out"), ("cleaned.error", "rest")])
    assert [node.name for node in graph.nodes][1:4] == ["cleaned-numbers", "cleaned", "cleaned-small"]
    outputs = run_every_way(graph, {"in": [1, "a", 2, 4]})
    assert [packet.data for packet in outputs["out"]] == [2, 4]
    assert [(packet.data["node"], packet.data["data"]) for packet in outputs["rest"]] == [("cleaned-small", 8)]


def test_a_source_may_stand_for_several_nodes():
    class ManyOptions(Options):
        kind: ClassVar[str] = "source.many"

    def lower(name, options):
        return [nodes.source(name, type="manual"), nodes.flat_map(f"{name}-each", function=lambda data: data)]

    listed = [NodeKind(ManyOptions, api=API, lower=lower).node("many", {}), nodes.sink("out", type="log")]
    outputs = run(Graph("Many", listed), {"many": [[1, 2], [3]]})
    assert [packet.data for packet in outputs["out"]] == [1, 2, 3]


def test_what_is_wrong_with_the_nodes_that_stand_for_one_is_said_where_it_is_written():
    class BadOptions(Options):
        kind: ClassVar[str] = "transform.bad"

    from streamflow import CompileError

    bad = NodeKind(BadOptions, api=API, lower=lambda name, options: nodes.filter(name, function=5)).node("bad", {})
    with pytest.raises(CompileError) as caught:
        graph_of(bad)
    assert caught.value.diagnostics[0].span.file == __file__
    astray = NodeKind(BadOptions, api=API, lower=lambda name, options: nodes.sink("other", type="log"))
    with pytest.raises(CompileError, match="give one of them the node's own name"):
        graph_of(astray.node("bad", {}))


COUNTING = """
from streamflow_runtime.keyed_state import KeyedState

from .start import FIRST


class Tally(KeyedState):
    def step(self, by):
        held = self.cells[None].value if None in self.cells else FIRST
        self.write(None, held + by)
        return held + by
"""


class TallyOptions(Options):
    """Counts by a step."""

    kind: ClassVar[str] = "transform.tally"
    by: int = 1


def test_classes_of_one_name_and_packages_of_several_files_get_along(installed):
    one = {"one_runtime.__init__": "", "one_runtime.tally": COUNTING, "one_runtime.start": "FIRST = 0\n"}
    package(installed, "one-nodes", {**one, "two_tally": COUNTING.replace("from .start import FIRST", "FIRST = 100")})
    kinds = [
        NodeKind(TallyOptions, api=API, operator=Operator(Give("{'n': state.step(by)}"), State(f"{module}:Tally")))
        for module in ("one_runtime.tally", "two_tally")
    ]
    first, second = (kind.node(name, {}) for kind, name in zip(kinds, ("Tally", "Tally_2"), strict=True))
    edges = [("in", "Tally", "out"), ("in", "Tally_2", "rest")]
    graph = graph_of(first, second, edges=edges)
    outputs = run_every_way(graph, {"in": [5, 5]})
    assert [packet.data["n"] for packet in outputs["out"]] == [1, 2]
    assert [packet.data["n"] for packet in outputs["rest"]] == [101, 102]
    files = compile_graph(graph).files
    linked = {path for path in files if path.startswith("src/") and "streamflow_runtime" not in path}
    own = {"src/one_runtime/__init__.py", "src/one_runtime/start.py", "src/one_runtime/tally.py", "src/two_tally.py"}
    assert linked == own | {"src/entry.py", "src/kernel.py", "src/processor.py"}
    assert "import Tally as Tally_2" in files["src/kernel.py"]
