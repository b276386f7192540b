"""mypy catches a misspelt option, a missing one and a wrong type in a user's program."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PROGRAM = """\
from streamflow import Graph, edge, nodes, secret, signed

nodes.source("a", type="websocket", url="wss://example.com")
nodes.source("a", type="http", url=secret("URL"), interval="1m")
nodes.source("a", type="http", path="/hooks/a", metadata=("ip",))
nodes.source("a", type="http", path="/hooks/a", auth=signed(secret("KEY"), "github"))
nodes.source("a", type="sse", url="https://example.com", headers={"x": "y"})
nodes.source("a", type="timer", interval=10, schema={"type": "number"})
nodes.transform("b", function=lambda data: data, timeout="2s")
nodes.aggregate("c", window="time", duration="1h", function=lambda packets, window: window.key, key=("x", "y"))
nodes.aggregate("c", window="session", gap=30, function=len)
nodes.join("j", key="id", within=("1m", 5), how="left", function=lambda left, right: [left, right])
nodes.join("j", latest=True)
nodes.join("j", window="time", duration="1h")
nodes.sink("d", type="database", table="rows", mode="upsert", key="id")
nodes.sink("d", type="custom", function=print, batch=10)
nodes.sink("d", type="log", batch=10)
nodes.sink("d", type="endpoint", batch={"size": 5, "delay": "1m"})
nodes.sink("d", type="websocket", batch={"bytes": "1MB"})
nodes.sink("d", type="database", table="t", batch=5)
nodes.sink("d", type="endpoint", key=lambda data: data["n"], keep=5, format="ndjson", cors=["*"])
nodes.sink("d", type="kv", binding="PRICES", key=("a", "b"), ttl="1h")
nodes.sink("d", type="analytics", binding="VISITS", index=lambda data: data["n"], blobs=["page"])
nodes.sink("d", type="kv", binding="PRICES", batch=5, concurrency=2, ordered=True, retry_policy={"max_retries": 1})
nodes.sink("d", type="database", binding="DB", table="t", batch={"size": 5}, delete=lambda data: data["gone"])
nodes.sink("d", type="r2", binding="B", path=lambda data, packet: data["n"], format="ndjson", compress="gzip")
nodes.sink("d", type="queue", binding="B", delay="1m", retry_policy={"initial_delay": "1s"})
nodes.source("a", type="queue", binding="B", key="id")
edge("a", "b", when=lambda data: data["n"] > 1)

nodes.source("a", type="timer", intervall=10)  # wrong
nodes.source("a", type="websocket", url=3)  # wrong
nodes.source("a", type="smtp")  # wrong
nodes.transform("b", functoin=len)  # wrong
nodes.transform("b")  # wrong
nodes.join("j", within=5, how="right")  # wrong
nodes.filter("b", len)  # wrong
nodes.aggregate("c", window="count", duration=10, function=len)  # wrong
nodes.sink("d", type="http")  # wrong
nodes.source("a", type="websocket", auth=signed(secret("KEY"), "github"))  # wrong
nodes.sink("d", type="http", url="https://example.com", auth=signed(secret("K"), "gitlab"))  # wrong
nodes.sink("d", type="log", url="https://example.com")  # wrong
nodes.sink("d", type="endpoint", format="xml")  # wrong
nodes.sink("d", type="kv", ttl="1h")  # wrong
nodes.sink("d", type="database", table="t", ordered=True)  # wrong
nodes.sink("d", type="websocket", ordered=True)  # wrong
nodes.sink("d", type="r2", path="a")  # wrong
nodes.sink("d", type="queue", binding="B", retry_policy={"tries": 1})  # wrong
nodes.source("a", type="queue")  # wrong
Graph("g", [], edge=[])  # wrong
"""


def test_mypy_sees_exactly_what_is_wrong(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-error-summary",
        "--cache-dir",
        str(tmp_path),
        str(program),
    ]
    result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert result.returncode in (0, 1), result.stdout + result.stderr
    wrong = {number for number, line in enumerate(PROGRAM.splitlines(), 1) if line.endswith("# wrong")}
    lines = (line.split(":", 3) for line in result.stdout.splitlines() if "program.py" in line)
    found = {int(number) for _, number, severity, _ in lines if severity.strip() == "error"}
    assert found == wrong, result.stdout
