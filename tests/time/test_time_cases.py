"""Cases of time, worked out by hand: a graph in the IR's text form, what happens, and what comes out.

In `[events]`, a source and a JSON value a line, or `now SECONDS`: what follows arrives then, and time has passed until
then. In `[out]`, what each event brings to the sinks, then `end` and what the end of input brings: the sink, the data,
the timestamp and the id. The compiled kernel and the reference interpreter must both say so.
"""

import json
import re
from pathlib import Path

import pytest

from golden import cases_of
from passes.ir_program import definition_of, kernel_of
from reference.interpreter import Interpreter
from streamflow.ir.parser import parse

DOCS = Path(__file__).parents[2] / "docs" / "time.md"
CASES = [case for file in sorted(Path(__file__).parent.glob("*.test")) for case in cases_of(file)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case, golden):
    graph = parse(case.sections["case"])
    sinks = [node.name for node in graph.nodes if node.family == "sink"]
    events = [line for line in case.sections["events"].splitlines() if line.strip()]
    shown = _run(kernel_of(graph), sinks, events)
    assert _run(Interpreter(definition_of(graph)), sinks, events) == shown
    golden.section(case, "out", "\n".join(shown))


def _run(program, sinks, events):
    now, shown = 0.0, []
    for event in [*events, "end"]:
        word, _, value = event.partition(" ")
        if word == "end":
            program.finish()
        elif word == "now":
            now = float(value)
            program.advance(now)
        else:
            program.push(word, [json.loads(value)], now)
        shown.append(event)
        for sink in sinks:
            for packet in program.take(sink):
                shown.append(f"    {sink} {json.dumps(packet.data)} at {packet.timestamp} id {packet.id}")
    return shown


def test_the_docs_list_every_case():
    table = DOCS.read_text().partition("## Every case")[2]
    listed = re.findall(r"^\| (\w+: .+?) \|", table, re.MULTILINE)
    assert sorted(listed) == sorted(case.name for case in CASES)
    assert len(listed) >= 40
