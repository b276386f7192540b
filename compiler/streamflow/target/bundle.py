"""The files of a deployable Worker project: kernel, Worker, Durable Object, runtime, settings for the platform."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

import black

from streamflow.ir.graph import Graph
from streamflow.target.bound import bindings_of, queues_of, stores_of, wrangler_sections
from streamflow.target.kernel import kernel_tree
from streamflow.target.lines import Line, lines_of
from streamflow.target.link import linked
from streamflow.target.link_plugins import plugin_files
from streamflow.target.manifest import manifest
from streamflow.target.parts import parts_for
from streamflow.target.printer import formatted
from streamflow.target.readme import readme_values
from streamflow.target.service import service_of
from streamflow.target.skeleton import docstring, fill_skeleton, one_line, slug

COMPATIBILITY_DATE = "2026-10-01"
WIDTH = 100
_PYTHONS = (("2026-09-08", (3, 14)), ("2025-09-29", (3, 13)), ("", (3, 12)))  # from which compatibility date on


def bundle(graph: Graph) -> dict[str, str]:
    """Path to text, by path. The same graph gives the same bytes, wherever and whenever."""
    date = graph.compatibility_date or COMPATIBILITY_DATE
    tree, lines, kernel = kernel_file(graph, next(python for since, python in _PYTHONS if date >= since))
    service = service_of(graph)
    parts = parts_for(service, asynchronous=any(node.is_async for node in graph.nodes))
    decoders = {node.options["decoder"] for node in graph.nodes if node.options.get("decoder")}
    values = {
        **_docstrings(graph),
        **_processor_values(service, [(part.__module__.rpartition(".")[2], part.__name__) for part in parts]),
        **readme_values(graph, service),
        "graph_line": one_line(graph.name),
        "bindings": wrangler_sections(service),
        "stores": stores_of(service),
        "queues": queues_of(service),
        "slug": slug(graph.name),
        "compatibility_date": date,
        "dependencies": [*graph.dependencies, *sorted(decoders)],
    }
    source = {
        "entry.py": _python(fill_skeleton("entry.py", values)),
        "processor.py": _python(fill_skeleton("processor.py", values)),
        "kernel.py": kernel,
    }
    plugins = plugin_files(graph)
    runtime = linked([*source.values(), *plugins.values()])
    files = {
        **{f"src/{name}": text for name, text in source.items()},
        **{f"src/{name}": text for name, text in plugins.items()},
        **{f"src/streamflow_runtime/{name}": text for name, text in runtime.items()},
        **{
            name: fill_skeleton(name, values)
            for name in ("wrangler.jsonc", "pyproject.toml", "package.json", "README.md")
        },
    }
    files["streamflow.json"] = manifest(graph, tree, lines, files)
    return dict(sorted(files.items()))


def kernel_file(graph: Graph, python: tuple[int, int]) -> tuple[ast.Module, list[Line], str]:
    """The kernel for a version of Python: its tree, what its lines stand for, and its text."""
    tree = kernel_tree(graph, python)
    code = formatted(tree)
    lines = lines_of(tree, code)
    return tree, lines, code + _line_table(lines)


def _docstrings(graph: Graph) -> dict[str, str]:
    name = one_line(graph.name)
    origin = f"Made by Streamflow{f' from {one_line(graph.file)}' if graph.file else ''}; change that, not this."
    return {
        "entry_docstring": docstring(f"{name}: the Worker in front of the Durable Object.", origin),
        "processor_docstring": docstring(f"{name}: the Durable Object.", origin),
    }


def _processor_values(service: dict[str, Any], parts: list[tuple[str, str]]) -> dict[str, Any]:
    """What `processor.py` imports and names. Only graphs that open connections get a platform that can."""
    nodes = [*service["sources"].values(), *service["sinks"].values()]
    connects = any(node["type"] == "websocket" and "url" in node for node in nodes)
    platform = ("cloudflare_connecting", "ConnectingPlatform") if connects else ("cloudflare", "CloudflarePlatform")
    if any(node["type"] == "sse" for node in nodes):
        platform = ("cloudflare_streaming", "StreamingPlatform")
    consumes = any(node["type"] == "queue" for node in service["sources"].values())
    functions = [("queue_source", "consume")] if consumes else []
    mixins = [("cloudflare_bindings", "Bindings")] if bindings_of(service) or "reached" in service else []
    if any(node["type"] == "websocket" and "url" not in node for node in service["sources"].values()):
        mixins.append(("cloudflare_data_sockets", "DataClients"))
    return {
        "consumes": consumes,
        "imports": _imports([*functions, platform, ("shell", "Shell"), *mixins, *parts]),
        "mixins": [name for _, name in mixins],
        "platform_base": platform[1],
        "platform": "Platform" if mixins else platform[1],
        "parts": ", ".join(name for _, name in parts) + ("," if len(parts) == 1 else ""),
        "service": repr(service),
    }


def _imports(names: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The modules in order, each with all its names."""
    found: dict[str, list[str]] = {}
    for module, name in sorted(names):
        found.setdefault(module, []).append(name)
    return [(module, ", ".join(listed)) for module, listed in found.items()]


def _python(text: str) -> str:
    return black.format_str(text, mode=black.Mode(line_length=WIDTH))


def _line_table(lines: Iterable[Line]) -> str:
    """The last statement of the kernel: as many entries a line as fit."""
    entries = [f"({number}, {node!r}, {file!r}, {place})," for number, node, file, place in lines]
    if not entries:
        return ""
    rows = [""]
    for entry in entries:
        if len(rows[-1]) + len(entry) + 5 > WIDTH:
            rows.append("")
        rows[-1] += f" {entry}" if rows[-1] else entry
    comment = "# From which line on which node runs, and where in the program that stands. For messages."
    table = "".join(f"    {row}\n" for row in rows)
    return f"\n\n{comment}\n# fmt: off\nKernel.lines = (\n{table})\n# fmt: on\n"
