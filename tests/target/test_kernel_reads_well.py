"""The quick start's kernel reads as if written by hand: seen from its syntax tree."""

import ast
import runpy
from pathlib import Path

import pytest

from streamflow import compile_graph

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def kernel():
    graph = runpy.run_path(str(ROOT / "samples/quickstart.py"))["graph"]
    return ast.parse(compile_graph(graph).files["src/kernel.py"])


def _method(kernel, name):
    (cls,) = [item for item in kernel.body if isinstance(item, ast.ClassDef) and item.name == "Kernel"]
    (method,) = [item for item in cls.body if isinstance(item, ast.FunctionDef) and item.name == name]
    return method


def test_one_loop_over_the_batch(kernel):
    (loop,) = [node for node in ast.walk(kernel) if isinstance(node, (ast.For, ast.While))]
    body = _method(kernel, "run_webhook").body
    assert loop in body
    assert f"{ast.unparse(loop.iter)} = iter(batch)" in map(ast.unparse, body)


def test_no_call_to_a_nodes_function(kernel):
    assert not [item for item in kernel.body if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef))]
    methods = [item for item in ast.walk(kernel) if isinstance(item, ast.FunctionDef)]
    usual = [item for item in methods if not item.name.startswith("on_")]  # where packets enter that failed
    called = {ast.unparse(node.func) for item in usual for node in ast.walk(item) if isinstance(node, ast.Call)}
    assert called
    assert not called & {"normalize", "large_only", "hourly_summary", "self.on_normalize", "self.on_large_only"}


def test_every_user_identifier_is_still_there(kernel):
    names = {node.id for node in ast.walk(kernel) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(kernel) if isinstance(node, ast.Attribute)}
    assert {"data", "packets", "webhook", "hourly_summary", "total", "count"} <= names
    texts = {node.value for node in ast.walk(kernel) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert {"amount", "total", "count", "normalize", "large-only", "hourly-summary", "alerts"} <= texts


def test_expressions_of_the_user_stand_in_the_loop(kernel):
    text = ast.unparse(_method(kernel, "run_webhook"))
    assert "amount = data['amount'] / 100" in text
    assert "if not amount > 100:" in text


def test_each_node_has_its_comment_with_the_users_line():
    graph = runpy.run_path(str(ROOT / "samples/quickstart.py"))["graph"]
    text = compile_graph(graph).files["src/kernel.py"]
    source = (ROOT / "samples/quickstart.py").read_text().splitlines()
    for name, call in {"normalize": "nodes.transform(", "large-only": "nodes.filter("}.items():
        (comment,) = {line.strip() for line in text.splitlines() if line.strip().startswith(f"# {name}: ")}
        line = int(comment.rpartition(":")[2])
        assert call in source[line - 1]
        assert name in source[line - 1]
