"""One surface over both places where a program runs: in process, and its bundle on workerd."""

from __future__ import annotations

import runpy
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from conformance.loop_thread import LoopThread
from streamflow import compile_graph
from streamflow.host.live_graph import LiveGraph
from streamflow.host.workerd import WorkerdServer
from streamflow.target.program import Program
from streamflow.target.write import write_bundle

PROGRAMS = Path(__file__).parent / "programs"
TOKEN = "an-entry-token"


class Service(Protocol):
    """A program that is served."""

    url: str

    def start(self) -> None:
        """Serve it, with the state of last time."""

    def stop(self) -> None:
        """End it as a shutdown would."""

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query finds in the service's database."""

    def log(self) -> str:
        """What it has logged so far."""


def compiled(program: str) -> Program:
    """A program of this folder."""
    return compile_graph(runpy.run_path(str(PROGRAMS / f"{program}.py"))["graph"])


class InProcess:
    """The compiled kernel in this process, on a thread with a loop of its own."""

    def __init__(self, program: Program, folder: Path, secrets: Mapping[str, str]) -> None:
        self._program = program
        self._folder = folder
        self._secrets = secrets
        self._lines: list[str] = []
        self.url = ""
        self._port = 0

    def start(self) -> None:
        self._loop = LoopThread()
        self._live = LiveGraph(
            self._program.kernel_class,
            self._program.service,
            state=self._folder / "state.sqlite",
            database=self._folder / "tables.sqlite",
            secrets=self._secrets,
            log=self._lines.append,
        )
        try:
            self._loop.run(self._live.start(serve=True, port=self._port))
        except BaseException:
            self.stop()
            raise
        assert self._live.url is not None
        self.url = self._live.url
        self._port = int(self.url.rpartition(":")[2])

    def stop(self) -> None:
        try:
            self._loop.run(self._end())
        finally:
            self._loop.stop()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return _query(self._folder / "tables.sqlite", query)

    def log(self) -> str:
        return "\n".join(self._lines)

    async def _end(self) -> None:
        await self._live.stop()
        self._live.close()


class OnWorkerd:
    """The bundle on the real runtime."""

    server_class = WorkerdServer

    def __init__(self, program: Program, folder: Path, secrets: Mapping[str, str]) -> None:
        self.bundle = folder / "bundle"
        write_bundle(program.files, self.bundle)
        self._state = folder / "state"
        self.server = self.server_class(self.bundle, self._state, variables=dict(secrets))
        self.url = ""

    def start(self) -> None:
        self.server.start()
        self.url = self.server.url

    def stop(self) -> None:
        self.server.stop()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The object's database is read from a copy: its file is the runtime's alone."""
        (database,) = self._state.glob("storage/**/*StreamProcessor/[0-9a-f]*.sqlite")
        copy = self._state / "copy.sqlite"
        for suffix in ("", "-wal"):
            part = database.with_name(database.name + suffix)
            if part.exists():
                shutil.copyfile(part, copy.with_name(copy.name + suffix))
        return _query(copy, query)

    def log(self) -> str:
        return self.server.log()


def _query(file: Path, query: str) -> list[tuple[Any, ...]]:
    database = sqlite3.connect(file)
    try:
        return database.execute(query).fetchall()
    finally:
        database.close()
