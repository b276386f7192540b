"""The house rules that can be read off the files: who may import whom, stems, names, docstrings."""

import ast
import re
from pathlib import Path

import pytest

from fuzz.covered import EXPECTED
from streamflow.cli.graph import _SHAPES
from streamflow.dsl.kinds import KINDS
from streamflow.target.operators import OPERATORS

ROOT = Path(__file__).parents[1]
COMPILER = ROOT / "compiler/streamflow"
RUNTIME = ROOT / "runtime_stub/streamflow_runtime"
FILES = sorted(path for root in (COMPILER, RUNTIME) for path in root.rglob("*.py"))

# A stage, and the stages that it must not import.
FORBIDDEN = {
    "dsl": {"frontend", "ir", "passes", "target", "host", "cli", "testing", "pipeline"},
    "ir": {"dsl", "frontend", "passes", "target", "host", "cli", "testing", "pipeline"},
    "frontend": {"passes", "target", "host", "cli", "testing", "pipeline"},
    "passes": {"dsl", "frontend", "target", "host", "cli", "testing", "pipeline"},
    "target": {"dsl", "frontend", "passes", "host", "cli", "testing", "pipeline"},
    "host": {"frontend", "passes", "cli", "testing"},
    "testing": {"frontend", "passes", "cli"},
    "templates": {"frontend", "ir", "passes", "target", "cli", "testing", "pipeline"},
}


@pytest.mark.parametrize("stage", FORBIDDEN)
def test_dependencies_point_one_way(stage):
    for path in (COMPILER / stage).rglob("*.py"):
        for module in _imports(path):
            parts = module.split(".")
            if parts[0] == "streamflow" and len(parts) > 1:
                assert parts[1] not in FORBIDDEN[stage], f"{path.relative_to(ROOT)} imports {module}"


def test_the_runtime_imports_the_standard_library_and_itself():
    import sys

    platform = {"js", "pyodide", "workers"}
    for path in RUNTIME.glob("*.py"):
        allowed = {"streamflow_runtime", *sys.stdlib_module_names} | (platform if "cloudflare" in path.stem else set())
        foreign = {module for module in _imports(path) if module.split(".")[0] not in allowed}
        assert not foreign, f"{path.name} imports {foreign}"


def test_every_kind_has_its_files():
    """A kind's options, and what emits it, stand in files of its name or of its family's."""
    for kind in KINDS:
        stem = kind.replace(".", "_")
        assert (COMPILER / "dsl" / f"{stem}.py").exists(), f"dsl/{stem}.py"
        family = kind.partition(".")[0]
        assert any((COMPILER / "target" / f"{name}.py").exists() for name in (stem, family))
        assert family == "source" or kind in OPERATORS


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_told_of(kind):
    """In the guide, in the README's table, in flowcharts, and among what generated graphs must reach."""
    family, _, name = kind.rpartition(".")
    word = re.compile(rf"\b{name}\b")
    assert word.search((ROOT / "docs/language.md").read_text()), "docs/language.md"
    readme = (ROOT / "README.md").read_text()
    table = [line for line in readme[readme.index("| family | kinds |") :].splitlines() if line.startswith("| ")]
    assert any(word.search(line) or f"`{family}`" in line for line in table), "the table of README.md"
    assert kind.partition(".")[0] in _SHAPES, "_SHAPES of cli/graph.py"
    assert kind in EXPECTED, "EXPECTED of tests/fuzz/covered.py"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_are_small_and_say_what_they_do(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 436
    if text.strip():
        doc = ast.get_docstring(ast.parse(text))
        assert doc and doc.splitlines()[0].strip(), "a module docstring that says what it does"


def test_no_room_is_called_miscellaneous():
    bad = {"utils", "helpers", "common", "misc", "manager", "handler"}
    assert not [path for path in FILES if set(path.stem.split("_")) & bad]


def test_the_project_speaks_of_itself_alone():
    words = ("/work/", "pypi.org", "npmjs.org", "registry.npm", "pythonhosted")
    tracked = [path for pattern in ("*.py", "*.md", "*.toml", "*.j2", "*.mjs") for path in ROOT.rglob(pattern)]
    skipped = {".venv", ".tools", "node_modules", ".git"}
    for path in tracked:
        if not skipped & set(path.relative_to(ROOT).parts) and path != Path(__file__):
            text = path.read_text(errors="replace")
            assert not [word for word in words if word in text], path


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
