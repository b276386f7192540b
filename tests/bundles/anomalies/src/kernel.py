"""Anomaly Detector: the compiled kernel.

Made by Streamflow from samples/anomalies.py; change that, not this.
"""

from streamflow_runtime.accumulated import Accumulating
from streamflow_runtime.accumulators import Count
from streamflow_runtime.event_time import event_time
from streamflow_runtime.idleness import Kernel as BaseKernel, Silence
from streamflow_runtime.isolation import copy_of
from streamflow_runtime.keys import checked_key
from streamflow_runtime.packet import Packet
from streamflow_runtime.sliding import SlidingWindows
from streamflow_runtime.stage import Source

amount = "amount"
threshold = 1000
threshold_2 = 10


class Kernel(BaseKernel):
    """The flow of packets through 'Anomaly Detector'."""

    graph = "Anomaly Detector"
    kinds = {
        "transactions": "source.webhook",
        "large": "filter",
        "amount-anomalies": "transform",
        "a-minute": "aggregate.time",
        "one-too-many": "filter",
        "frequency-anomalies": "transform",
        "alerts": "sink.http",
    }
    edges = (
        ("transactions", "out", "large"),
        ("large", "out", "amount-anomalies"),
        ("amount-anomalies", "out", "alerts"),
        ("transactions", "out", "a-minute"),
        ("a-minute", "out", "one-too-many"),
        ("one-too-many", "out", "frequency-anomalies"),
        ("frequency-anomalies", "out", "alerts"),
    )
    entries = {
        "large": "on_large",
        "amount-anomalies": "on_amount_anomalies",
        "a-minute": "on_a_minute",
        "one-too-many": "on_one_too_many",
        "frequency-anomalies": "on_frequency_anomalies",
    }
    shape = {"a-minute": "aggregate.time duration=60000 early={'count': 1} key=account"}
    outputs = ("alerts",)
    file = __file__

    def _build(self):
        """Make the sources and stages, upstream first."""
        self.transactions = self.sources["transactions"] = Source(
            "transactions", out_of_orderness=0
        )
        self.transactions_silence = Silence(self, self.transactions, 60000)
        self.a_minute = SlidingWindows(
            self,
            "a-minute",
            (self.transactions_silence,),
            result=self.result_of_a_minute,
            contents=Accumulating(self.accumulators_of_a_minute),
            after=self.after_a_minute,
            size=60000,
            keyed=True,
            early_count=1,
        )
        self.stages = [self.a_minute]
        self.runners["transactions"] = self.run_transactions

    def run_transactions(self, batch, metadata, given):
        """A batch of `transactions`."""
        transactions = self.transactions
        transactions_silence = self.transactions_silence
        a_minute = self.a_minute
        large_count = 0
        for number, data in enumerate(batch, transactions.admitted):
            # transactions: samples/anomalies.py:5
            try:
                timestamp = event_time(data["at"]) if given is None else given
            except Exception as error:
                self.invalid(error, Packet(data, self.clock, "transactions", number, "", metadata))
                continue
            if transactions_silence.heard != self.clock:
                transactions_silence.hear(timestamp)
            if timestamp >= transactions.due:
                self.rise(transactions, timestamp)
            elif timestamp > transactions.high:
                transactions.high = timestamp
            large_data = data
            try:
                # large: samples/anomalies.py:5
                if large_data[amount] > threshold:
                    large_count += 1
                    # amount-anomalies: samples/anomalies.py:5
                    large_data = {
                        "anomaly": "amount",
                        "threshold": threshold,
                        "transaction": large_data,
                    }
                    self.on_alerts(
                        Packet(
                            large_data,
                            timestamp,
                            "transactions",
                            number,
                            "/amount-anomalies:0",
                            metadata,
                        )
                    )
            except Exception as error:
                self.failed(
                    error, Packet(large_data, timestamp, "transactions", number, "", metadata)
                )
            try:
                # a-minute: samples/anomalies.py:5
                key = checked_key(data["account"])
                entering = Packet(data, timestamp, "transactions", number, "", metadata)
                entering.values = (True,)
                a_minute.enter(entering, key)
            except Exception as error:
                self.failed(error, Packet(data, timestamp, "transactions", number, "", metadata))
        transactions.admitted += len(batch)
        self.counts["large"] += large_count

    def accumulators_of_a_minute(self):
        """What a window of `a-minute` holds."""
        # a-minute: samples/anomalies.py:5
        return [Count()]

    def result_of_a_minute(self, held, window):
        """The result of a window of `a-minute`."""
        # a-minute: samples/anomalies.py:5
        return {"account": window.key, "transactions": held[0].result()}

    def after_a_minute(self, packet):
        """What follows `a-minute`."""
        data = packet.data
        try:
            # one-too-many: samples/anomalies.py:5
            if not (transactions_2 := data["transactions"]) - 1 <= threshold_2 < transactions_2:
                return
            self.counts["one-too-many"] += 1
            # frequency-anomalies: samples/anomalies.py:5
            data = {
                "anomaly": "frequency",
                "threshold": threshold_2,
                "account": packet.key,
                "transactions": data["transactions"],
                "minute": packet.window.start,
            }
            self.on_alerts(packet.derive(data, "/frequency-anomalies:0"))
        except Exception as error:
            self.failed(error, packet.derive(data))

    def on_alerts(self, packet):
        """A packet comes to `alerts`."""
        data = packet.data
        alerts = self.out["alerts"]
        try:
            # alerts: samples/anomalies.py:5
            alerts.append(packet.derive(copy_of(data)))
        except Exception as error:
            self.failed(error, packet.derive(data))

    def on_large(self, packet):
        """A packet comes to `large`."""
        data = packet.data
        try:
            # large: samples/anomalies.py:5
            if not data[amount] > threshold:
                return
            self.counts["large"] += 1
            self.on_amount_anomalies(packet)
        except Exception as error:
            self.fail("large", error, packet.derive(data))

    def on_amount_anomalies(self, packet):
        """A packet comes to `amount-anomalies`."""
        data = packet.data
        try:
            # amount-anomalies: samples/anomalies.py:5
            data = {"anomaly": "amount", "threshold": threshold, "transaction": data}
            self.on_alerts(packet.derive(data, "/amount-anomalies:0"))
        except Exception as error:
            self.fail("amount-anomalies", error, packet.derive(data))

    def on_a_minute(self, packet):
        """A packet comes to `a-minute`."""
        data = packet.data
        a_minute = self.a_minute
        try:
            # a-minute: samples/anomalies.py:5
            key = checked_key(data["account"])
            entering = packet.derive(data)
            entering.values = (True,)
            a_minute.enter(entering, key)
        except Exception as error:
            self.fail("a-minute", error, packet.derive(data))

    def on_one_too_many(self, packet):
        """A packet comes to `one-too-many`."""
        data = packet.data
        try:
            # one-too-many: samples/anomalies.py:5
            if not (transactions_2 := data["transactions"]) - 1 <= threshold_2 < transactions_2:
                return
            self.counts["one-too-many"] += 1
            self.on_frequency_anomalies(packet)
        except Exception as error:
            self.fail("one-too-many", error, packet.derive(data))

    def on_frequency_anomalies(self, packet):
        """A packet comes to `frequency-anomalies`."""
        data = packet.data
        try:
            # frequency-anomalies: samples/anomalies.py:5
            data = {
                "anomaly": "frequency",
                "threshold": threshold_2,
                "account": packet.key,
                "transactions": data["transactions"],
                "minute": packet.window.start,
            }
            self.on_alerts(packet.derive(data, "/frequency-anomalies:0"))
        except Exception as error:
            self.fail("frequency-anomalies", error, packet.derive(data))


# From which line on which node runs, and where in the program that stands. For messages.
# fmt: off
Kernel.lines = (
    (1, '', '', 0), (82, 'transactions', 'samples/anomalies.py', 5),
    (96, 'large', 'streamflow/templates/financial.py', 59),
    (99, 'amount-anomalies', 'streamflow/templates/financial.py', 56),
    (104, 'amount-anomalies', 'streamflow/templates/financial.py', 55),
    (114, 'transactions', 'samples/anomalies.py', 5), (120, 'a-minute', 'samples/anomalies.py', 5),
    (124, 'transactions', 'samples/anomalies.py', 5), (126, '', '', 0),
    (132, 'a-minute', 'samples/anomalies.py', 5), (134, '', '', 0),
    (137, 'a-minute', 'samples/anomalies.py', 5), (139, '', '', 0),
    (144, 'one-too-many', 'streamflow/templates/financial.py', 86),
    (148, 'frequency-anomalies', 'streamflow/templates/financial.py', 68),
    (149, 'frequency-anomalies', 'streamflow/templates/financial.py', 69),
    (150, 'frequency-anomalies', 'streamflow/templates/financial.py', 70),
    (151, 'frequency-anomalies', 'streamflow/templates/financial.py', 71),
    (152, 'frequency-anomalies', 'streamflow/templates/financial.py', 72),
    (153, 'frequency-anomalies', 'streamflow/templates/financial.py', 73),
    (155, 'frequency-anomalies', 'streamflow/templates/financial.py', 67), (156, '', '', 0),
    (165, 'alerts', 'samples/anomalies.py', 5), (166, '', '', 0),
    (174, 'large', 'streamflow/templates/financial.py', 59), (178, '', '', 0),
    (186, 'amount-anomalies', 'streamflow/templates/financial.py', 56),
    (187, 'amount-anomalies', 'streamflow/templates/financial.py', 55), (188, '', '', 0),
    (197, 'a-minute', 'samples/anomalies.py', 5), (201, '', '', 0),
    (209, 'one-too-many', 'streamflow/templates/financial.py', 86), (213, '', '', 0),
    (221, 'frequency-anomalies', 'streamflow/templates/financial.py', 68),
    (222, 'frequency-anomalies', 'streamflow/templates/financial.py', 69),
    (223, 'frequency-anomalies', 'streamflow/templates/financial.py', 70),
    (224, 'frequency-anomalies', 'streamflow/templates/financial.py', 71),
    (225, 'frequency-anomalies', 'streamflow/templates/financial.py', 72),
    (226, 'frequency-anomalies', 'streamflow/templates/financial.py', 73),
    (228, 'frequency-anomalies', 'streamflow/templates/financial.py', 67), (229, '', '', 0),
)
# fmt: on
