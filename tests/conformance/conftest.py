"""Every case runs against both hosts: the program in process, and its bundle on the real runtime."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from conformance.client import Client
from conformance.outside import Outside
from conformance.services import TOKEN, InProcess, OnWorkerd, Service, compiled
from streamflow.host.tools import ToolsMissing, ensure
from streamflow.target.program import Program

SIGNING_KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SECRETS = {
    "SIGNING_KEY": SIGNING_KEY,
    "STREAMFLOW_TOKEN": TOKEN,
    "HOOK_TOKEN": "hook!",
    "FEED_TOKEN": "feed!",
    "CALL_TOKEN": "call!",
}
HOSTS = [pytest.param(InProcess, id="in-process"), pytest.param(OnWorkerd, id="workerd", marks=pytest.mark.workerd)]


@pytest.fixture(scope="session", params=HOSTS)
def host(request: pytest.FixtureRequest) -> type[InProcess] | type[OnWorkerd]:
    """Where programs run."""
    made: type[InProcess] | type[OnWorkerd] = request.param
    if made is OnWorkerd:
        require_workerd()
    return made


@pytest.fixture(scope="session")
def services(
    host: type[InProcess] | type[OnWorkerd], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], tuple[Service, Outside]]]:
    """A program, served from when it is first asked for, and the world around it."""
    with ExitStack() as stack:
        yield cache(lambda program: stack.enter_context(_served(program, host, tmp_path_factory)))


@pytest.fixture
async def client(services: Callable[[str], tuple[Service, Outside]]) -> AsyncIterator[Client]:
    """A client of `everyday`."""
    async with aiohttp.ClientSession() as http:
        yield Client(*services("everyday"), http)


@pytest.fixture
async def outward(services: Callable[[str], tuple[Service, Outside]]) -> AsyncIterator[Client]:
    """A client of `outward`."""
    async with aiohttp.ClientSession() as http:
        yield Client(*services("outward"), http)


@pytest.fixture
async def asking(services: Callable[[str], tuple[Service, Outside]]) -> AsyncIterator[Client]:
    """A client of `asking`."""
    async with aiohttp.ClientSession() as http:
        yield Client(*services("asking"), http)


@pytest.fixture
async def formats(services: Callable[[str], tuple[Service, Outside]]) -> AsyncIterator[Client]:
    """A client of `formats`."""
    async with aiohttp.ClientSession() as http:
        yield Client(*services("formats"), http)


@pytest.fixture
async def typed(services: Callable[[str], tuple[Service, Outside]]) -> AsyncIterator[Client]:
    """A client of `typed`."""
    async with aiohttp.ClientSession() as http:
        yield Client(*services("typed"), http)


@asynccontextmanager
async def served(
    program: Program, host: type[InProcess] | type[OnWorkerd], folder: Path, **secrets: str
) -> AsyncIterator[Client]:
    """A client of a program that is served for one case."""
    with Outside().running() as outside:
        service = host(program, folder, {**SECRETS, **outside.secrets, **secrets})
        service.start()
        try:
            async with aiohttp.ClientSession() as http:
                yield Client(service, outside, http)
        finally:
            service.stop()


@contextmanager
def _served(
    program: str, host: type[InProcess] | type[OnWorkerd], folders: pytest.TempPathFactory
) -> Iterator[tuple[Service, Outside]]:
    with Outside().running() as outside:
        service = host(compiled(program), folders.mktemp(program), {**SECRETS, **outside.secrets})
        service.start()
        try:
            yield service, outside
        finally:
            service.stop()


def require_workerd(*more: str) -> None:
    """Skip where the tools are not to be had, but never in CI."""
    try:
        ensure("workerd", *more)
    except ToolsMissing as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """What the service has logged stands below a case that failed."""
    outcome: Any = yield
    report = outcome.get_result()
    for value in getattr(item, "funcargs", {}).values() if report.failed else ():
        if isinstance(value, Client):
            report.sections.append(("log of the service", value.service.log()[-6000:]))
