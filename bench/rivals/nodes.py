"""A straightforward asynchronous graph engine: a task and a queue per node, a packet object per hop, and windows
that keep their packets until they fire. Nothing is slowed down on purpose; it is what one writes first.
"""

import asyncio
import itertools
from dataclasses import dataclass
from math import inf
from typing import Any

END = object()


@dataclass(slots=True)
class Packet:
    data: Any
    timestamp: float
    id: int
    key: Any = None
    source: str = ""
    window: tuple[float, float] | None = None
    watermark: float = -inf  # of the source when it let this packet go


class Node:
    """Reads its queue, hands each packet to `process`, puts what comes out on the queues behind it."""

    def __init__(self, *targets):
        self.queue = asyncio.Queue(maxsize=1000)
        self.targets = targets

    async def run(self):
        while (packet := await self.queue.get()) is not END:
            for result in self.process(packet):
                await self.emit(result)
        for result in self.finish():
            await self.emit(result)
        for target in self.targets:
            await target.queue.put(END)

    async def emit(self, packet):
        if len(self.targets) == 1:
            await self.targets[0].queue.put(packet)
        else:
            for target in self.targets:
                await target.queue.put(derive(packet, dict(packet.data)))

    def process(self, packet):
        return (packet,)

    def finish(self):
        return ()


class Transform(Node):
    def __init__(self, function, *targets):
        super().__init__(*targets)
        self.function = function

    def process(self, packet):
        return (derive(packet, self.function(packet.data)),)


class Filter(Transform):
    def process(self, packet):
        return (packet,) if self.function(packet.data) else ()


class Window(Node):
    """`assign` gives the windows of a timestamp; a window fires when the watermark reaches its end."""

    def __init__(self, assign, key, function, *targets):
        super().__init__(*targets)
        self.assign, self.key, self.function = assign, key, function
        self.open = {}
        self.next_end = inf

    def process(self, packet):
        fired = self.fire(packet.watermark) if packet.watermark >= self.next_end else ()
        key = self.key(packet.data) if self.key else None
        for start, end in self.assign(packet.timestamp):
            if end > packet.watermark:
                self.open.setdefault((key, start, end), []).append(packet)
                if end < self.next_end:
                    self.next_end = end
        return fired

    def fire(self, watermark):
        due = sorted((window for window in self.open if window[2] <= watermark), key=lambda window: window[2])
        results = [self.result(*window, self.open.pop(window)) for window in due]
        self.next_end = min((end for _, _, end in self.open), default=inf)
        return results

    def result(self, key, start, end, packets):
        packets.sort(key=lambda packet: packet.timestamp)
        return Packet(self.function(packets), end - 0.001, packets[-1].id, key, packets[-1].source, (start, end))

    def finish(self):
        return self.fire(inf)


class CountWindow(Node):
    def __init__(self, size, function, *targets):
        super().__init__(*targets)
        self.size, self.function, self.packets = size, function, []

    def process(self, packet):
        self.packets.append(packet)
        if len(self.packets) < self.size:
            return ()
        packets, self.packets = self.packets, []
        return (derive(packet, self.function(packets)),)


class Sink(Node):
    def __init__(self, name):
        super().__init__()
        self.name, self.packets = name, []

    def process(self, packet):
        self.packets.append(packet)
        return ()


class Engine:
    """One run of a graph: `push` keeps the batches, `finish` lets them through the running nodes."""

    def __init__(self, build, bound=0.0, timed=True, decode=None):
        self.build, self.bound, self.timed, self.decode = build, bound, timed, decode
        self.batches = []
        self.out = {}

    def push(self, batch):
        self.batches.append(batch)

    def finish(self):
        asyncio.run(self.run())

    async def run(self):
        first, nodes = self.build()
        tasks = [asyncio.create_task(node.run()) for node in nodes]
        ids = itertools.count()
        top = -inf
        for batch in self.batches:
            for data in self.decode(batch) if self.decode else batch:
                timestamp = data["timestamp"] if self.timed else 0.0
                if timestamp > top:
                    top = timestamp
                await first.queue.put(Packet(data, timestamp, next(ids), None, "in", None, top - self.bound))
        await first.queue.put(END)
        await asyncio.gather(*tasks)
        for node in nodes:
            if isinstance(node, Sink):
                self.out[node.name] = [(p.key, *(p.window or (None, None)), p.data) for p in node.packets]

    def take(self):
        return self.out


def derive(packet, data):
    return Packet(data, packet.timestamp, packet.id, packet.key, packet.source, packet.window, packet.watermark)


def tumbling(size):
    def assign(timestamp):
        start = timestamp // size * size
        return ((start, start + size),)

    return assign


def hopping(size, slide):
    def assign(timestamp):
        last = timestamp // slide * slide
        return [(last - back, last - back + size) for back in range(0, size, slide)]

    return assign
