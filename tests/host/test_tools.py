"""Fetching the tools: into one folder, once, whoever asks at the same time, and with a clear word when it fails."""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from streamflow.host.tools import NPM_VERSIONS, STAMP, ToolsMissing, ensure, tool_root

FAKE_NPM = """#!/bin/sh
# Installs an empty folder for every name@version among its arguments.
echo "$@" >> "{calls}"
for argument in "$@"; do
  case "$argument" in -*) ;; *@*) mkdir -p "{root}/node_modules/${{argument%@*}}" ;; esac
done
"""
FAILING_NPM = "#!/bin/sh\necho 'getaddrinfo ENOTFOUND registry' >&2\nexit 1\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STREAMFLOW_TOOLS", str(tmp_path / "tools"))
    return tmp_path / "tools"


@pytest.fixture
def calls(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for npm; the file lists how it was called."""
    calls = tmp_path / "calls"
    put_npm_on_path(FAKE_NPM.format(calls=calls, root=root), tmp_path, monkeypatch)
    return calls


def test_the_root_is_the_configured_folder(root: Path) -> None:
    assert tool_root() == root


def test_the_root_is_beside_the_nearest_pyproject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STREAMFLOW_TOOLS", raising=False)
    inner = tmp_path / "project" / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "project" / "pyproject.toml").touch()
    monkeypatch.chdir(inner)
    assert tool_root() == tmp_path / "project" / ".tools"


def test_only_what_is_asked_for_is_installed_and_only_once(root: Path, calls: Path) -> None:
    tools = ensure("wrangler")
    ensure("wrangler")
    ensure("node")
    (call,) = calls.read_text().splitlines()
    assert f"wrangler@{NPM_VERSIONS['wrangler']}" in call
    assert "workerd@" not in call
    assert tools.node.is_relative_to(root) and tools.node.parts[-2:] == ("bin", "node")


def test_callers_at_the_same_time_install_once(calls: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        roots = {tools.npm_root for tools in pool.map(lambda _: ensure("wrangler"), range(8))}
    assert len(roots) == 1
    assert len(calls.read_text().splitlines()) == 1


def test_another_version_or_a_lost_folder_is_installed_again(root: Path, calls: Path) -> None:
    ensure("wrangler")
    stamp = json.loads((root / STAMP).read_text())
    (root / STAMP).write_text(json.dumps({**stamp, "wrangler": "4.0.0"}))
    ensure("wrangler")
    (root / "node_modules" / "wrangler").rmdir()
    ensure("wrangler")
    _first, *again = calls.read_text().splitlines()
    assert len(again) == 2
    assert all("wrangler@" in call and "node-" not in call for call in again)


def test_without_a_network_the_error_says_why_and_what_to_do(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_npm_on_path(FAILING_NPM, tmp_path, monkeypatch)
    with pytest.raises(ToolsMissing, match=r"(?s)ENOTFOUND registry.*STREAMFLOW_TOOLS"):
        ensure("wrangler")
    assert not (root / STAMP).exists()


def test_an_unknown_tool_is_refused(root: Path) -> None:
    with pytest.raises(ValueError, match="workerd, wrangler, node"):
        ensure("deno")
    assert not root.exists()


@pytest.mark.workerd
def test_the_real_tools_run() -> None:
    try:
        tools = ensure("workerd", "wrangler")
    except ToolsMissing as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    assert version_of(tools.node, "--version").startswith("v22.")
    assert "2026-11-17" in version_of(tools.workerd, "--version")
    assert (tools.sdk / "workers" / "__init__.py").is_file()
    assert (tools.pyodide / "pyodide.asm.wasm").is_file()


@pytest.mark.workerd
def test_packages_are_fetched_as_they_are_compiled_for_the_platform() -> None:
    try:
        folder = ensure("msgspec").wheel("msgspec")
    except ToolsMissing as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    (core,) = (folder / "msgspec").glob("_core*.so")
    assert core.read_bytes()[:4] == b"\0asm"


def version_of(*command: Path | str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def put_npm_on_path(script: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = folder / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(script)
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}:{os.environ['PATH']}")
