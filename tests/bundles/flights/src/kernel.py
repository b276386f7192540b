"""New York Departures: the compiled kernel.

Made by Streamflow from samples/flights.py; change that, not this.
"""

from datetime import datetime
from datetime import UTC
from streamflow_runtime.contents import Contents
from streamflow_runtime.event_time import event_time
from streamflow_runtime.idleness import Kernel as BaseKernel, Silence
from streamflow_runtime.isolation import copy_of
from streamflow_runtime.keyed_tumbling import KeyedTumbling
from streamflow_runtime.keys import checked_key
from streamflow_runtime.lifted import Lifted
from streamflow_runtime.packet import Packet
from streamflow_runtime.running_extremes import Highest
from streamflow_runtime.running_sum import RunningSum
from streamflow_runtime.sessions import SessionWindows
from streamflow_runtime.stage import Source

AIRLINES = {
    "9E": "Endeavor Air",
    "AA": "American Airlines",
    "AS": "Alaska Airlines",
    "B6": "JetBlue Airways",
    "DL": "Delta Air Lines",
    "EV": "ExpressJet Airlines",
    "F9": "Frontier Airlines",
    "FL": "AirTran Airways",
    "HA": "Hawaiian Airlines",
    "MQ": "Envoy Air",
    "OO": "SkyWest Airlines",
    "UA": "United Air Lines",
    "US": "US Airways",
    "VX": "Virgin America",
    "WN": "Southwest Airlines",
    "YV": "Mesa Airlines",
}


def day(window):
    return datetime.fromtimestamp(window.start, UTC).date().isoformat()


class DailyFigures(Lifted):
    """What a window of `daily` holds in place of its packets."""

    # daily: samples/flights.py:92
    figures = ("sum_delay", "worst_delay", "sum", "in_rough_weather")
    running = ("sum_delay", "worst_delay", "sum", "in_rough_weather")
    __slots__ = figures

    def __init__(self):
        super().__init__()
        self.sum_delay = RunningSum()
        self.worst_delay = Highest()
        self.sum = RunningSum()
        self.in_rough_weather = RunningSum()


class CancelledFigures(Lifted):
    """What a window of `cancelled` holds in place of its packets."""

    # cancelled: samples/flights.py:99
    figures = ()
    __slots__ = figures

    def __init__(self):
        super().__init__()


class Kernel(BaseKernel):
    """The flow of packets through 'New York Departures'."""

    graph = "New York Departures"
    kinds = {
        "departures": "source.manual",
        "flown": "filter",
        "clean": "transform",
        "daily": "aggregate.time",
        "punctuality": "sink.database",
        "cancelled": "aggregate.time",
        "cancellations": "sink.database",
        "delayed": "filter",
        "waves": "aggregate.session",
        "large": "filter",
        "alerts": "sink.log",
        "too-late": "sink.log",
        "unreadable": "sink.log",
    }
    edges = (
        ("departures", "out", "flown"),
        ("flown", "out", "clean"),
        ("clean", "out", "daily"),
        ("daily", "out", "punctuality"),
        ("flown", "rejected", "cancelled"),
        ("cancelled", "out", "cancellations"),
        ("clean", "out", "delayed"),
        ("delayed", "out", "waves"),
        ("waves", "out", "large"),
        ("large", "out", "alerts"),
        ("daily", "late", "too-late"),
        ("cancelled", "late", "too-late"),
        ("waves", "late", "too-late"),
        ("departures", "invalid", "unreadable"),
    )
    paths = {"daily": "/clean:0", "delayed": "/clean:0", "waves": "/clean:0"}
    entries = {
        "flown": "on_flown",
        "clean": "on_clean",
        "daily": "on_daily",
        "cancelled": "on_cancelled",
        "delayed": "on_delayed",
        "waves": "on_waves",
        "large": "on_large",
    }
    shape = {
        "daily": "aggregate.time duration=86400000 offset=18000000 key=airline sum_delay=sum(lambda data: data['delay']) worst_delay=max(lambda data: data['delay']) sum=sum(lambda data: data['delay'] < 15) in_rough_weather=sum(lambda data: data['rough'])",
        "cancelled": "aggregate.time duration=86400000 offset=18000000 key=origin",
        "waves": "aggregate.session gap=1800000 key=origin",
    }
    outputs = ("punctuality", "cancellations", "alerts", "too-late", "unreadable")
    file = __file__

    def _build(self):
        """Make the sources and stages, upstream first."""
        self.departures = self.sources["departures"] = Source(
            "departures", out_of_orderness=43200000
        )
        self.departures_silence = Silence(self, self.departures, 86400000)
        self.daily = KeyedTumbling(
            self,
            "daily",
            (self.departures_silence,),
            result=self.result_of_daily,
            contents=Contents(DailyFigures),
            after=self.after_daily,
            size=86400000,
            offset=18000000,
            keyed=True,
        )
        self.cancelled = KeyedTumbling(
            self,
            "cancelled",
            (self.departures_silence,),
            result=self.result_of_cancelled,
            contents=Contents(CancelledFigures),
            after=self.after_cancelled,
            size=86400000,
            offset=18000000,
            keyed=True,
        )
        self.waves = SessionWindows(
            self,
            "waves",
            (self.departures_silence,),
            result=self.result_of_waves,
            after=self.after_waves,
            gap=1800000,
            keyed=True,
        )
        self.stages = [self.daily, self.cancelled, self.waves]
        self.runners["departures"] = self.run_departures
        self.ports["departures invalid"] = self.after_departures_invalid
        self.ports["daily late"] = self.on_too_late
        self.ports["cancelled late"] = self.on_too_late
        self.ports["waves late"] = self.on_too_late

    def run_departures(self, batch, metadata, given):
        """A batch of `departures`."""
        departures = self.departures
        departures_silence = self.departures_silence
        daily = self.daily
        waves = self.waves
        cancelled = self.cancelled
        flown_count = 0
        delayed_count = 0
        for number, data in enumerate(batch, departures.admitted):
            # departures: samples/flights.py:89
            try:
                timestamp = (
                    event_time(data["departed"] or data["scheduled"]) if given is None else given
                )
            except Exception as error:
                self.invalid(error, Packet(data, self.clock, "departures", number, "", metadata))
                continue
            if departures_silence.heard != self.clock:
                departures_silence.hear(timestamp)
            if timestamp >= departures.due:
                self.rise(departures, timestamp)
            elif timestamp > departures.high:
                departures.high = timestamp
            try:
                # flown: samples/flights.py:90
                if data["departed"] is not None:
                    flown_count += 1
                    # clean: samples/flights.py:91
                    data = {
                        "flight": data["flight"],
                        "airline": AIRLINES[data["carrier"]],
                        "origin": data["origin"],
                        "dest": data["dest"],
                        "delay": data["delay"],
                        "seats": data["seats"],
                        "rough": (data["wind"] or 0) >= 20 or (data["rain"] or 0) > 0,
                    }
                    try:
                        # daily: samples/flights.py:92
                        key = data["airline"]
                        if not daily.start <= timestamp < daily.end:
                            daily.turn_to(timestamp)
                        try:
                            held = daily.here[key]
                        except (KeyError, TypeError):
                            held = daily.at(timestamp, checked_key(key))
                        if held is None:
                            self.leave(
                                "daily",
                                "late",
                                Packet(data, timestamp, "departures", number, "/clean:0", metadata),
                            )
                        else:
                            held.count += 1
                            try:
                                held.sum_delay.add(data["delay"])
                            except Exception as error:
                                held.spoil(self, 0, error, timestamp)
                            try:
                                value = data["delay"]
                                extreme = held.worst_delay
                                if (
                                    value > extreme.value
                                    or value == extreme.value
                                    or timestamp < extreme.first
                                ):
                                    extreme.take(value, timestamp)
                            except Exception as error:
                                held.spoil(self, 1, error, timestamp)
                            try:
                                held.sum.add(data["delay"] < 15)
                            except Exception as error:
                                held.spoil(self, 2, error, timestamp)
                            try:
                                held.in_rough_weather.add(data["rough"])
                            except Exception as error:
                                held.spoil(self, 3, error, timestamp)
                    except Exception as error:
                        self.failed(
                            error, Packet(data, timestamp, "departures", number, "", metadata)
                        )
                    try:
                        # delayed: samples/flights.py:112
                        if data["delay"] >= 60:
                            delayed_count += 1
                            # waves: samples/flights.py:113
                            waves.add(
                                Packet(data, timestamp, "departures", number, "/clean:0", metadata),
                                checked_key(data["origin"]),
                            )
                    except Exception as error:
                        self.failed(
                            error, Packet(data, timestamp, "departures", number, "", metadata)
                        )
                else:
                    # cancelled: samples/flights.py:99
                    key = data["origin"]
                    if not cancelled.start <= timestamp < cancelled.end:
                        cancelled.turn_to(timestamp)
                    try:
                        held = cancelled.here[key]
                    except (KeyError, TypeError):
                        held = cancelled.at(timestamp, checked_key(key))
                    if held is None:
                        self.leave(
                            "cancelled",
                            "late",
                            Packet(data, timestamp, "departures", number, "", metadata),
                        )
                    else:
                        held.count += 1
            except Exception as error:
                self.failed(error, Packet(data, timestamp, "departures", number, "", metadata))
        departures.admitted += len(batch)
        self.counts["flown"] += flown_count
        self.counts["delayed"] += delayed_count

    def result_of_daily(self, packets, window):
        """The result of a window of `daily`."""
        # daily: samples/flights.py:92
        return {
            "day": day(window),
            "airline": window.key,
            "flights": packets.count,
            "mean_delay": packets.sum_delay / packets.count,
            "worst_delay": packets.worst_delay,
            "on_time": packets.sum / packets.count,
            "in_rough_weather": packets.in_rough_weather,
        }

    def after_daily(self, packet):
        """What follows `daily`."""
        data = packet.data
        punctuality_node = self.out["punctuality"]
        try:
            # punctuality: samples/flights.py:93
            punctuality_node.append(packet.derive(copy_of(data)))
        except Exception as error:
            self.failed(error, packet.derive(data))

    def result_of_cancelled(self, packets, window):
        """The result of a window of `cancelled`."""
        # cancelled: samples/flights.py:99
        return {"day": day(window), "origin": window.key, "flights": packets.count}

    def after_cancelled(self, packet):
        """What follows `cancelled`."""
        cancellations = self.out["cancellations"]
        # cancellations: samples/flights.py:111
        cancellations.append(packet)

    def result_of_waves(self, packets, window):
        """The result of a window of `waves`."""
        # waves: samples/flights.py:113
        return {
            "origin": window.key,
            "began": datetime.fromtimestamp(window.start, UTC).isoformat(),
            "hours": (packets[-1].timestamp - packets[0].timestamp) / 3600,
            "flights": len(packets),
            "passengers_at_most": sum(p.data["seats"] or 0 for p in packets),
            "worst": max(packets, key=lambda p: p.data["delay"]).data["flight"],
        }

    def after_waves(self, packet):
        """What follows `waves`."""
        data = packet.data
        alerts = self.out["alerts"]
        try:
            # large: samples/flights.py:114
            if not data["flights"] >= 10:
                return
            self.counts["large"] += 1
            # alerts: samples/flights.py:115
            alerts.append(packet.derive(copy_of(data)))
        except Exception as error:
            self.failed(error, packet.derive(data))

    def after_departures_invalid(self, packet):
        """What follows `departures.invalid`."""
        unreadable = self.out["unreadable"]
        # unreadable: samples/flights.py:117
        unreadable.append(packet)

    def on_too_late(self, packet):
        """A packet comes to `too-late`."""
        data = packet.data
        too_late = self.out["too-late"]
        try:
            # too-late: samples/flights.py:116
            too_late.append(packet.derive(copy_of(data)))
        except Exception as error:
            self.failed(error, packet.derive(data))

    def on_flown(self, packet):
        """A packet comes to `flown`."""
        data = packet.data
        try:
            # flown: samples/flights.py:90
            if data["departed"] is not None:
                self.counts["flown"] += 1
                self.on_clean(packet)
            else:
                self.on_cancelled(packet)
        except Exception as error:
            self.fail("flown", error, packet.derive(data))

    def on_clean(self, packet):
        """A packet comes to `clean`."""
        data = packet.data
        try:
            # clean: samples/flights.py:91
            data = {
                "flight": data["flight"],
                "airline": AIRLINES[data["carrier"]],
                "origin": data["origin"],
                "dest": data["dest"],
                "delay": data["delay"],
                "seats": data["seats"],
                "rough": (data["wind"] or 0) >= 20 or (data["rain"] or 0) > 0,
            }
            self.on_daily(packet.derive(data, "/clean:0"))
            self.on_delayed(packet.derive(data, "/clean:0"))
        except Exception as error:
            self.fail("clean", error, packet.derive(data))

    def on_daily(self, packet):
        """A packet comes to `daily`."""
        data = packet.data
        daily = self.daily
        try:
            # daily: samples/flights.py:92
            key = data["airline"]
            if not daily.start <= packet.time < daily.end:
                daily.turn_to(packet.time)
            try:
                held = daily.here[key]
            except (KeyError, TypeError):
                held = daily.at(packet.time, checked_key(key))
                if held is None:
                    self.leave("daily", "late", packet)
                    return
            held.count += 1
            try:
                held.sum_delay.add(data["delay"])
            except Exception as error:
                held.spoil(self, 0, error, packet.time)
            try:
                value = data["delay"]
                extreme = held.worst_delay
                if value > extreme.value or value == extreme.value or packet.time < extreme.first:
                    extreme.take(value, packet.time)
            except Exception as error:
                held.spoil(self, 1, error, packet.time)
            try:
                held.sum.add(data["delay"] < 15)
            except Exception as error:
                held.spoil(self, 2, error, packet.time)
            try:
                held.in_rough_weather.add(data["rough"])
            except Exception as error:
                held.spoil(self, 3, error, packet.time)
        except Exception as error:
            self.fail("daily", error, packet.derive(data))

    def on_cancelled(self, packet):
        """A packet comes to `cancelled`."""
        data = packet.data
        cancelled = self.cancelled
        try:
            # cancelled: samples/flights.py:99
            key = data["origin"]
            if not cancelled.start <= packet.time < cancelled.end:
                cancelled.turn_to(packet.time)
            try:
                held = cancelled.here[key]
            except (KeyError, TypeError):
                held = cancelled.at(packet.time, checked_key(key))
                if held is None:
                    self.leave("cancelled", "late", packet)
                    return
            held.count += 1
        except Exception as error:
            self.fail("cancelled", error, packet.derive(data))

    def on_delayed(self, packet):
        """A packet comes to `delayed`."""
        data = packet.data
        try:
            # delayed: samples/flights.py:112
            if not data["delay"] >= 60:
                return
            self.counts["delayed"] += 1
            self.on_waves(packet)
        except Exception as error:
            self.fail("delayed", error, packet.derive(data))

    def on_waves(self, packet):
        """A packet comes to `waves`."""
        data = packet.data
        waves = self.waves
        try:
            # waves: samples/flights.py:113
            waves.add(packet.derive(data), checked_key(data["origin"]))
        except Exception as error:
            self.fail("waves", error, packet.derive(data))

    def on_large(self, packet):
        """A packet comes to `large`."""
        data = packet.data
        try:
            # large: samples/flights.py:114
            if not data["flights"] >= 10:
                return
            self.counts["large"] += 1
            self.on_alerts(packet)
        except Exception as error:
            self.fail("large", error, packet.derive(data))

    def on_alerts(self, packet):
        """A packet comes to `alerts`."""
        data = packet.data
        alerts = self.out["alerts"]
        try:
            # alerts: samples/flights.py:115
            alerts.append(packet.derive(copy_of(data)))
        except Exception as error:
            self.fail("alerts", error, packet.derive(data))


# From which line on which node runs, and where in the program that stands. For messages.
# fmt: off
Kernel.lines = (
    (1, '', '', 0), (41, '', 'samples/flights.py', 69), (42, '', 'samples/flights.py', 70),
    (45, '', '', 0), (49, 'daily', 'samples/flights.py', 56), (61, '', '', 0),
    (65, 'cancelled', 'samples/flights.py', 105), (72, '', '', 0),
    (180, 'departures', 'samples/flights.py', 89), (182, 'departures', 'samples/flights.py', 40),
    (184, 'departures', 'samples/flights.py', 89), (195, 'flown', 'samples/flights.py', 90),
    (198, 'clean', 'samples/flights.py', 45), (199, 'clean', 'samples/flights.py', 46),
    (200, 'clean', 'samples/flights.py', 47), (201, 'clean', 'samples/flights.py', 48),
    (202, 'clean', 'samples/flights.py', 49), (203, 'clean', 'samples/flights.py', 50),
    (204, 'clean', 'samples/flights.py', 51), (205, 'clean', 'samples/flights.py', 52),
    (207, 'clean', 'samples/flights.py', 43), (209, 'daily', 'samples/flights.py', 56),
    (225, 'daily', 'samples/flights.py', 62), (226, 'daily', 'samples/flights.py', 56),
    (227, 'daily', 'samples/flights.py', 63), (228, 'daily', 'samples/flights.py', 56),
    (229, 'daily', 'samples/flights.py', 63), (237, 'daily', 'samples/flights.py', 56),
    (238, 'daily', 'samples/flights.py', 63), (239, 'daily', 'samples/flights.py', 56),
    (240, 'daily', 'samples/flights.py', 64), (241, 'daily', 'samples/flights.py', 56),
    (242, 'daily', 'samples/flights.py', 63), (243, 'daily', 'samples/flights.py', 56),
    (244, 'daily', 'samples/flights.py', 65), (245, 'daily', 'samples/flights.py', 56),
    (246, 'daily', 'samples/flights.py', 63), (247, 'clean', 'samples/flights.py', 43),
    (253, 'delayed', 'samples/flights.py', 112), (256, 'waves', 'samples/flights.py', 73),
    (260, 'clean', 'samples/flights.py', 43), (266, 'cancelled', 'samples/flights.py', 105),
    (281, 'departures', 'samples/flights.py', 89), (283, '', '', 0),
    (290, 'daily', 'samples/flights.py', 58), (291, 'daily', 'samples/flights.py', 59),
    (292, 'daily', 'samples/flights.py', 60), (293, 'daily', 'samples/flights.py', 61),
    (294, 'daily', 'samples/flights.py', 62), (295, 'daily', 'samples/flights.py', 63),
    (296, 'daily', 'samples/flights.py', 64), (297, 'daily', 'samples/flights.py', 65),
    (300, '', '', 0), (306, 'punctuality', 'samples/flights.py', 93), (307, '', '', 0),
    (313, 'cancelled', 'samples/flights.py', 105), (315, '', '', 0),
    (319, 'cancellations', 'samples/flights.py', 111), (321, '', '', 0),
    (324, 'waves', 'samples/flights.py', 75), (325, 'waves', 'samples/flights.py', 76),
    (326, 'waves', 'samples/flights.py', 77), (327, 'waves', 'samples/flights.py', 78),
    (328, 'waves', 'samples/flights.py', 79), (329, 'waves', 'samples/flights.py', 80),
    (330, 'waves', 'samples/flights.py', 81), (333, '', '', 0),
    (339, 'large', 'samples/flights.py', 114), (343, 'alerts', 'samples/flights.py', 115),
    (344, '', '', 0), (351, 'unreadable', 'samples/flights.py', 117), (353, '', '', 0),
    (359, 'too-late', 'samples/flights.py', 116), (360, '', '', 0),
    (368, 'flown', 'samples/flights.py', 90), (373, '', '', 0),
    (381, 'clean', 'samples/flights.py', 45), (382, 'clean', 'samples/flights.py', 46),
    (383, 'clean', 'samples/flights.py', 47), (384, 'clean', 'samples/flights.py', 48),
    (385, 'clean', 'samples/flights.py', 49), (386, 'clean', 'samples/flights.py', 50),
    (387, 'clean', 'samples/flights.py', 51), (388, 'clean', 'samples/flights.py', 52),
    (390, 'clean', 'samples/flights.py', 43), (392, '', '', 0),
    (401, 'daily', 'samples/flights.py', 56), (413, 'daily', 'samples/flights.py', 62),
    (414, 'daily', 'samples/flights.py', 56), (415, 'daily', 'samples/flights.py', 63),
    (416, 'daily', 'samples/flights.py', 56), (417, 'daily', 'samples/flights.py', 63),
    (421, 'daily', 'samples/flights.py', 56), (422, 'daily', 'samples/flights.py', 63),
    (423, 'daily', 'samples/flights.py', 56), (424, 'daily', 'samples/flights.py', 64),
    (425, 'daily', 'samples/flights.py', 56), (426, 'daily', 'samples/flights.py', 63),
    (427, 'daily', 'samples/flights.py', 56), (428, 'daily', 'samples/flights.py', 65),
    (429, 'daily', 'samples/flights.py', 56), (430, 'daily', 'samples/flights.py', 63),
    (431, '', '', 0), (440, 'cancelled', 'samples/flights.py', 105), (451, '', '', 0),
    (459, 'delayed', 'samples/flights.py', 112), (463, '', '', 0),
    (472, 'waves', 'samples/flights.py', 73), (473, '', '', 0),
    (481, 'large', 'samples/flights.py', 114), (485, '', '', 0),
    (494, 'alerts', 'samples/flights.py', 115), (495, '', '', 0),
)
# fmt: on
