"""What a graph binds of the platform's own stores: entries of `wrangler.jsonc`, and what the README says of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from streamflow.target.skeleton import slug

SECTIONS = {"kv": "kv_namespaces", "d1": "d1_databases", "r2": "r2_buckets", "analytics": "analytics_engine_datasets"}
STORES = {
    "kv": "KV namespace",
    "d1": "D1 database",
    "r2": "R2 bucket",
    "analytics": "Analytics Engine dataset",
    "queue": "the queue `{}`",
}
KINDS = {"database": "d1"}
"""Kinds of stores by the type of the nodes that use them, where the two differ."""

# A message that is not committed comes again: as often as the platform does it, for there is no other copy.
CONSUMER = {"max_batch_size": 100, "max_batch_timeout": 1, "max_retries": 100}


def bindings_of(service: dict[str, Any]) -> dict[str, list[str]]:
    """The names of bindings by the kind of store."""
    found: dict[str, list[str]] = {}
    for nodes in (service["sources"], service["sinks"], service.get("lookups", {}), _others(service)):
        for kind, name in _used(nodes):
            names = found.setdefault(kind, [])
            names += [] if name in names else [name]
    return found


def stores_of(service: dict[str, Any]) -> list[tuple[str, str]]:
    """Each binding and what it is."""
    return [
        (name, STORES[kind].format(queue_name(name))) for kind, names in bindings_of(service).items() for name in names
    ]


def queues_of(service: dict[str, Any]) -> list[str]:
    """The names of the queues: those the platform's tool doesn't make by itself."""
    return [queue_name(name) for name in bindings_of(service).get("queue", ())]


def queue_name(binding: str) -> str:
    """The queue behind a binding: graphs that bind the same name meet there."""
    return slug(binding)


def wrangler_sections(service: dict[str, Any]) -> dict[str, str]:
    """Sections of `wrangler.jsonc` with their values as JSON. The platform's tool makes what has no id yet."""
    sections: dict[str, Any] = {
        SECTIONS[kind]: [{"binding": name} for name in names]
        for kind, names in bindings_of(service).items()
        if kind in SECTIONS
    }
    senders = (*_used(service["sinks"]), *_used(_others(service)))
    producers = list(dict.fromkeys(name for kind, name in senders if kind == "queue"))
    consumers = [source["queue"] for source in service["sources"].values() if source["type"] == "queue"]
    queues = {
        "producers": [{"binding": name, "queue": queue_name(name)} for name in producers],
        "consumers": [{"queue": name, **CONSUMER} for name in consumers],
    }
    if producers or consumers:
        sections["queues"] = {part: entries for part, entries in queues.items() if entries}
    return {name: json.dumps(value) for name, value in sections.items()}


def _others(service: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Stores that functions alone use, or send to."""
    nodes = (*service["sinks"].values(), *service.get("lookups", {}).values())
    named = {options.get("binding") for options in nodes}
    return {name: options for name, options in service.get("reached", {}).items() if name not in named}


def _used(nodes: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for options in nodes.values():
        if "binding" in options:
            yield KINDS.get(options["type"], options["type"]), options["binding"]
