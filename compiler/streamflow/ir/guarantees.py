"""How often what a source takes in reaches a sink: the guarantee of each path, and the link that decides it."""

from __future__ import annotations

from typing import NamedTuple

from streamflow.ir.function import Function
from streamflow.ir.graph import Graph, Node
from streamflow.ir.recovery import parks
from streamflow.ir.topology import descendants

AT_MOST, AT_LEAST, EXACTLY = "at most once", "at least once", "exactly once"
STRENGTH = {AT_MOST: 0, AT_LEAST: 1, EXACTLY: 2}


class Link(NamedTuple):
    """What a node can promise, and why."""

    node: str
    guarantee: str
    reason: str


class Path(NamedTuple):
    """From a source to a sink; `weakest` is the link that decides its guarantee."""

    source: str
    sink: str
    weakest: Link

    @property
    def guarantee(self) -> str:
        """Exactly once, at least once or at most once."""
        return self.weakest.guarantee


def guarantees(graph: Graph) -> list[Path]:
    """All paths, in the order of the nodes. Nodes in between repeat nothing, for what they hold commits with what they
    took in; they lose what a full buffer of theirs drops."""
    found = []
    dropping = [node.name for node in graph.nodes if parks(graph, node) and drops(graph, node)]
    leading = {node: descendants(graph, node) for node in dropping}
    for source in graph.nodes:
        if source.family == "source":
            behind = descendants(graph, source.name)
            for sink in graph.nodes:
                if sink.family == "sink" and sink.name in behind:
                    way = {source.name, *behind}
                    between = [node for node, after in leading.items() if node in way and sink.name in after]
                    stages = [_dropping(node, graph.buffer["overflow"]) for node in between]
                    links = (_of_source(source), *stages, _of_sink(graph, sink))
                    weakest = min(links, key=lambda link: STRENGTH[link.guarantee])
                    found.append(Path(source.name, sink.name, weakest))
    return found


def drops(graph: Graph, node: Node) -> str | None:
    """What a sink, or a node where packets park, does when its buffer is full: "drop_oldest" or "drop_newest".

    None where it refuses its sources.
    """
    chosen: str = graph.buffer.get("overflow", "refuse")
    if not parks(graph, node):
        if not waits(node):
            return None
        chosen = node.options.get("overflow") or chosen
    return None if chosen == "refuse" else chosen


def waits(sink: Node) -> bool:
    """Whether outputs of a sink wait until they are delivered, in place of being written with the commit."""
    if sink.kind == "sink.database":
        return sink.options.get("binding") is not None
    if sink.kind == "sink.websocket":
        return sink.options.get("url") is not None
    return sink.kind not in ("sink.endpoint", "sink.log")


def _of_source(source: Node) -> Link:
    options = source.options
    if source.kind == "source.http":
        return Link(source.name, AT_MOST, "what changes between two polls is never seen")
    if source.kind == "source.sse" or (source.kind == "source.websocket" and options.get("url") is not None):
        resumes = source.kind == "source.sse" or any(
            isinstance(options.get(name), Function) for name in ("url", "subscribe")
        )
        if not resumes:
            return Link(source.name, AT_MOST, "what is sent while the connection is lost doesn't come again")
        if options.get("dedupe_key") is None:
            return Link(source.name, AT_LEAST, "after a lost connection events may come again")
        return Link(source.name, EXACTLY, "what comes again is told by `dedupe_key`")
    if source.kind == "source.timer":
        return Link(source.name, EXACTLY, "a tick commits with what it makes")
    return Link(source.name, EXACTLY, "what is sent again with its id counts once")


def _of_sink(graph: Graph, sink: Node) -> Link:
    dropping = drops(graph, sink)
    if dropping is not None:
        return _dropping(sink.name, dropping)
    if sink.kind == "sink.log":
        return Link(sink.name, AT_MOST, "lines are written after the commit, and a crash in between loses them")
    if waits(sink):
        return Link(sink.name, AT_LEAST, "what may have arrived is sent again until that is sure")
    if sink.kind == "sink.websocket":
        return Link(sink.name, AT_MOST, "clients hear what is committed while they are connected")
    return Link(sink.name, EXACTLY, "it is written in the transaction of its batch")


def _dropping(node: str, way: str) -> Link:
    return Link(node, AT_MOST, f'its full buffer drops packets (`overflow="{way}"`)')
