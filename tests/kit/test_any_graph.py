"""Generated graphs and streams: writing a trace changes nothing, and every packet has a path that can be shown."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from fuzz.graphs import graphs
from fuzz.running import run_kernel, run_reference
from fuzz.streams import streams
from reference.interpreter import Interpreter
from streamflow import compile_graph
from streamflow.testing.explanation import explained
from streamflow.testing.paths import came, went
from streamflow.testing.trace import traced


@seed(7)
@settings(
    max_examples=15, deadline=None, database=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck)
)
@given(st.data())
def test_any_graph(data: st.DataObject) -> None:
    graph = data.draw(graphs(errors=True))
    stream = data.draw(streams(graph))
    keyed = {node.name for node in graph.definition.nodes}
    _, actions = run_reference(Interpreter(graph.definition), stream, keyed)
    program = compile_graph(graph.definition, level=0)
    kernel_class, trace = traced(program, [], {})
    plain, watched = program.kernel(secrets={}), kernel_class({})
    expected, seen = run_kernel(plain, actions, keyed), run_kernel(watched, actions, keyed)
    sinks = {name for name in plain.outputs if name not in graph.definition.taps}
    for before, after in zip(expected.steps, seen.steps, strict=True):
        assert of_sinks(before, sinks) == of_sinks(after, sinks)
    for root in trace.roots:
        assert went(trace, root)
    for sink in sinks:
        for arrival in trace.arrivals[sink]:
            assert came(trace, arrival)[-1].split()[0] == sink
        assert explained(trace, sink, ["something else"], [one.packet for one in trace.arrivals[sink]])


def of_sinks(step: list[str], sinks: set[str]) -> list[str]:
    """What came to the sinks and failed; taps are the trace's own."""
    return [line for line in step if not line.startswith("sink ") or line.split()[1].rstrip(":") in sinks]
