"""`streamflow dev FILE`: the deployed service on this machine; changes of the program take effect, the state stays."""

from __future__ import annotations

import asyncio
import secrets
import sys
from enum import StrEnum
from typing import Annotated

import typer

from streamflow.cli.dev_server import DevServer, InProcess, OnWorkerd
from streamflow.cli.interrupts import interruptible
from streamflow.cli.loading import Level, ProgramFile, compiled
from streamflow.cli.reporting import say, show
from streamflow.cli.watching import INTERVAL_S, Watch
from streamflow.diagnostics import CompileError
from streamflow.host.local_secrets import LocalSecrets
from streamflow.target.program import Program
from streamflow.target.readme import readme_values

_TOKEN = "STREAMFLOW_TOKEN"


class Runtime(StrEnum):
    """Where the program runs."""

    local = "local"
    workerd = "workerd"


def dev(
    file: ProgramFile,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 8787,
    runtime: Annotated[
        Runtime, typer.Option(help="local: in this process. workerd: the bundle on the platform's own runtime.")
    ] = Runtime.local,
    level: Level = 2,
) -> None:
    """Serve a program here; reload at changes."""
    token = LocalSecrets()(_TOKEN)
    made = token or secrets.token_urlsafe(16)
    kind = OnWorkerd if runtime is Runtime.workerd else InProcess
    interruptible()
    try:
        asyncio.run(_serve(file, level, kind(port, {_TOKEN: made}), None if token else made))
    except KeyboardInterrupt:
        say("stopped; the state is kept")


async def _serve(file: str, level: int, server: DevServer, token: str | None) -> None:
    """Serve until interrupted. `token` is what has to be shown, None if the user has set one."""
    watch = Watch(file)
    try:
        program = compiled(file, level)
        await server.start(program)
        _introduce(program, server.url, token)
        while True:
            await asyncio.sleep(INTERVAL_S)
            server.check()
            if watch.changed():
                await _reload(file, level, server)
    finally:
        await server.stop()


async def _reload(file: str, level: int, server: DevServer) -> None:
    """The changed program takes over; one that does not compile leaves everything as it was."""
    try:
        program = compiled(file, level)
        await server.start(program)
        say(f"reloaded `{program.graph.name}`")
    except CompileError as error:
        show(error.diagnostics)
        say("still serving what was there before" if server.running else "serving nothing until the next change")


def _introduce(program: Program, url: str, token: str | None) -> None:
    """Where it is, the token, endpoints and commands to paste."""
    about = readme_values(program.graph, program.service)
    lines = [f"`{program.graph.name}` on {url}", ""]
    if token is not None:
        lines += [f"token: {token}", f"(made for this run; set {_TOKEN} to have your own)", ""]
    width = max(len(endpoint) for endpoint, _ in about["endpoints"])
    lines += [f"  {endpoint:<{width}}  {what}" for endpoint, what in about["endpoints"]]
    lines.append("")
    for example in about["examples"]:
        pasted = example.replace("$URL", url)
        lines.append(f"  {pasted if token is None else pasted.replace(f'${_TOKEN}', token)}")
    lines += ["", "reloads at changes; Ctrl-C ends"]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
