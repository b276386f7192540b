"""Python's standard library with its bytecode, made once per Pyodide version: it halves the time a boot takes."""

import json
import subprocess
from pathlib import Path

from streamflow.host.tools import Tools, ToolsMissing

COMPILER = Path(__file__).with_name("stdlib.mjs")
TIMEOUT_S = 120


def compiled_stdlib(tools: Tools) -> Path:
    """The zip that Pyodide is to boot from."""
    version = json.loads((tools.pyodide / "package.json").read_text())["version"]
    result = tools.npm_root / f"python_stdlib-{version}.zip"
    if not result.is_file():
        command = [str(tools.node), str(COMPILER), str(tools.pyodide), str(result)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
        if done.returncode:
            raise ToolsMissing(f"Pyodide's standard library could not be compiled:\n{done.stderr[-2000:]}")
    return result
