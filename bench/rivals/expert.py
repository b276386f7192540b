"""Hand-written Python, that for W1 to W4 here, meant to win: plain loops over locals, accumulators instead of packets.

Every user expression is evaluated as written (no algebra on it, no dependence on the order of events), and every
rule of the language holds: the watermark moves packet by packet, filtered packets move it too, late packets are
dropped. Each class takes batches by `push`, the end of input by `finish`, and gives `{sink: [Output, ...]}` by
`take`. EXPERTS names the class of each workload.
"""

from collections import deque
from math import inf
from typing import Any, NamedTuple

from bench.rivals.demanding_expert import DEMANDING


class Output(NamedTuple):
    """What reaches a sink: as little of a packet as its reader needs."""

    key: Any
    start: float | None
    end: float | None
    data: dict


class QuickStart:
    """W1. With no lateness bound only the window that holds the watermark can take a packet."""

    def __init__(self):
        self.start = self.end = -inf
        self.total = self.count = 0
        self.out = []

    def push(self, batch):
        start, end, total, count = self.start, self.end, self.total, self.count
        for data in batch:
            if start <= (timestamp := data["timestamp"]) < end:
                amount = data["amount"] / 100
                if amount > 100:
                    total += amount
                    count += 1
            elif timestamp >= end:
                if count:
                    self.out.append(Output(None, start, end, {"total": total, "count": count}))
                start = timestamp // 3600 * 3600
                end = start + 3600
                amount = data["amount"] / 100
                total, count = (amount, 1) if amount > 100 else (0, 0)
        self.start, self.end, self.total, self.count = start, end, total, count

    def finish(self):
        if self.count:
            self.out.append(Output(None, self.start, self.end, {"total": self.total, "count": self.count}))

    def take(self):
        out, self.out = self.out, []
        return {"alerts": out}


class Chain:
    """W2. Filters first, the ten records of an event never built."""

    def __init__(self):
        self.total = self.count = 0
        self.top = -inf
        self.out = []

    def push(self, batch):
        total, count, top, out = self.total, self.count, self.top, self.out
        for data in batch:
            if data["battery"] <= 30 or data["status"] != "ok":
                continue
            humidity = data["humidity"]
            if humidity >= 95:
                continue
            temperature = (data["temperature"] - 32) / 1.8
            heat = temperature + humidity * 0.1
            excess = heat - (temperature - (100 - humidity) / 5)
            score = heat + data["pressure"] / 1000 + excess * 0.25
            total += score
            if score > top:
                top = score
            count += 1
            if count == 100:
                out.append(Output(None, None, None, {"mean": total / 100, "max": top}))
                total = count = 0
                top = -inf
        self.total, self.count, self.top = total, count, top

    def finish(self):
        pass

    def take(self):
        out, self.out = self.out, []
        return {"scores": out}


class FanOut:
    """W3. One lookup an event: a key's accumulators of all three branches lie in one list."""

    def __init__(self):
        self.states = {}
        self.bounds = [-inf] * 6
        self.out = {"minutes": [], "extremes": [], "weighted": []}

    def push(self, batch):
        states = self.states
        start, end = self.bounds[:2]
        for data in batch:
            timestamp = data["timestamp"]
            if not start <= timestamp < end:
                if timestamp < end:
                    self._add_late(data, timestamp)
                    continue
                self._close(timestamp)
                start, end = self.bounds[:2]
            value = data["value"]
            key = data["sensor"]
            if key in states:
                state = states[key]
            else:
                state = states[key] = [0, 0, inf, -inf, 0, 0]
            state[0] += value
            state[1] += 1
            calibrated = value * 1.1 + 2
            if calibrated < state[2]:
                state[2] = calibrated
            if calibrated > state[3]:
                state[3] = calibrated
            weight = data["weight"]
            if weight > 2:
                state[4] += value * weight
                state[5] += 1

    def _close(self, watermark):
        start_a, end_a, start_b, end_b, start_c, end_c = self.bounds
        states = self.states
        if watermark >= end_a:
            out = self.out["minutes"]
            for key, state in states.items():
                if state[1]:
                    out.append(Output(key, start_a, end_a, {"sensor": key, "total": state[0], "count": state[1]}))
                    state[0] = state[1] = 0
            start_a = watermark // 60 * 60
        if watermark >= end_b:
            out = self.out["extremes"]
            for key, state in states.items():
                if state[2] <= state[3]:
                    out.append(Output(key, start_b, end_b, {"low": state[2], "high": state[3]}))
                    state[2], state[3] = inf, -inf
            start_b = watermark // 300 * 300
        if watermark >= end_c:
            out = self.out["weighted"]
            for key, state in states.items():
                if state[5]:
                    out.append(Output(key, start_c, end_c, {"sensor": key, "mean": state[4] / state[5]}))
                    state[4] = state[5] = 0
            start_c = watermark // 120 * 120
        self.bounds = [start_a, start_a + 60, start_b, start_b + 300, start_c, start_c + 120]

    def _add_late(self, data, timestamp):
        start_a, _, start_b, _, start_c, _ = self.bounds
        state = self.states.setdefault(data["sensor"], [0, 0, inf, -inf, 0, 0])
        value, weight = data["value"], data["weight"]
        if timestamp >= start_a:
            state[0] += value
            state[1] += 1
        if timestamp >= start_b:
            calibrated = value * 1.1 + 2
            state[2], state[3] = min(state[2], calibrated), max(state[3], calibrated)
        if timestamp >= start_c and weight > 2:
            state[4] += value * weight
            state[5] += 1

    def finish(self):
        self._close(inf)

    def take(self):
        out, self.out = self.out, {"minutes": [], "extremes": [], "weighted": []}
        return out


class Sliding:
    """W4. Panes of one slide; a key's last twelve lie in four rings, folded by the built-in sum, min and max."""

    PANES, SLIDE = 12, 5

    def __init__(self):
        self.start = self.end = -inf
        self.pane = {}
        self.rings = {}
        self.out = []

    def push(self, batch):
        start, end, pane = self.start, self.end, self.pane
        for data in batch:
            timestamp = data["timestamp"]
            if not start <= timestamp < end:
                if timestamp < start:
                    self._add_late(data, timestamp)
                    continue
                self._close(timestamp)
                start, end, pane = self.start, self.end, self.pane
            value = data["value"]
            key = data["sensor"]
            if key in pane:
                state = pane[key]
                state[0] += value
                state[1] += 1
                if value < state[2]:
                    state[2] = value
                elif value > state[3]:
                    state[3] = value
            else:
                pane[key] = [value, 1, value, value]

    def _close(self, watermark):
        """Fire every window that ends at or before the watermark; then the pane of the watermark is the open one."""
        start, end, slide, rings, out = self.start, self.end, self.SLIDE, self.rings, self.out
        pane, self.pane = self.pane, {}
        while end <= watermark and start > -inf:
            for key in pane:
                if key not in rings:
                    rings[key] = self._ring()
            if not rings:
                break
            first = end - self.PANES * slide
            gone = []
            for key, (sums, counts, lows, highs) in rings.items():
                if key in pane:
                    total, count, low, high = pane[key]
                else:
                    total, count, low, high = 0, 0, inf, -inf
                sums.append(total)
                counts.append(count)
                lows.append(low)
                highs.append(high)
                count = sum(counts)
                if count:
                    out.append(
                        Output(
                            key,
                            first,
                            end,
                            {"sensor": key, "sum": sum(sums), "count": count, "min": min(lows), "max": max(highs)},
                        )
                    )
                else:
                    gone.append(key)
            for key in gone:
                del rings[key]
            pane = {}
            start, end = end, end + slide
        if watermark < inf:
            self.start = watermark // slide * slide
            self.end = self.start + slide

    def _ring(self):
        return [deque([empty] * self.PANES, self.PANES) for empty in (0, 0, inf, -inf)]

    def _add_late(self, data, timestamp):
        """The pane is closed; windows over it that have not fired still take the event."""
        back = int((self.start - timestamp // self.SLIDE * self.SLIDE) / self.SLIDE)
        if back >= self.PANES:
            return
        key, value = data["sensor"], data["value"]
        if key not in self.rings:
            self.rings[key] = self._ring()
        sums, counts, lows, highs = self.rings[key]
        sums[-back] += value
        counts[-back] += 1
        lows[-back] = min(lows[-back], value)
        highs[-back] = max(highs[-back], value)

    def finish(self):
        self._close(inf)

    def take(self):
        out, self.out = self.out, []
        return {"sliding": out}


EXPERTS = {"W1": QuickStart, "W2": Chain, "W3": FanOut, "W4": Sliding, **DEMANDING}
