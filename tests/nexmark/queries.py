"""NEXMARK's queries as graphs, each with the SQL that asks the same."""

from __future__ import annotations

from dataclasses import dataclass

from streamflow import agg, nodes
from streamflow.dsl.edge import EdgeLike
from streamflow.dsl.graph import GraphDefinition
from streamflow.dsl.node import Node


@dataclass(frozen=True)
class Query:
    """`sql` gives the rows that reach the sink `out`, over the tables person, auction and bid; times are in ms."""

    graph: GraphDefinition
    sql: str


def _query(name: str, sql: str, steps: list[Node], edges: list[EdgeLike] | None = None, arrival: bool = False) -> Query:
    """A graph with a source `events`, and by `kind` a port for people, auctions and bids.

    `arrival`: events have no time of their own, but arrive a millisecond apart.
    """
    source = nodes.source("events", type="manual", **({} if arrival else {"timestamp": "at", "idle_timeout": "1m"}))
    cases = {kind: _is(kind) for kind in ("person", "auction", "bid")}
    chain = tuple(step.name for step in steps)
    written = edges if edges is not None else [("by-kind.bid", *chain, "out")]
    every = [source, nodes.route("by-kind", cases=cases), *steps, nodes.sink("out", type="log")]
    return Query(GraphDefinition(name, every, [("events", "by-kind"), *written]), sql)


def _is(kind):
    return lambda data: data["kind"] == kind


def _highest(packets):
    """The bids with the highest price of a window."""
    price = max(packet.data["price"] for packet in packets)
    return [packet.data for packet in packets if packet.data["price"] == price]


def _hottest(packets, window):
    """The auctions with most bids among those of windows that end together."""
    most = max(packet.data["bids"] for packet in packets)
    hot = [packet.data["auction"] for packet in packets if packet.data["bids"] == most]
    return [{"auction": auction, "bids": most, "end": window.end} for auction in hot]


def _valid(auction, bid):
    """None, which is no pair, where the auction was over."""
    if bid["at"] > auction["expires"]:
        return None
    return {"id": auction["id"], "category": auction["category"], "price": bid["price"]}


QUERIES = {
    "q0 pass through": _query(
        "Q0", 'SELECT auction, bidder, price, ms AS "at" FROM bid', [nodes.filter("all", function=lambda data: True)]
    ),
    "q1 currency": _query(
        "Q1",
        'SELECT auction, bidder, price * 0.908::DOUBLE AS price, ms AS "at" FROM bid',
        [nodes.transform("euros", function=lambda data: {**data, "price": data["price"] * 0.908})],
    ),
    "q2 selection": _query(
        "Q2",
        "SELECT auction, price FROM bid WHERE auction % 123 = 0",
        [
            nodes.filter("some", function=lambda data: data["auction"] % 123 == 0),
            nodes.transform("shown", function=lambda data: {"auction": data["auction"], "price": data["price"]}),
        ],
    ),
    "q3 local items": _query(
        "Q3",
        """SELECT name, state, auction.id AS auction FROM auction JOIN person ON seller = person.id
           WHERE category = 10 AND state IN ('OR', 'ID', 'CA')""",
        [
            nodes.filter("tens", function=lambda data: data["category"] == 10),
            nodes.filter("local", function=lambda data: data["state"] in ("OR", "ID", "CA")),
            nodes.join(
                "sold",
                within="365d",
                key=lambda data: data["seller"] if data["kind"] == "auction" else data["id"],
                function=lambda auction, person: {
                    "name": person["name"],
                    "state": person["state"],
                    "auction": auction["id"],
                },
            ),
        ],
        [("by-kind.auction", "tens", "sold.left", "out"), ("by-kind.person", "local", "sold.right")],
    ),
    "q4 prices of categories": _query(
        "Q4",
        """SELECT category, avg(price) AS price FROM (
             SELECT auction.id, category, max(price) AS price FROM auction JOIN bid ON bid.auction = auction.id
             WHERE bid.ms BETWEEN auction.ms AND expires GROUP BY ALL) GROUP BY category""",
        [
            nodes.join(
                "offers",
                within=(0, "20s"),
                key=lambda data: data["id"] if data["kind"] == "auction" else data["auction"],
                function=_valid,
            ),
            nodes.aggregate("won", window="global", key=("id", "category"), aggregates={"price": agg.max("price")}),
            nodes.aggregate("means", window="global", key="category", aggregates={"price": agg.mean("price")}),
        ],
        [("by-kind.auction", "offers.left", "won", "means", "out"), ("by-kind.bid", "offers.right")],
    ),
    "q5 hot items": _query(
        "Q5",
        """WITH counted AS (
             SELECT auction, count(*) AS bids, slide + 10000 AS until
             FROM bid, range(-8000, 2000000, 2000) AS slides(slide)
             WHERE ms >= slide AND ms < slide + 10000 GROUP BY ALL)
           SELECT auction, bids, until / 1000 AS "end" FROM counted
           QUALIFY bids = max(bids) OVER (PARTITION BY until)""",
        [
            nodes.aggregate(
                "counted", window="time", duration="10s", slide="2s", key="auction", aggregates={"bids": agg.count()}
            ),
            nodes.aggregate("hottest", window="time", duration="2s", function=_hottest),
            nodes.flat_map("each", function=lambda data: data),
        ],
    ),
    "q7 highest bids": _query(
        "Q7",
        'SELECT auction, bidder, price, ms AS "at" FROM bid QUALIFY price = max(price) OVER (PARTITION BY ms // 10000)',
        [
            nodes.aggregate("highest", window="time", duration="10s", function=_highest),
            nodes.flat_map("each", function=lambda data: data),
        ],
    ),
    "q8 new users who sell": _query(
        "Q8",
        """SELECT DISTINCT person.id, name, person.ms // 10000 * 10 AS start FROM person JOIN auction
           ON seller = person.id AND person.ms // 10000 = auction.ms // 10000""",
        [
            nodes.join(
                "both",
                window="time",
                duration="10s",
                key=lambda data: data["seller"] if data["kind"] == "auction" else data["id"],
                function=lambda person, auction: {
                    "id": person["id"],
                    "name": person["name"],
                    "start": person["at"] // 10 * 10,
                },
            ),
            nodes.aggregate("once", window="time", duration="10s", key="id", function=lambda packets: packets[0].data),
        ],
        [("by-kind.person", "both.left", "once", "out"), ("by-kind.auction", "both.right")],
    ),
    "q11 sessions of bidders": _query(
        "Q11",
        """WITH marked AS (
             SELECT *, coalesce(ms - lag(ms) OVER bids >= 10000, true)::INT AS starts FROM bid
             WINDOW bids AS (PARTITION BY bidder ORDER BY ms)),
           numbered AS (SELECT *, sum(starts) OVER (PARTITION BY bidder ORDER BY ms) AS session FROM marked)
           SELECT bidder, count(*) AS bids, min(ms) / 1000 AS start, (max(ms) + 10000) / 1000 AS "end"
           FROM numbered GROUP BY bidder, session""",
        [
            nodes.aggregate(
                "session",
                window="session",
                gap="10s",
                key="bidder",
                aggregates={"bids": agg.count(), "start": agg.window_start(), "end": agg.window_end()},
            )
        ],
    ),
    "q12 bidders by arrival": _query(
        "Q12",
        """SELECT bidder, count(*) AS bids, place // 1000 AS start FROM bid GROUP BY ALL""",
        [
            nodes.aggregate(
                "counted",
                window="time",
                duration="1s",
                key="bidder",
                aggregates={"bids": agg.count(), "start": agg.window_start()},
            )
        ],
        arrival=True,
    ),
}
