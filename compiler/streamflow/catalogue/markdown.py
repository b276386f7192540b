"""The catalogue as pages of docs/nodes/: one a kind of node, an index, the pictures."""

from __future__ import annotations

from streamflow.catalogue.entries import FAMILIES, Entry, entries
from streamflow.catalogue.pictures import pictures

_MORE = "What holds for every node, edges and functions is said in [The language](../language.md)."
_FAMILY = {
    "source": "Sources",
    "transform": "Transforms",
    "filter": "Filters",
    "join": "Joins",
    "aggregate": "Aggregates",
    "sink": "Sinks",
}


def documents() -> dict[str, str]:
    """File name to content: the built-in kinds alone, whatever is installed."""
    built_in = [entry for entry in entries() if not entry.origin]
    drawn = pictures()
    files = {"README.md": _index(built_in)}
    files |= {f"{entry.stem}.md": page(entry, [name for name in drawn if _is_of(name, entry)]) for entry in built_in}
    return files | {f"{_file(name)}.svg": svg for name, svg in drawn.items()}


def page(entry: Entry, drawn: list[str]) -> str:
    """The page of one kind; `drawn` are the names of its pictures."""
    lines = [f"# {entry.call}", "", entry.text, ""]
    for name in drawn:
        lines += [f"![{name.replace('.', ' ')}]({_file(name)}.svg)", ""]
    if entry.options:
        lines += ["| option | type | default | meaning |", "|---|---|---|---|"]
        lines += [
            f"| `{option.name}` | {_cell(option.type)} | {_default(option.default)} | {_cell(option.meaning)} |"
            for option in entry.options
        ]
        lines.append("")
    lines += ["| output | what leaves there |", "|---|---|"]
    lines += [f"| `{port}` | {_cell(meaning)} |" for port, meaning in entry.outputs]
    lines += ["", "```python", entry.example, "```", "", f"The kind is called `{entry.kind}`. {_MORE}"]
    return "\n".join(lines) + "\n"


def _index(found: list[Entry]) -> str:
    lines = [
        "# Nodes",
        "",
        "Every kind of node. `streamflow nodes` prints this list, `streamflow nodes NAME` a page.",
        "",
    ]
    for family in FAMILIES:
        lines += [f"## {_FAMILY[family]}", "", "| node | what |", "|---|---|"]
        lines += [
            f"| [`{_cell(entry.call)}`]({entry.stem}.md) | {_cell(entry.summary)} |"
            for entry in found
            if entry.family == family
        ]
        lines.append("")
    return "\n".join(lines)


def _is_of(picture: str, entry: Entry) -> bool:
    return picture.partition(" ")[0] == entry.kind


def _file(picture: str) -> str:
    return picture.replace(".", "_").replace(" ", "_")


def _default(text: str) -> str:
    return text if text in ("", "required") else f"`{text}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
