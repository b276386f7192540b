"""What a bundle consists of, and that the same program always gives the same bytes."""

from __future__ import annotations

import ast
import gzip
import hashlib
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from contextlib import chdir
from functools import cache
from pathlib import Path

import black
import pytest

import streamflow_runtime
from golden import Golden
from streamflow import Graph, bearer, compile_graph, nodes, secret, signed
from streamflow.host.workerd.config import read_jsonc
from streamflow.target.link import linked, runtime_imports

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "bundles"
SAMPLES = [file for file in sorted((ROOT / "samples").glob("*.py")) if "\ngraph = " in file.read_text()]
RUNTIME = "src/streamflow_runtime/"
BUNDLED = {
    "README.md",
    "package.json",
    "pyproject.toml",
    "src/entry.py",
    "src/kernel.py",
    "src/processor.py",
    "streamflow.json",
    "wrangler.jsonc",
}
PLATFORM = {"js", "pyodide", "workers"}


@cache
def files_of(sample: Path) -> dict[str, str]:
    with chdir(ROOT):  # what paths in a bundle are relative to
        return dict(compile_graph(runpy.run_path(str(sample))["graph"]).files)


@pytest.fixture(params=SAMPLES, ids=lambda file: file.stem)
def sample(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def test_the_bundle_of_a_sample_is_as_kept(sample: Path, golden: Golden) -> None:
    folder = GOLDEN / sample.stem
    kept = {path: text for path, text in files_of(sample).items() if not path.startswith(RUNTIME)}
    kept["streamflow.json"] = _without_runtime(kept["streamflow.json"])
    for path, text in kept.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        golden.file(folder / path, text)
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == set(kept)


def test_every_kept_bundle_is_of_a_sample() -> None:
    assert {folder.name for folder in GOLDEN.iterdir()} == {sample.stem for sample in SAMPLES}


def test_a_bundle_is_exactly_these_files(sample: Path) -> None:
    files = files_of(sample)
    assert {path for path in files if not path.startswith(RUNTIME)} == BUNDLED
    assert list(files) == sorted(files)
    runtime = Path(streamflow_runtime.__file__).parent
    for path, text in files.items():
        if path.startswith(RUNTIME):
            assert text.encode() == (runtime / path.removeprefix(RUNTIME)).read_bytes()


def test_generated_code_is_formatted(sample: Path) -> None:
    for path in ("src/entry.py", "src/processor.py", "src/kernel.py"):
        text = files_of(sample)[path]
        assert black.format_str(text, mode=black.Mode(line_length=100)) == text


def test_only_the_runtime_the_platform_and_the_standard_library_are_imported(sample: Path) -> None:
    files = files_of(sample)
    own = {"streamflow_runtime", "kernel", "processor"}
    dependencies = tomllib.loads(files["pyproject.toml"])["project"]["dependencies"]
    named = {re.split("[<>=]", dependency)[0].replace("-", "_") for dependency in dependencies}
    for path, text in files.items():
        if path.endswith(".py"):
            pure = path == "src/kernel.py" or (path.startswith(RUNTIME) and "cloudflare" not in path)
            allowed = sys.stdlib_module_names | named | (own if pure else own | PLATFORM)
            assert _imported(text) <= allowed, path


def test_nothing_is_linked_that_nobody_imports(sample: Path) -> None:
    files = files_of(sample)
    imported = {name for path, text in files.items() if path.endswith(".py") for name in runtime_imports(text)}
    assert {path.removeprefix(RUNTIME) for path in files if path.startswith(RUNTIME)} == {
        f"{name}.py" for name in imported | {"__init__"}
    }


def test_the_quick_start_is_small_and_has_no_part_that_it_does_not_use() -> None:
    files = files_of(ROOT / "samples" / "quickstart.py")
    source = [_bare(text) for path, text in files.items() if path.startswith("src/")]
    assert len(gzip.compress("".join(source).encode(), mtime=0)) < 40_000
    absent = "timer counting sessions parked calls polling webhook data_sockets database_sink log_sink custom_sink"
    absent += " batches websocket_sink platform"
    for name in absent.split():
        assert (Path(streamflow_runtime.__file__).parent / f"{name}.py").is_file(), name
        assert f"{RUNTIME}{name}.py" not in files, name
    assert f"{RUNTIME}websocket_source.py" in files
    assert f"{RUNTIME}http_sink.py" in files


def test_the_readme_says_what_format_an_endpoint_has() -> None:
    made = [
        nodes.source("rows", type="webhook", format="csv"),
        nodes.source("clients", type="websocket", format="msgpack"),
        nodes.convert("line", source_format="value", target_format="influx"),
        nodes.sink("lines", type="endpoint"),
    ]
    readme = compile_graph(Graph("Formats", made, [("rows", "line", "lines"), ("clients", "line")])).files["README.md"]
    assert "| `POST /hooks/rows` | the webhook of `rows`: csv |" in readme
    assert "| `GET /inject/clients` | WebSocket: each message msgpack |" in readme
    assert "| `GET /outputs/lines` | the newest outputs of `lines` as `text/plain; charset=utf-8` |" in readme
    assert "--json '{}' \"$URL/hooks/rows\"" not in readme


def test_what_only_type_checkers_import_is_not_linked() -> None:
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from streamflow_runtime.platform import Platform\n"
    assert list(linked([text])) == ["__init__.py"]
    assert list(linked(["def f():\n    from streamflow_runtime.encode import encode\n"])) == [
        "__init__.py",
        "encode.py",
    ]
    assert "http.py" in linked(["from streamflow_runtime import access\n"])


@pytest.mark.slow
def test_the_same_program_gives_the_same_bytes_everywhere(tmp_path: Path) -> None:
    digests = set()
    for number, (folder, elsewhere) in enumerate([("one", False), ("two/deeper", False), ("three", True)]):
        home = tmp_path / folder
        shutil.copytree(ROOT / "samples", home / "samples", ignore=shutil.ignore_patterns("__pycache__"))
        cwd = tmp_path if elsewhere else home
        script = (
            "import hashlib, runpy\n"
            "from streamflow import compile_graph\n"
            f"files = compile_graph(runpy.run_path({str(home / 'samples' / 'flights.py')!r})['graph']).files\n"
            f"assert not any({str(tmp_path)!r} in text for text in files.values())\n"
            "print(hashlib.sha256(repr(files).encode()).hexdigest())\n"
        )
        environment = {**os.environ, "PYTHONHASHSEED": str(number)}
        if elsewhere:
            (tmp_path / "empty").mkdir()
            cwd = tmp_path / "empty"
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=cwd, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        if not elsewhere:  # from there the program has another name
            digests.add(done.stdout)
    assert len(digests) == 1


def test_names_and_texts_of_the_user_are_only_ever_data() -> None:
    evil = 'A "quoted" """ \\ name\nwith `lines` {{ braces }} */ // ünd </script>\x00'
    graph = Graph(
        name=evil,
        nodes=[
            nodes.source("in", type="webhook", auth=bearer(secret("HOOK_TOKEN")), path='/x"""/{{y}}'),
            nodes.sink("out", type="http", url='https://example.com/"""\\{{z}}', headers={"x": '\'"""\''}),
        ],
    )
    files = dict(compile_graph(graph).files)
    service = _literal(files["src/processor.py"], "SERVICE")
    assert service["graph"] == evil
    assert service["sources"]["in"]["path"] == '/x"""/{{y}}'
    assert service["sinks"]["out"]["headers"] == {"x": '\'"""\''}
    for path, text in files.items():
        if path.endswith(".py"):
            compile(text, path, "exec")
    assert json.loads(files["streamflow.json"])["graph"] == evil
    json.loads(files["package.json"])
    tomllib.loads(files["pyproject.toml"])
    assert files["README.md"].startswith('# A "quoted" """ \\ name with')


def test_the_settings_are_those_of_the_graph(tmp_path: Path) -> None:
    graph = Graph(
        name="Größe 7: Éclair!",
        nodes=[
            nodes.source("hook", type="webhook", auth=bearer(secret("HOOK_TOKEN"))),
            nodes.sink("out", type="http", url=f"https://example.com/{secret('PLACE')}"),
        ],
        compatibility_date="2027-01-31",
    )
    files = compile_graph(graph).files
    (tmp_path / "wrangler.jsonc").write_text(files["wrangler.jsonc"])
    settings = read_jsonc(tmp_path / "wrangler.jsonc")
    assert settings["name"] == "gr-e-7-clair"
    assert settings["compatibility_date"] == "2027-01-31"
    assert settings["durable_objects"] == {"bindings": [{"name": "PROCESSOR", "class_name": "StreamProcessor"}]}
    assert settings["triggers"] == {"crons": ["* * * * *"]}
    readme = files["README.md"]
    for name in ("STREAMFLOW_TOKEN", "HOOK_TOKEN", "PLACE"):
        assert f"$ npx wrangler secret put {name}\n" in readme
    assert '-H "Authorization: Bearer $HOOK_TOKEN" --json' in readme
    assert "`POST /hooks/hook`" in readme


def test_signatures_are_named_in_the_readme_and_linked_where_they_are_used() -> None:
    files = compile_graph(
        Graph(
            "g",
            [nodes.source("hook", type="webhook", auth=signed(secret("KEY"), "github")), nodes.sink("o", type="log")],
        )
    ).files
    assert "signed as `github` with `KEY`" in files["README.md"]
    assert "Signing" in files["src/processor.py"]
    assert "src/streamflow_runtime/signing.py" in files
    plain = compile_graph(Graph("g", [nodes.source("hook", type="webhook"), nodes.sink("o", type="log")])).files
    assert "src/streamflow_runtime/signing.py" not in plain


def test_the_line_table_leads_back_to_the_program() -> None:
    sample = ROOT / "samples" / "quickstart.py"
    files = files_of(sample)
    manifest = json.loads(files["streamflow.json"])
    lines = manifest["source_map"]["lines"]
    kernel = files["src/kernel.py"].splitlines()
    program = sample.read_text().splitlines()
    of_normalize = [(line, place) for line, node, _, place in lines if node == "normalize"]
    assert any("/ 100" in kernel[line - 1] or "/ 100" in kernel[line] for line, _ in of_normalize)
    assert all('"normalize"' in program[place - 1] for _, place in of_normalize)
    assert manifest["nodes"]["normalize"]["line"] == of_normalize[0][1]


def test_the_manifest_has_the_digest_of_every_other_file(sample: Path) -> None:
    files = files_of(sample)
    manifest = json.loads(files["streamflow.json"])
    assert manifest["files"] == {
        path: hashlib.sha256(text.encode()).hexdigest() for path, text in files.items() if path != "streamflow.json"
    }


def _without_runtime(manifest: str) -> str:
    """The manifest as it is kept: the digests of runtime files change with every change of the runtime."""
    return re.sub(rf'("{RUNTIME}[^"]+"): "[0-9a-f]{{64}}"', r'\1: ""', manifest)


def _imported(text: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            found.add((node.module or "").partition(".")[0])
    return found


def _bare(text: str) -> str:
    """Code without comments and docstrings."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def _literal(text: str, name: str) -> dict[str, dict[str, dict[str, object]]]:
    (value,) = [
        statement.value
        for statement in ast.parse(text).body
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == name
    ]
    found: dict[str, dict[str, dict[str, object]]] = ast.literal_eval(value)
    return found
