"""Sensor Aggregator: the compiled kernel.

Made by Streamflow from samples/sensors.py; change that, not this.
"""

from streamflow_runtime.addends import checked_number
from streamflow_runtime.contents import Contents
from streamflow_runtime.event_time import event_time
from streamflow_runtime.figures import Figures
from streamflow_runtime.flat_map import all_of
from streamflow_runtime.idleness import Kernel as BaseKernel, Silence
from streamflow_runtime.keyed_tumbling import KeyedTumbling
from streamflow_runtime.keys import checked_key
from streamflow_runtime.packet import Packet
from streamflow_runtime.running_extremes import NOTHING
from streamflow_runtime.stage import Source

known = ("temperature", "humidity", "pressure")
device = "device"


def readings(data):
    values = {data["sensor"]: data["value"]} if "sensor" in data else data
    return [
        {"device": data[device], "sensor": sensor, "value": values[sensor]}
        for sensor in known
        if values.get(sensor) is not None
    ]


class SummariesFigures(Figures):
    """What a window of `summaries` holds in place of its packets."""

    # summaries: samples/sensors.py:5
    entries = (
        ("mean", "sum_value", "value_nulls"),
        ("min", "min_value", "value_nulls"),
        ("max", "max_value", "value_nulls"),
        ("count", "", ""),
    )
    __slots__ = ("sum_value", "min_value", "max_value", "value_nulls")

    def __init__(self):
        super().__init__()
        self.sum_value = 0
        self.min_value = NOTHING
        self.max_value = NOTHING
        self.value_nulls = 0


class Kernel(BaseKernel):
    """The flow of packets through 'Sensor Aggregator'."""

    graph = "Sensor Aggregator"
    kinds = {
        "readings": "source.webhook",
        "each-sensor": "transform.flat_map",
        "summaries": "aggregate.time",
        "sensors": "sink.endpoint",
    }
    edges = (
        ("readings", "out", "each-sensor"),
        ("each-sensor", "out", "summaries"),
        ("summaries", "out", "sensors"),
    )
    entries = {"each-sensor": "on_each_sensor", "summaries": "on_summaries"}
    shape = {"summaries": "aggregate.time duration=60000 key=('device', 'sensor')"}
    outputs = ("sensors",)
    file = __file__

    def _build(self):
        """Make the sources and stages, upstream first."""
        self.readings_node = self.sources["readings"] = Source("readings", out_of_orderness=10000)
        self.readings_node_silence = Silence(self, self.readings_node, 60000)
        self.summaries = KeyedTumbling(
            self,
            "summaries",
            (self.readings_node_silence,),
            result=self.result_of_summaries,
            contents=Contents(SummariesFigures),
            after=self.after_summaries,
            size=60000,
            keyed=True,
        )
        self.stages = [self.summaries]
        self.runners["readings"] = self.run_readings_node

    def run_readings_node(self, batch, metadata, given):
        """A batch of `readings`."""
        readings_node = self.readings_node
        readings_node_silence = self.readings_node_silence
        summaries = self.summaries
        each_sensor_count = 0
        for number, data in enumerate(batch, readings_node.admitted):
            # readings: samples/sensors.py:5
            try:
                timestamp = event_time(data["at"]) if given is None else given
            except Exception as error:
                self.invalid(error, Packet(data, self.clock, "readings", number, "", metadata))
                continue
            if readings_node_silence.heard != self.clock:
                readings_node_silence.hear(timestamp)
            if timestamp >= readings_node.due:
                self.rise(readings_node, timestamp)
            elif timestamp > readings_node.high:
                readings_node.high = timestamp
            try:
                # each-sensor: samples/sensors.py:5
                for index, each_sensor_data in enumerate(all_of(readings(data))):
                    if each_sensor_data is None:
                        continue
                    each_sensor_count += 1
                    each_sensor_packet = Packet(
                        each_sensor_data,
                        timestamp,
                        "readings",
                        number,
                        f"/each-sensor:{index}",
                        metadata,
                    )
                    try:
                        # summaries: samples/sensors.py:5
                        key = (each_sensor_data["device"], each_sensor_data["sensor"])
                        if not summaries.start <= each_sensor_packet.time < summaries.end:
                            summaries.turn_to(each_sensor_packet.time)
                        try:
                            held = summaries.here[key]
                        except (KeyError, TypeError):
                            held = None
                            key = checked_key(key)
                        value = each_sensor_data["value"]
                        if type(value) is not float and type(value) is not int:
                            checked_number(value)
                        if held is None:
                            held = summaries.at(each_sensor_packet.time, key)
                            if held is None:
                                self.leave("summaries", "late", each_sensor_packet)
                                continue
                        if value is None:
                            held.value_nulls += 1
                        else:
                            held.sum_value += value
                            if value < held.min_value:
                                held.min_value = value
                            if value > held.max_value:
                                held.max_value = value
                        held.count += 1
                    except Exception as error:
                        self.failed(error, each_sensor_packet.derive(each_sensor_data))
            except Exception as error:
                self.failed(error, Packet(data, timestamp, "readings", number, "", metadata))
        readings_node.admitted += len(batch)
        self.counts["each-sensor"] += each_sensor_count

    def result_of_summaries(self, held, window):
        """The result of a window of `summaries`."""
        # summaries: samples/sensors.py:5
        return {
            "device": window.key[0],
            "sensor": window.key[1],
            "mean": (
                held.sum_value / (held.count - held.value_nulls)
                if held.count > held.value_nulls
                else None
            ),
            "min": None if held.min_value is NOTHING else held.min_value,
            "max": None if held.max_value is NOTHING else held.max_value,
            "count": held.count,
        }

    def after_summaries(self, packet):
        """What follows `summaries`."""
        sensors = self.out["sensors"]
        # sensors: samples/sensors.py:5
        sensors.append(packet)

    def on_each_sensor(self, packet):
        """A packet comes to `each-sensor`."""
        data = packet.data
        try:
            # each-sensor: samples/sensors.py:5
            for index, each_sensor_data in enumerate(all_of(readings(data))):
                if each_sensor_data is None:
                    continue
                self.counts["each-sensor"] += 1
                each_sensor_packet = packet.derive(each_sensor_data, f"/each-sensor:{index}")
                self.on_summaries(each_sensor_packet)
        except Exception as error:
            self.fail("each-sensor", error, packet.derive(data))

    def on_summaries(self, packet):
        """A packet comes to `summaries`."""
        data = packet.data
        summaries = self.summaries
        try:
            # summaries: samples/sensors.py:5
            key = (data["device"], data["sensor"])
            if not summaries.start <= packet.time < summaries.end:
                summaries.turn_to(packet.time)
            try:
                held = summaries.here[key]
            except (KeyError, TypeError):
                held = None
                key = checked_key(key)
            value = data["value"]
            if type(value) is not float and type(value) is not int:
                checked_number(value)
            if held is None:
                held = summaries.at(packet.time, key)
                if held is None:
                    self.leave("summaries", "late", packet)
                    return
            if value is None:
                held.value_nulls += 1
            else:
                held.sum_value += value
                if value < held.min_value:
                    held.min_value = value
                if value > held.max_value:
                    held.max_value = value
            held.count += 1
        except Exception as error:
            self.fail("summaries", error, packet.derive(data))


# From which line on which node runs, and where in the program that stands. For messages.
# fmt: off
Kernel.lines = (
    (1, '', '', 0), (22, '', 'streamflow/templates/iot.py', 74),
    (23, '', 'streamflow/templates/iot.py', 75), (24, '', 'streamflow/templates/iot.py', 76),
    (25, '', 'streamflow/templates/iot.py', 77), (26, '', 'streamflow/templates/iot.py', 78),
    (27, '', 'streamflow/templates/iot.py', 79), (31, '', '', 0),
    (35, 'summaries', 'samples/sensors.py', 5), (51, '', '', 0),
    (96, 'readings', 'samples/sensors.py', 5),
    (109, 'each-sensor', 'streamflow/templates/iot.py', 74),
    (123, 'summaries', 'samples/sensors.py', 5),
    (148, 'each-sensor', 'streamflow/templates/iot.py', 74),
    (150, 'readings', 'samples/sensors.py', 5), (152, '', '', 0),
    (158, 'summaries', 'samples/sensors.py', 5), (171, '', '', 0),
    (175, 'sensors', 'samples/sensors.py', 5), (177, '', '', 0),
    (182, 'each-sensor', 'streamflow/templates/iot.py', 74), (188, '', '', 0),
    (197, 'summaries', 'samples/sensors.py', 5), (222, '', '', 0),
)
# fmt: on
