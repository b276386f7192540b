"""The list is that of the sources: no pass has a refusal that stands not in it, and each listed one is there."""

import ast
from collections import Counter

import pytest

from golden import cases_of
from mutants.planting import ROOT
from refusals.listed import refusals

LISTED = refusals()
COMPILER = ROOT / "compiler/streamflow"
OF_IR = [COMPILER / "ir" / f"{name}.py" for name in ("inlining", "lifting", "occurrences", "purity", "repeatable")]
FILES = [*sorted((COMPILER / "passes").glob("*.py")), *OF_IR]
CASES = {f"{path.stem}: {case.name}" for path in (ROOT / "tests/passes").glob("*.test") for case in cases_of(path)}


@pytest.mark.parametrize("refusal", LISTED, ids=lambda refusal: f"{refusal.file[20:-3]} {refusal.old.split()[1:6]}")
def test_a_refusal_can_be_taken_away(refusal):
    text = (ROOT / refusal.file).read_text()
    assert text.count(refusal.old) == 1, f"{refusal.file} has this {text.count(refusal.old)} times:\n{refusal.old}"
    assert refusal.new != refusal.old
    ast.parse(text.replace(refusal.old, refusal.new))
    assert "::" in refusal.case or refusal.case in CASES, f"there is no case {refusal.case}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_reason_is_listed(path):
    """What gives a reason is a refusal."""
    text = path.read_text()
    places = [(text.find(entry.old), len(entry.old)) for entry in LISTED if ROOT / entry.file == path]
    covered = {line for start, size in places for line in _lines(text, start, start + size)}
    ways_out = [node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.Return, ast.Raise))]
    for node in (inner for way_out in ways_out for inner in ast.walk(way_out)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            gives_reason = node.func.id in ("Refusal", "refused", "NotLifted")
            assert not gives_reason or node.lineno in covered, f"{path.name}:{node.lineno} is not listed"


def test_none_is_listed_twice():
    assert max(Counter((refusal.file, refusal.old, refusal.new) for refusal in LISTED).values()) == 1


def _lines(text, start, end):
    return range(text.count("\n", 0, start) + 1, text.count("\n", 0, end) + 2)
