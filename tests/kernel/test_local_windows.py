"""Windows whose figures are local variables of a loop give what they give where each node is a call of its own."""

import math
from datetime import UTC, datetime
from random import Random

import pytest

from streamflow import Graph, compile_graph, nodes
from streamflow_runtime.span import first_of


def summed(data):
    return {**data, "amount": data["amount"] / 2}


def program(out_of_orderness=0, **windows):
    """Two windows behind conditions and a transform, one right behind the source."""
    made = [
        nodes.source("in", type="manual", timestamp="at", out_of_orderness=out_of_orderness),
        nodes.filter("large", function=lambda data: data["amount"] > 2),
        nodes.transform("half", function=summed),
        nodes.aggregate(
            "tens",
            window="time",
            duration=10,
            function=lambda packets: {"sum": sum(p.data["amount"] for p in packets), "count": len(packets)},
        ),
        nodes.aggregate(
            "dozens",
            window="time",
            duration=12,
            offset=-2,
            function=lambda packets: {"some": sum(1 for p in packets if p.data["amount"] > 5), "all": len(packets)},
        ),
        nodes.sink("out", type="log"),
        nodes.sink("late", type="log"),
        nodes.sink("bad", type="log"),
    ]
    edges = [("in", "large", "half", "tens", "out"), ("in", "dozens", "out"), ("tens.late", "late")]
    edges += [("half.error", "bad"), ("in.invalid", "bad"), ("tens.error", "bad"), ("dozens.error", "bad")]
    return Graph(name="local", nodes=made, edges=edges)


TIMES = [True, False, None, "2024-01-01T00:00:00+00:00", "soon", math.nan, 1e12, datetime(1970, 1, 1, tzinfo=UTC)]
TIMES += [9.9995, math.nextafter(9.9995, 0), math.nextafter(9.9995, 10), 10, 10.0, 0.0005, -0.0005, -3.5, 1, 0]
AMOUNTS = [1, 3, 7.25, -0.0, 12, "text", None, math.inf, True]


def stream(seed):
    """Values whose times stray around one that rises, with every kind of time and amount among them."""
    chance = Random(seed)
    at = chance.choice([-30.0, 0.0, 0.5, 1_700_000_000.0])
    values = []
    for _ in range(chance.randrange(1, 60)):
        at += chance.choice([0, 0.25, 0.5, 1, 3, 9])
        time = chance.choice([at, at, at, int(at), at - 4, at - 12, at + 0.0005, chance.choice(TIMES)])
        value = {"at": time, "amount": chance.choice([*AMOUNTS[:5], *AMOUNTS[:5], *AMOUNTS])}
        values.append(value if chance.random() < 0.97 else {"amount": 3})
    return values


def taken(kernel_class, values, cuts, given=None):
    kernel = kernel_class()
    found = []
    for start, end in zip([0, *cuts], [*cuts, len(values)], strict=True):
        kernel.push("in", [dict(value) for value in values[start:end]], 0.0, timestamp=given if start else None)
        found.append([list(map(seen, kernel.take(name))) for name in ("out", "late", "bad")])
        found.append([(f.node, f.error, f.packet.id) for f in kernel.failures()])
        found.append(kernel.metrics())
        found.append(kernel.sources["in"].clocks())
        if start % 2:
            saved, kernel = kernel.snapshot(), kernel_class()
            kernel.restore(saved)
    kernel.finish()
    return [*found, [list(map(seen, kernel.take(name))) for name in ("out", "late", "bad")], kernel.metrics()]


def seen(packet):
    return repr((packet.data, packet.timestamp, packet.id, packet.window, packet.metadata))


@pytest.fixture(scope="module")
def kernels():
    return {late: [compile_graph(program(late), level=level).kernel_class for level in (0, 2)] for late in (0, 3, 20)}


@pytest.mark.parametrize("seed", range(150))
@pytest.mark.parametrize("out_of_orderness", [0, 3, 20])
def test_local_windows_are_windows(kernels, out_of_orderness, seed):
    chance = Random(seed)
    values = stream(seed)
    cuts = sorted(chance.randrange(len(values) + 1) for _ in range(chance.randrange(4)))
    given = None if chance.random() < 0.8 else values[-1]["at"] if isinstance(values[-1].get("at"), float) else 5.0
    given = given if given is None or abs(given) < 1e11 else 5.0
    plain, local = kernels[out_of_orderness]
    assert taken(plain, values, cuts, given) == taken(local, values, cuts, given)


def test_they_are_local_here(kernels):
    kernel = kernels[0][1]()
    assert [type(stage).__name__ for stage in kernel.stages] == ["LocalTumbling", "LocalTumbling"]


def by_arrival():
    """Windows whose packets have the time of their batch: how many, and of a time."""
    made = [
        nodes.source("in", type="manual"),
        nodes.filter("large", function=lambda data: data["amount"] > 2),
        nodes.aggregate(
            "threes",
            window="count",
            size=3,
            function=lambda packets: [sum(p.data["amount"] for p in packets), max(p.data["amount"] for p in packets)],
        ),
        nodes.aggregate(
            "tens",
            window="time",
            duration=10,
            function=lambda packets: [min(p.data["amount"] for p in packets), max(-p.data["amount"] for p in packets)],
        ),
        *(nodes.sink(name, type="log") for name in ("out", "late", "bad")),
    ]
    edges = [("in", "large", "threes", "out"), ("in", "tens", "out"), ("tens.late", "late")]
    edges += [(f"{name}.error", "bad") for name in ("large", "threes", "tens")]
    return Graph(name="arriving", nodes=made, edges=edges)


def seen_by_arrival(packet):
    """Which of two values that can't be compared an error names first depends on the order of arrival."""
    data = packet.data
    if "not supported between instances" in str(getattr(data, "get", {}.get)("error")):
        packet = packet.derive({**data, "error": None})
    return seen(packet)


@pytest.fixture(scope="module")
def arriving():
    return [compile_graph(by_arrival(), level=level).kernel_class for level in (0, 2)]


@pytest.mark.parametrize("seed", range(150))
def test_local_windows_by_arrival_are_windows(arriving, seed):
    chance = Random(seed)
    amounts = [3, 3.0, True, 7.25, -0.0, 12, 12.0, math.nan, math.nan, "text", None, math.inf]
    now, batches = 1_700_000_000.0, []
    for _ in range(chance.randrange(1, 8)):
        now += chance.choice([0, 1, 4, 25])
        values = [{"amount": chance.choice(amounts[: chance.choice([7, 9, 12])])} for _ in range(chance.randrange(6))]
        batches.append((values, now, chance.choice([None, None, now - 3, now - 30, now + 3])))
    runs = []
    for kernel_class in arriving:
        kernel, found = kernel_class(), []
        for values, at, given in batches:
            kernel.push("in", [dict(value) for value in values], at, timestamp=given)
            found += [
                [list(map(seen_by_arrival, kernel.take(name))) for name in ("out", "late", "bad")],
                kernel.metrics(),
            ]
            found += [kernel.next_deadline(), [(f.node, f.error, f.packet.id) for f in kernel.failures()]]
            if at % 2:
                saved, kernel = kernel.snapshot(), kernel_class()
                kernel.restore(saved)
        kernel.finish()
        runs.append([*found, [list(map(seen_by_arrival, kernel.take(name))) for name in ("out", "late", "bad")]])
    assert runs[0] == runs[1]


def test_they_are_local_by_arrival(arriving):
    assert [type(stage).__name__ for stage in arriving[1]().stages] == ["LocalCounting", "LocalTumbling"]


@pytest.mark.parametrize("time", [-1_000, -1, 0, 1, 2, 999, 1000, 1_700_000_000_000, 1_700_000_000_001, 10**14])
def test_the_first_number_of_a_time(time):
    first = first_of(time)
    before = math.nextafter(first, -math.inf)
    assert math.floor(first * 1000 + 0.5) >= time > math.floor(before * 1000 + 0.5)
