"""The events of the workloads, seeded: the same every time. Timestamps are multiples of 0.25 s, exact as floats."""

import random
from typing import Any

EVENTS = 200_000
EPOCH = 1_700_000_000.0

Event = dict[str, Any]


def payments(count: int = EVENTS) -> list[Event]:
    rng = random.Random(1)
    return [
        {"id": i, "amount": rng.randrange(100, 20_000), "currency": "USD", "timestamp": EPOCH + i * 0.5}
        for i in range(count)
    ]


def readings(count: int = EVENTS) -> list[Event]:
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
        for i in range(count)
    ]


def sensors(seed: int, sensors: int, count: int = EVENTS) -> list[Event]:
    """400 events a second of so many sensors, in order; a quarter second's 100 have one timestamp."""
    rng = random.Random(seed)
    return [
        {
            "sensor": f"s{rng.randrange(sensors)}",
            "value": round(rng.uniform(-50, 100), 2),
            "weight": rng.randrange(10),
            "timestamp": EPOCH + i * 4 // 400 * 0.25,
        }
        for i in range(count)
    ]


def clicks(count: int = EVENTS, users: int = 2000, delay: float = 10.0) -> list[Event]:
    """Visits of users: clicks at most 24 s apart, then a pause. Each arrives up to `delay` seconds late, none later."""
    rng = random.Random(5)
    arriving = []
    for user in range(users):
        moment = EPOCH + rng.randrange(2400) / 4
        for _ in range(count // users):
            pause = rng.randrange(120, 2400) if rng.random() < 0.125 else rng.randrange(1, 97)
            moment += pause / 4
            event = {"user": f"u{user}", "page": rng.randrange(400), "price": rng.randrange(100), "timestamp": moment}
            arriving.append((moment + rng.randrange(int(delay * 4)) / 4, len(arriving), event))
    return [event for _, _, event in sorted(arriving)]


def orders(count: int = EVENTS) -> list[Event]:
    """Orders of 200 shops, ten a second."""
    rng = random.Random(6)
    return [
        {
            "id": f"order-{i:08}",
            "shop": f"shop-{rng.randrange(200)}",
            "status": "paid" if rng.random() < 0.75 else "open",
            "amount": rng.randrange(100, 50_000) / 100,
            "currency": rng.choice(["EUR", "USD", "GBP"]),
            "customer": {"id": rng.randrange(100_000), "country": rng.choice(["DE", "FR", "US"])},
            "items": [{"sku": f"sku-{rng.randrange(1000)}", "quantity": rng.randrange(1, 5)} for _ in range(2)],
            "timestamp": EPOCH + i * 4 // 40 * 0.25,
        }
        for i in range(count)
    ]


def plants(count: int = EVENTS) -> list[Event]:
    """Records of 50 fields, numbers and short texts, 100 a second."""
    rng = random.Random(10)
    names = [f"field_{number:02}" for number in range(47)]
    return [
        {
            **{
                name: f"v{rng.randrange(90)}" if at % 5 == 0 else rng.randrange(10_000) for at, name in enumerate(names)
            },
            "plant": f"p{rng.randrange(40)}",
            "load": rng.randrange(400),
            "timestamp": EPOCH + i * 4 // 100 * 0.25,
        }
        for i in range(count)
    ]


def boards(count: int = EVENTS // 4) -> list[Event]:
    rng = random.Random(12)
    return [{"board": i, "value": round(rng.uniform(-75, 300), 1), "firmware": "2.4.1"} for i in range(count)]


def accounts(count: int = 1_500_000) -> list[Event]:
    """Payments of two thirds as many accounts, each of which pays at least once; all within one hour."""
    rng = random.Random(13)
    keys = count * 2 // 3
    paying = [*range(keys), *(rng.randrange(keys) for _ in range(count - keys))]
    rng.shuffle(paying)
    first = EPOCH // 3600 * 3600
    return [
        {"account": f"acct-{paid:07}", "amount": rng.randrange(10_000), "timestamp": first + i * 4 // 2000 * 0.25}
        for i, paid in enumerate(paying)
    ]
