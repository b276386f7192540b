"""samples/flights.py over real flights, against DuckDB's SQL and a plain loop over the same events."""

from __future__ import annotations

import asyncio
import json
import runpy
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime
from itertools import chain, islice
from math import inf, isclose
from pathlib import Path
from typing import Any

import duckdb
import pytest

from streamflow import Packet, compile_graph
from streamflow.frontend.load import load
from streamflow.host.replay import Replay
from streamflow.testing import run

SAMPLES = Path(__file__).parents[2] / "samples"
BOUND = 12 * 3600  # out_of_orderness, in seconds
GAP = 30 * 60  # of a wave

Event = dict[str, Any]
Row = tuple[Any, ...]

# Every event with its time, and the end of its day in New York (05:00 UTC); late if that day was closed already.
EVENTS = f"""
    WITH timed AS (
        SELECT *, row_number() OVER () AS n, epoch(coalesce(departed, scheduled)::TIMESTAMP) AS moment
        FROM read_json(?, format = 'newline_delimited', columns = {{
            flight: 'VARCHAR', carrier: 'VARCHAR', origin: 'VARCHAR', scheduled: 'VARCHAR', departed: 'VARCHAR',
            delay: 'INTEGER', wind: 'DOUBLE', rain: 'DOUBLE'}})
    ), placed AS (
        SELECT *, max(moment) OVER (ORDER BY n) AS newest,
            (floor((moment - 18000) / 86400) + 1) * 86400 + 18000 AS closes
        FROM timed
    ), events AS (
        SELECT *, newest - {BOUND} >= closes AS late,
            strftime(make_timestamp(((closes - 86400) * 1000000)::BIGINT), '%Y-%m-%d') AS day
        FROM placed
    )
"""
PUNCTUALITY = f"""{EVENTS}
    SELECT day, carrier, count(*), avg(delay), max(delay), avg((delay < 15)::INT),
        count(*) FILTER (WHERE coalesce(wind, 0) >= 20 OR coalesce(rain, 0) > 0)
    FROM events WHERE departed IS NOT NULL AND NOT late GROUP BY day, carrier
"""
CANCELLATIONS = f"""{EVENTS}
    SELECT day, origin, count(*) FROM events WHERE departed IS NULL AND NOT late GROUP BY day, origin
"""
LATE = f"{EVENTS} SELECT flight, moment FROM events WHERE late"


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_year_agrees_with_sql(tmp_path: Path) -> None:
    recording = tmp_path / "flights.ndjson"
    subprocess.run([sys.executable, SAMPLES / "flights_data.py", recording], check=True)
    replay = replayed(recording)
    assert replay.kernel.admitted == {"departures": 336_776}
    assert_agreement(replay, recording)


def test_the_first_flights_agree_with_sql(tmp_path: Path) -> None:
    recording = tmp_path / "flights.ndjson"
    events = runpy.run_path(str(SAMPLES / "flights_data.py"))["events"]()
    recording.write_text("".join(json.dumps(event) + "\n" for event in islice(events, 5000)))
    assert_agreement(replayed(recording), recording)


def test_late_and_unreadable_events_leave_by_their_ports() -> None:
    early, next_evening = flight("2013-03-01T12:00:00Z"), flight("2013-03-02T17:00:00Z")
    cancelled, unreadable = flight(None), flight(None, scheduled=None)
    outputs = run(load(SAMPLES / "flights.py"), {"departures": [early, unreadable, next_evening, early, cancelled]})
    assert [packet.data["flights"] for packet in outputs["punctuality"]] == [1, 1]
    assert [packet.id for packet in outputs["too-late"]] == ["departures:3/clean:0", "departures:4"]
    assert [packet.data for packet in outputs["unreadable"]] == [unreadable]
    assert outputs["cancellations"] == []


def flight(departed: str | None, scheduled: str | None = "2013-03-01T12:00:00Z") -> Event:
    event = {"flight": "UA1", "carrier": "UA", "origin": "EWR", "dest": "IAH", "delay": 0}
    return {**event, "scheduled": scheduled, "departed": departed, "seats": None, "wind": None, "rain": None}


def replayed(recording: Path) -> Replay:
    replay = Replay(compile_graph(load(SAMPLES / "flights.py")), {})
    with recording.open() as lines:
        asyncio.run(replay.run({"departures": map(json.loads, lines)}))
    assert replay.kernel.failures() == []
    return replay


def assert_agreement(replay: Replay, recording: Path) -> None:
    outputs = {name: replay.kernel.take(name) for name in replay.kernel.outputs}
    with duckdb.connect() as database:
        database.execute("SET threads = 1")  # so that lines are numbered in their order
        punctuality, cancellations, late = (
            database.execute(query, [str(recording)]).fetchall() for query in (PUNCTUALITY, CANCELLATIONS, LATE)
        )
    airlines = runpy.run_path(str(SAMPLES / "flights.py"))["AIRLINES"]
    waves, late_for_waves = waves_by_hand(recording)
    assert_rows(outputs["punctuality"], [(day, airlines[code], *rest) for day, code, *rest in punctuality])
    assert_rows(outputs["cancellations"], cancellations)
    assert_rows(outputs["alerts"], [wave for wave in waves if wave[3] >= 10])
    assert sorted((packet.data["flight"], packet.timestamp) for packet in outputs["too-late"]) == sorted(
        late + late_for_waves
    )
    assert outputs["unreadable"] == []


def waves_by_hand(recording: Path) -> tuple[list[Row], list[Row]]:
    """Sessions of flights delayed by an hour or more per airport, and those too late for any."""
    open_waves: dict[str, list[list[Event]]] = defaultdict(list)
    closed, late, newest = [], [], -inf
    for event in map(json.loads, recording.read_text().splitlines()):
        at = event["at"] = datetime.fromisoformat(event["departed"] or event["scheduled"]).timestamp()
        newest = max(newest, at)
        if event["departed"] is None or event["delay"] < 60:
            continue
        waves = open_waves[event["origin"]]
        for wave in [wave for wave in waves if last(wave) + GAP <= newest - BOUND]:
            waves.remove(wave)
            closed.append(wave)
        touched = [wave for wave in waves if first(wave) < at + GAP and at < last(wave) + GAP]
        if touched or at + GAP > newest - BOUND:
            open_waves[event["origin"]] = [wave for wave in waves if wave not in touched]
            open_waves[event["origin"]].append([*chain.from_iterable(touched), event])
        else:
            late.append((event["flight"], at))
    closed += chain.from_iterable(open_waves.values())
    return [row_of(wave) for wave in closed], late


def row_of(wave: list[Event]) -> Row:
    began = datetime.fromtimestamp(first(wave), UTC).isoformat()
    worst = min(wave, key=lambda event: (-event["delay"], event["at"]))["flight"]
    seats = sum(event["seats"] or 0 for event in wave)
    return wave[0]["origin"], began, (last(wave) - first(wave)) / 3600, len(wave), seats, worst


def first(wave: list[Event]) -> float:
    return min(event["at"] for event in wave)


def last(wave: list[Event]) -> float:
    return max(event["at"] for event in wave)


def assert_rows(packets: list[Packet], expected: list[Row]) -> None:
    """The same rows in any order; floats within 1e-9."""
    assert len(packets) == len(expected)
    rows = sorted(tuple(packet.data.values()) for packet in packets)
    for row, other in zip(rows, sorted(expected), strict=True):
        assert all(
            isclose(a, b, rel_tol=1e-9) if isinstance(b, float) else a == b for a, b in zip(row, other, strict=True)
        )
