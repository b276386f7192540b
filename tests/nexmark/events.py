"""Events of the NEXMARK benchmark: people who register, auctions that they open, bids on them. The same every time."""

from __future__ import annotations

from random import Random
from typing import Any

APART_MS = 10  # from one event to the next
STATES = ("OR", "ID", "CA", "WA", "AZ", "WY")
CATEGORIES = range(10, 15)
HOT = 4  # three in four bids are on the newest auctions, and by the newest bidders


def events(number: int, seed: int = 7) -> list[dict[str, Any]]:
    """Of 50 events one is a person, three are auctions, 46 are bids. `at` and `expires` are in seconds."""
    random = Random(seed)
    people = auctions = 0
    made: list[dict[str, Any]] = []
    for position in range(number):
        at = position * APART_MS / 1000
        if position % 50 == 0:
            made.append(
                {"kind": "person", "id": people, "name": f"n{people % 97}", "state": random.choice(STATES), "at": at}
            )
            people += 1
        elif position % 50 <= 3:
            made.append(
                {
                    "kind": "auction",
                    "id": auctions,
                    "item": f"i{auctions}",
                    "category": random.choice(CATEGORIES),
                    "seller": _near(random, people),
                    "expires": at + random.randrange(1, 20),
                    "at": at,
                }
            )
            auctions += 1
        else:
            auction, bidder = _near(random, auctions), _near(random, people)
            price = random.randrange(100, 10_000)
            made.append({"kind": "bid", "auction": auction, "bidder": bidder, "price": price, "at": at})
    return made


def _near(random: Random, number: int) -> int:
    """One of so many, mostly one of the newest."""
    if random.randrange(HOT):
        return max(0, number - 1 - random.randrange(10))
    return random.randrange(number)
