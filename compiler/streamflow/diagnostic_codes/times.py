"""Diagnostics of time: windows that can't close, stay open, or go by another clock than meant."""

from __future__ import annotations

from streamflow.diagnostic_codes.explanation import Explanation

_SOURCE = '        nodes.source("orders", type="webhook"{}),\n'
_HOURLY = '        nodes.aggregate("hourly", window="time", duration="1h", function=lambda packets: len(packets){}),\n'
_SINKS = '        nodes.sink("out", type="log"),\n'
_MISSED = '        nodes.sink("missed", type="log"),\n'
_TIMED = ', timestamp="time"'
_IDLE = ', timestamp="time", idle_timeout="1m"'
_SHOWN = ', schema={"type": "object", "properties": {"time": {"type": "number"}}}'


def _graph(nodes: str, edges: str = "") -> str:
    edges = f"    edges=[{edges}],\n" if edges else ""
    return f'graph = Graph(\n    name="Orders",\n    nodes=[\n{nodes}    ],\n{edges})'


def _hourly(source: str, before: str = "") -> str:
    return _graph(_SOURCE.format(source) + before + _HOURLY.format("") + _SINKS)


_LATENESS = _HOURLY.format(', allowed_lateness="5m"')
_STAMPED = '        nodes.transform("stamped", function={}),\n'

TIMES: dict[str, Explanation] = {
    "SF024": Explanation(
        "late packets of a window are dropped",
        "This is a warning: with `allowed_lateness` late packets matter, and those that come after it leave by `late`. "
        "Where nothing is connected there they are dropped and counted.",
        _graph(_SOURCE.format(_IDLE) + _LATENESS + _SINKS),
        _graph(
            _SOURCE.format(_IDLE) + _LATENESS + _SINKS + _MISSED,
            '("orders", "hourly", "out"), ("hourly.late", "missed")',
        ),
    ),
    "SF051": Explanation(
        "the last window stays open",
        "This is a warning: a window of event time closes when later packets come. While its source is silent nothing "
        "closes it. With `idle_timeout` a silent source is left out, and where all are silent the clock goes on.",
        _hourly(_TIMED),
        _hourly(_IDLE),
    ),
    "SF052": Explanation(
        "a window can never close",
        "The watermark of a source is its largest timestamp. Where all its packets have the same one, no window "
        "behind it ever ends.",
        _hourly(", timestamp=lambda data: 0"),
        _hourly(_IDLE),
    ),
    "SF053": Explanation(
        "a window goes by the time of arrival",
        "This is a warning: without `timestamp` a source's packets have the time of their arrival, though the records "
        "of this one have a time of their own, or meet packets that have one.",
        _hourly(_SHOWN),
        _hourly(_SHOWN + _IDLE),
    ),
    "SF054": Explanation(
        "a count window has no bound in time",
        "This is a warning: a window of 100 packets waits for the hundredth, however long that takes.",
        _graph(
            _SOURCE.format("")
            + '        nodes.aggregate("hundred", window="count", size=100, function=lambda packets: len(packets)),\n'
            + _SINKS
        ),
        _hourly(""),
    ),
    "SF055": Explanation(
        "a function on a window's path reads the clock",
        "This is a warning: windows go by the time of packets, and by one clock that tests and replays set. What a "
        "function reads from the machine's clock is another time, and differs from run to run. Where the time of "
        "arrival is meant, `packet.timestamp` of a source without `timestamp` is it.",
        "import time\n\n" + _hourly("", _STAMPED.format('lambda data: {**data, "seen": time.time()}')),
        _hourly("", _STAMPED.format('lambda data, packet: {**data, "seen": packet.timestamp}')),
    ),
}
