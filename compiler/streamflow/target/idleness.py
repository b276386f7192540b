"""Sources with an `idle_timeout`: what stands for them, and for several of them, in front of the nodes behind them."""

from __future__ import annotations

import ast

from streamflow.ir.graph import Graph, Node
from streamflow.ir.recovery import keeps_failed
from streamflow.ir.topology import descendants, nearest_clocks, upstream_first
from streamflow.target import recovery
from streamflow.target.emission import Emission
from streamflow.target.quote import expression, literal, statement, statements


def may_be_idle(node: Node) -> bool:
    """Whether a source is left out of watermarks while it is silent."""
    return node.family == "source" and node.options.get("idle_timeout") is not None


def silence_made(emission: Emission, node: Node) -> list[ast.stmt]:
    """The statement that makes what stands for a source that may be idle."""
    if not may_be_idle(node):
        return []
    emission.runtime.add("Silence")
    return statements(
        "self.silence = Silence(self, source_, timeout_)",
        silence=_silence(emission, node),
        source_=emission.attribute(node),
        timeout_=literal(node.options["idle_timeout"]),
    )


def heard(emission: Emission, node: Node, aliases: dict[str, ast.expr]) -> list[ast.stmt]:
    """In the loop over a batch: the source has spoken at this moment."""
    if not may_be_idle(node):
        return []
    silence = _silence(emission, node)
    aliases[silence] = expression("self.silence", silence=silence)
    hear = "silence.hear(timestamp)" if node.options.get("timestamp") is not None else "silence.hear()"
    return statements(f"if silence.heard != self.clock:\n    {hear}", silence=silence)


def meetings(graph: Graph) -> dict[str, list[Node]]:
    """The nodes where several ways meet of which some may be idle: what leads to each of them, nearest first."""
    behind = {name for node in graph.nodes if may_be_idle(node) for name in descendants(graph, node.name)}
    found: dict[str, list[Node]] = {}
    if behind:
        for node in upstream_first(graph):
            nearest = nearest_clocks(graph, node.name, found)
            if node.name in behind and len(nearest) > 1 and _has_windows(graph, node):
                found[node.name] = nearest
    return found


def inlet_made(emission: Emission, node: Node, nearest: list[Node], meetings: dict[str, list[Node]]) -> ast.stmt:
    """The statement that makes what stands for all that leads to a node."""
    emission.runtime.add("Inlet")
    made = expression("Inlet(self, name_)", name_=literal(node.name))
    assert isinstance(made, ast.Call)
    made.args += [clock(emission, one, meetings) for one in nearest]
    return statement("self.inlet = made", inlet=_inlet(emission, node), made=made)


def upstream(emission: Emission, node: Node, meetings: dict[str, list[Node]]) -> ast.expr:
    """What leads to a node where packets wait; of a source, itself."""
    if node.family == "source":
        return ast.Tuple([_clock(emission, node, meetings)], ast.Load())
    if node.name in meetings:
        return ast.Tuple([expression("self.inlet", inlet=_inlet(emission, node))], ast.Load())
    nearest = nearest_clocks(emission.graph, node.name, meetings)
    return ast.Tuple([clock(emission, one, meetings) for one in nearest], ast.Load())


def clock(emission: Emission, node: Node, meetings: dict[str, list[Node]]) -> ast.expr:
    """What has the watermark that leaves a node."""
    if keeps_failed(emission.graph, node):
        return recovery.clock(emission, node)
    return _clock(emission, node, meetings)


def _clock(emission: Emission, node: Node, meetings: dict[str, list[Node]]) -> ast.expr:
    if may_be_idle(node):
        return expression("self.silence", silence=_silence(emission, node))
    if node.name in meetings and not node.is_stage:
        return expression("self.inlet", inlet=_inlet(emission, node))
    return emission.attribute(node)


def _has_windows(graph: Graph, node: Node) -> bool:
    """Whether packets wait there, or behind it: nobody else asks for a watermark."""
    return node.is_stage or any(graph.by_name[name].is_stage for name in descendants(graph, node.name))


def _silence(emission: Emission, node: Node) -> str:
    return f"{emission.identifiers[node.name]}_silence"


def _inlet(emission: Emission, node: Node) -> str:
    return f"{emission.identifiers[node.name]}_inlet"
