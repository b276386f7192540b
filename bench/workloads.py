"""The workloads, and how each is fed: in steps of 1000 events, in the order of arrival."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from bench.events import Event, accounts, boards, clicks, orders, payments, plants, readings, sensors

STEP = 1000

Inputs = list[Any]  # what is pushed in one step, one after the other


@dataclass(frozen=True)
class Workload:
    """One workload: its events, its sinks, and how far `roughen` may throw an event back."""

    name: str
    title: str
    source: str
    sinks: tuple[str, ...]
    windowed: bool  # windows of event time, compared by (key, start, end); otherwise compared in order
    make: Callable[..., list[Event]]  # so many events as it is asked for, or else as many as are to be measured
    throw_back: float = 0.0
    key: str = ""  # a field of results that repeats the window's key
    fed: Literal["dicts", "arrays", "objects"] = "dicts"  # lists of dicts; JSON of arrays, or of an event each
    apart: bool = False  # holds so much that no two engines are to hold it at the same time

    def roughen(self, events: list[Event]) -> list[Event]:
        """A sparse sample in which one event of 20 comes late: some still in time, some too late."""
        rng = random.Random(self.name)
        sample = [dict(event) for event in events[::20]]
        for event in sample:
            if self.throw_back and rng.random() < 0.05:
                event["timestamp"] -= rng.randrange(int(self.throw_back * 4)) / 4
        return sample

    def feed(self, events: list[Event]) -> Callable[[], Iterator[Inputs]]:
        """What gives the steps anew for each engine and round. Dicts are fresh: whoever is pushed may change them."""
        batches = [events[at : at + STEP] for at in range(0, len(events), STEP)]
        if self.fed == "dicts":
            return lambda: ([[dict(event) for event in batch]] for batch in batches)
        if self.fed == "arrays":
            return partial(iter, [[_encoded(batch)] for batch in batches])
        return partial(iter, [[_encoded(event) for event in batch] for batch in batches])


def _encoded(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


WORKLOADS = (
    Workload("W1", "the quick start: map, filter, hourly window", "webhook", ("alerts",), True, payments, 7200),
    Workload("W2", "ten-node chain, count window", "readings", ("scores",), False, readings),
    Workload(
        "W3",
        "three branches, keyed windows",
        "sensors",
        ("minutes", "extremes", "weighted"),
        True,
        partial(sensors, 3, 100),
        400,
        "sensor",
    ),
    Workload("W4", "sliding windows, keyed", "sensors", ("sliding",), True, partial(sensors, 4, 50), 80, "sensor"),
    Workload("W5", "sessions out of order, keyed", "clicks", ("visited",), True, clicks, 400, "user"),
    Workload("W6", "JSON, arrays of 1000", "orders", ("turnover",), True, orders, 200, "shop", "arrays"),
    Workload("W7", "JSON, arrays of 1000, by msgspec", "orders", ("turnover",), True, orders, 200, "shop", "arrays"),
    Workload("W8", "JSON, an event a call", "orders", ("turnover",), True, orders, 200, "shop", "objects"),
    Workload("W9", "JSON, an event a call, by msgspec", "orders", ("turnover",), True, orders, 200, "shop", "objects"),
    Workload("W10", "50 fields, 3 read", "plants", ("loads",), True, plants, 200, "plant"),
    Workload("W11", "50 fields, 3 read: JSON by msgspec", "plants", ("loads",), True, plants, 200, "plant", "arrays"),
    Workload("W12", "chain of 100 nodes", "boards", ("summaries",), False, boards),
    Workload(
        "W13", "a million keys, hourly window", "payments", ("totals",), True, accounts, 4000, "account", apart=True
    ),
)
