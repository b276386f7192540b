"""The events of W1 to W4, seeded, and how each workload is fed: in batches of 1000, in the order of arrival."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

EVENTS = 200_000
BATCH = 1000
EPOCH = 1_700_000_000.0  # every timestamp is a multiple of 0.25 s, exact as a float and in milliseconds

Event = dict[str, Any]


@dataclass(frozen=True)
class Workload:
    """One workload: its events, its sinks, and how far `roughen` may throw an event back."""

    name: str
    title: str
    source: str
    sinks: tuple[str, ...]
    windowed: bool  # windows of event time, compared by (key, start, end); otherwise compared in order
    make: Callable[[], list[Event]]
    throw_back: float = 0.0

    def roughen(self, events: list[Event]) -> list[Event]:
        """A sparse sample in which one event of 20 comes late: some still in time, some too late."""
        rng = random.Random(self.name)
        sample = [dict(event) for event in events[::20]]
        for event in sample:
            if self.throw_back and rng.random() < 0.05:
                event["timestamp"] -= rng.randrange(int(self.throw_back * 4)) / 4
        return sample


def batches(events: list[Event]) -> Iterator[list[Event]]:
    """The batches to push. Their dicts are fresh, because whoever is pushed may change them."""
    for at in range(0, len(events), BATCH):
        yield [dict(event) for event in events[at : at + BATCH]]


def payments() -> list[Event]:
    rng = random.Random(1)
    return [
        {"id": i, "amount": rng.randrange(100, 20_000), "currency": "USD", "timestamp": EPOCH + i * 0.5}
        for i in range(EVENTS)
    ]


def readings() -> list[Event]:
    rng = random.Random(2)
    return [
        {
            "device": f"d{rng.randrange(500)}",
            "region": rng.choice(["eu", "us", "ap"]),
            "status": "ok" if rng.random() < 0.8 else "fault",
            "temperature": round(rng.uniform(20, 110), 1),
            "humidity": round(rng.uniform(5, 100), 1),
            "pressure": rng.randrange(98_000, 103_000),
            "battery": rng.randrange(101),
            "sequence": i,
        }
        for i in range(EVENTS)
    ]


def sensors(seed: int, count: int) -> list[Event]:
    """400 events a second of so many sensors, in order; a quarter second's 100 have one timestamp."""
    rng = random.Random(seed)
    return [
        {
            "sensor": f"s{rng.randrange(count)}",
            "value": round(rng.uniform(-50, 100), 2),
            "weight": rng.randrange(10),
            "timestamp": EPOCH + i * 4 // 400 * 0.25,
        }
        for i in range(EVENTS)
    ]


WORKLOADS = (
    Workload("W1", "the quick start: map, filter, hourly window", "webhook", ("alerts",), True, payments, 7200),
    Workload("W2", "ten-node chain, count window", "readings", ("scores",), False, readings),
    Workload(
        "W3",
        "three branches, keyed windows",
        "sensors",
        ("minutes", "extremes", "weighted"),
        True,
        lambda: sensors(3, 100),
        400,
    ),
    Workload("W4", "sliding windows, keyed", "sensors", ("sliding",), True, lambda: sensors(4, 50), 80),
)
