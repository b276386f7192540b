"""Transaction Processor: the compiled kernel.

Made by Streamflow from samples/quickstart.py; change that, not this.
"""

from streamflow_runtime.contents import Contents
from streamflow_runtime.kernel import Kernel as BaseKernel
from streamflow_runtime.lifted import Lifted
from streamflow_runtime.local_tumbling import LocalTumbling
from streamflow_runtime.packet import Packet
from streamflow_runtime.running_sum import RunningSum
from streamflow_runtime.stage import Source


class HourlySummaryFigures(Lifted):
    """What a window of `hourly-summary` holds in place of its packets."""

    # hourly-summary: samples/quickstart.py:11
    figures = ("total",)
    running = ("total",)
    parted = ("total",)
    __slots__ = figures

    def __init__(self):
        super().__init__()
        self.total = RunningSum()


class Kernel(BaseKernel):
    """The flow of packets through 'Transaction Processor'."""

    graph = "Transaction Processor"
    kinds = {
        "webhook": "source.websocket",
        "normalize": "transform",
        "large-only": "filter",
        "hourly-summary": "aggregate.time",
        "alerts": "sink.http",
    }
    edges = (
        ("webhook", "out", "normalize"),
        ("normalize", "out", "large-only"),
        ("large-only", "out", "hourly-summary"),
        ("hourly-summary", "out", "alerts"),
    )
    paths = {"large-only": "/normalize:0", "hourly-summary": "/normalize:0"}
    entries = {
        "normalize": "on_normalize",
        "large-only": "on_large_only",
        "hourly-summary": "on_hourly_summary",
    }
    shape = {
        "hourly-summary": "aggregate.time duration=3600000 total=sum(lambda data: data['amount'])"
    }
    outputs = ("alerts",)
    makers = {"normalize": lambda data: {**data, "amount": data["amount"] / 100}}
    made = {"large-only": ("normalize",), "hourly-summary": ("normalize",)}
    file = __file__

    def _build(self):
        """Make the sources and stages, upstream first."""
        self.webhook = self.sources["webhook"] = Source("webhook")
        self.hourly_summary = LocalTumbling(
            self,
            "hourly-summary",
            (self.webhook,),
            result=self.result_of_hourly_summary,
            contents=Contents(HourlySummaryFigures),
            after=self.after_hourly_summary,
            size=3600000,
        )
        self.stages = [self.hourly_summary]
        self.runners["webhook"] = self.run_webhook

    def run_webhook(self, batch, metadata, given):
        """A batch of `webhook`."""
        webhook = self.webhook
        timestamp = self.clock if given is None else given
        hourly_summary = self.hourly_summary
        count, (total, total_carry) = hourly_summary.look(timestamp)
        events = iter(batch)
        for data in events:
            # webhook: samples/quickstart.py:8
            try:
                # normalize: samples/quickstart.py:9
                amount = data["amount"] / 100
                # large-only: samples/quickstart.py:10
                if not amount > 100:
                    continue
                # hourly-summary: samples/quickstart.py:11
                if count is None:
                    hourly_summary.coming += 1
                    number = webhook.number(batch, events)
                    self.leave(
                        "hourly-summary",
                        "late",
                        Packet(
                            {**data, "amount": amount},
                            timestamp,
                            "webhook",
                            number,
                            "/normalize:0",
                            metadata,
                        ),
                    )
                    continue
                count += 1
                try:
                    if type(amount) is float and total_carry is not None:
                        raised = total + amount
                        if abs(total) >= abs(amount):
                            total_carry += total - raised + amount
                        else:
                            total_carry += amount - raised + total
                        total = raised
                    else:
                        total, total_carry = hourly_summary.near.total.add_to(
                            total, total_carry, amount
                        )
                except Exception as error:
                    hourly_summary.near.spoil(self, 0, error, timestamp)
            except Exception as error:
                number = webhook.number(batch, events)
                self.failed(error, Packet(data, timestamp, "webhook", number, "", metadata))
        webhook.admitted += len(batch)
        hourly_summary.put(count, (total, total_carry))
        self.counts["large-only"] += hourly_summary.came_in()

    def result_of_hourly_summary(self, packets, window):
        """The result of a window of `hourly-summary`."""
        # hourly-summary: samples/quickstart.py:11
        return {"total": packets.total, "count": packets.count}

    def after_hourly_summary(self, packet):
        """What follows `hourly-summary`."""
        alerts = self.out["alerts"]
        # alerts: samples/quickstart.py:20
        alerts.append(packet)

    def on_normalize(self, packet):
        """A packet comes to `normalize`."""
        data = packet.data
        try:
            # normalize: samples/quickstart.py:9
            amount = data["amount"] / 100
            self.on_large_only(packet.derive({**data, "amount": amount}, "/normalize:0"))
        except Exception as error:
            self.fail("normalize", error, packet.derive(data))

    def on_large_only(self, packet):
        """A packet comes to `large-only`."""
        data = packet.data
        try:
            # large-only: samples/quickstart.py:10
            if not data["amount"] > 100:
                return
            self.counts["large-only"] += 1
            self.on_hourly_summary(packet)
        except Exception as error:
            self.fail("large-only", error, packet.derive(data))

    def on_hourly_summary(self, packet):
        """A packet comes to `hourly-summary`."""
        data = packet.data
        hourly_summary = self.hourly_summary
        # hourly-summary: samples/quickstart.py:11
        held = hourly_summary.at(packet.time)
        if held is None:
            self.leave("hourly-summary", "late", packet)
            return
        held.count += 1
        try:
            held.total.add(data["amount"])
        except Exception as error:
            held.spoil(self, 0, error, packet.time)


# From which line on which node runs, and where in the program that stands. For messages.
# fmt: off
Kernel.lines = (
    (1, '', '', 0), (19, 'hourly-summary', 'samples/quickstart.py', 15), (29, '', '', 0),
    (84, 'webhook', 'samples/quickstart.py', 8), (86, 'normalize', 'samples/quickstart.py', 9),
    (88, 'large-only', 'samples/quickstart.py', 10),
    (91, 'hourly-summary', 'samples/quickstart.py', 15),
    (109, 'hourly-summary', 'samples/quickstart.py', 16),
    (120, 'hourly-summary', 'samples/quickstart.py', 15),
    (122, 'webhook', 'samples/quickstart.py', 8), (125, '', '', 0),
    (132, 'hourly-summary', 'samples/quickstart.py', 15), (134, '', '', 0),
    (138, 'alerts', 'samples/quickstart.py', 20), (140, '', '', 0),
    (145, 'normalize', 'samples/quickstart.py', 9), (147, '', '', 0),
    (155, 'large-only', 'samples/quickstart.py', 10), (159, '', '', 0),
    (167, 'hourly-summary', 'samples/quickstart.py', 15),
    (173, 'hourly-summary', 'samples/quickstart.py', 16),
    (174, 'hourly-summary', 'samples/quickstart.py', 15),
)
# fmt: on
