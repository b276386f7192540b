"""The sample of a Worker project of the user's own, with a graph compiled into it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from typer.testing import CliRunner

from conformance.conftest import require_workerd
from conformance.services import TOKEN
from streamflow.cli import app
from streamflow.host.workerd import WorkerdServer, dry_run

SAMPLE = Path(__file__).parents[2] / "samples" / "embedding"
ADDED = {"kernel.py", "processor.py", "streamflow_runtime"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The sample, compiled as its README says."""
    folder = tmp_path / "shop"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(*ADDED, "__pycache__"))
    done = CliRunner().invoke(app, ["compile", str(folder / "shop.py"), "--into", str(folder)])
    assert done.exit_code == 0, done.stderr
    assert {path.name for path in (folder / "src").iterdir()} == {"entry.py", *ADDED}
    assert (folder / "src/entry.py").read_bytes() == (SAMPLE / "src/entry.py").read_bytes()
    return folder


@pytest.fixture
def shop(project: Path, tmp_path: Path) -> Iterator[WorkerdServer]:
    require_workerd()
    server = WorkerdServer(project, tmp_path / "state", variables={"STREAMFLOW_TOKEN": TOKEN})
    with server:
        yield server


def test_git_does_not_keep_what_is_compiled() -> None:
    ignored = (SAMPLE / ".gitignore").read_text().split("\n")
    assert {f"src/{name}" for name in ("kernel.py", "processor.py", "streamflow_runtime/")} <= set(ignored)


@pytest.mark.workerd
async def test_own_pages_and_the_graphs_endpoints_stand_side_by_side(shop: WorkerdServer) -> None:
    token = {"Authorization": f"Bearer {TOKEN}"}
    async with aiohttp.ClientSession() as http:

        async def said(method: str, path: str, **options: object) -> tuple[int, object]:
            async with http.request(method, shop.url + path, **options) as answer:  # type: ignore[arg-type]
                text = await answer.text()
                return answer.status, await answer.json(content_type=None) if text.startswith(("{", "[")) else text

        assert await said("GET", "/products/green%20tea") == (200, {"product": "green tea", "sold": 0})
        sold = await said("POST", "/products/green%20tea", json={"pieces": 3})
        assert sold == (200, {"product": "green tea", "sold": 3})
        refused = await said("POST", "/products/green%20tea", json={"pieces": "3"})
        assert refused == (422, "pieces must be a whole number from 1")
        event = {"product": "green tea", "pieces": 200}
        assert (await said("POST", "/hooks/sales", json=event))[0] == 401
        assert (await said("POST", "/hooks/sales", json=event, headers=token))[0] == 202
        assert await said("GET", "/products/green%20tea") == (200, {"product": "green tea", "sold": 203})
        assert await said("GET", "/outputs/large-sales", headers=token) == (200, [event])
        shop.kill()
        shop.start()
        assert await said("GET", "/products/green%20tea") == (200, {"product": "green tea", "sold": 203})
        _, figures = await said("GET", "/metrics", headers=token)
        assert isinstance(figures, dict) and figures["packets_processed"] == 2


@pytest.mark.workerd
def test_wrangler_accepts_the_project(project: Path) -> None:
    require_workerd("wrangler")
    said = dry_run(project)
    assert "env.PROCESSOR (Shop)" in said
    assert "WARNING" not in said
