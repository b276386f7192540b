"""W1 and W2 in Streamz, by its own means: `accumulate` and `partition`. STREAMZES names each."""

from streamz import Stream

HOUR = 3600


class Pipeline:
    """One run: events are emitted one by one, and what comes out is gathered."""

    def __init__(self):
        self.source, self.out = Stream(), []
        self.build(self.source).sink(self.out.append)

    def push(self, batch):
        emit = self.source.emit
        for event in batch:
            emit(event)

    def finish(self):
        pass


class QuickStart(Pipeline):
    def build(self, stream):
        stream = stream.map(lambda data: {**data, "amount": data["amount"] / 100})
        stream = stream.filter(lambda data: data["amount"] > 100)
        self.hours = stream.accumulate(add, start=(0, 0, 0), returns_state=True)
        return self.hours.filter(lambda closed: closed is not None)

    def finish(self):
        self.out.append(self.hours.state)

    def take(self):
        return {
            "alerts": [
                (None, start, start + HOUR, {"total": total, "count": count})
                for start, total, count in self.out
                if count
            ]
        }


class Chain(Pipeline):
    def build(self, stream):
        stream = stream.map(lambda data: {**data, "temperature": (data["temperature"] - 32) / 1.8})
        stream = stream.map(lambda data: {**data, "pressure": data["pressure"] / 1000})
        stream = stream.map(lambda data: {**data, "dew": data["temperature"] - (100 - data["humidity"]) / 5})
        stream = stream.filter(lambda data: data["humidity"] < 95)
        stream = stream.map(lambda data: {**data, "heat": data["temperature"] + data["humidity"] * 0.1})
        stream = stream.map(lambda data: {**data, "load": data["heat"] + data["pressure"]})
        stream = stream.filter(lambda data: data["status"] == "ok")
        stream = stream.map(lambda data: {**data, "excess": data["heat"] - data["dew"]})
        stream = stream.filter(lambda data: data["battery"] > 30)
        stream = stream.map(lambda data: data["load"] + data["excess"] * 0.25)
        return stream.partition(100).map(lambda scores: {"mean": sum(scores) / len(scores), "max": max(scores)})

    def take(self):
        return {"scores": [(None, None, None, data) for data in self.out]}


def add(state, data):
    """The state of the present hour, and that of the hour before where it has ended."""
    start, total, count = state
    hour = data["timestamp"] // HOUR * HOUR
    if hour == start:
        return (start, total + data["amount"], count + 1), None
    return (hour, data["amount"], 1), state


STREAMZES = {"W1": QuickStart, "W2": Chain}
