"""W5 to W13 on the naive engine. DEMANDING names, per workload, what starts a run."""

import json
from math import inf

import msgspec

from bench.rivals.nodes import CountWindow, Engine, Filter, Node, Packet, Sink, Transform, Window, tumbling


class Sessions(Node):
    """Sessions of each key, `[first, last + gap)`; each fires when the watermark reaches its end."""

    def __init__(self, gap, key, function, *targets):
        super().__init__(*targets)
        self.gap, self.key, self.function = gap, key, function
        self.open = {}  # by key: [start, end, packets]
        self.next_end = inf

    def process(self, packet):
        fired = self.fire(packet.watermark) if packet.watermark >= self.next_end else ()
        key = self.key(packet.data)
        start, end, packets = packet.timestamp, packet.timestamp + self.gap, [packet]
        touched, others = [], []
        for session in self.open.get(key, ()):
            (touched if session[0] < end and start < session[1] else others).append(session)
        if touched or end > packet.watermark:
            for session in touched:
                start, end = min(start, session[0]), max(end, session[1])
                packets = session[2] + packets
            self.open[key] = [*others, [start, end, packets]]
            self.next_end = min(self.next_end, end)
        return fired

    def fire(self, watermark):
        results = []
        self.next_end = inf
        for key, sessions in list(self.open.items()):
            left = []
            for start, end, packets in sessions:
                if end <= watermark:
                    results.append(self.result(key, start, end, packets))
                else:
                    left.append([start, end, packets])
                    self.next_end = min(self.next_end, end)
            if left:
                self.open[key] = left
            else:
                del self.open[key]
        return sorted(results, key=lambda result: result.timestamp)

    def result(self, key, start, end, packets):
        packets.sort(key=lambda packet: packet.timestamp)
        return Packet(self.function(packets), end - 0.001, packets[-1].id, key, packets[-1].source, (start, end))

    def finish(self):
        return self.fire(inf)


def sessions():
    sink = Sink("visited")
    visits = Sessions(
        30,
        lambda data: data["user"],
        lambda packets: {
            "clicks": len(packets),
            "spent": sum(p.data["price"] for p in packets),
            "dearest": max(p.data["price"] for p in packets),
        },
        sink,
    )
    source = Node(visits)
    return source, [source, visits, sink]


def turnover():
    sink = Sink("turnover")
    window = Window(
        tumbling(60),
        lambda data: data["shop"],
        lambda packets: {"total": sum(p.data["amount"] for p in packets), "count": len(packets)},
        sink,
    )
    paid = Filter(lambda data: data["status"] == "paid", window)
    source = Node(paid)
    return source, [source, paid, window, sink]


def wide():
    sink = Sink("loads")
    window = Window(
        tumbling(60),
        lambda data: data["plant"],
        lambda packets: {
            "mean": sum(p.data["load"] for p in packets) / len(packets),
            "peak": max(p.data["load"] for p in packets),
        },
        sink,
    )
    running = Filter(lambda data: data["load"] > 5, window)
    kilowatts = Transform(lambda data: {**data, "load": data["load"] * 0.25}, running)
    source = Node(kilowatts)
    return source, [source, kilowatts, running, window, sink]


def stage(gain, offset):
    return [
        (Transform, lambda data: {**data, "value": data["value"] * gain}),
        (Transform, lambda data: {**data, "value": data["value"] + offset}),
        (Filter, lambda data: data["value"] > -80),
        (Transform, lambda data: {**data, "heat": data["value"] * 1.8 + 32}),
        (Transform, lambda data: {**data, "square": data["heat"] * data["heat"]}),
        (Transform, lambda data: {**data, "excess": data["heat"] - 70}),
        (Filter, lambda data: data["excess"] < 600),
        (Transform, lambda data: {**data, "total": data["total"] + data["heat"]}),
        (Transform, lambda data: {**data, "power": data["power"] + data["square"]}),
        (Transform, lambda data: {**data, "peak": data["heat"] if data["heat"] > data["peak"] else data["peak"]}),
        (Transform, lambda data: {**data, "drift": data["drift"] * 0.5 + data["excess"]}),
        (Transform, lambda data: {**data, "known": data["known"] + 1}),
    ]


STAGES = [(1.02, -0.5), (0.97, 1.5), (1.05, -2.0), (0.99, 0.25), (1.01, 3.0), (0.95, -1.0), (1.03, 0.75), (1.0, -3.5)]


def hundred_nodes():
    nodes = [Sink("summaries")]
    window = CountWindow(
        100,
        lambda packets: {
            "total": sum(p.data["total"] for p in packets),
            "power": sum(p.data["power"] for p in packets) / len(packets),
            "peak": max(p.data["peak"] for p in packets),
            "drift": sum(p.data["drift"] for p in packets),
            "known": sum(p.data["known"] for p in packets),
        },
        nodes[0],
    )
    nodes.insert(0, window)
    for kind, function in reversed([each for numbers in STAGES for each in stage(*numbers)]):
        nodes.insert(0, kind(function, nodes[0]))
    fresh = lambda data: {**data, "total": 0.0, "power": 0.0, "peak": -1000.0, "drift": 0.0, "known": 0}
    nodes.insert(0, Transform(fresh, nodes[0]))
    nodes.insert(0, Node(nodes[0]))
    return nodes[0], nodes


def many_keys():
    sink = Sink("totals")
    window = Window(
        tumbling(3600),
        lambda data: data["account"],
        lambda packets: {"total": sum(p.data["amount"] for p in packets), "count": len(packets)},
        sink,
    )
    source = Node(window)
    return source, [source, window, sink]


DEMANDING = {
    "W5": lambda: Engine(sessions, bound=10),
    "W6": lambda: Engine(turnover, decode=json.loads),
    "W7": lambda: Engine(turnover, decode=msgspec.json.decode),
    "W8": lambda: Engine(turnover, decode=lambda body: [json.loads(body)]),
    "W9": lambda: Engine(turnover, decode=lambda body: [msgspec.json.decode(body)]),
    "W10": lambda: Engine(wide),
    "W11": lambda: Engine(wide, decode=msgspec.json.decode),
    "W12": lambda: Engine(hundred_nodes, timed=False),
    "W13": lambda: Engine(many_keys),
}
