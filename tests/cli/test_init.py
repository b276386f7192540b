"""`streamflow init`: a project that works from its first minute."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streamflow.cli import app


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A new project, which is the working folder."""
    done = CliRunner().invoke(app, ["init", str(tmp_path / "new" / "sales")])
    assert done.exit_code == 0
    monkeypatch.chdir(tmp_path / "new" / "sales")
    return Path()


def test_its_files(project):
    names = {path.name for path in project.iterdir()}
    assert names == {"program.py", "test_program.py", "events.ndjson", "README.md", ".gitignore", ".dev.vars.example"}
    assert ".dev.vars\n" in Path(".gitignore").read_text()


def test_its_own_test_passes(project):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir=."]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


def test_its_examples_hold(project):
    done = CliRunner().invoke(app, ["test", "program.py"])
    assert done.exit_code == 0, done.stderr
    assert "2 examples of `Sales`" in done.stderr


def test_its_events_run_and_its_bundle_compiles(project):
    done = CliRunner().invoke(app, ["run", "program.py", "--input", "events.ndjson", "--output", "out"])
    assert done.exit_code == 0
    assert (
        '{"country": "PT", "minute": 1767603600.0, "total": 22.49, "orders": 2}' in Path("out/live.ndjson").read_text()
    )
    assert Path("out/problems.ndjson").read_text() == ""
    assert CliRunner().invoke(app, ["check", "program.py"]).exit_code == 0
    assert CliRunner().invoke(app, ["compile", "program.py", "-o", "dist"]).exit_code == 0


def test_an_empty_folder_will_do(tmp_path):
    assert CliRunner().invoke(app, ["init", str(tmp_path)]).exit_code == 0
    assert CliRunner().invoke(app, ["init", str(tmp_path)]).exit_code == 1
