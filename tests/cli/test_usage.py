"""What is wrong with how a command is called is exit code 2; what it says of itself is in the README."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streamflow.cli import app

PROGRAM = str(Path(__file__).parents[2] / "samples" / "quickstart.py")


@pytest.mark.parametrize(
    "arguments",
    [
        ["complie", PROGRAM],
        ["compile", PROGRAM],
        ["compile", PROGRAM, "-o", "a", "--into", "b"],
        ["compile", PROGRAM, "-o", "a", "-O3"],
        ["graph", PROGRAM, "--format", "picture"],
        ["dev", PROGRAM, "--runtime", "moon"],
        ["check"],
    ],
)
def test_a_wrong_call(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert "Error" in done.stderr or "Usage" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_every_command_has_help_and_stands_in_the_readme():
    commands = [command.callback.__name__ for command in app.registered_commands]
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    assert re.findall(r"^\| `streamflow (\w+)", readme, re.MULTILINE) == commands
    for command in app.registered_commands:
        done = CliRunner().invoke(app, [command.callback.__name__, "--help"])
        assert done.exit_code == 0
        assert command.callback.__doc__ in " ".join(done.stdout.split())


def test_the_module_is_the_command():
    done = subprocess.run([sys.executable, "-m", "streamflow", "--version"], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"streamflow \d+\.\d+\.\d+\n", done.stdout)


def test_an_explained_code():
    done = CliRunner().invoke(app, ["explain", "sf012"])
    assert done.exit_code == 0
    assert done.stdout.startswith("SF012: ")
    assert done.stdout.count("\n") > 3
