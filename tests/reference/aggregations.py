"""`aggregates=` as the language defines them: the plain computation over the values of a window's packets."""

from __future__ import annotations

import statistics
from collections import Counter
from typing import Any

from reference.calls import key_of, pick
from reference.packet import Packet, Window, copied
from streamflow.dsl.agg import Aggregation

_NUMBERS = ("sum", "mean", "stddev", "quantile")


def values_of(aggregates: dict[str, Aggregation], packet: Packet) -> dict[str, Any]:
    """What a packet adds to a window, by entry. Raises where it can't be added."""
    picked = {name: _picked(aggregation, packet) for name, aggregation in aggregates.items()}
    return {name: _checked(aggregation, picked[name], packet) for name, aggregation in aggregates.items()}


def result_of(
    aggregates: dict[str, Aggregation],
    key_option: Any,
    packets: list[Packet],
    values: list[dict[str, Any]],
    window: Window,
) -> dict[str, Any]:
    """The result of a window. `packets` and their `values` come in the order of arrival."""
    result: dict[str, Any] = {}
    if isinstance(key_option, str):
        result[key_option] = window.key
    elif isinstance(key_option, tuple):
        result |= dict(zip(key_option, window.key, strict=True))
    order = sorted(range(len(packets)), key=lambda place: packets[place].timestamp)
    for name, aggregation in aggregates.items():
        if aggregation.kind == "custom":  # takes data as it is: a null is a value like any other
            result[name] = _custom(aggregation, [each[name] for each in values])
            continue
        arrived = [each[name] for each in values if each[name] is not None]
        in_time = [values[place][name] for place in order if values[place][name] is not None]
        result[name] = _result(aggregation, arrived, in_time, window)
    return result


def _picked(aggregation: Aggregation, packet: Packet) -> Any:
    kind = aggregation.kind
    if kind in ("window_start", "window_end"):
        return None
    if kind == "custom":
        return copied(packet.data)
    if aggregation.value is None:
        return True
    value = pick(aggregation.value, packet)
    return value if aggregation.weight is None else (value, pick(aggregation.weight, packet))


def _checked(aggregation: Aggregation, value: Any, packet: Packet) -> Any:
    kind = aggregation.kind
    if kind in _NUMBERS:
        return _number(value)
    if kind == "top_k" and aggregation.weight is not None:
        value, weight = value
        key_of(lambda data: value, packet)
        return None if value is None or _number(weight) is None else (value, weight)
    if kind in ("distinct", "top_k"):
        key_of(lambda data: value, packet)
    return value


def _number(value: Any) -> Any:
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
        raise TypeError(f"a number is needed, not {type(value).__name__}")
    return value


def _result(aggregation: Aggregation, arrived: list[Any], in_time: list[Any], window: Window) -> Any:
    kind = aggregation.kind
    if kind == "window_start":
        return window.start
    if kind == "window_end":
        return window.end
    if kind == "count":
        return len(arrived)
    if kind == "distinct":
        return len(set(arrived))
    if kind == "stddev":
        return statistics.stdev(arrived) if len(arrived) > 1 else None
    if not arrived:
        return None
    if kind == "top_k":
        weights: Counter[Any] = Counter()
        for item in arrived:
            value, weight = item if aggregation.weight is not None else (item, 1)
            weights[value] += weight
        return [{"value": value, "count": weight} for value, weight in weights.most_common(aggregation.parameters["k"])]
    if kind == "quantile":
        return _quantile(sorted(arrived), aggregation.parameters["q"])
    return {
        "sum": lambda: sum(arrived),
        "mean": lambda: sum(arrived) / len(arrived),
        "min": lambda: min(arrived),
        "max": lambda: max(arrived),
        "first": lambda: in_time[0],
        "last": lambda: in_time[-1],
        "collect": lambda: in_time,
    }[kind]()


def _custom(aggregation: Aggregation, values: list[Any]) -> Any:
    functions = {role: function for role, (function, _) in aggregation.functions.items()}
    accumulator = functions["create"]()
    for value in values:
        accumulator = functions["add"](accumulator, copied(value))
    return functions["result"](accumulator) if "result" in functions else accumulator


def _quantile(values: list[Any], q: float) -> Any:
    place = q * (len(values) - 1)
    below = int(place)
    share = place - below
    return values[below] if not share else values[below] + (values[below + 1] - values[below]) * share
