"""`streamflow.json`: what a bundle was compiled from and by, and which of its files are the compiler's."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from streamflow.diagnostics import program_path
from streamflow.ir.graph import Graph, Node
from streamflow.target.lines import Line
from streamflow_runtime.kernel import LAYOUT

MAKER = "streamflow"
WIDTH = 100


def manifest(graph: Graph, tree: ast.Module, lines: Iterable[Line], files: Mapping[str, str]) -> str:
    """The text of the manifest. `tree` and `lines` are the kernel's, `files` all others of the bundle."""
    from streamflow import __version__

    shape = _class_table(tree, "shape")
    content = {
        "made_by": MAKER,
        "compiler": __version__,
        "graph": graph.name,
        "program": graph.file,
        "nodes": {node.name: _node(node) for node in graph.nodes},
        "edges": [[edge.origin, edge.port, edge.target] for edge in graph.edges],
        "taps": list(graph.taps),
        "state": {
            "layout": LAYOUT,
            "nodes": {name: {"shape": text, "fingerprint": fingerprint(text)} for name, text in shape.items()},
        },
        "source_map": {"file": "src/kernel.py", "lines": [list(line) for line in lines]},
        "files": {path: fingerprint(files[path]) for path in sorted(files)},
    }
    return _readable(content) + "\n"


def fingerprint(text: str) -> str:
    """SHA-256 of the text."""
    return sha256(text.encode()).hexdigest()


def _node(node: Node) -> dict[str, Any]:
    place = {"file": program_path(node.span.file), "line": node.span.line} if node.span else {}
    return {"kind": node.kind, **place}


def _class_table(tree: ast.Module, name: str) -> dict[str, str]:
    """A table of literals in the class `Kernel`; {} where it has none."""
    for statement in tree.body:
        for item in statement.body if isinstance(statement, ast.ClassDef) else ():
            if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name) and item.targets[0].id == name:
                table: dict[str, str] = ast.literal_eval(item.value)
                return table
    return {}


def _readable(value: Any, indent: str = "") -> str:
    """JSON in which everything that fits stands on one line."""
    text = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or (indent and len(indent) + len(text) <= WIDTH):
        return text
    inner = indent + "  "
    if isinstance(value, dict):
        items = [f"{json.dumps(key, ensure_ascii=False)}: {_readable(item, inner)}" for key, item in value.items()]
    else:
        items = [_readable(item, inner) for item in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}\n{inner}" + f",\n{inner}".join(items) + f"\n{indent}{closing}"
