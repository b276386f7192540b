"""Which decoder a graph names: where it goes, and what is said of one that is not there."""

from __future__ import annotations

import importlib.util
import re
import tomllib

import pytest

from streamflow import Graph, compile_graph, nodes
from streamflow.diagnostics import CompileError
from streamflow.dsl import decoders


def made(decoder: str = "msgspec", **options: str) -> Graph:
    source = nodes.source("in", type="webhook", **options)
    steps = [nodes.transform("n", function=lambda data: data["n"]), nodes.sink("out", type="log")]
    return Graph("Decoding", [source, *steps], decoder=decoder)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("graph", "packages"),
    [(made(), ["msgspec"]), (made("json"), []), (made(format="csv"), [])],
    ids=["msgspec", "json", "no JSON to decode"],
)
def test_the_bundle_names_and_imports_the_package_that_it_needs(graph: Graph, packages: list[str]) -> None:
    files = compile_graph(graph).files
    assert tomllib.loads(files["pyproject.toml"])["project"]["dependencies"] == packages
    assert ("import msgspec" in files["src/kernel.py"]) == bool(packages)
    assert ("src/streamflow_runtime/projecting.py" in files) == bool(packages)


def test_at_level_0_and_1_whole_records_are_decoded() -> None:
    for level in (0, 1):
        assert "defstruct" not in compile_graph(made(), level).files["src/kernel.py"]
    assert "defstruct" in compile_graph(made(), 2).files["src/kernel.py"]


def test_there_is_no_other() -> None:
    with pytest.raises(CompileError, match=re.escape("there is no decoder 'msgpec'")) as refused:
        made("msgpec")
    assert "did you mean `msgspec`" in str(refused.value)
    with pytest.raises(CompileError, match="one of json, msgspec"):
        made(5)  # type: ignore[arg-type]


def test_without_the_package_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(decoders, "find_spec", lambda name: None if name == "msgspec" else found(name))
    with pytest.raises(CompileError, match="the decoder `msgspec` is not installed here") as refused:
        made()
    assert "pip install msgspec" in str(refused.value)
    assert made("json")
