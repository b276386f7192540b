"""The platform's own tool accepts every bundle."""

from __future__ import annotations

import os
import runpy
from pathlib import Path

import pytest

from conformance.services import PROGRAMS
from streamflow import Graph, compile_graph
from streamflow.host.tools import ToolsMissing, ensure
from streamflow.host.workerd import dry_run
from streamflow.target.write import write_bundle

pytestmark = pytest.mark.workerd

SAMPLES = Path(__file__).parents[2] / "samples"
FILES = [file for folder in (SAMPLES, PROGRAMS) for file in sorted(folder.glob("*.py")) if "Graph(" in file.read_text()]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_wrangler_accepts(file: Path, tmp_path: Path) -> None:
    try:
        ensure("wrangler")
    except ToolsMissing as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    found = {name: value for name, value in runpy.run_path(str(file)).items() if isinstance(value, Graph)}
    assert found
    for name, graph in found.items():
        write_bundle(compile_graph(graph).files, tmp_path / name)
        said = dry_run(tmp_path / name)
        assert "env.PROCESSOR (StreamProcessor)" in said
        assert "WARNING" not in said
