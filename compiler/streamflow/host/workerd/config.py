"""Writes what the workerd binary needs to serve one bundle: its modules in one folder, and the configuration."""

import base64
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from streamflow.host.tools import WORKERD_VERSION, Tools
from streamflow.host.workerd.stdlib import compiled_stdlib

HERE = Path(__file__).parent
PYODIDE_FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
SOCKET = "http"
"""The socket's name in the configuration, by which a listening descriptor is handed over."""

Bindings = Mapping[str, Any]


def write_host(
    bundle: Path, tools: Tools, work: Path, storage: Path, variables: Bindings, packages: Path | None
) -> Path:
    """Fill ``work`` and return the configuration file to serve from."""
    wrangler = read_jsonc(bundle / "wrangler.jsonc")
    objects = wrangler.get("durable_objects", {}).get("bindings", [])
    exports = [f'export const {name} = durableObject("{name}");\n' for name in _class_names(objects)]
    work.mkdir(parents=True, exist_ok=True)
    storage.mkdir(parents=True, exist_ok=True)
    for name in PYODIDE_FILES:
        _link(tools.pyodide / name, work / name)
    _link(compiled_stdlib(tools), work / "python_stdlib.zip")
    (work / "prelude.mjs").write_text((HERE / "prelude.mjs").read_text())
    (work / "host.mjs").write_text("".join([(HERE / "host.mjs").read_text(), *exports]))
    (work / "files.json").write_text(json.dumps(_mounted_files(bundle, tools, packages)))
    config = work / "config.capnp"
    config.write_text(_capnp(objects, {**wrangler.get("vars", {}), **variables}, storage))
    return config


def read_jsonc(path: Path) -> Any:
    """JSON with comments and trailing commas."""
    string_or_comment = r'("[^"\\]*(?:\\.[^"\\]*)*")|//[^\n]*|/\*.*?\*/'
    text = re.sub(string_or_comment, lambda match: match[1] or "", path.read_text(), flags=re.DOTALL)
    string_or_comma = r'("[^"\\]*(?:\\.[^"\\]*)*")|,(?=\s*[}\]])'
    return json.loads(re.sub(string_or_comma, lambda match: match[1] or "", text))


def _class_names(objects: list[dict[str, str]]) -> list[str]:
    return list(dict.fromkeys(binding["class_name"] for binding in objects))


def _link(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:  # another file system
        shutil.copyfile(source, target)


def _mounted_files(bundle: Path, tools: Tools, packages: Path | None) -> dict[str, Any]:
    """What the interpreter sees below /session, and what it is told about itself."""
    text = {"host/shim.py": (HERE / "shim.py").read_text()}
    binary = {}
    roots = {"src": bundle / "src", "sdk": tools.sdk, **({"packages": packages} if packages else {})}
    for prefix, root in roots.items():
        for path in sorted(root.rglob("*")):
            inside = f"{prefix}/{path.relative_to(root).as_posix()}"
            if path.suffix == ".py":
                text[inside] = path.read_text(encoding="utf-8")
            elif path.suffix == ".so":
                binary[inside] = base64.b64encode(path.read_bytes()).decode()
    lock_info = json.loads((tools.pyodide / "pyodide-lock.json").read_text())["info"]
    return {"text": text, "binary": binary, "lockInfo": lock_info}


def _capnp(objects: list[dict[str, str]], values: Bindings, storage: Path) -> str:
    bindings = [
        f"(name = {_quote(binding['name'])}, durableObjectNamespace = {_quote(binding['class_name'])})"
        for binding in objects
    ]
    bindings += [f"(name = {_quote(name)}, {_variable(value)})" for name, value in values.items()]
    namespaces = [
        f"(className = {_quote(name)}, uniqueKey = {_quote('streamflow-' + name)}, enableSql = true)"
        for name in _class_names(objects)
    ]
    return f"""using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
    (name = "disk", disk = (path = {_quote(str(storage))}, writable = true)),
  ],
  sockets = [(name = "{SOCKET}", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [
    (name = "host.mjs", esModule = embed "host.mjs"),
    (name = "prelude.mjs", esModule = embed "prelude.mjs"),
    (name = "pyodide.mjs", esModule = embed "pyodide.mjs"),
    (name = "pyodide.asm.mjs", esModule = embed "pyodide.asm.mjs"),
    (name = "pyodide.asm.wasm", wasm = embed "pyodide.asm.wasm"),
    (name = "python_stdlib.zip", data = embed "python_stdlib.zip"),
    (name = "files.json", json = embed "files.json"),
  ],
  compatibilityDate = "{compatibility_date()}",
  bindings = [{", ".join(bindings)}],
  durableObjectNamespaces = [{", ".join(namespaces)}],
  durableObjectStorage = (localDisk = "disk"),
  globalOutbound = "internet",
);
"""


def _variable(value: Any) -> str:
    """A text binding; what is not text arrives in ``env`` as the JSON value it is, as with wrangler."""
    return f"text = {_quote(value)}" if isinstance(value, str) else f"json = {_quote(json.dumps(value))}"


def _quote(text: str) -> str:
    """A Cap'n Proto string: bytes beyond ASCII stand for themselves, and control characters are escaped."""
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    quoted = (escapes.get(char) or (f"\\x{ord(char):02x}" if char < " " else char) for char in text)
    return f'"{"".join(quoted)}"'


def compatibility_date() -> str:
    """The newest date that the pinned workerd accepts: the day it was built."""
    day = WORKERD_VERSION.split(".")[1]
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"
