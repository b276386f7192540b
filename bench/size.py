"""`python -m bench.size`: what the quick start's bundle holds; the table goes to docs/performance.md."""

import ast
import gzip
import runpy
from collections import defaultdict

from bench.document import write_table
from streamflow import compile_graph

SHELL = (
    "access admission batches calls dead_letters encode http latency messages metrics outbox part routes saved_state"
)
SHELL += " secrets shell subscriptions http_sink websocket_source"


def main() -> None:
    """Measure the Python below src/ without comments and docstrings, by what it is for."""
    files = compile_graph(runpy.run_path("samples/quickstart.py")["graph"]).files
    bare = {path: _bare(text) for path, text in files.items() if path.endswith(".py")}
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for path, text in bare.items():
        groups[_group(path)].append(text)
        groups["together"].append(text)
    rows = [
        [name, str(len(texts)), f"{sum(map(len, texts)) / 1000:.1f} KB", f"{_zipped(texts) / 1000:.1f} KB"]
        for name, texts in groups.items()
    ]
    rows.sort(key=lambda row: row[0] == "together")
    print(write_table("size", ["part of src/", "files", "Python", "gzipped"], rows))


def _group(path: str) -> str:
    stem = path.rpartition("/")[2].removesuffix(".py")
    if "streamflow_runtime" not in path:
        return "the program: entry, processor, kernel"
    if stem.startswith("cloudflare"):
        return "the platform's adapter"
    return "the shell: admission, transaction, outbox, alarms" if stem in SHELL.split() else "the kernel's runtime"


def _bare(text: str) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            kept = [each for each in body if not _is_text(each)]
            node.body = kept or [ast.Pass()]  # type: ignore[attr-defined]
    return ast.unparse(tree)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _zipped(texts: list[str]) -> int:
    return len(gzip.compress("".join(texts).encode(), mtime=0))


if __name__ == "__main__":
    main()
