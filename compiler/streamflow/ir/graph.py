"""The graph as passes see it: frozen nodes and edges; a pass makes a new graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

from streamflow.diagnostics import Span
from streamflow.ir.aggregation import Aggregation
from streamflow.ir.function import Function
from streamflow.ir.lookup import Lookup
from streamflow.ir.module import Module

STATEFUL = frozenset(("transform.stateful_map", "filter.dedupe", "filter.sample", "filter.rate_limit"))
"""Kinds that keep state although packets pass them at once."""


class Declared(Protocol):
    """How a kind that a plugin brings is emitted: an `Operator` of `target`."""

    @property
    def keeps_state(self) -> bool:
        """Whether a node of it has an object with state."""

    @property
    def imported(self) -> tuple[tuple[str, str], ...]:
        """Modules of the plugin's runtime, and the names that the kernel imports from them."""


@dataclass(frozen=True)
class Node:
    """One operator. `kind` is "transform", "aggregate.time", ...; durations in `options` are whole milliseconds.

    `inlined`: the body of its function stands where the node runs, instead of a call. `scalars`: the fields of
    the record that it makes are local variables. `operator` is there for kinds
    that the compiler doesn't know by themselves.
    """

    name: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    span: Span | None = field(default=None, compare=False)
    ports: tuple[str, ...] = ("out", "error")
    inlined: bool = False
    scalars: bool = False
    operator: Declared | None = field(default=None, compare=False, repr=False)

    @property
    def family(self) -> str:
        """source, transform, filter, join, aggregate or sink."""
        return self.kind.partition(".")[0]

    @property
    def function(self) -> Function | None:
        """The user's function, where the node has one."""
        return self.options.get("function")

    @property
    def functions(self) -> tuple[Function, ...]:
        """Every function among its options."""
        found: list[Function] = []
        for option in self.options.values():
            for part in option.values() if isinstance(option, dict) else (option,):
                if isinstance(part, Aggregation):
                    found += part.all_functions
                elif isinstance(part, Function):
                    found.append(part)
        return tuple(found)

    @property
    def strategy(self) -> str:
        """What becomes of a packet that fails here: continue (also where `error` is connected), stop or retry."""
        return self.options.get("error_strategy") or "continue"

    @property
    def resuming(self) -> tuple[str, ...]:
        """Options of a source that are functions of its last committed packet."""
        if self.family != "source":
            return ()
        return tuple(option for option in ("url", "subscribe") if isinstance(self.options.get(option), Function))

    @property
    def is_stage(self) -> bool:
        """Whether packets wait here: what follows runs later, from a method of its own."""
        return self.family in ("aggregate", "join") or self.is_async or self.delays

    @property
    def delays(self) -> bool:
        """Whether packets wait here for the clock."""
        return self.kind == "filter.rate_limit" and self.options.get("overflow") == "delay"

    @property
    def keeps_state(self) -> bool:
        """Whether the node has an object with state in the kernel."""
        if self.operator is not None:
            return self.operator.keeps_state
        return self.is_stage or self.kind in STATEFUL

    @property
    def is_async(self) -> bool:
        """Whether the host makes the calls of this node."""
        return self.looks_up or (self.kind == "transform" and self.function is not None and self.function.is_async)

    @property
    def looks_up(self) -> bool:
        """Whether the node asks a store, or a server, for what belongs to a key."""
        return isinstance(self.options.get("lookup"), Lookup)


@dataclass(frozen=True)
class Edge:
    """From a port to a node. `fused`: the target runs inside the code of the origin.

    Edges between the same nodes that differ in their port or condition are told apart by `ordinal`.
    """

    origin: str
    port: str
    target: str
    when: Function | None = None
    fused: bool = False
    ordinal: int = 1
    input: str = "in"

    @property
    def label(self) -> str:
        """How the edge is called in counters and messages."""
        return f"{self.origin} -> {self.target}" + (f" {self.ordinal}" if self.ordinal > 1 else "")


@dataclass(frozen=True)
class Graph:
    """A whole program. `module` holds what its functions need beside themselves."""

    name: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    taps: tuple[str, ...] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    buffer: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""
    compatibility_date: str | None = None
    dependencies: tuple[str, ...] = ()
    module: Module = field(default_factory=Module, compare=False)

    @cached_property
    def by_name(self) -> Mapping[str, Node]:
        """Nodes by name."""
        return {node.name: node for node in self.nodes}

    @cached_property
    def _out(self) -> Mapping[tuple[str, str], tuple[Edge, ...]]:
        found: dict[tuple[str, str], tuple[Edge, ...]] = {}
        for edge in self.edges:
            found[edge.origin, edge.port] = (*found.get((edge.origin, edge.port), ()), edge)
        return found

    @cached_property
    def _into(self) -> Mapping[str, tuple[Edge, ...]]:
        found: dict[str, tuple[Edge, ...]] = {}
        for edge in self.edges:
            found[edge.target] = (*found.get(edge.target, ()), edge)
        return found

    def out(self, name: str, port: str = "out") -> tuple[Edge, ...]:
        """Edges that leave a port, in the order in which packets take them."""
        return self._out.get((name, port), ())

    def into(self, name: str) -> tuple[Edge, ...]:
        """Edges that lead to a node."""
        return self._into.get(name, ())

    def with_nodes(self, changed: Iterable[Node]) -> Graph:
        """The graph with these nodes in the place of those of the same name."""
        new = {node.name: node for node in changed}
        return replace(self, nodes=tuple(new.get(node.name, node) for node in self.nodes))
