"""W1 and W2 in ReactiveX, by its own means: `group_by`, `reduce`, `buffer_with_count`. REACTIVEXES names each."""

from reactivex import operators as op
from reactivex.subject import Subject

HOUR = 3600


class Run:
    """One run: events are pushed one by one, and what comes out is gathered."""

    def __init__(self):
        self.subject, self.out = Subject(), []
        self.subject.pipe(*self.operators()).subscribe(self.out.append)

    def push(self, batch):
        on_next = self.subject.on_next
        for event in batch:
            on_next(event)

    def finish(self):
        self.subject.on_completed()


class QuickStart(Run):
    def operators(self):
        return (
            op.map(lambda data: {**data, "amount": data["amount"] / 100}),
            op.filter(lambda data: data["amount"] > 100),
            op.group_by(lambda data: data["timestamp"] // HOUR * HOUR),
            op.flat_map(lambda hour: hour.pipe(op.reduce(add, (0, 0)), op.map(lambda figures: (hour.key, *figures)))),
        )

    def take(self):
        return {
            "alerts": [
                (None, start, start + HOUR, {"total": total, "count": count}) for start, total, count in self.out
            ]
        }


class Chain(Run):
    def operators(self):
        return (
            op.map(lambda data: {**data, "temperature": (data["temperature"] - 32) / 1.8}),
            op.map(lambda data: {**data, "pressure": data["pressure"] / 1000}),
            op.map(lambda data: {**data, "dew": data["temperature"] - (100 - data["humidity"]) / 5}),
            op.filter(lambda data: data["humidity"] < 95),
            op.map(lambda data: {**data, "heat": data["temperature"] + data["humidity"] * 0.1}),
            op.map(lambda data: {**data, "load": data["heat"] + data["pressure"]}),
            op.filter(lambda data: data["status"] == "ok"),
            op.map(lambda data: {**data, "excess": data["heat"] - data["dew"]}),
            op.filter(lambda data: data["battery"] > 30),
            op.map(lambda data: data["load"] + data["excess"] * 0.25),
            op.buffer_with_count(100),
            op.filter(lambda scores: len(scores) == 100),
            op.map(lambda scores: {"mean": sum(scores) / len(scores), "max": max(scores)}),
        )

    def take(self):
        return {"scores": [(None, None, None, data) for data in self.out]}


def add(figures, data):
    total, count = figures
    return total + data["amount"], count + 1


REACTIVEXES = {"W1": QuickStart, "W2": Chain}
