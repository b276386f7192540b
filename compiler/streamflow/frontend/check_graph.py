"""Checks a graph as written: names, ports, cycles, ends. Every problem at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from streamflow.diagnostics import Diagnostic, Span, did_you_mean, display_path
from streamflow.dsl.edge import Edge
from streamflow.dsl.graph import GraphDefinition
from streamflow.dsl.node import Node
from streamflow.frontend.literals import argument_text, edge_text, first_text

_SERVICE = ("inject", "metrics", "state", "outputs", "subscribe", "dead-letters", "resume", "drain", "graph", "healthz")
_SERVICE_PATHS = (*_SERVICE, "tickets")


def check(graph: GraphDefinition) -> list[Diagnostic]:
    """What is wrong with a graph, errors and warnings."""
    nodes = {node.name: node for node in reversed(graph.nodes)}
    problems = [*_nodes(graph), *_paths(graph), *_queues(graph)]
    broken: list[Diagnostic] = []
    links: list[Edge] = []
    origins = {edge.origin for edge in graph.edges}
    for edge in graph.edges:
        found = list(_edge(edge, nodes, origins))
        broken += found
        links += [] if found else [edge]
    problems += broken
    problems += _cycles(links)
    problems += [*_taps(graph, nodes), *_examples(graph, nodes)]
    if not any(problem.severity == "error" for problem in problems):
        problems += [*_idle(graph), *_diverted(graph)]
    return list(dict.fromkeys(problems))


def _nodes(graph: GraphDefinition) -> Iterator[Diagnostic]:
    """Duplicate names, a graph without nodes, a graph without a source."""
    first: dict[str, Node] = {}
    for node in graph.nodes:
        other = first.setdefault(node.name, node)
        if other is not node:
            place = f"{display_path(other.span.file)}, line {other.span.line}"
            help = f"the first is in {place}; give one of them another name"
            yield Diagnostic("SF016", first_text(node.span, node.name), f"two nodes are called `{node.name}`", help)
    if not graph.nodes:
        help = 'give it nodes=[nodes.source("events", type="webhook"), ...]'
        yield Diagnostic("SF017", graph.span, f"the graph `{graph.name}` has no nodes", help)
    elif not any(_is_source(node) for node in graph.nodes):
        help = 'add nodes.source(...); type="manual" takes what is injected'
        yield Diagnostic(
            "SF023", graph.span, f"the graph `{graph.name}` has no source: nothing can ever enter it", help
        )


def _paths(graph: GraphDefinition) -> Iterator[Diagnostic]:
    """Webhook paths that meet another webhook's, or an endpoint that every service has."""
    owners: dict[str, Node] = {}
    for node in graph.nodes:
        if node.kind != "source.webhook" or node.options is None:
            continue
        written = node.options.path
        path = (written or f"/hooks/{node.name}").rstrip("/")
        span = argument_text(node.span, "path", written) if written else node.span
        owner = owners.setdefault(path, node)
        if path.strip("/").split("/")[0] in (*_SERVICE_PATHS, ""):
            help = f'every deployed graph has endpoints of that name; write path="/hooks/{node.name}"'
            yield Diagnostic("SF022", span, f"`{node.name}` can't listen at {written}", help)
        elif owner is not node and owner.name != node.name:
            help = f"`{owner.name}` already does; give one of them another `path`"
            yield Diagnostic("SF022", span, f"`{node.name}` can't listen at {path}", help)


def _queues(graph: GraphDefinition) -> Iterator[Diagnostic]:
    """A queue has one consumer."""
    owners: dict[str, Node] = {}
    for node in graph.nodes:
        if node.kind == "source.queue" and node.options is not None:
            binding = node.options.binding
            owner = owners.setdefault(binding.lower(), node)
            if owner is not node and owner.name != node.name:
                span = argument_text(node.span, "binding", binding)
                help = f"lead the edges of `{node.name}` from `{owner.name}`, or bind another queue"
                yield Diagnostic("SF050", span, f"`{owner.name}` already consumes the queue of {binding}", help)


def _edge(edge: Edge, nodes: Mapping[str, Node], origins: set[str]) -> Iterator[Diagnostic]:
    """Unknown ends, and ends that the nodes don't have."""
    for text in dict.fromkeys((edge.origin, edge.target)):
        name = text.partition(".")[0]
        if name not in nodes:
            help = did_you_mean(name, nodes) or f"the nodes are {_listed(nodes)}"
            yield Diagnostic("SF011", _place(edge, text), f"there is no node `{name}`", help)
    origin, _, port = edge.origin.partition(".")
    target, _, entry = edge.target.partition(".")
    if origin in nodes:
        yield from _origin(edge, nodes[origin], port)
    if target in nodes:
        yield from _target(edge, nodes[target], entry, edge.target in origins)
    if origin == target and origin in nodes:
        help = "an edge leads to another node; a graph has no cycles"
        yield Diagnostic("SF021", _place(edge, edge.origin), f"`{origin}` can't lead to itself", help)


def _origin(edge: Edge, node: Node, port: str) -> Iterator[Diagnostic]:
    ports = _ports(node, [port or "out"])
    if ports is None or (port or "out") in ports or (node.options is not None and port in node.options.inputs):
        return
    span = _place(edge, edge.origin)
    if _is_sink(node) and port in ("", "out"):
        help = f'only its failures go on: write "{node.name}.error", or start the edge at the node before it'
        yield Diagnostic("SF014", span, f"`{node.name}` is a sink: nothing comes out of it", help)
    else:
        help = did_you_mean(port, ports) or f"its ports are {_listed(ports)}"
        yield Diagnostic("SF012", span, f"`{node.name}` has no port `{port or 'out'}`", help)


def _target(edge: Edge, node: Node, entry: str, goes_on: bool) -> Iterator[Diagnostic]:
    """An output port as a target is a node within a path, which goes on from that port."""
    inputs = node.options.inputs if node.options is not None else None
    if _is_source(node):
        help = "packets enter a source from outside; start the path at it"
        yield Diagnostic(
            "SF013", _place(edge, edge.target), f"`{node.name}` is a source: no edge can lead into it", help
        )
    elif inputs is not None and inputs != ("in",) and entry not in inputs:
        help = "write " + " or ".join(f'"{node.name}.{name}"' for name in inputs)
        where = f"`{node.name}` has no input `{entry}`" if entry else f"`{node.name}` has two inputs: say which one"
        yield Diagnostic("SF012", _place(edge, edge.target), where, help)
    elif inputs is not None and entry and entry not in inputs and not goes_on:
        yield Diagnostic(
            "SF012", _place(edge, edge.target), f"`{node.name}` has no input `{entry}`", f'write "{node.name}"'
        )


def _cycles(edges: Iterable[Edge]) -> Iterator[Diagnostic]:
    """One problem for each edge that closes a cycle, in a walk along the edges as written."""
    following: dict[str, list[Edge]] = {}
    for link in edges:
        following.setdefault(link.origin.partition(".")[0], []).append(link)
    done: set[str] = set()
    for start in following:
        path: list[str] = []
        pending: list[Iterator[Edge]] = []
        if start not in done:
            path, pending = [start], [iter(following[start])]
        while pending:
            edge = next(pending[-1], None)
            if edge is None:
                pending.pop()
                done.add(path.pop())
                continue
            target = edge.target.partition(".")[0]
            if target in path:
                cycle = " -> ".join([*path[path.index(target) :], target])
                help = "an edge can't lead back: each packet runs through the graph once"
                yield Diagnostic("SF015", _place(edge, edge.target), f"the graph has a cycle: {cycle}", help)
            elif target not in done:
                path.append(target)
                pending.append(iter(following.get(target, ())))


def _taps(graph: GraphDefinition, nodes: Mapping[str, Node]) -> Iterator[Diagnostic]:
    for tap in graph.taps:
        if tap not in nodes:
            span = argument_text(graph.span, "taps", tap)
            help = did_you_mean(tap, nodes) or f"the nodes are {_listed(nodes)}"
            yield Diagnostic("SF020", span, f"`taps` names `{tap}`, and there is no such node", help)


def _examples(graph: GraphDefinition, nodes: Mapping[str, Node]) -> Iterator[Diagnostic]:
    """Examples of the same name; what they give to no source, or expect of no sink."""
    names: set[str] = set()
    sources = [node.name for node in graph.nodes if _is_source(node)]
    ends = [*(node.name for node in graph.nodes if _is_sink(node)), *graph.taps]
    for example in graph.examples:
        if example.name in names:
            help = "give one of them another name"
            yield Diagnostic("SF035", example.span, f"two examples are called {example.name!r}", help)
        names.add(example.name)
        for option, values, known in (("given", example.given, sources), ("expect", example.expect, ends)):
            for name in (name for name in values if name not in known):
                what = "source" if option == "given" else "sink"
                help = did_you_mean(name, known) or f"{what}s are {_listed(known)}"
                if what == "sink" and name in nodes:
                    help = f'write Graph(taps=["{name}"]) to see what leaves it'
                message = f"example {example.name!r}: `{option}` names `{name}`, and there is no such {what}"
                yield Diagnostic("SF035", argument_text(example.span, option, name), message, help)


def _idle(graph: GraphDefinition) -> Iterator[Diagnostic]:
    """Warnings: nodes that no source reaches, nodes whose output goes nowhere."""
    ends = [(edge.origin.partition("."), edge.target.partition(".")[0]) for edge in graph.edges]
    reached = {node.name for node in graph.nodes if _is_source(node)}
    for _ in graph.nodes:
        reached |= {target for (origin, _, _), target in ends if origin in reached}
    emitting = {origin for (origin, _, port), _ in ends if port != "error"}
    for node in graph.nodes:
        span = first_text(node.span, node.name)
        if node.name not in reached:
            help = "add an edge that leads to it, or remove the node"
            yield Diagnostic("SF018", span, f"no source reaches `{node.name}`: it will never run", help, "warning")
        elif node.kind == "filter.route" and node.options is not None:
            yield from _open_routes(node, {port for (origin, _, port), _ in ends if origin == node.name})
        elif missing := [f"{node.name}.{end}" for end in _joined(node) if not _leads(graph, f"{node.name}.{end}")]:
            help = "add an edge that leads there"
            message = f"nothing leads to `{missing[0]}`: no packet will meet another"
            yield Diagnostic("SF018", span, message, help, "warning")
        elif not _is_sink(node) and node.name not in emitting and node.name not in graph.taps:
            help = "add an edge from it to a sink, or remove the node"
            yield Diagnostic("SF019", span, f"what `{node.name}` puts out goes nowhere", help, "warning")


def _diverted(graph: GraphDefinition) -> Iterator[Diagnostic]:
    """Rate limits that lead packets aside, to nowhere."""
    wired = {edge.origin for edge in graph.edges}
    for node in graph.nodes:
        limits = node.kind == "filter.rate_limit" and node.options is not None
        diverts = limits and node.options.overflow == "divert"
        if diverts and f"{node.name}.limited" not in wired:
            help = f'add an edge from "{node.name}.limited", or write overflow="drop" or overflow="delay"'
            message = f"`{node.name}` diverts packets, and nothing is connected to `{node.name}.limited`"
            yield Diagnostic("SF036", argument_text(node.span, "overflow", "divert"), message, help)


def _open_routes(node: Node, wired: Collection[str]) -> Iterator[Diagnostic]:
    """Ports of a route at which no edge starts."""
    for port in node.options.named_ports(wired):
        if port != "error" and port not in wired:
            help = f'add an edge from "{node.name}.{port}"'
            message = f"nothing is connected to `{node.name}.{port}`: packets that take this way are dropped"
            yield Diagnostic("SF027", first_text(node.span, node.name), message, help, "warning")


def _joined(node: Node) -> tuple[str, ...]:
    """The inputs of a node that has several."""
    inputs: tuple[str, ...] = node.options.inputs if node.options is not None else ()
    return inputs if len(inputs) > 1 else ()


def _leads(graph: GraphDefinition, text: str) -> bool:
    return any(edge.target == text for edge in graph.edges)


def _place(edge: Edge, text: str) -> Span:
    return edge_text(edge.span, edge.origin, edge.target, text)


def _ports(node: Node, wired: Collection[str] = ()) -> tuple[str, ...] | None:
    """Output ports of a node with these in use; None where the options were refused, so that nobody knows them."""
    if node.options is not None:
        ports: tuple[str, ...] = node.options.named_ports(wired)
        return ports
    return ("error",) if _is_sink(node) else None


def _is_source(node: Node) -> bool:
    return node.kind.partition(".")[0] == "source"


def _is_sink(node: Node) -> bool:
    return node.kind.partition(".")[0] == "sink"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
