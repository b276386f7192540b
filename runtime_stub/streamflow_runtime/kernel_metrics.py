"""Figures of a kernel, worked out from the few counters that its loops keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel


def metrics_of(kernel: Kernel) -> dict[str, Any]:
    """Packets processed, dropped by reason, and rejected: of the graph, and of each node."""
    nodes: dict[str, dict[str, Any]] = {}
    for name in kernel.kinds:
        nodes[name] = {
            "packets_processed": _processed(kernel, name),
            "packets_dropped": _dropped(kernel, name),
            "packets_rejected": _flow(kernel, name, "rejected") if kernel.kinds[name] == "filter" else 0,
        }
    return {
        "packets_processed": sum(kernel.admitted.values()),
        "packets_dropped": sum(sum(node["packets_dropped"].values()) for node in nodes.values()),
        "nodes": nodes,
    }


def _processed(kernel: Kernel, name: str) -> int:
    """Packets evaluated at a node: admitted there, or sent there."""
    if name in kernel.sources:
        return kernel.sources[name].admitted
    total = 0
    for origin, port, target in kernel.edges:
        if target == name:
            edge = f"{origin} -> {target}"
            total += kernel.counts[edge] if edge in kernel.conditional else _flow(kernel, origin, port)
    return total


def _flow(kernel: Kernel, name: str, port: str) -> int:
    """Packets that left a node by a port."""
    kind, left, counts = kernel.kinds[name], kernel.left, kernel.counts
    if port == "error":
        return sum(count for place, count in left.items() if _is_error_of(place, name))
    if port in ("late", "invalid"):
        return left[f"{name} {port}"]
    if kind.startswith("source"):
        return kernel.sources[name].admitted - left[f"{name} invalid"] - left[f"{name} error"]
    if port == "rejected":
        return _processed(kernel, name) - counts[name] - left[f"{name} error"]
    if kind == "transform" and name not in kernel.counted:
        return _processed(kernel, name) - left[f"{name} error"]
    return counts[name]


def _dropped(kernel: Kernel, name: str) -> dict[str, int]:
    dropped = {}
    for reason in ("error", "late", "invalid"):
        count = _flow(kernel, name, reason)
        if count and f"{name} {reason}" not in kernel.ports:
            dropped[reason] = count
    return dropped


def _is_error_of(place: str, name: str) -> bool:
    return place == f"{name} error" or (place.startswith(f"{name} -> ") and place.endswith(" error"))
