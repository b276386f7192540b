"""Hand-written Python for W5 to W13, under the rules of that for W1 to W4. DEMANDING names the class of each."""

import heapq
import json
from collections import namedtuple
from math import inf
from typing import Any

import msgspec

Output = namedtuple("Output", ("key", "start", "end", "data"))

_decode = json.JSONDecoder().decode


class Sessions:
    """W5. A user's newest session is one lookup away; older ones that still wait for the watermark are few.

    A heap says which session may have to close next; an end that has moved since is found when its turn comes.
    """

    GAP, BOUND = 30, 10

    def __init__(self):
        self.newest = {}  # by user: [start, end, count, sum, maximum, user], user None once closed or merged away
        self.older = {}  # by user: a list of the like
        self.ends = []  # a heap of (end, number, session)
        self.number = 0
        self.high = self.due = -inf
        self.out = []

    def push(self, batch):
        newest, gap, bound, high, due = self.newest, self.GAP, self.BOUND, self.high, self.due
        for data in batch:
            timestamp = data["timestamp"]
            if timestamp > high:
                high = timestamp
                if timestamp - bound >= due:
                    due = self._close(timestamp - bound)
            user = data["user"]
            try:
                session = newest[user]
            except KeyError:
                session = None
            if session is not None and session[0] <= timestamp < session[1]:
                price = data["price"]
                if timestamp + gap > session[1]:
                    session[1] = timestamp + gap
                session[2] += 1
                session[3] += price
                if price > session[4]:
                    session[4] = price
            else:
                self._enter(user, timestamp, data["price"], high - bound)
                due = self.ends[0][0] if self.ends else inf
        self.high, self.due = high, due

    def _enter(self, user, timestamp, price, watermark):
        """An event that starts a session, sets one's start earlier, joins two, or is late."""
        start, end = timestamp, timestamp + self.GAP
        newest = self.newest.pop(user, None)
        sessions = self.older.pop(user, [])
        if newest is not None:
            sessions.append(newest)
        touched = [session for session in sessions if session[0] < end and start < session[1]]
        if touched:
            first, *others = touched
            first[0], first[1] = min(start, first[0]), max(end, first[1])
            first[2] += 1
            first[3] += price
            first[4] = max(first[4], price)
            for other in others:
                first[0], first[1] = min(first[0], other[0]), max(first[1], other[1])
                first[2] += other[2]
                first[3] += other[3]
                first[4] = max(first[4], other[4])
                other[5] = None
                sessions.remove(other)
        elif end > watermark:
            session = [start, end, 1, price, price, user]
            sessions.append(session)
            self.number += 1
            heapq.heappush(self.ends, (end, self.number, session))
        if sessions:
            sessions.sort()
            self.newest[user] = sessions.pop()
            if sessions:
                self.older[user] = sessions

    def _close(self, watermark):
        """Send what ends by the watermark; when that may be due again."""
        ends = self.ends
        while ends and ends[0][0] <= watermark:
            _, number, session = ends[0]
            start, end, count, spent, dearest, user = session
            if user is None:
                heapq.heappop(ends)
            elif end > watermark:
                heapq.heapreplace(ends, (end, number, session))
            else:
                heapq.heappop(ends)
                self.out.append(
                    Output(user, start, end, {"user": user, "clicks": count, "spent": spent, "dearest": dearest})
                )
                self._forget(user, session)
        return ends[0][0] if ends else inf

    def _forget(self, user, session):
        if self.newest[user] is not session:
            self.older[user].remove(session)
            return
        older = self.older.get(user)
        if older:
            self.newest[user] = older.pop()
        else:
            del self.newest[user]

    def finish(self):
        self._close(inf)

    def take(self):
        out, self.out = self.out, []
        return {"visited": out}


class Turnover:
    """W6. With no lateness bound only the minute that holds the watermark can take an order."""

    def __init__(self):
        self.start = self.end = -inf
        self.shops = {}  # [total, count] of each in this minute
        self.out = []

    def push(self, body):
        start, end, shops = self.start, self.end, self.shops
        for data in _decode(body.decode()):
            timestamp = data["timestamp"]
            if not start <= timestamp < end:
                if timestamp < end:
                    continue
                self._close()
                start = self.start = timestamp // 60 * 60
                end = self.end = start + 60
                shops = self.shops = {}
            if data["status"] == "paid":
                shop = data["shop"]
                try:
                    figures = shops[shop]
                except KeyError:
                    shops[shop] = [data["amount"], 1]
                else:
                    figures[0] += data["amount"]
                    figures[1] += 1

    def _close(self):
        start, end, out = self.start, self.end, self.out
        for shop, (total, count) in self.shops.items():
            out.append(Output(shop, start, end, {"shop": shop, "total": total, "count": count}))

    def finish(self):
        self._close()

    def take(self):
        out, self.out = self.out, []
        return {"turnover": out}


class Order(msgspec.Struct, gc=False):
    """What is read of an order; the decoder skips the rest."""

    shop: str
    status: str
    amount: float
    timestamp: float


_order = msgspec.json.Decoder(Order).decode
_orders = msgspec.json.Decoder(list[Order]).decode


class TypedTurnover(Turnover):
    """W7."""

    def push(self, body):
        start, end, shops = self.start, self.end, self.shops
        for order in _orders(body):
            timestamp = order.timestamp
            if not start <= timestamp < end:
                if timestamp < end:
                    continue
                self._close()
                start = self.start = timestamp // 60 * 60
                end = self.end = start + 60
                shops = self.shops = {}
            if order.status == "paid":
                shop = order.shop
                try:
                    figures = shops[shop]
                except KeyError:
                    shops[shop] = [order.amount, 1]
                else:
                    figures[0] += order.amount
                    figures[1] += 1


class TurnoverByOne(Turnover):
    """W8. No loop to set up: an order a call."""

    def push(self, body):
        data = _decode(body.decode())
        timestamp = data["timestamp"]
        if not self.start <= timestamp < self.end:
            if timestamp < self.end:
                return
            self._close()
            self.start = timestamp // 60 * 60
            self.end = self.start + 60
            self.shops = {}
        if data["status"] == "paid":
            shop = data["shop"]
            try:
                figures = self.shops[shop]
            except KeyError:
                self.shops[shop] = [data["amount"], 1]
            else:
                figures[0] += data["amount"]
                figures[1] += 1


class TypedTurnoverByOne(Turnover):
    """W9."""

    def push(self, body):
        order = _order(body)
        timestamp = order.timestamp
        if not self.start <= timestamp < self.end:
            if timestamp < self.end:
                return
            self._close()
            self.start = timestamp // 60 * 60
            self.end = self.start + 60
            self.shops = {}
        if order.status == "paid":
            shop = order.shop
            try:
                figures = self.shops[shop]
            except KeyError:
                self.shops[shop] = [order.amount, 1]
            else:
                figures[0] += order.amount
                figures[1] += 1


class Loads:
    """W10. The record with the load in kilowatts is never built."""

    def __init__(self):
        self.start = self.end = -inf
        self.plants = {}  # [total, count, peak] of each in this minute
        self.out = []

    def push(self, batch):
        start, end, plants = self.start, self.end, self.plants
        for data in batch:
            timestamp = data["timestamp"]
            if not start <= timestamp < end:
                if timestamp < end:
                    continue
                self._close()
                start = self.start = timestamp // 60 * 60
                end = self.end = start + 60
                plants = self.plants = {}
            load = data["load"] * 0.25
            if load > 5:
                plant = data["plant"]
                try:
                    figures = plants[plant]
                except KeyError:
                    plants[plant] = [load, 1, load]
                else:
                    figures[0] += load
                    figures[1] += 1
                    if load > figures[2]:
                        figures[2] = load

    def _close(self):
        start, end, out = self.start, self.end, self.out
        for plant, (total, count, peak) in self.plants.items():
            out.append(Output(plant, start, end, {"plant": plant, "mean": total / count, "peak": peak}))

    def finish(self):
        self._close()

    def take(self):
        out, self.out = self.out, []
        return {"loads": out}


class Plant(msgspec.Struct, gc=False):
    """What is read of a record of 50 fields."""

    plant: str
    load: float
    timestamp: float


_plants = msgspec.json.Decoder(list[Plant]).decode


class TypedLoads(Loads):
    """W11."""

    def push(self, body):
        start, end, plants = self.start, self.end, self.plants
        for record in _plants(body):
            timestamp = record.timestamp
            if not start <= timestamp < end:
                if timestamp < end:
                    continue
                self._close()
                start = self.start = timestamp // 60 * 60
                end = self.end = start + 60
                plants = self.plants = {}
            load = record.load * 0.25
            if load > 5:
                plant = record.plant
                try:
                    figures = plants[plant]
                except KeyError:
                    plants[plant] = [load, 1, load]
                else:
                    figures[0] += load
                    figures[1] += 1
                    if load > figures[2]:
                        figures[2] = load


# W12. What a hundred nodes do, stage after stage in one loop body over locals, nothing built.
_STAGE = """
            value = value * {gain} + {offset}
            if value <= -80:
                continue
            heat = value * 1.8 + 32
            excess = heat - 70
            if excess >= 600:
                continue
            total += heat
            power += heat * heat
            if heat > peak:
                peak = heat
            drift = drift * 0.5 + excess
            known += 1"""

_BOARDS = '''
class Boards:
    """W12. What a hundred nodes do, in one loop body over locals; nothing is built."""

    def __init__(self):
        self.figures = 0, 0, 0, -inf, 0, 0
        self.out = []

    def push(self, batch):
        count, totals, powers, top, drifts, all_known = self.figures
        for data in batch:
            value = data["value"]
            total = power = drift = 0.0
            peak = -1000.0
            known = 0{stages}
            totals += total
            powers += power
            if peak > top:
                top = peak
            drifts += drift
            all_known += known
            count += 1
            if count == 100:
                figures = {{
                    "total": totals,
                    "power": powers / 100,
                    "peak": top,
                    "drift": drifts,
                    "known": all_known,
                }}
                self.out.append(Output(None, None, None, figures))
                count = totals = powers = drifts = all_known = 0
                top = -inf
        self.figures = count, totals, powers, top, drifts, all_known

    def finish(self):
        pass

    def take(self):
        out, self.out = self.out, []
        return {{"summaries": out}}
'''


def _boards() -> Any:
    """The class with its eight stages written one below the other, their numbers in place."""
    stages = [(1.02, -0.5), (0.97, 1.5), (1.05, -2.0), (0.99, 0.25), (1.01, 3.0), (0.95, -1.0), (1.03, 0.75)]
    stages.append((1.0, -3.5))
    text = _BOARDS.format(stages="".join(_STAGE.format(gain=gain, offset=offset) for gain, offset in stages))
    made = {"inf": inf, "Output": Output}
    exec(compile(text, "boards, unrolled", "exec"), made)
    return made["Boards"]


class ManyKeys:
    """W13. Nearly as many new keys as known ones: asking is cheaper than a KeyError."""

    def __init__(self):
        self.start = self.end = -inf
        self.accounts = {}
        self.out = []

    def push(self, batch):
        start, end, accounts = self.start, self.end, self.accounts
        for data in batch:
            timestamp = data["timestamp"]
            if not start <= timestamp < end:
                if timestamp < end:
                    continue
                self._close()
                start = self.start = timestamp // 3600 * 3600
                end = self.end = start + 3600
                accounts = self.accounts = {}
            account = data["account"]
            figures = accounts.get(account)
            if figures is None:
                accounts[account] = [data["amount"], 1]
            else:
                figures[0] += data["amount"]
                figures[1] += 1

    def _close(self):
        start, end, out = self.start, self.end, self.out
        for account, (total, count) in self.accounts.items():
            out.append(Output(account, start, end, {"account": account, "total": total, "count": count}))

    def finish(self):
        self._close()

    def take(self):
        out, self.out = self.out, []
        return {"totals": out}


DEMANDING = {
    "W5": Sessions,
    "W6": Turnover,
    "W7": TypedTurnover,
    "W8": TurnoverByOne,
    "W9": TypedTurnoverByOne,
    "W10": Loads,
    "W11": TypedLoads,
    "W12": _boards(),
    "W13": ManyKeys,
}
