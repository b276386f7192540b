"""`streamflow compile`: a bundle, parts for a project of the user's, and again at every change."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streamflow.cli import app

PROGRAM = """
from streamflow import Graph, nodes

graph = Graph(
    name="Doubles",
    nodes=[
        nodes.source("numbers", type="timer", interval="1s"),
        nodes.transform("double", function=lambda data: data * FACTOR),
        nodes.sink("out", type="log"),
    ],
)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A working folder with a program."""
    monkeypatch.chdir(tmp_path)
    write(2)
    return tmp_path


def write(factor):
    """The program with another factor; whole at once, as editors save."""
    Path("program.new").write_text(PROGRAM.replace("FACTOR", str(factor)))
    Path("program.new").replace("program.py")


def compile(*arguments):
    return CliRunner().invoke(app, ["compile", "program.py", *arguments])


def tree(folder):
    return {path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file()}


def test_a_bundle():
    done = compile("-o", "dist")
    assert done.exit_code == 0
    assert done.stderr.startswith("dist: ")
    outside = {"README.md", "package.json", "pyproject.toml", "streamflow.json", "wrangler.jsonc"}
    inside = {name for name in tree("dist") if not name.startswith("src/streamflow_runtime/")}
    assert inside == outside | {"src/entry.py", "src/kernel.py", "src/processor.py"}
    assert "0 written" in compile("-o", "dist").stderr


def test_levels_make_different_kernels():
    texts = set()
    for level in ("-O0", "-O2"):
        assert compile("-o", "dist", level).exit_code == 0
        texts.add(Path("dist/src/kernel.py").read_text())
    assert len(texts) == 2


def test_what_the_user_has_changed_is_not_overwritten():
    compile("-o", "dist")
    Path("dist/src/entry.py").write_text("# mine\n")
    write(3)
    before = Path("dist/src/kernel.py").read_text()
    done = compile("-o", "dist")
    assert done.exit_code == 1
    assert "SF303" in done.stderr and "dist/src/entry.py" in done.stderr
    assert Path("dist/src/kernel.py").read_text() == before
    assert Path("dist/src/entry.py").read_text() == "# mine\n"


def test_a_folder_that_can_not_be():
    done = compile("-o", "program.py/dist")
    assert done.exit_code == 1
    assert "SF303" in done.stderr


def test_into_a_project_of_the_users():
    compile("-o", "whole")
    own = {
        "wrangler.jsonc": Path("whole/wrangler.jsonc").read_text(),  # even where it is what a bundle would have
        "src/entry.py": "# mine\n",
        "streamflow.json": "{}",
    }
    for name, text in own.items():
        Path("mine", name).parent.mkdir(parents=True, exist_ok=True)
        Path("mine", name).write_text(text)
    for _ in range(2):
        done = compile("--into", "mine")
        assert done.exit_code == 0
        added = tree("mine") - own.keys()
        assert all(name.startswith("src/streamflow_runtime/") for name in added - {"src/kernel.py", "src/processor.py"})
        assert {"src/kernel.py", "src/processor.py", "src/streamflow_runtime/cloudflare_worker.py"} <= added
        assert {name: Path("mine", name).read_text() for name in own} == own
    assert '"class_name": "StreamProcessor"' in done.stderr
    assert "from processor import SERVICE, StreamProcessor" in done.stderr
    assert '"crons"' in done.stderr


def test_into_tells_which_stores_the_project_has_to_bind():
    Path("bound.py").write_text(
        "from streamflow import Graph, nodes\n"
        'listed = [nodes.source("in", type="webhook"), nodes.sink("kept", type="kv", binding="PRICES", key="id")]\n'
        'graph = Graph(name="Kept", nodes=listed)\n'
    )
    done = CliRunner().invoke(app, ["compile", "bound.py", "--into", "mine"])
    assert '  "kv_namespaces": [{"binding": "PRICES"}],' in done.stderr.splitlines()


def test_into_does_not_overwrite_the_users_kernel():
    Path("mine/src").mkdir(parents=True)
    Path("mine/src/kernel.py").write_text("# mine\n")
    assert compile("--into", "mine").exit_code == 1
    assert tree("mine") == {"src/kernel.py"}


def test_watching(folder):
    command = [sys.executable, "-m", "streamflow", "compile", "program.py", "-o", "dist", "--watch"]
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # as behind `&` in a script
    )
    try:
        said_before(process, "watching")
        assert "* 2" in Path("dist/src/kernel.py").read_text()
        write("(3")
        assert "SF031" in said_before(process, "watching")
        assert "* 2" in Path("dist/src/kernel.py").read_text()
        write(4)
        assert "written" in said_before(process, "watching")
        assert "* 4" in Path("dist/src/kernel.py").read_text()
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == 0
    finally:
        process.kill()
        process.stderr.close()
        process.wait()


def said_before(process, text):
    """What the process says up to and with a line that has this text."""
    said = []
    ends = time.monotonic() + 120
    while time.monotonic() < ends:
        line = process.stderr.readline()
        said.append(line)
        if text in line or not line:
            break
    return "".join(said)
