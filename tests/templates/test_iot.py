"""The sensor aggregator: its sample against plain Python, its formats, the shapes of records, what it refuses."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from streamflow import templates
from streamflow.diagnostics import CompileError
from streamflow.testing import run
from templates.samples import events_of, graph_of

SENSORS = ["temperature", "humidity", "pressure"]
READINGS = [
    {"device": "a", "temperature": 20, "humidity": None, "at": 1},
    {"device": "b 1", "sensor": "pressure", "value": 1013.5, "at": 5},
    {"device": "a", "temperature": 21, "battery": 3, "at": 9},
    {"device": "a", "sensor": "battery", "value": 3, "at": 10},
    {"device": "a", "temperature": 22, "at": 61},
]
FIRST = [
    {"device": "a", "sensor": "temperature", "mean": 20.5, "min": 20, "max": 21, "count": 2},
    {"device": "b 1", "sensor": "pressure", "mean": 1013.5, "min": 1013.5, "max": 1013.5, "count": 1},
]
SECOND = {"device": "a", "sensor": "temperature", "mean": 22.0, "min": 22, "max": 22, "count": 1}


def test_the_sample_is_what_plain_python_makes_of_its_readings() -> None:
    readings = events_of("readings")
    windows: defaultdict[tuple[float, str, str], list[float]] = defaultdict(list)
    for reading in readings:
        minute = datetime.fromisoformat(reading["at"]).timestamp() // 60 * 60
        for sensor in SENSORS:
            if reading.get(sensor) is not None:
                windows[minute, reading["device"], sensor].append(reading[sensor])
    assert len(windows) == 43
    for packet in run(graph_of("sensors"), {"readings": readings})["sensors"]:
        values = windows.pop((packet.window.start, packet.data["device"], packet.data["sensor"]))
        assert packet.data["mean"] == pytest.approx(sum(values) / len(values), rel=1e-12)
        assert [packet.data[name] for name in ("min", "max", "count")] == [min(values), max(values), len(values)]
    assert not windows


def test_json_is_served_by_sensor_and_pushed_by_window() -> None:
    outputs = run(aggregator("json"), {"readings": READINGS})
    assert [packet.data for packet in outputs["sensors"]] == [*FIRST, SECOND]
    assert [packet.data for packet in outputs["push"]] == [FIRST, [SECOND]]


def test_prometheus_text_is_pushed_a_window_at_once() -> None:
    first, _ = run(aggregator("prometheus"), {"readings": READINGS})["push"]
    families = [*text_string_to_metric_families(first.data)]
    found = {
        (sample.name, sample.labels["device"], sample.labels["sensor"]): sample.value
        for family in families
        for sample in family.samples
    }
    assert [family.type for family in families] == ["gauge"] * 4
    assert found == {
        (f"sensors_{field}", result["device"], result["sensor"]): result[field]
        for result in FIRST
        for field in ("mean", "min", "max", "count")
    }


def test_line_protocol_has_the_end_of_the_window_as_its_time() -> None:
    outputs = run(aggregator("influx"), {"readings": READINGS})
    lines = [
        "sensors,device=a,sensor=temperature mean=20.5,min=20,max=21,count=2 59999000000",
        r"sensors,device=b\ 1,sensor=pressure mean=1013.5,min=1013.5,max=1013.5,count=1 59999000000",
    ]
    assert outputs["push"][0].data == "\n".join(lines)
    assert [packet.data for packet in outputs["sensors"]][:2] == lines


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sensors": []}, "`sensors` must be different names"),
        ({"sensors": "temperature"}, "`sensors` must be different names"),
        ({"sensors": ["a", "a"]}, "`sensors` must be different names"),
        ({"output_format": "promtheus"}, "`output_format` can't be 'promtheus'"),
        ({"aggregate_window": 0}, "aggregate `summaries`: `duration`"),
    ],
)
def test_a_problem_is_at_the_line_of_the_call(options: dict[str, Any], message: str) -> None:
    with pytest.raises(CompileError, match=message) as refused:
        templates.iot.create_sensor_aggregator(**{"sensors": SENSORS, **options})
    assert all(each.span is not None and each.span.file == __file__ for each in refused.value.diagnostics)


def aggregator(output_format: Any) -> Any:
    return templates.iot.create_sensor_aggregator(
        SENSORS, output_format=output_format, timestamp="at", push_url="https://push.example.com/sensors"
    )
