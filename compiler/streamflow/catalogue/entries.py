"""The entries of the catalogue: a kind of node each, with all that is to be said of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from inspect import getdoc
from pathlib import Path

from streamflow.catalogue.options import Declared, declared
from streamflow.catalogue.page import Page, page_of
from streamflow.dsl.kinds import AGGREGATES, JOINS, KINDS, SINKS, SOURCES
from streamflow.dsl.node import Options
from streamflow.dsl.plugins import usable

PAGES = Path(__file__).parent / "pages"
FAMILIES = ("source", "transform", "filter", "join", "aggregate", "sink")
_OUT = "what the node puts out"
_CHOSEN_BY = {"source": "type", "aggregate": "window", "sink": "type"}


@dataclass(frozen=True)
class Option:
    """One option: `default` is as one writes it, "required", or empty where None means that it isn't used."""

    name: str
    type: str
    default: str
    meaning: str


@dataclass(frozen=True)
class Entry:
    """One kind. `call` is how its constructor is called, `origin` the distribution that brings it."""

    kind: str
    call: str
    summary: str
    text: str
    options: tuple[Option, ...]
    outputs: tuple[tuple[str, str], ...]
    example: str
    origin: str = ""

    @property
    def family(self) -> str:
        """source, transform, filter, join, aggregate or sink."""
        return self.kind.partition(".")[0]

    @property
    def stem(self) -> str:
        """What its files are called."""
        return self.kind.replace(".", "_")


def entries() -> list[Entry]:
    """Every kind, family by family; behind the built-in ones those of plugins that can be used."""
    found = [_entry(kind, model, built_in_page(kind)) for kind, model in KINDS.items()]
    for plugin, kind in usable():
        page = page_of(kind.page or getdoc(kind.options) or "")
        found.append(_entry(kind.options.kind, kind.options, page, plugin.distribution))
    return sorted(found, key=lambda entry: FAMILIES.index(entry.family))


@cache
def built_in_page(name: str) -> Page:
    """The page of a kind, or of what every node of a family has; an empty one where there is none."""
    file = PAGES / f"{name.replace('.', '_')}.md"
    return page_of(file.read_text(encoding="utf-8")) if file.exists() else page_of("")


def _entry(kind: str, model: type[Options], page: Page, origin: str = "") -> Entry:
    shared = (built_in_page(f"every_{kind.partition('.')[0]}"), built_in_page("every_node"))
    meanings = _first(*(each.items for each in (page, *shared)))
    types = _first(*(each.types for each in (page, *shared)))
    options = [_option(each, types, meanings) for each in declared(model)]
    options.sort(key=lambda option: (option.default != "required", option.name not in page.items))
    ports = [port for port in model.ports if port != "error"]
    ports += [name.removeprefix(".") for name in page.items if name.startswith(".") and name[1:] not in model.ports]
    outputs = [(port, meanings.get(f".{port}", _OUT if port == "out" else "")) for port in (*ports, "error")]
    return Entry(
        kind, page.call or _call(kind), page.summary, page.text, tuple(options), tuple(outputs), page.example, origin
    )


def _option(option: Declared, types: dict[str, str], meanings: dict[str, str]) -> Option:
    type = types.get(option.name, option.type)
    return Option(option.name, type, option.default, meanings.get(option.name, ""))


def _first(*tables: dict[str, str]) -> dict[str, str]:
    """What the first of several tables says about each name."""
    found: dict[str, str] = {}
    for table in reversed(tables):
        found |= table
    return found


def _call(kind: str) -> str:
    family, _, name = kind.partition(".")
    for table in (SOURCES, AGGREGATES, SINKS):
        for chosen, model in table.items():
            if model.kind == kind:
                return f'nodes.{family}({_CHOSEN_BY[family]}="{chosen}")'
    if kind in (model.kind for model in JOINS.values()):
        return f"nodes.{family}({name}=...)"
    return f"nodes.{name or family}"
