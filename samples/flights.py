"""Departures from New York's airports: punctuality by airline and day, cancellations, and waves of delays.

`python samples/flights_data.py flights.ndjson` writes a year of events, such as

    {"flight": "UA1545", "carrier": "UA", "origin": "EWR", "dest": "IAH", "scheduled": "2013-01-01T10:15:00Z",
     "departed": "2013-01-01T10:17:00Z", "delay": 2, "tail": "N14228", "seats": 149, "wind": 12.66, "rain": 0.0}

and `streamflow run samples/flights.py --input flights.ndjson --output out` replays it.
"""

from datetime import UTC, datetime

from streamflow import Graph, nodes

AIRLINES = {
    "9E": "Endeavor Air",
    "AA": "American Airlines",
    "AS": "Alaska Airlines",
    "B6": "JetBlue Airways",
    "DL": "Delta Air Lines",
    "EV": "ExpressJet Airlines",
    "F9": "Frontier Airlines",
    "FL": "AirTran Airways",
    "HA": "Hawaiian Airlines",
    "MQ": "Envoy Air",
    "OO": "SkyWest Airlines",
    "UA": "United Air Lines",
    "US": "US Airways",
    "VX": "Virgin America",
    "WN": "Southwest Airlines",
    "YV": "Mesa Airlines",
}

# Days begin at midnight in New York, by standard time: 05:00 UTC.
MIDNIGHT = "5h"


def moment(data):
    """A flight counts from when it left; a cancelled one from when it should have."""
    return data["departed"] or data["scheduled"]


def clean(data):
    """What the windows read, with the airline's name for its code. A missing measurement counts as calm and dry."""
    return {
        "flight": data["flight"],
        "airline": AIRLINES[data["carrier"]],
        "origin": data["origin"],
        "dest": data["dest"],
        "delay": data["delay"],
        "seats": data["seats"],
        "rough": (data["wind"] or 0) >= 20 or (data["rain"] or 0) > 0,
    }


def punctuality(packets, window):
    """One airline's day. On time is less than 15 minutes late, as the Department of Transportation counts."""
    return {
        "day": day(window),
        "airline": window.key,
        "flights": len(packets),
        "mean_delay": sum(p.data["delay"] for p in packets) / len(packets),
        "worst_delay": max(p.data["delay"] for p in packets),
        "on_time": sum(p.data["delay"] < 15 for p in packets) / len(packets),
        "in_rough_weather": sum(p.data["rough"] for p in packets),
    }


def day(window):
    return datetime.fromtimestamp(window.start, UTC).date().isoformat()


def wave(packets, window):
    """A run of delayed departures from one airport, each less than half an hour after the one before."""
    return {
        "origin": window.key,
        "began": datetime.fromtimestamp(window.start, UTC).isoformat(),
        "hours": (packets[-1].timestamp - packets[0].timestamp) / 3600,
        "flights": len(packets),
        "passengers_at_most": sum(p.data["seats"] or 0 for p in packets),
        "worst": max(packets, key=lambda p: p.data["delay"]).data["flight"],
    }


graph = Graph(
    name="New York Departures",
    nodes=[
        # Events come in the order of the timetable, so a flight that left 12 hours late is 12 hours ahead of its time.
        nodes.source("departures", type="manual", timestamp=moment, out_of_orderness="12h", idle_timeout="1d"),
        nodes.filter("flown", function=lambda data: data["departed"] is not None),
        nodes.transform("clean", function=clean),
        nodes.aggregate("daily", window="time", duration="1d", offset=MIDNIGHT, key="airline", function=punctuality),
        nodes.sink(
            "punctuality",
            type="database",
            table="punctuality",
            columns=("day", "airline", "flights", "mean_delay", "worst_delay", "on_time", "in_rough_weather"),
        ),
        nodes.aggregate(
            "cancelled",
            window="time",
            duration="1d",
            offset=MIDNIGHT,
            key="origin",
            function=lambda packets, window: {
                "day": day(window),
                "origin": window.key,
                "flights": len(packets),
            },
        ),
        nodes.sink("cancellations", type="database", table="cancellations", columns=("day", "origin", "flights")),
        nodes.filter("delayed", function=lambda data: data["delay"] >= 60),
        nodes.aggregate("waves", window="session", gap="30m", key="origin", function=wave),
        nodes.filter("large", function=lambda data: data["flights"] >= 10),
        nodes.sink("alerts", type="log"),
        nodes.sink("too-late", type="log"),
        nodes.sink("unreadable", type="log"),
    ],
    edges=[
        ("departures", "flown", "clean", "daily", "punctuality"),
        ("flown.rejected", "cancelled", "cancellations"),
        ("clean", "delayed", "waves", "large", "alerts"),
        # Flights whose window was closed when they came, and events that say no time.
        ("daily.late", "too-late"),
        ("cancelled.late", "too-late"),
        ("waves.late", "too-late"),
        ("departures.invalid", "unreadable"),
    ],
)
