"""The golden cases of the passes, in the IR's text form: what a pass makes of a graph, and that it means the same.

A case has a graph, `[out]` (what the pass gives; the word `unchanged` where it gives the graph back) and
`[events]`: a source and a JSON value a line. The events run through both graphs and the reference interpreter.
"""

import importlib
import json
from pathlib import Path

import pytest

from passes.ir_program import definition_of, kernel_of, outputs_of
from reference.interpreter import Interpreter
from streamflow.ir.parser import parse
from streamflow.ir.printer import text_of
from streamflow.ir.verifier import verify

HERE = Path(__file__).parent


def _cases():
    for file in sorted(HERE.glob("*.test")):
        for text in file.read_text().split("[case ")[1:]:
            name, _, rest = text.partition("]\n")
            graph, _, rest = rest.partition("[out]\n")
            out, _, events = rest.partition("[events]\n")
            yield pytest.param(file.stem, graph, out, events, id=f"{file.stem}: {name}")


@pytest.mark.parametrize(("stem", "graph", "out", "events"), list(_cases()))
def test_case(stem, graph, out, events):
    run = getattr(importlib.import_module(f"streamflow.passes.{stem}"), stem)
    before = verify(parse(graph))
    after = verify(run(before), stem)
    expected = graph if out.strip() == "unchanged" else out
    assert text_of(after) == text_of(parse(expected))

    stream = [
        (line.split(" ", 1)[0], json.loads(line.split(" ", 1)[1])) for line in events.splitlines() if line.strip()
    ]
    assert stream, "a case has events"
    sinks = [node.name for node in before.nodes if node.family == "sink"]
    known = outputs_of(Interpreter(definition_of(before)), sinks, stream)
    assert any(known[0].values()), "the events reach a sink"
    assert outputs_of(kernel_of(before), sinks, stream) == known
    assert outputs_of(kernel_of(after), sinks, stream) == known


def test_every_pass_has_cases():
    stems = {path.stem for path in (HERE.parents[1] / "compiler/streamflow/passes").glob("[a-z]*.py")}
    assert {path.stem for path in HERE.glob("*.test")} == stems
