"""What pytest gets: the fixture, and messages that show paths. In a pytest of its own, without other plugins."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLUGIN = "streamflow.testing.pytest_plugin"
TEST = """
from streamflow import Graph, nodes

graph = Graph(
    name="Large",
    nodes=[
        nodes.source("orders", type="manual"),
        nodes.filter("large", function=lambda data: data["total"] > 10),
        nodes.sink("out", type="log"),
    ],
)


def test_it_passes(stream):
    running = stream(graph)
    running.inject("orders", {"total": 11})
    assert running.output("out") == [{"total": 11}]


def test_it_fails(stream):
    running = stream(graph)
    running.inject("orders", {"total": 10})
    running.inject("orders", {"total": 12})
    assert running.output("out") == [{"total": 10}, {"total": 12}]


def test_other_asserts_are_pytests_own(stream):
    running = stream(graph)
    assert running.output("out") != []
"""


def test_the_entry_point_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"streamflow": PLUGIN}


def test_the_fixture_and_the_messages(tmp_path):
    (tmp_path / "test_large.py").write_text(TEST)
    # By name, so that it is also there where the project is not installed.
    plugins = ["-p", "no:streamflow", "-p", "no:asyncio", "-p", "no:cacheprovider", "-p", PLUGIN]
    command = [sys.executable, "-m", "pytest", "-q", *plugins, "test_large.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "2 failed, 1 passed" in done.stdout
    message = done.stdout[done.stdout.index("E       AssertionError") :]
    assert "E           - {'total': 10}" in message
    assert "E           -   (1 as expected)" not in message
    section = message[message.index("the paths of packets") :]
    assert "orders:0  {'total': 10} at 0 s\n    large  rejected (test_large.py:8)" in section
    assert section.count("the paths of packets") == 1
