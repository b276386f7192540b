"""The golden cases of the passes, in the IR's text form: what a pass makes of a graph, and that it means the same.

A case has a graph, `[out]` (what the pass gives; the word `unchanged` where it gives the graph back), `[events]`, a
source and a JSON value a line, and `[remarks]`, what the pass says of it. The events run through both graphs and the
reference interpreter.
"""

import importlib
import json
from pathlib import Path

import pytest

from golden import cases_of
from passes.ir_program import definition_of, kernel_of, outputs_of
from reference.interpreter import Interpreter
from streamflow.ir.parser import parse
from streamflow.ir.printer import text_of
from streamflow.ir.remarks import Remarks
from streamflow.ir.verifier import verify

HERE = Path(__file__).parent
CASES = [case for file in sorted(HERE.glob("*.test")) for case in cases_of(file)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case, golden):
    stem, graph, out = case.file.stem, case.sections["case"], case.sections["out"]
    before, remarks = verify(parse(graph)), Remarks()
    after = verify(getattr(importlib.import_module(f"streamflow.passes.{stem}"), stem)(before, remarks), stem)
    assert text_of(after) == text_of(parse(graph if out.strip() == "unchanged" else out))

    lines = case.sections["events"].splitlines()
    stream = [(line.split(" ", 1)[0], json.loads(line.split(" ", 1)[1])) for line in lines if line.strip()]
    assert stream, "a case has events"
    sinks = [node.name for node in before.nodes if node.family == "sink"]
    known = outputs_of(Interpreter(definition_of(before)), sinks, stream)
    assert any(known[0].values()), "the events reach a sink"
    assert outputs_of(kernel_of(before), sinks, stream) == known
    assert outputs_of(kernel_of(after), sinks, stream) == known
    golden.section(case, "remarks", "\n".join(_said(remark) for remark in remarks.made))


def test_every_pass_has_cases():
    stems = {path.stem for path in (HERE.parents[1] / "compiler/streamflow/passes").glob("[a-z]*.py")}
    assert {path.stem for path in HERE.glob("*.test")} == stems


def _said(remark):
    return f"{'applied' if remark.applied else 'missed'}: {remark.sentence}"
