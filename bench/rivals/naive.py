"""The workloads on the naive engine, W1 to W4 here. NAIVES names, per workload, what starts a run."""

from bench.rivals.demanding_naive import DEMANDING
from bench.rivals.nodes import CountWindow, Engine, Filter, Node, Sink, Transform, Window, hopping, tumbling


def quick_start():
    sink = Sink("alerts")
    window = Window(
        tumbling(3600),
        None,
        lambda packets: {"total": sum(p.data["amount"] for p in packets), "count": len(packets)},
        sink,
    )
    large = Filter(lambda data: data["amount"] > 100, window)
    normalize = Transform(lambda data: {**data, "amount": data["amount"] / 100}, large)
    source = Node(normalize)
    return source, [source, normalize, large, window, sink]


def chain():
    nodes = [Sink("scores")]

    def before(kind, *arguments):
        nodes.insert(0, kind(*arguments, nodes[0]))

    before(
        CountWindow,
        100,
        lambda packets: {
            "mean": sum(p.data["score"] for p in packets) / len(packets),
            "max": max(p.data["score"] for p in packets),
        },
    )
    before(Transform, lambda data: {**data, "score": data["load"] + data["excess"] * 0.25})
    before(Filter, lambda data: data["battery"] > 30)
    before(Transform, lambda data: {**data, "excess": data["heat"] - data["dew"]})
    before(Filter, lambda data: data["status"] == "ok")
    before(Transform, lambda data: {**data, "load": data["heat"] + data["pressure"]})
    before(Transform, lambda data: {**data, "heat": data["temperature"] + data["humidity"] * 0.1})
    before(Filter, lambda data: data["humidity"] < 95)
    before(Transform, lambda data: {**data, "dew": data["temperature"] - (100 - data["humidity"]) / 5})
    before(Transform, lambda data: {**data, "pressure": data["pressure"] / 1000})
    before(Transform, lambda data: {**data, "temperature": (data["temperature"] - 32) / 1.8})
    before(Node)
    return nodes[0], nodes


def fan_out():
    def calibrate(data):
        data["value"] = data["value"] * 1.1 + 2
        return data

    sinks = [Sink("minutes"), Sink("extremes"), Sink("weighted")]
    by_sensor = lambda data: data["sensor"]
    minutes = Window(
        tumbling(60),
        by_sensor,
        lambda packets: {"total": sum(p.data["value"] for p in packets), "count": len(packets)},
        sinks[0],
    )
    extremes = Window(
        tumbling(300),
        by_sensor,
        lambda packets: {
            "low": min(p.data["value"] for p in packets),
            "high": max(p.data["value"] for p in packets),
        },
        sinks[1],
    )
    weighted = Window(
        tumbling(120),
        by_sensor,
        lambda packets: {"mean": sum(p.data["load"] for p in packets) / len(packets)},
        sinks[2],
    )
    calibrated = Transform(calibrate, extremes)
    weigh = Transform(lambda data: {"sensor": data["sensor"], "load": data["value"] * data["weight"]}, weighted)
    heavy = Filter(lambda data: data["weight"] > 2, weigh)
    source = Node(minutes, calibrated, heavy)
    return source, [source, minutes, calibrated, extremes, heavy, weigh, weighted, *sinks]


def sliding():
    sink = Sink("sliding")
    window = Window(
        hopping(60, 5),
        lambda data: data["sensor"],
        lambda packets: {
            "sum": sum(p.data["value"] for p in packets),
            "count": len(packets),
            "min": min(p.data["value"] for p in packets),
            "max": max(p.data["value"] for p in packets),
        },
        sink,
    )
    source = Node(window)
    return source, [source, window, sink]


NAIVES = {
    "W1": lambda: Engine(quick_start),
    "W2": lambda: Engine(chain, timed=False),
    "W3": lambda: Engine(fan_out),
    "W4": lambda: Engine(sliding),
    **DEMANDING,
}
