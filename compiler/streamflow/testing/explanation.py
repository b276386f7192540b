"""Why a sink got something else than a test expects: the difference, and the paths of the packets in question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamflow.testing.differences import aligned, difference
from streamflow.testing.paths import came, data_on_the_way, ends_at, went
from streamflow.testing.trace import Departure, Trace
from streamflow_runtime.packet import Packet

_SHOWN = 5  # packets of each sort, with their paths


def explained(trace: Trace, sink: str, expected: Sequence[Any], packets: Sequence[Packet]) -> str:
    """The message of a failing assertion."""
    seen = [packet.data for packet in packets]
    pairs = aligned(expected, seen)
    missing = [expected[a] for a, b in pairs if a is not None and b is None]
    more = [packets[b] for a, b in pairs if a is None and b is not None]
    lines = [f"`{sink}`: expected {_counted(len(expected))}, saw {len(seen)}", *difference(expected, seen, pairs)]
    if missing and len(missing) == len(more) and all(packet.data in missing for packet in more):
        lines += ["", "The same outputs, in another order."]
    if more:
        lines += _unexpected(trace, sink, more)
    if missing:
        lines += _missing(trace, sink, missing, "" if more else f"Every packet has come to `{sink}` in some form.")
    if trace.broke_off:
        lines += ["", f"The paths end where the run, told again, broke off: {trace.broke_off}"]
    return "\n".join(lines)


def _unexpected(trace: Trace, sink: str, packets: Sequence[Packet]) -> list[str]:
    lines = ["", f"+ reached `{sink}`:"]
    for packet in packets[:_SHOWN]:
        arrival = next((one for one in trace.arrivals[sink] if one.packet.id == packet.id), None)
        if arrival is None:
            lines.append(f"  {packet.id}  {packet.data!r}: its path is not known, a function gave something else again")
        else:
            lines += [f"  {line}" for line in came(trace, arrival)]
    return lines + _rest(len(packets))


def _missing(trace: Trace, sink: str, missing: Sequence[Any], none_astray: str) -> list[str]:
    """What was sent in and did not come to the sink: the likeliest first."""
    sources = [root for root in trace.roots if not root.causes and trace.graph.by_name[root.node].family == "source"]
    astray = [root for root in sources if not ends_at(trace, root, sink)]
    if not sources:
        return ["", "Nothing was injected."]
    if not astray:
        return ["", none_astray] if none_astray else []
    astray.sort(key=lambda root: -max(_likeness(root, value) for value in missing))
    lines = ["", f"- did not come to `{sink}`:"]
    for root in astray[:_SHOWN]:
        lines += [f"  {line}" for line in went(trace, root)]
    return lines + _rest(len(astray))


def _likeness(root: Departure, wanted: Any) -> int:
    """How many fields of a wanted value a packet has had on its way, with the same value."""
    if not isinstance(wanted, dict):
        return int(any(_same(value, wanted) for value in data_on_the_way(root)))
    values = [value for value in data_on_the_way(root) if isinstance(value, dict)]
    return max((sum(_same(value.get(name), field) for name, field in wanted.items()) for value in values), default=0)


def _same(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except Exception:
        return False


def _rest(number: int) -> list[str]:
    return [f"  and {number - _SHOWN} more"] if number > _SHOWN else []


def _counted(outputs: int) -> str:
    return f"{outputs} output{'' if outputs == 1 else 's'}"
