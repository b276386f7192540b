"""Installed packages as they lie on the path: modules, and the metadata that names their entry points."""

from __future__ import annotations

import textwrap
from pathlib import Path

DECLARES = """
from typing import ClassVar

from streamflow.plugin import Give, Keep, NodeKind, Operator, Options, State


class {name}Options(Options):
    '''Multiplies.'''

    kind: ClassVar[str] = "transform.{name}"
    by: int = 2


NODE = NodeKind({name}Options, api={api}, operator=Operator(Give("data * by")))
"""


def package(folder: Path, distribution: str, modules: dict[str, str], **points: str) -> None:
    """Lay out a distribution, version 1.0, with these modules; `points` are its entry points."""
    info = folder / f"{distribution.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    lines = "".join(f"{name} = {value}\n" for name, value in points.items())
    (info / "entry_points.txt").write_text(f"[streamflow.nodes]\n{lines}")
    for name, text in modules.items():
        path = folder / f"{name.replace('.', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))


def declaring(name: str, api: int = 1) -> str:
    """The module of a node that multiplies by its option `by`."""
    return DECLARES.format(name=name, api=api)
