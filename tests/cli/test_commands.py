"""The commands on programs as users have them: exit code, standard output, standard error."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from golden import cases_of
from streamflow.cli import app

CASES = cases_of(Path(__file__).parent / "commands.test")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_a_command(case, golden, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("program.py").write_text(case.sections["case"])
    events = case.sections.get("events", "")
    Path("events.ndjson").write_text(events)
    arguments = case.sections["command"].split()
    done = CliRunner().invoke(app, arguments, input=events if "events.ndjson" not in case.sections["command"] else "")
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    written = {
        f"written {path.relative_to(tmp_path).as_posix()}": path.read_text()
        for path in sorted(tmp_path.rglob("*.ndjson"))
        if path.name != "events.ndjson"
    }
    said = f"exit code {done.exit_code}\n{steady(done.stderr)}"
    for heading, text in {"out": done.stdout, "err": said, **written}.items():
        if text.strip() or heading in case.sections:
            golden.section(case, heading, text)


def steady(text):
    """Without the figures that no two runs, or no two versions of the runtime, share."""
    text = re.sub(r"in [\d.,]+ s \([\d,]+ a second\)", "in * s (* a second)", text)
    return re.sub(r"\d+ files, [\d,]+ KiB; \d+ written", "* files, * KiB; * written", text)
