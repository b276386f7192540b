"""What is wrong with how a command is called is exit code 2; what it says of itself is in the README."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streamflow.catalogue import entries
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


def test_the_catalogue_lists_every_kind():
    done = CliRunner().invoke(app, ["nodes"])
    assert done.exit_code == 0
    for entry in entries():
        assert f"  {entry.call}  " in done.stdout, entry.kind


def test_the_page_of_a_kind():
    done = CliRunner().invoke(app, ["nodes", "nodes.dedupe"])
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[1:3] == ["nodes.dedupe", "kind filter.dedupe"]
    assert "  within  duration           required  for how long a key is remembered" in lines
    assert "  duplicate  packets whose key was seen before" in lines
    assert '          nodes.dedupe("once", key="id", within="1h"),' in lines


def test_a_word_that_several_kinds_share_gives_all_of_them():
    websockets = CliRunner().invoke(app, ["nodes", "websocket"]).stdout
    assert "kind source.websocket" in websockets and "kind sink.websocket" in websockets
    sinks = CliRunner().invoke(app, ["nodes", "sink"]).stdout
    assert 'nodes.sink(type="log")' in sinks and "nodes.source" not in sinks
