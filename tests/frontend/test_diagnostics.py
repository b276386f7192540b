"""What users read: for each code at least one program, and the full text of all that the compiler says about it.

A case is `main.py`; `[file NAME]` adds a file beside it, `[load]` says what to load instead of `main.py`.
"""

from pathlib import Path

import pytest

from frontend.programs import problems_of
from golden import cases_of
from streamflow.diagnostic_codes import CODES
from streamflow.diagnostic_codes.plugins import PLUGINS

CASES = cases_of(Path(__file__).parent / "diagnostics.test")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case, tmp_path, monkeypatch, golden):
    monkeypatch.chdir(tmp_path)
    Path("main.py").write_text(case.sections["case"])
    for heading, text in case.sections.items():
        if heading.startswith("file "):
            Path(heading.removeprefix("file ")).write_text(text)
    problems = problems_of(case.sections.get("load", "main.py").strip())
    assert case.name.split()[0] in [problem.code for problem in problems]
    golden.section(case, "out", "\n\n".join(problem.render() for problem in problems))


def test_every_code_of_a_program_has_a_case():
    shown = {case.name.split()[0] for case in CASES}
    assert shown == {code for code in CODES if code < "SF300"} - set(PLUGINS)  # tests/plugins/ has those
