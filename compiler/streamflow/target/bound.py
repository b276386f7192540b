"""What a graph binds of the platform's own stores: entries of `wrangler.jsonc`, and what the README says of them."""

from __future__ import annotations

import json
from typing import Any

SECTIONS = {"kv": "kv_namespaces", "analytics": "analytics_engine_datasets"}
STORES = {"kv": "KV namespace", "analytics": "Analytics Engine dataset"}


def bindings_of(service: dict[str, Any]) -> dict[str, list[str]]:
    """The names of bindings by the type of node that uses them."""
    found: dict[str, list[str]] = {}
    for options in (*service["sources"].values(), *service["sinks"].values()):
        if options["type"] in SECTIONS:
            names = found.setdefault(options["type"], [])
            names += [] if options["binding"] in names else [options["binding"]]
    return found


def stores_of(service: dict[str, Any]) -> list[tuple[str, str]]:
    """Each binding and what it is."""
    return [(name, STORES[kind]) for kind, names in bindings_of(service).items() for name in names]


def wrangler_sections(service: dict[str, Any]) -> dict[str, str]:
    """Sections of `wrangler.jsonc` with their values as JSON. The platform's tool makes what has no id yet."""
    return {
        SECTIONS[kind]: json.dumps([{"binding": name} for name in names])
        for kind, names in bindings_of(service).items()
    }
