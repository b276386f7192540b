"""A bundle served on the real workerd: what the product's own host must bring, shown on a tiny hand-written one."""

import json
import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from streamflow.host.tools import ToolsMissing, ensure
from streamflow.host.workerd import BundleRefused, MiniflareServer, WorkerdFailed, WorkerdServer, dry_run

pytestmark = pytest.mark.workerd

BUNDLE = Path(__file__).parent / "tiny_bundle"
SECRET = 'not "plain"\n\\ sécret'
PATIENCE_S = 120


@pytest.fixture(scope="module", autouse=True)
def tools() -> None:
    try:
        ensure("workerd", "wrangler", "miniflare")
    except ToolsMissing as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def server(tools: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerdServer]:
    with WorkerdServer(BUNDLE, tmp_path_factory.mktemp("state"), variables={"TOKEN": SECRET}) as running:
        yield running


def test_the_worker_answers_and_sees_its_variables(server: WorkerdServer) -> None:
    assert get(server, "/healthz") == "ok"
    assert json.loads(get(server, "/variables")) == {"token": SECRET, "greeting": "hello // not a comment", "rows": 3}


def test_miniflare_serves_the_same_and_survives_a_kill(tmp_path: Path) -> None:
    with MiniflareServer(BUNDLE, tmp_path, variables={"TOKEN": SECRET}) as server:
        assert json.loads(get(server, "/variables"))["token"] == SECRET
        get(server, "/rows", body=b"kept")
        url = server.url
        server.kill()
        with pytest.raises(OSError):  # refused or reset: its workerd has ended, too
            get(server, "/healthz")
        server.start()
        assert server.url == url
        assert "kept" in rows(server)


def test_rows_and_alarms_survive_a_kill(server: WorkerdServer) -> None:
    url = server.url
    get(server, "/rows", body=b"kept")
    get(server, "/alarm?after_ms=1")
    eventually(lambda: rows(server).count("alarm") == 1)
    get(server, "/alarm?after_ms=100")
    server.kill()
    assert not server.running
    with pytest.raises(OSError):
        get(server, "/healthz")
    server.start()
    assert server.url == url
    eventually(lambda: rows(server).count("alarm") == 2)
    assert rows(server)[0] == "kept"


async def test_a_client_socket_is_served_by_the_object(server: WorkerdServer) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(server.url + "/socket") as socket:
        for text in ("one", "two"):
            await socket.send_str(text)
            assert await socket.receive_str(timeout=PATIENCE_S) == "echo " + text
        await socket.close(code=4000)
        assert socket.close_code == 4000  # the object's answer, not a connection dropped


async def test_the_object_opens_a_socket_of_its_own(server: WorkerdServer) -> None:
    async def answer(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(message.data + " yourself")
        return socket

    app = web.Application()
    app.add_routes([web.get("/", answer)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{server.url}/outbound", params={"url": f"ws://{host}:{port}/"}) as response,
        ):
            assert await response.text() == "hello yourself"
    finally:
        await runner.cleanup()


def test_what_the_program_prints_and_raises_is_in_the_log(server: WorkerdServer) -> None:
    with pytest.raises(urllib.error.HTTPError) as failed:
        get(server, "/failing")
    failed.value.close()
    assert failed.value.code == 500
    eventually(lambda: "about to fail" in server.log() and "ValueError: as it should" in server.log())


def test_a_bundle_that_cannot_start_says_why(tmp_path: Path) -> None:
    broken = copy_of_bundle(tmp_path, "src/entry.py", "import js\n", "raise LookupError('no such luck')\n")
    server = WorkerdServer(broken, tmp_path / "state")
    with pytest.raises(WorkerdFailed, match="LookupError: no such luck"):
        server.start()
    assert not server.running


def test_wrangler_accepts_the_bundle() -> None:
    assert "env.STREAM (StreamProcessor)" in dry_run(BUNDLE)
    assert not (BUNDLE / ".wrangler").exists()


def test_wrangler_refuses_a_bundle_without_its_entry(tmp_path: Path) -> None:
    broken = copy_of_bundle(tmp_path, "wrangler.jsonc", "src/entry.py", "src/elsewhere.py")
    with pytest.raises(BundleRefused, match=r"src/elsewhere\.py"):
        dry_run(broken)


def get(server: WorkerdServer, path: str, body: bytes | None = None) -> str:
    with urllib.request.urlopen(server.url + path, data=body, timeout=PATIENCE_S) as response:
        return str(response.read().decode())


def rows(server: WorkerdServer) -> Any:
    return json.loads(get(server, "/rows"))


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "did not come about"
        time.sleep(0.05)


def copy_of_bundle(folder: Path, file: str, old: str, new: str) -> Path:
    copy = folder / "bundle"
    shutil.copytree(BUNDLE, copy)
    text = (copy / file).read_text()
    assert old in text
    (copy / file).write_text(text.replace(old, new))
    return copy
