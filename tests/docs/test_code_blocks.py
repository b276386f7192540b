"""Every Python block of the README and of docs/ runs. The blocks of a page are one program, at the page's own lines."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Its examples are meant to fail, and have their own test.
OWN_TEST = {"diagnostics.md"}
PAGES = [
    page
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
    if "```python" in page.read_text() and page.name not in OWN_TEST
]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_blocks_of_a_page_run(page, tmp_path, monkeypatch):
    program = tmp_path / f"{page.stem.lower()}_page.py"
    program.write_text(program_of(page.read_text()))
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(program), run_name="__main__")


def test_the_quick_start_works_when_it_is_pasted(tmp_path):
    text = (ROOT / "README.md").read_text()
    blocks = [(language, body) for language, body in BLOCK.findall(text)]
    (tmp_path / "payments.py").write_text(next(body for language, body in blocks if language == "python"))
    consoles = [body for language, body in blocks if language == "console"]
    replay = next(body for body in consoles if "streamflow run" in body)
    build = next(body for body in consoles if "streamflow compile" in body)
    shown = [line for line in replay.splitlines() if not line.startswith("$ ")]
    commands = [line[2:] for line in (replay + build).splitlines() if line.startswith("$ ") and "dev" not in line]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euc", "\n".join(commands)],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == shown
    assert (tmp_path / "dist" / "src" / "kernel.py").is_file()


def program_of(text):
    """The page with all lines blank that are not Python."""
    kept = [""] * (text.count("\n") + 1)
    for block in BLOCK.finditer(text):
        if block[1] == "python":
            first = text.count("\n", 0, block.start(2))
            lines = block[2].splitlines()
            kept[first : first + len(lines)] = lines
    return "\n".join(kept) + "\n"
