"""A folder on the path in which packages can be put, and the sample of a plugin, installed as users do it."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamflow.dsl.plugins import PACKAGES, forget_plugins

SAMPLE = Path(__file__).parents[2] / "samples" / "plugin_alarms"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that Python imports from; what is there at the first look counts as installed."""
    folder = tmp_path / "packages"
    folder.mkdir()
    with _on_the_path(folder, monkeypatch):
        yield folder


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip has installed the sample. Nothing is fetched."""
    folder = tmp_path_factory.mktemp("plugin") / "site-packages"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--target", str(folder), str(SAMPLE)], check=True, capture_output=True)
    return folder


@pytest.fixture
def sample(sample_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The sample, installed."""
    with _on_the_path(sample_folder, monkeypatch):
        yield sample_folder


class _on_the_path:
    """Inside the block imports look in a folder; behind it nothing of it is left."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.monkeypatch = folder, monkeypatch

    def __enter__(self) -> None:
        self.modules, self.packages = set(sys.modules), set(PACKAGES)
        self.monkeypatch.syspath_prepend(str(self.folder))
        importlib.invalidate_caches()
        forget_plugins()

    def __exit__(self, *exception: object) -> None:
        self.monkeypatch.undo()
        for name in set(sys.modules) - self.modules:
            if str(self.folder) in str(getattr(sys.modules[name], "__file__", "")):
                del sys.modules[name]
        PACKAGES.intersection_update(self.packages)
        importlib.invalidate_caches()
        forget_plugins()
