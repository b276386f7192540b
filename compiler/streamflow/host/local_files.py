"""Where a graph that runs in this process has its tables, and the stand-ins of the platform's own stores."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from streamflow.host.local_bindings import LocalBindings
from streamflow.target.bound import bindings_of


def own_file(service: dict[str, Any]) -> Path:
    """The file of a graph's tables, below the working folder."""
    return Path(".streamflow") / f"{quote(service['graph'], safe=' ')}.sqlite"


def keeps_tables(service: dict[str, Any]) -> bool:
    """Whether the graph writes or reads tables of the object's own database."""
    nodes = (*service["sinks"].values(), *service.get("lookups", {}).values())
    return any(node["type"] in ("database", "table") and "binding" not in node for node in nodes)


def stand_ins(service: dict[str, Any], database: Path, clock: Callable[[], float]) -> LocalBindings:
    """The stand-ins of what the graph binds, in files beside the database."""
    stores = {name: kind for kind, names in bindings_of(service).items() for name in names}
    return LocalBindings(database.with_suffix(".bindings.sqlite"), clock, stores)
