"""The two runtimes of `streamflow dev`: this process, and workerd. Both keep port and state over a reload."""

from __future__ import annotations

import errno
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from streamflow.cli.dev_state import description, prepare
from streamflow.cli.reporting import refuse, say
from streamflow.diagnostics import CompileError, display_path
from streamflow.host.live_graph import LiveGraph
from streamflow.host.local_secrets import LocalSecrets
from streamflow.host.tools import ToolsMissing
from streamflow.host.workerd import MiniflareServer, WorkerdFailed, WorkerdServer
from streamflow.target.bound import bindings_of
from streamflow.target.program import Program
from streamflow.target.readme import readme_values
from streamflow.target.write import NotOurs, write_bundle
from streamflow_runtime.secrets import MissingSecret, read_secrets


class DevServer(Protocol):
    """Serves one program at a time."""

    url: str
    running: bool

    async def start(self, program: Program) -> None:
        """Serve this program instead of the one before. Raises CompileError where it can't."""

    def check(self) -> None:
        """Called now and then: show what was logged, notice an end."""

    async def stop(self) -> None:
        """End; the state is kept."""


class InProcess:
    """The compiled kernel and the service shell in this process; state in `.streamflow/{graph}.sqlite`."""

    def __init__(self, port: int, given: Mapping[str, str]) -> None:
        self.url, self.running = "", False
        self._port, self._given = port, given
        self._live: LiveGraph | None = None

    async def start(self, program: Program) -> None:
        """Serve in this process."""
        _check_secrets(program, self._given)
        await self.stop()
        state = _kept(program, ".sqlite")
        set_aside = prepare(state, description(program))
        if set_aside is not None:
            say(f"the kept state is of other nodes: starting afresh; it now lies in {display_path(str(set_aside))}")
        live = LiveGraph(
            program.kernel_class,
            program.service,
            state=state,
            database=state,
            secrets=self._given,
            with_tap=program.with_tap,
        )
        self._live = live
        try:
            await live.start(serve=True, port=self._port)
        except OSError as error:
            await self.stop()
            raise _not_served(self._port, error) from None
        assert live.url is not None
        self.url, self.running = live.url, True
        self._port = int(live.url.rpartition(":")[2])

    def check(self) -> None:
        """Nothing: it logs to standard error by itself."""

    async def stop(self) -> None:
        """Stop the graph and let go of its file."""
        if self._live is not None:
            await self._live.stop()
            self._live.close()
        self._live, self.running = None, False


class OnWorkerd:
    """The bundle on the real workerd; bundle and state in `.streamflow/{graph}.workerd/`, a state for each shape."""

    def __init__(self, port: int, given: Mapping[str, str]) -> None:
        self.url, self.running = "", False
        self._port, self._given = port, given
        self._server: WorkerdServer | None = None
        self._shown = 0

    async def start(self, program: Program) -> None:
        """Write the bundle and serve it."""
        variables = _check_secrets(program, self._given)
        await self.stop()
        folder = _kept(program, ".workerd")
        digest = sha256(description(program).encode()).hexdigest()[:12]
        try:
            write_bundle(program.files, folder / "bundle")
            kind = MiniflareServer if bindings_of(program.service) else WorkerdServer
            server = kind(folder / "bundle", folder / f"state-{digest}", self._port, variables)
            self._shown = server.log_file.stat().st_size if server.log_file.exists() else 0
            server.start()
        except (ToolsMissing, WorkerdFailed, NotOurs) as error:
            raise refuse("SF305", str(error)) from None
        except OSError as error:
            raise _not_served(self._port, error) from None
        self._server, self._port = server, server.port
        self.url, self.running = server.url, True

    def check(self) -> None:
        """Show what was logged. Raises CompileError if workerd has ended by itself."""
        if self._server is None:
            return
        with self._server.log_file.open("rb") as log:
            log.seek(self._shown)
            text = log.read()
        self._shown += len(text)
        sys.stderr.write(text.decode(errors="replace"))
        if self.running and not self._server.running:
            raise refuse("SF305", "workerd has ended")

    async def stop(self) -> None:
        """End workerd."""
        if self._server is not None:
            self._server.stop()
        self._server, self.running = None, False


def _kept(program: Program, suffix: str) -> Path:
    """Where something of this graph is kept; database sinks use the same name."""
    return Path(".streamflow") / f"{quote(program.graph.name, safe=' ')}{suffix}"


def _check_secrets(program: Program, given: Mapping[str, str]) -> dict[str, str]:
    """Every secret that the deployed service would need. Raises CompileError if one is missing."""
    local = LocalSecrets(given)
    names = readme_values(program.graph, program.service)["secrets"]
    try:
        return read_secrets({**program.service, "secrets": sorted(names)}, local)
    except MissingSecret as missing:
        help = "set it in the environment, or in .dev.vars of the working folder as NAME=value"
        raise refuse("SF304", str(missing), help) from None


def _not_served(port: int, error: OSError) -> CompileError:
    if error.errno == errno.EADDRINUSE:
        return refuse("SF305", f"port {port} is in use", "give another one: --port 8788, or --port 0 for a free one")
    return refuse("SF305", f"can't serve on port {port}: {error.strerror or error}")
