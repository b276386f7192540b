"""Every case runs against both hosts: the program in process, and its bundle on the real runtime."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
import pytest

from conformance.client import Client
from conformance.outside import Outside
from conformance.services import TOKEN, InProcess, OnWorkerd, Service, compiled
from streamflow.host.tools import ToolsMissing, ensure

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
def everyday(
    host: type[InProcess] | type[OnWorkerd], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Service, Outside]]:
    """The program `everyday`, served, and the world around it."""
    with _served("everyday", host, tmp_path_factory) as served:
        yield served


@pytest.fixture(scope="session")
def outward_service(
    host: type[InProcess] | type[OnWorkerd], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Service, Outside]]:
    """The program `outward`, served, and the world around it."""
    with _served("outward", host, tmp_path_factory) as served:
        yield served


@pytest.fixture(scope="session")
def asking_service(
    host: type[InProcess] | type[OnWorkerd], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Service, Outside]]:
    """The program `asking`, served, and the world around it."""
    with _served("asking", host, tmp_path_factory) as served:
        yield served


@pytest.fixture
async def asking(asking_service: tuple[Service, Outside]) -> AsyncIterator[Client]:
    """A client of `asking`."""
    async with aiohttp.ClientSession() as http:
        yield Client(*asking_service, http)


@pytest.fixture(scope="session")
def formats_service(
    host: type[InProcess] | type[OnWorkerd], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Service, Outside]]:
    """The program `formats`, served, and the world around it."""
    with _served("formats", host, tmp_path_factory) as served:
        yield served


@pytest.fixture
async def client(everyday: tuple[Service, Outside]) -> AsyncIterator[Client]:
    """A client of `everyday`."""
    async with aiohttp.ClientSession() as http:
        yield Client(*everyday, http)


@pytest.fixture
async def outward(outward_service: tuple[Service, Outside]) -> AsyncIterator[Client]:
    """A client of `outward`."""
    async with aiohttp.ClientSession() as http:
        yield Client(*outward_service, http)


@pytest.fixture
async def formats(formats_service: tuple[Service, Outside]) -> AsyncIterator[Client]:
    """A client of `formats`."""
    async with aiohttp.ClientSession() as http:
        yield Client(*formats_service, http)


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
