"""Packages that a graph names: their functions are imported, everybody else's are refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import ua_parser
from ua_parser import parse_os

from streamflow import Graph, compile_graph, nodes
from streamflow.diagnostics import CompileError
from streamflow.host.workerd.packages import vendor


def graph(*dependencies: str, function: Any = lambda data: ua_parser.parse(data).user_agent.family) -> Graph:
    steps = [nodes.source("in", type="manual"), nodes.transform("agent", function=function)]
    return Graph("Agents", [*steps, nodes.sink("out", type="log")], dependencies=dependencies)


@pytest.mark.parametrize(
    "function", [lambda data: ua_parser.parse(data).user_agent.family, lambda data: parse_os(data).family]
)
def test_a_named_package_is_imported_and_goes_into_the_bundle(function: Any, tmp_path: Path) -> None:
    program = compile_graph(graph("ua-parser>=1.0", function=function))
    assert 'dependencies = ["ua-parser>=1.0"]' in program.files["pyproject.toml"]
    kernel = program.kernel(secrets={})
    kernel.push("in", ["Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0"], now=0)
    assert [packet.data for packet in kernel.take("out")] in (["Firefox"], ["Linux"])
    (tmp_path / "pyproject.toml").write_text(program.files["pyproject.toml"])
    packages = vendor(tmp_path, tmp_path / "packages")
    assert packages is not None
    assert {path.name for path in packages.iterdir()} == {"ua_parser", "ua_parser_builtins"}


def test_another_package_is_not(tmp_path: Path) -> None:
    with pytest.raises(CompileError, match=re.escape("SF106")) as refused:
        compile_graph(graph())
    assert "if `ua_parser` is of pure Python, name its package: Graph(dependencies=[...])" in str(refused.value)
    (tmp_path / "pyproject.toml").write_text(compile_graph(graph(function=lambda data: data)).files["pyproject.toml"])
    assert vendor(tmp_path, tmp_path / "packages") is None


@pytest.mark.parametrize(
    ("requirement", "message"),
    [
        ("no-such-package-1", "`no-such-package-1` is not installed here"),
        ("duckdb", "`duckdb` has parts that are compiled for this machine"),
        ("ua-parser @ https://example.com/x", "is not the requirement of a package"),
        ('ua-parser"]', "is not the requirement of a package"),
    ],
)
def test_a_package_that_can_not_go_along(requirement: str, message: str) -> None:
    with pytest.raises(CompileError, match=message):
        graph(requirement)
