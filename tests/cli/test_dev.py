"""`streamflow dev`: endpoints with a token, reload at changes, state kept; in process and on workerd."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest

PROGRAM = """
from streamflow import Graph, nodes

graph = Graph(
    name="v1.2 of it",
    nodes=[
        nodes.source("numbers", type="webhook"),
        nodes.transform("times", function=lambda data: data["n"] * FACTOR),
        nodes.aggregate("sum", window="count", size=SIZE, function=lambda packets: sum(p.data for p in packets)),
        nodes.sink("book", type="database", table="book"),
        nodes.sink("out", type="log"),
    ],
    edges=[("numbers", "times", "sum", "out"), ("sum", "book")],
)
"""
PATIENCE_S = 120.0


@pytest.fixture
def write(tmp_path):
    """Writes the program, whole at once, as editors save."""

    def write(factor=1, size=2):
        (tmp_path / "program.new").write_text(PROGRAM.replace("FACTOR", str(factor)).replace("SIZE", str(size)))
        (tmp_path / "program.new").replace(tmp_path / "program.py")

    write()
    return write


def test_reload_keeps_the_state(tmp_path, write):
    with Dev(tmp_path) as dev:
        assert dev.inject({"n": 1}) == 202
        assert dev.status("/metrics", token="wrong") == 401
        write(factor=10)
        dev.wait("reloaded")
        assert dev.inject({"n": 2}) == 202
        dev.wait("out: 21\n")
        write(factor="(")
        dev.wait("still serving")
        assert dev.inject([{"n": 3}, {"n": 4}]) == 202
        dev.wait("out: 70\n")
    assert "stopped" in dev.said
    assert "SF031" in dev.said


def test_the_next_run_goes_on_and_another_shape_sets_the_state_aside(tmp_path, write):
    with Dev(tmp_path) as dev:
        dev.inject({"n": 1})
    with Dev(tmp_path) as dev:
        dev.inject({"n": 2})
        dev.wait("out: 3\n")
        dev.inject({"n": 4})
        write(size=3)
        dev.wait("reloaded")
        dev.inject([{"n": 1}] * 3)
        dev.wait("out: 3\n", times=2)
        assert "v1.2 of it.1.sqlite" in dev.said
    kept = {path.name for path in (tmp_path / ".streamflow").iterdir()}
    assert {"v1.2 of it.sqlite", "v1.2 of it.1.sqlite"} <= kept


def test_the_users_token(tmp_path, write):
    (tmp_path / ".dev.vars").write_text("STREAMFLOW_TOKEN=mine\n")
    with Dev(tmp_path, token="mine") as dev:
        assert dev.inject({"n": 1}) == 202
        assert "mine" not in dev.shown
        assert "$STREAMFLOW_TOKEN" in dev.shown


def test_a_port_that_is_taken(tmp_path, write):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = dev_once(tmp_path, "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "SF305" in done.stderr and "Traceback" not in done.stderr


def test_a_missing_secret(tmp_path, write):
    text = (tmp_path / "program.py").read_text()
    text = text.replace("import Graph, nodes", "import Graph, bearer, nodes, secret")
    text = text.replace('type="webhook"', 'type="webhook", auth=bearer(secret("HOOK_KEY"))')
    (tmp_path / "program.py").write_text(text)
    done = dev_once(tmp_path, "--port", "0")
    assert done.returncode == 1
    assert "SF304" in done.stderr and "HOOK_KEY" in done.stderr


def test_a_program_with_errors_is_not_served(tmp_path, write):
    write(size="'two'")
    done = dev_once(tmp_path, "--port", "0")
    assert done.returncode == 1
    assert done.stdout == "" and "SF004" in done.stderr


@pytest.mark.workerd
@pytest.mark.slow
def test_on_workerd(tmp_path, write):
    with Dev(tmp_path, "--runtime", "workerd") as dev:
        dev.stop_signal = signal.SIGTERM
        assert dev.inject({"n": 1}) == 202
        write(factor=10)
        dev.wait("reloaded")
        assert dev.inject({"n": 2}) == 202
        dev.wait("out: 21\n")


def dev_once(folder, *arguments):
    command = [sys.executable, "-m", "streamflow", "dev", "program.py", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment(), check=False)


def environment():
    return {name: value for name, value in os.environ.items() if name != "STREAMFLOW_TOKEN"} | {"PYTHONUNBUFFERED": "1"}


class Dev:
    """The command as a child process. `shown` is its standard output, `said` its standard error so far."""

    stop_signal = signal.SIGINT

    def __init__(self, folder, *arguments, token=None):
        self.folder, self.arguments, self.token = folder, arguments, token
        self.shown = self.said = ""

    def __enter__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streamflow", "dev", "program.py", "--port", "0", *self.arguments],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        self.readers = [threading.Thread(target=self._read, args=(name,)) for name in ("stdout", "stderr")]
        for reader in self.readers:
            reader.start()
        try:
            self._until(lambda: "Ctrl-C" in self.shown)
        except BaseException:
            self._end()
            raise
        self.url = re.search(r"http://127\.0\.0\.1:\d+", self.shown)[0]
        self.token = self.token or re.search(r"^token: (\S+)$", self.shown, re.MULTILINE)[1]
        return self

    def __exit__(self, *exception):
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(self.stop_signal)
        try:
            code = self.process.wait(PATIENCE_S)
        finally:
            self._end()
        assert exception[0] or code == 0, self.said

    def inject(self, value):
        return self.status("/hooks/numbers", json.dumps(value).encode())

    def status(self, path, body=None, token=None):
        headers = {"authorization": f"Bearer {token or self.token}"}
        request = urllib.request.Request(self.url + path, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    def wait(self, text, times=1):
        self._until(lambda: self.said.count(text) >= times)

    def _end(self):
        """Nothing stays open, whatever has happened."""
        self.process.kill()
        self.process.wait()
        for reader in self.readers:
            reader.join()
        self.process.stdout.close()
        self.process.stderr.close()

    def _until(self, condition):
        ends = time.monotonic() + PATIENCE_S
        while not condition():
            assert self.process.poll() is None and time.monotonic() < ends, f"{self.shown}\n{self.said}"
            time.sleep(0.02)

    def _read(self, name):
        for line in getattr(self.process, name):
            if name == "stdout":
                self.shown += line
            else:
                self.said += line
