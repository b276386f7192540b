"""Sensor Aggregator: the compiled kernel.

Made by Streamflow from samples/sensors.py; change that, not this.
"""

from streamflow_runtime.accumulated import Accumulating
from streamflow_runtime.accumulators import Count, Max, Mean, Min
from streamflow_runtime.event_time import event_time
from streamflow_runtime.flat_map import all_of
from streamflow_runtime.idleness import Kernel as BaseKernel, Silence
from streamflow_runtime.keys import checked_key
from streamflow_runtime.packet import Packet
from streamflow_runtime.stage import Source
from streamflow_runtime.tumbling import TumblingWindows

known = ("temperature", "humidity", "pressure")
device = "device"


def readings(data):
    values = {data["sensor"]: data["value"]} if "sensor" in data else data
    return [
        {"device": data[device], "sensor": sensor, "value": values[sensor]}
        for sensor in known
        if values.get(sensor) is not None
    ]


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
    shape = {"summaries": "aggregate.time duration=60000 key=('device', 'sensor')"}
    outputs = ("sensors",)
    file = __file__

    def _build(self):
        """Make the sources and stages, upstream first."""
        self.readings_node = self.sources["readings"] = Source("readings", out_of_orderness=10000)
        self.readings_node_silence = Silence(self, self.readings_node, 60000)
        self.summaries = TumblingWindows(
            self,
            "summaries",
            (self.readings_node_silence,),
            result=self.result_of_summaries,
            contents=Accumulating(self.accumulators_of_summaries),
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
                        key = checked_key((each_sensor_data["device"], each_sensor_data["sensor"]))
                        entering = each_sensor_packet.derive(each_sensor_data)
                        entering.values = (
                            each_sensor_data["value"],
                            each_sensor_data["value"],
                            each_sensor_data["value"],
                            True,
                        )
                        summaries.enter(entering, key)
                    except Exception as error:
                        self.failed(error, each_sensor_packet.derive(each_sensor_data))
            except Exception as error:
                self.failed(error, Packet(data, timestamp, "readings", number, "", metadata))
        readings_node.admitted += len(batch)
        self.counts["each-sensor"] += each_sensor_count

    def accumulators_of_summaries(self):
        """What a window of `summaries` holds."""
        # summaries: samples/sensors.py:5
        return [Mean(), Min(), Max(), Count()]

    def result_of_summaries(self, held, window):
        """The result of a window of `summaries`."""
        # summaries: samples/sensors.py:5
        return {
            "device": window.key[0],
            "sensor": window.key[1],
            "mean": held[0].result(),
            "min": held[1].result(),
            "max": held[2].result(),
            "count": held[3].result(),
        }

    def after_summaries(self, packet):
        """What follows `summaries`."""
        sensors = self.out["sensors"]
        # sensors: samples/sensors.py:5
        sensors.append(packet)


# From which line on which node runs, and where in the program that stands. For messages.
# fmt: off
Kernel.lines = (
    (1, '', '', 0), (20, '', 'streamflow/templates/iot.py', 74),
    (21, '', 'streamflow/templates/iot.py', 75), (22, '', 'streamflow/templates/iot.py', 76),
    (23, '', 'streamflow/templates/iot.py', 77), (24, '', 'streamflow/templates/iot.py', 78),
    (25, '', 'streamflow/templates/iot.py', 79), (29, '', '', 0),
    (73, 'readings', 'samples/sensors.py', 5),
    (86, 'each-sensor', 'streamflow/templates/iot.py', 74),
    (100, 'summaries', 'samples/sensors.py', 5),
    (109, 'each-sensor', 'streamflow/templates/iot.py', 74),
    (111, 'readings', 'samples/sensors.py', 5), (113, '', '', 0),
    (119, 'summaries', 'samples/sensors.py', 5), (121, '', '', 0),
    (124, 'summaries', 'samples/sensors.py', 5), (133, '', '', 0),
    (137, 'sensors', 'samples/sensors.py', 5),
)
# fmt: on
