"""Every level of the compiled kernel does what the reference interpreter does, on generated graphs and streams.

`STREAMFLOW_FUZZ_CASES` is the number of examples of the long run, `STREAMFLOW_FUZZ_SEED` starts somewhere else; without
them the run is the same on every machine, and what it must reach is asserted.
A run is many short ones of Hypothesis: within one, its examples resemble each other more and more. Each is built around
one kind of node, which three quarters of its graphs prefer.
"""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import ndiff
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, seed, settings
from hypothesis import strategies as st

import streamflow
from fuzz.covered import Observed, features_of, report
from fuzz.graphs import FuzzGraph, graphs
from fuzz.running import (
    Action,
    Seen,
    batched,
    by_deadlines,
    run_kernel,
    run_reference,
    through_rows,
    through_snapshot,
)
from fuzz.streams import Stream, streams
from streamflow.dsl.kinds import KINDS

LEVELS = (0, 1, 2)
STREAMS_PER_GRAPH = 4
CASES = int(os.environ.get("STREAMFLOW_FUZZ_CASES", "0"))
LONG = CASES or 800
SEED = int(os.environ.get("STREAMFLOW_FUZZ_SEED", "0"))
QUICK = 20
ROUND = 5
RARE = (  # what comes about in few cases gets more rounds
    "rate_limit",
    "session",
    "rate_limit",
    "session",
    "async",
    "session",
    "join",
    "rate_limit",
    "convert",
    "session",
    "join",
    "stop",
    "session",
    "rate_limit",
    "retry",
    "join",
    "session",
)
AROUND = [
    *dict.fromkeys([*(kind.rpartition(".")[2] for kind in KINDS), "async", "retry", "stop"]),
    *RARE,
]  # a round each
PARTS = 2  # of the long run, for workers side by side
PRINTED = 4  # one graph in so many is also run from the text of its bundle


@dataclass
class Run:
    """What one run of the fuzzer counted."""

    cases: int = 0
    reached: Counter[str] = field(default_factory=Counter)
    compiling: list[float] = field(default_factory=list)


def test_a_few_graphs() -> None:
    _fuzz(SEED - QUICK, SEED, Run())


@pytest.mark.parametrize("kind", KINDS)
def test_a_graph_of_each_kind(kind: str) -> None:
    """A kind that no strategy of `graphs` makes is found missing here."""
    once = settings(database=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck), max_examples=500)
    strategy = graphs(errors=True, around=kind.rpartition(".")[2])
    graph = find(strategy, lambda graph: kind in graph.features, settings=once, random=Random(SEED))
    stream = find(streams(graph), lambda stream: len(stream.steps) > 4, settings=once, random=Random(SEED))
    run = Run()
    check_stream(graph, stream, compiled(graph, run), run)
    assert run.reached[kind]


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(PARTS))
def test_many_graphs(part: int, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run()
    share = max(LONG // PARTS, 1)
    _fuzz(SEED + part * share, SEED + (part + 1) * share, run)
    table, rare = report(run.reached, run.cases)
    with capsys.disabled():
        median = statistics.median(run.compiling) * 1000
        slow = " (meant to stay below 50 ms)" if median >= 50 else ""
        print(f"\n{run.cases} cases; a graph compiles in {median:.1f} ms of CPU in the median{slow}\n{table}")
    assert not rare or CASES or SEED, f"reached in less than 1 % of cases: {', '.join(rare)}"


class Printed:
    """A program whose kernel is made from the text of its bundle."""

    def __init__(self, program: Any) -> None:
        namespace: dict[str, Any] = {"__name__": "kernel", "__file__": "kernel.py"}
        exec(compile(program.kernel_text, "kernel.py", "exec"), namespace)
        self.kernel = namespace["Kernel"]


def _fuzz(first: int, last: int, run: Run, kinds: Sequence[str] = AROUND, shrink: bool = True) -> None:
    """As many examples as there are numbers from `first` to `last`; the same numbers give the same examples."""
    programs: OrderedDict[str, dict[str, Any]] = OrderedDict()  # of the newest graphs, for shrinking
    around: str | None = None

    @settings(
        max_examples=ROUND,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def check(data: st.DataObject) -> None:
        errors, focused = data.draw(st.booleans()), data.draw(st.integers(0, 7)) > 0
        graph = data.draw(graphs(errors=errors, around=around if focused else None, flaky=True), label="graph")
        if graph.text not in programs:
            programs[graph.text] = compiled(graph, run)
            if len(programs) > 8:
                programs.popitem(last=False)
        for _ in range(STREAMS_PER_GRAPH):
            stream = data.draw(streams(graph), label="stream")
            check_stream(graph, stream, programs[graph.text], run)

    for start in range(first, last, ROUND):
        around = kinds[start // ROUND % len(kinds)]
        seed(start)(check)()


def compiled(graph: FuzzGraph, run: Run) -> dict[str, Any]:
    """The graph's program at every level."""
    made: dict[str, Any] = {}
    for level in LEVELS:
        start = time.process_time()
        made[f"level {level}"] = streamflow.compile_graph(graph.definition, level=level)
        made[f"level {level}"].kernel(secrets={})
        run.compiling.append(time.process_time() - start)
    if len(graph.text) % PRINTED == 0:
        made["level 1, as text"] = Printed(made["level 1"])
    return made


def check_stream(graph: FuzzGraph, stream: Stream, levels: dict[str, Any], run: Run) -> None:
    """One stream through the reference, and plainly and in a variant through every level."""
    keyed = {node.name for node in graph.definition.nodes if _picks_a_key(node.options)}
    reference = Observed(graph.definition)
    expected, actions = run_reference(reference, stream, keyed)
    run.cases += 1
    run.reached.update(graph.features | features_of(reference) | reference.events | applied_to(levels))
    for level, program in levels.items():
        if level == "level 2" and "raised" in reference.events:
            continue
        _check_level(graph, stream, level, program, expected, actions, keyed, reference)


def applied_to(levels: dict[str, Any]) -> set[str]:
    """Which of the passes that say so did something."""
    remarks = levels["level 1"].remarks
    shared = any(remark.applied and remark.made_by == "share_subexpressions" for remark in remarks)
    return {"shared subexpression"} if shared else set()


def _picks_a_key(options: Any) -> bool:
    return any(getattr(options, name, None) is not None for name in ("key", "dedupe_key"))


def _check_level(
    graph: FuzzGraph,
    stream: Stream,
    level: str,
    program: Any,
    expected: Seen,
    actions: list[Action],
    keyed: set[str],
    reference: Observed,
) -> None:
    def plain(actions: list[Action] = actions, **how: Any) -> Seen:
        return run_kernel(program.kernel(secrets={}), actions, keyed, luck=stream.variant, **how)

    variants = {
        "batches of 1": lambda: plain(batched(actions, 1)),
        "batches of 7": lambda: plain(batched(actions, 7)),
        "batches as large as can be": lambda: plain(batched(actions, None)),
        "a snapshot": lambda: plain(between=through_snapshot(program, stream.variant | 1)),
        "rows": lambda: plain(between=through_rows(program, stream.variant | 2)),
    }
    if "stopped" not in reference.events:  # it goes on at the time of the action, not of the deadline
        variants["deadline by deadline"] = lambda: plain(before=by_deadlines)
    seen = plain()
    nodes = {name: kind_of(graph, name) for name in expected.metrics}
    compared = [name for name, kind in nodes.items() if level != "level 2" or kind in ("", "source", "sink")]
    where = level
    _compare(graph, stream, where, expected.steps, seen.steps)
    _compare(graph, stream, where, figures(expected, compared), figures(seen, compared))
    known = [line for line in expected.lines if line is not None]
    lines = [line for line, wanted in zip(seen.lines, expected.lines, strict=True) if wanted is not None]
    _compare(graph, stream, f"{where}, lines of failures", known, lines)
    name = list(variants)[(stream.variant + len(level) + ord(level[6])) % len(variants)]
    varied = variants[name]()
    where = f"{level}, {name}"
    _compare(graph, stream, where, expected.all, varied.all)
    _compare(graph, stream, where, figures(expected, compared), figures(varied, compared))


def figures(seen: Seen, names: list[str]) -> list[str]:
    return [f"{name}: {seen.metrics[name]}" for name in names if name or seen.metrics]


def kind_of(graph: FuzzGraph, name: str) -> str:
    """`source`, `sink` and so on; nothing for the graph itself."""
    return next((node.kind.partition(".")[0] for node in graph.definition.nodes if node.name == name), "")


def _compare(graph: FuzzGraph, stream: Stream, where: str, expected: list[Any], seen: list[Any]) -> None:
    if expected == seen:
        return
    difference = "\n".join(line for line in ndiff(_lines(expected), _lines(seen)) if not line.startswith("?"))
    pytest.fail(f"{graph}\n{stream}\n{where} (- expected, + seen):\n{difference}", pytrace=False)


def _lines(found: list[Any]) -> list[str]:
    if found and isinstance(found[0], list):
        return [line for number, step in enumerate(found) for line in (f"after {number}", *step)]
    return [str(line) for line in found]
