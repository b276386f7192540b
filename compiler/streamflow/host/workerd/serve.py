"""Serves a bundle on the real workerd, as a child process of this one.

    with WorkerdServer(bundle, state, variables={"STREAMFLOW_TOKEN": "..."}) as server:
        urllib.request.urlopen(server.url + "/healthz")
        server.kill()      # SIGKILL, as a crash would
        server.start()     # again: same port, same storage

The first answer takes some seconds, in which the interpreter boots. Durable Object storage (SQLite) and alarms live
in the state folder and survive ``kill``.
"""

import atexit
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from streamflow.host.tools import Tools, ensure
from streamflow.host.workerd.config import SOCKET, write_host
from streamflow.host.workerd.packages import vendor

BOOT_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 5.0
PORT_TIMEOUT_S = 5.0


class WorkerdFailed(RuntimeError):
    """workerd ended, or did not answer, instead of serving; holds the end of its log."""


class WorkerdServer:
    """One bundle served on one port of this machine. ``start`` and ``stop`` may alternate."""

    def __init__(
        self,
        bundle_dir: Path | str,
        state_dir: Path | str,
        port: int = 0,
        variables: Mapping[str, Any] | None = None,
        packages: Path | str | None = None,
    ) -> None:
        self._bundle = Path(bundle_dir).resolve()
        self._state = Path(state_dir).resolve()
        self._port = port  # 0: any free one, chosen at the first start and kept
        self._variables = dict(variables or {})
        self._packages = Path(packages).resolve() if packages else None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def port(self) -> int:
        return self._port

    @property
    def pid(self) -> int:
        if self._process is None:
            raise WorkerdFailed("workerd is not running")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Start workerd and wait until it answers."""
        if self.running:
            return self
        tools = self._tools()
        host = self._state / "host"
        packages = self._packages or vendor(self._bundle, self._state / "packages")
        config = write_host(self._bundle, tools, host, self._state / "storage", self._variables, packages)
        with self._listen() as listener, self.log_file.open("ab") as log:
            self._port = listener.getsockname()[1]
            self._process = self._spawn(tools, config, listener, log.fileno())
        atexit.register(self.kill)  # workerd does not outlive this process, unless that is killed itself
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self) -> None:
        """End workerd in good order, or by force if it does not follow."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            pass
        self.kill()

    def kill(self) -> None:
        """End workerd at once (SIGKILL), as a crash would."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._process = None
        atexit.unregister(self.kill)

    def restart(self) -> Self:
        """Stop and start on the same port and storage."""
        self.stop()
        return self.start()

    def log(self) -> str:
        """What workerd and the program wrote, from all starts."""
        return self.log_file.read_text(errors="replace") if self.log_file.is_file() else ""

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def log_file(self) -> Path:
        """Where `log` reads."""
        return self._state / "host" / "workerd.log"

    def _listen(self) -> socket.socket:
        """The listening socket that workerd inherits: so the port is ours from the moment it is known."""
        deadline = time.monotonic() + PORT_TIMEOUT_S
        while True:
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", self._port))
                listener.listen(128)
                return listener
            except OSError:  # a former workerd may still be letting go of it
                listener.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def _tools(self) -> Tools:
        return ensure("workerd")

    def _spawn(self, tools: Tools, config: Path, listener: socket.socket, log: int) -> subprocess.Popen[bytes]:
        descriptor = listener.fileno()
        command = [str(tools.workerd), "serve", str(config), "--experimental", f"--socket-fd={SOCKET}={descriptor}"]
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[descriptor], cwd=self._state
        )

    def _wait_until_it_answers(self) -> None:
        """Any HTTP answer will do. A connection made before workerd is ready waits in the socket's queue."""
        deadline = time.monotonic() + BOOT_TIMEOUT_S
        while self.running and (left := deadline - time.monotonic()) > 0:
            try:
                with urllib.request.urlopen(self.url + "/healthz", timeout=left):
                    return
            except urllib.error.HTTPError as answer:
                answer.close()
                return
            except OSError:
                time.sleep(0.05)
        what = "did not answer" if self.running else "ended"
        raise WorkerdFailed(f"workerd {what} while booting {self._bundle}\n{self.log()[-4000:]}")
