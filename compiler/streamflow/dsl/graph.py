"""A graph as written: its nodes, its edges and what holds for all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Literal

from streamflow.diagnostics import CompileError, Diagnostic, did_you_mean
from streamflow.dsl.bounds import Buffer, Limits, bounds_of
from streamflow.dsl.calling import checked_call
from streamflow.dsl.decoders import check_decoder
from streamflow.dsl.dependencies import modules_of
from streamflow.dsl.edge import Edge, EdgeLike, edges_of
from streamflow.dsl.error_handling import STRATEGIES, ErrorStrategy, RetryPolicy, RetryPolicyOptions
from streamflow.dsl.example import Example, ExampleDict, examples_of
from streamflow.dsl.lowering import lowered
from streamflow.dsl.node import Node
from streamflow.dsl.problems import caller_span, report

GUARANTEES = ("exactly once", "at least once", "at most once")


class GraphDefinition:
    """What a program says. The same object runs in process, see `streamflow.Graph`."""

    @checked_call("Graph", {"name": 'name="Orders"', "nodes": 'nodes=[nodes.source("orders", type="webhook"), ...]'})
    def __init__(
        self,
        name: str,
        nodes: Iterable[Node],
        edges: Iterable[EdgeLike] | None = None,
        *,
        error_strategy: ErrorStrategy = "continue",
        retry_policy: RetryPolicyOptions | None = None,
        limits: Mapping[str, int] | None = None,
        buffer: Mapping[str, int | str] | None = None,
        guarantee: Literal["exactly once", "at least once", "at most once"] | None = None,
        taps: Iterable[str] = (),
        examples: Iterable[Example | ExampleDict] = (),
        compatibility_date: str | None = None,
        dependencies: Iterable[str] = (),
        decoder: Literal["json", "msgspec"] = "json",
    ) -> None:
        self.span = caller_span()
        self.name = name
        self.nodes = self._each("nodes", nodes, '[nodes.source("orders", type="webhook"), ...]')
        self.error_strategy = error_strategy
        self.taps = self._each("taps", taps, '["normalize"]')
        self.examples = examples_of(
            self._each("examples", examples, '[example("...", given={...}, expect={...})]'), self.span
        )
        self.compatibility_date = self._date(compatibility_date)
        self.dependencies = self._each("dependencies", dependencies, '["ua-parser>=1.0"]')
        self.modules = modules_of(self.dependencies, self.span)
        self.limits = bounds_of(Limits, limits or {}, "limits", self.span)
        self.buffer = bounds_of(Buffer, buffer or {}, "buffer", self.span)
        self.retry_policy = bounds_of(RetryPolicy, retry_policy or {}, "retry_policy", self.span)
        self.guarantee = self._guarantee(guarantee)
        self.decoder = decoder
        check_decoder(decoder, self.span)
        if not isinstance(name, str) or not name.strip():
            report(Diagnostic("SF001", self.span, f"{name!r} can't be the name of a graph", 'write name="Orders"'))
        if error_strategy not in STRATEGIES:
            help = (isinstance(error_strategy, str) and did_you_mean(error_strategy, STRATEGIES)) or (
                'the error strategies are "continue", "stop" and "retry"'
            )
            report(Diagnostic("SF004", self.span, f"there is no error strategy {error_strategy!r}", help))
        strangers = [node for node in self.nodes if not isinstance(node, Node)]
        for stranger in strangers:
            help = "nodes are made by nodes.source(...), nodes.transform(...), nodes.sink(...) and so on"
            report(Diagnostic("SF009", self.span, f"{stranger!r} is not a node", help))
        self.nodes = tuple(node for node in self.nodes if isinstance(node, Node))
        paths = self._chain() if edges is None else self._each("edges", edges, '[("source", "filter", "sink")]')
        written = edges_of(paths, self.span)
        self.edges: tuple[Edge, ...]
        self.nodes, self.edges = lowered(self.nodes, written)

    def _each(self, option: str, given: Any, example: str) -> tuple[Any, ...]:
        """What an option lists; a single name is a list of one where names are listed."""
        if option in ("taps", "dependencies") and isinstance(given, str):
            return (given,)
        if isinstance(given, Iterable) and not isinstance(given, (str, Mapping)):
            return tuple(given)
        problem = Diagnostic(
            "SF004", self.span, f"`{option}` must be a list, not {given!r}", f"write {option}={example}"
        )
        if option == "nodes":
            raise CompileError([problem])
        report(problem)
        return ()

    def _date(self, given: Any) -> str | None:
        if given is None:
            return None
        if isinstance(given, date):
            given = given.strftime("%Y-%m-%d")
        try:
            if re.fullmatch(r"\d{4}-\d\d-\d\d", given):
                return date.fromisoformat(given).isoformat()
        except (TypeError, ValueError):
            pass
        help = 'write compatibility_date="2026-06-01"'
        report(Diagnostic("SF004", self.span, f"`compatibility_date` must be a day, not {given!r}", help))
        return None

    def _chain(self) -> list[EdgeLike]:
        """Without edges, the nodes form one chain in their order."""
        names = [node.name for node in self.nodes]
        return [names] if len(names) >= 2 else []

    def _guarantee(self, given: Any) -> str | None:
        if given is None or given in GUARANTEES:
            return given if given is None else str(given)
        help = (isinstance(given, str) and did_you_mean(given, GUARANTEES)) or f"one of {', '.join(GUARANTEES)}"
        report(Diagnostic("SF004", self.span, f"there is no guarantee {given!r}", help))
        return None

    def __repr__(self) -> str:
        return f"<Graph {self.name!r}: {len(self.nodes)} nodes, {len(self.edges)} edges>"
