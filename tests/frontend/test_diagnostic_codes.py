"""The long forms agree with the compiler: each code that is raised has one, and its examples are what it says."""

import re
from pathlib import Path

import pytest

from frontend.programs import problems_of, whole_program
from streamflow.diagnostic_codes import CODES, catalogue, long_form

ROOT = Path(__file__).parents[2]
COMPILED = [code for code, text in CODES.items() if not text.wrong.startswith("$ ")]


def test_every_code_that_is_raised_is_explained():
    raised = set()
    for folder in ("compiler", "runtime_stub", "codegen_templates"):
        for file in (ROOT / folder).rglob("*.py"):
            if file.parent.name != "diagnostic_codes":
                raised |= set(re.findall(r'"(SF\d{3})"', file.read_text()))
    assert raised == set(CODES)


def test_the_document_is_the_catalogue(golden):
    golden.file(ROOT / "docs/diagnostics.md", catalogue())


@pytest.mark.parametrize("code", COMPILED)
def test_the_wrong_example_has_the_problem(code, tmp_path):
    (tmp_path / "prices.py").write_text("def price(data):\n    return data['amount'] * 2\n")
    (tmp_path / "example.py").write_text(whole_program(CODES[code].wrong))
    assert code in {problem.code for problem in problems_of(tmp_path / "example.py")}


@pytest.mark.parametrize("code", COMPILED)
def test_the_right_example_has_no_problem(code, tmp_path):
    (tmp_path / "example.py").write_text(whole_program(CODES[code].right))
    loose_ends = set() if code in ("SF018", "SF019") else {"SF018", "SF019"}
    found = [problem for problem in problems_of(tmp_path / "example.py") if problem.code not in loose_ends]
    assert not found, "\n".join(problem.render() for problem in found)


def test_a_long_form_is_readable():
    text = long_form("SF012")
    assert text.startswith("SF012: a node has no such port\n")
    assert "Wrong:\n\n```python\n" in text and "Right:\n\n```python\n" in text
