"""`agg.sum("amount")` and the rest: what a window keeps instead of its packets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Value: TypeAlias = str | Callable[..., Any]


@dataclass(frozen=True)
class Aggregation:
    """One entry of `aggregates=`: its kind, where its value comes from, and its parameters.

    `functions` are callbacks of its own, with how many values each is called with.
    """

    kind: str
    value: Value | None = None
    weight: Value | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    functions: Mapping[str, tuple[Callable[..., Any], int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, given in (("field", self.value), ("weight", self.weight)):
            if given is not None and not isinstance(given, str) and not callable(given):
                raise TypeError(f"agg.{self.kind}: {name} is the name of a field or a function, not {given!r}")


def sum(field: Value) -> Aggregation:
    """The sum of numbers."""
    return Aggregation("sum", field)


def count(field: Value | None = None) -> Aggregation:
    """How many packets; with a field, how many in which it is not None."""
    return Aggregation("count", field)


def min(field: Value) -> Aggregation:
    """The smallest value."""
    return Aggregation("min", field)


def max(field: Value) -> Aggregation:
    """The largest value."""
    return Aggregation("max", field)


def mean(field: Value) -> Aggregation:
    """The arithmetic mean of numbers."""
    return Aggregation("mean", field)


def stddev(field: Value) -> Aggregation:
    """The standard deviation of a sample (n - 1); None below two numbers."""
    return Aggregation("stddev", field)


def first(field: Value) -> Aggregation:
    """The value of the earliest event; ties by arrival."""
    return Aggregation("first", field)


def last(field: Value) -> Aggregation:
    """The value of the latest event; ties by arrival."""
    return Aggregation("last", field)


def collect(field: Value) -> Aggregation:
    """All values in event-time order. Memory grows with the packets."""
    return Aggregation("collect", field)


def distinct(field: Value) -> Aggregation:
    """How many different values: exact to 10,000, then approximate."""
    return Aggregation("distinct", field)


def quantile(field: Value, q: float) -> Aggregation:
    """The value below which a share `q` (0 to 1) lies: exact to 1,000 values, then within 1% of rank."""
    if isinstance(q, bool) or not isinstance(q, (int, float)) or not 0 <= q <= 1:
        raise ValueError(f"agg.quantile: q must be between 0 and 1, not {q!r}")
    return Aggregation("quantile", field, parameters={"q": float(q)})


def top_k(field: Value, k: int, weight: Value | None = None) -> Aggregation:
    """The `k` most frequent values, or those with the largest sum of `weight`: `[{"value", "count"}]`."""
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise ValueError(f"agg.top_k: k must be a whole number of at least 1, not {k!r}")
    return Aggregation("top_k", field, weight, {"k": k})


def window_start() -> Aggregation:
    """The window's start in seconds."""
    return Aggregation("window_start")


def window_end() -> Aggregation:
    """The window's end in seconds."""
    return Aggregation("window_end")


def custom(
    create: Callable[[], Any],
    add: Callable[[Any, Any], Any],
    merge: Callable[[Any, Any], Any] | None = None,
    result: Callable[[Any], Any] | None = None,
) -> Aggregation:
    """An accumulator of your own: `add(accumulator, data)` returns it, `merge(a, b)` is needed by sessions."""
    given: dict[str, tuple[Callable[..., Any] | None, int]] = {
        "create": (create, 0),
        "add": (add, 2),
        "merge": (merge, 2),
        "result": (result, 1),
    }
    for name, (function, _) in given.items():
        if function is not None and not callable(function):
            raise TypeError(f"agg.custom: {name} must be a function, not {function!r}")
    functions: dict[str, tuple[Callable[..., Any], int]] = {}
    for name, (function, listed) in given.items():
        if function is not None:
            functions[name] = (function, listed)
    return Aggregation("custom", functions=functions)
