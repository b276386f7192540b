"""Where packets wait to be tried again: the objects that keep them, and what takes them on."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from streamflow.ir.graph import Graph, Node
from streamflow.ir.recovery import entries, exits, keeps_failed, retries_edges, stopping_places, stops
from streamflow.target.emission import Emission
from streamflow.target.quote import expression, literal
from streamflow.target.retry_policy import policy_of

Made = tuple[str, ast.expr]


def clock(emission: Emission, node: Node) -> ast.expr:
    """What has the watermark that leaves a node at which packets wait."""
    suffix = "_retries"
    if node.is_stage:
        suffix = "_retries_behind" if retries_edges(emission.graph, node) else ""
    return expression("self.clock", clock=emission.identifiers[node.name] + suffix)


def stages_around(emission: Emission, node: Node, upstream: ast.expr) -> tuple[list[Made], ast.expr, list[Made]]:
    """What keeps packets in front of a node and behind it, and what is upstream of the node itself."""
    graph, identifier = emission.graph, emission.identifiers[node.name]
    first, last = entries(node), exits(graph, node)
    if not node.is_stage:
        first, last = [*first, *last], []
    before: list[Made] = []
    if first:
        before.append((f"{identifier}_retries", _retries(emission, node, "retries", upstream, first)))
        upstream = ast.Tuple([expression("self.keeper", keeper=before[0][0])], ast.Load())
    around = ast.Tuple([emission.attribute(node)], ast.Load())
    behind = (
        [(f"{identifier}_retries_behind", _retries(emission, node, "retries behind", around, last))] if last else []
    )
    return before, upstream, behind


def shapes(graph: Graph, node: Node) -> dict[str, str]:
    """What the states of the keepers of a node are states of."""
    first, last = entries(node), exits(graph, node)
    found = {f"{node.name} retries": "retries"} if first or (last and not node.is_stage) else {}
    return found | ({f"{node.name} retries behind": "retries"} if last and node.is_stage else {})


def shape_of_line(graph: Graph) -> dict[str, str]:
    """What the line behind a packet that stopped the graph is a state of."""
    return {"packets behind a stop": "line"} if stops(graph) else {}


def table_of_places(emission: Emission) -> ast.Dict | None:
    """Each place, with what takes a packet on there."""
    graph = emission.graph
    if stops(graph):
        emission.runtime.add("StoppingKernel")
    elif any(keeps_failed(graph, node) for node in graph.nodes):
        emission.runtime.add("RecoveringKernel")
    else:
        return None
    stopping = stopping_places(graph)
    found = {place: expression("self.method", method=method) for place, method in emission.places.items()}
    for node in graph.nodes:
        if (tick := f"{node.name}.tick") in (*entries(node), *stopping):
            found[tick] = expression("self.timer.again", timer=emission.identifiers[node.name])
    return ast.Dict([literal(place) for place in found], list(found.values()))


def bases(emission: Emission) -> Iterable[str]:
    """The classes that the kernel inherits from."""
    known = ("StoppingKernel", "Projecting", "RecoveringKernel")
    return [base for base in known if base in emission.runtime] + ["BaseKernel"]


def _retries(emission: Emission, node: Node, what: str, upstream: ast.expr, places: Sequence[str]) -> ast.expr:
    emission.runtime.add("Retries")
    made = expression(
        "Retries(self, name_, upstream_, places=places_)",
        name_=literal(f"{node.name} {what}"),
        upstream_=upstream,
        places_=literal(tuple(places)),
    )
    assert isinstance(made, ast.Call)
    made.keywords += policy_of(node)
    return made
