"""Fills the whole-file skeletons; text of the user's enters them as literals, or on one line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import jinja2

LONGEST_SLUG = 54


def fill_skeleton(name: str, values: Mapping[str, Any]) -> str:
    """The text of `{name}.j2` with these values."""
    return _environment().get_template(f"{name}.j2").render(values)


def docstring(summary: str, rest: str) -> str:
    """A module's docstring as Python text."""
    text = f"{summary}\n\n{rest}\n".replace("\\", "\\\\").replace('"""', r"\"\"\"")
    return f'"""{text}"""'


def one_line(text: str) -> str:
    """Text for comments and headings: printable, without line breaks."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def slug(name: str) -> str:
    """A graph's name as the platform's tools take it: lower-case letters, digits and dashes."""
    return re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")[:LONGEST_SLUG].rstrip("-") or "streamflow-graph"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("streamflow_templates", "."),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["json"] = json.dumps
    return environment
