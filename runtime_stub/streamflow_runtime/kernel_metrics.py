"""Figures of a kernel, worked out from the few counters that its loops keep."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from streamflow_runtime.failure import node_of

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel


_TURNED_AWAY = {  # by which port leaves what does not go on
    "filter": "rejected",
    "filter.sample": "rejected",
    "filter.dedupe": "duplicate",
    "filter.rate_limit": "limited",
}
_RARE = {"ids_forgotten": "forgotten", "retries": "retried"}  # told only where there are any
_REASONS = {"filter.route": ("error", "no route"), "filter.rate_limit": ("error", "limited")}


def metrics_of(kernel: Kernel) -> dict[str, Any]:
    """Packets processed, dropped by reason, and rejected: of the graph, and of each node."""
    errors, lost = _failures(kernel, "error"), _failures(kernel, "lost")
    into: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    wired: defaultdict[str, set[str]] = defaultdict(set)
    for origin, port, target, *counter in kernel.edges:
        into[target.partition(".")[0]].append((origin, port, *counter))
        wired[origin].add(port)
    nodes: dict[str, dict[str, Any]] = {}
    admitted = kernel.admitted
    left: defaultdict[tuple[str, str], int] = defaultdict(int)  # packets that left a node by a port
    for name, kind in kernel.kinds.items():
        processed = admitted.get(name, 0)
        for origin, port, *counter in into[name]:
            processed += kernel.counts[counter[0]] if counter else left[origin, port]
        ports = _ports(kernel, name, kind, processed - kernel.left[f"{name} waiting"], wired[name])
        ports["error"] = errors[name]
        left.update(((name, port), count) for port, count in ports.items())
        nodes[name] = {
            "packets_processed": processed,
            "packets_dropped": _dropped(kernel, name, kind, ports, lost[name]),
            "packets_rejected": ports.get("rejected", 0) + ports.get("duplicate", 0),
        }
        for figure, place in _RARE.items():
            if count := kernel.left[f"{name} {place}"]:
                nodes[name][figure] = count
    return {
        "packets_processed": sum(source.admitted for source in kernel.sources.values()),
        "packets_dropped": sum(sum(node["packets_dropped"].values()) for node in nodes.values()),
        "nodes": nodes,
    }


def _ports(kernel: Kernel, name: str, kind: str, processed: int, wired: set[str]) -> dict[str, int]:
    """Packets that left by each port but `error`, which counts failing edges too."""
    left, out = kernel.left, kernel.counts[name]
    failed = left[f"{name} error"]
    if kind.startswith("source"):
        invalid, duplicate = left[f"{name} invalid"], left[f"{name} duplicate"]
        return {"out": processed - invalid - duplicate - failed, "invalid": invalid, "duplicate": duplicate}
    if kind in _TURNED_AWAY:
        return {"out": out, _TURNED_AWAY[kind]: processed - out - failed}
    if kind == "filter.route":
        return {**{port: kernel.counts[f"{name} {port}"] for port in wired}, "no route": left[f"{name} no route"]}
    if kind == "transform" and name not in kernel.counted:
        return {"out": processed - failed}
    others = {port: kernel.counts[f"{name} {port}"] for port in wired}
    sides = {port: left[f"{name} {port}"] for port in ("late", "invalid", "unmatched", "missing")}
    return {**others, "out": out, **sides}


def _dropped(kernel: Kernel, name: str, kind: str, ports: dict[str, int], lost: int) -> dict[str, int]:
    """What left by a port with nothing behind it, or failed on its way out of `error`."""
    reasons = _REASONS.get(kind, ("error", "late", "invalid", "missing"))
    unwired = (port for port in reasons if not any(edge[:2] == (name, port) for edge in kernel.edges))
    dropped = {port: ports.get(port, 0) for port in unwired}
    dropped["error"] = dropped.get("error", 0) + lost
    return {reason: count for reason, count in dropped.items() if count}


def _failures(kernel: Kernel, how: str) -> defaultdict[str, int]:
    """Failures by node, those of its conditional edges among them. "lost": where its `error` edge failed in turn."""
    failures: defaultdict[str, int] = defaultdict(int)
    for place, count in kernel.left.items():
        where, _, port = place.rpartition(" ")
        if port == how:
            failures[node_of(where)] += count
    return failures
