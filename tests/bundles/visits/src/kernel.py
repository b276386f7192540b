"""Event Processor: the compiled kernel.

Made by Streamflow from samples/visits.py; change that, not this.
"""

import ua_parser
from streamflow_runtime.event_time import event_time
from streamflow_runtime.idleness import Kernel as BaseKernel, Silence
from streamflow_runtime.isolation import copy_of
from streamflow_runtime.keys import checked_key
from streamflow_runtime.packet import Packet
from streamflow_runtime.sessions import SessionWindows
from streamflow_runtime.stage import Source

event = "event"
steps = ("click", "view", "purchase")
found = ["country", "city", "browser", "os", "device"]


def session(packets, window):
    seen = [packet.data[event] for packet in packets]
    reached = 0
    for each in seen:
        if reached < len(steps) and each == steps[reached]:
            reached += 1
    started, ended = (packets[0].timestamp, packets[-1].timestamp)
    return {
        "user": window.key,
        "started": started,
        "duration": ended - started,
        "events": len(seen),
        "counts": {step: seen.count(step) for step in steps},
        "funnel": list(steps[:reached]),
        "completed": reached == len(steps),
        **{
            name: next((p.data[name] for p in packets if p.data[name] is not None), None)
            for name in found
        },
    }


def located(data, packet):
    return {
        **data,
        "country": data.get("country") or packet.metadata.get("country"),
        "city": data.get("city") or packet.metadata.get("city"),
    }


def described(data, packet):
    seen = ua_parser.parse(data.get("user_agent") or packet.metadata.get("user_agent") or "")
    return {
        **data,
        "browser": seen.user_agent.family if seen.user_agent else None,
        "os": seen.os.family if seen.os else None,
        "device": seen.device.family if seen.device else None,
    }


class Kernel(BaseKernel):
    """The flow of packets through 'Event Processor'."""

    graph = "Event Processor"
    kinds = {
        "events": "source.webhook",
        "known": "filter",
        "located": "transform",
        "user-agent": "transform",
        "session": "aggregate.session",
        "sessions": "sink.endpoint",
    }
    edges = (
        ("events", "out", "known"),
        ("known", "out", "located"),
        ("located", "out", "user-agent"),
        ("user-agent", "out", "session"),
        ("session", "out", "sessions"),
    )
    counted = frozenset(("located", "user-agent"))
    paths = {"user-agent": "/located:0", "session": "/located:0/user-agent:0"}
    entries = {
        "known": "on_known",
        "located": "on_located",
        "user-agent": "on_user_agent",
        "session": "on_session",
    }
    shape = {"session": "aggregate.session gap=1800000 key=user"}
    outputs = ("sessions",)
    file = __file__

    def _build(self):
        """Make the sources and stages, upstream first."""
        self.events = self.sources["events"] = Source("events", out_of_orderness=0)
        self.events_silence = Silence(self, self.events, 60000)
        self.session = SessionWindows(
            self,
            "session",
            (self.events_silence,),
            result=self.result_of_session,
            after=self.after_session,
            gap=1800000,
            keyed=True,
        )
        self.stages = [self.session]
        self.runners["events"] = self.run_events

    def run_events(self, batch, metadata, given):
        """A batch of `events`."""
        events = self.events
        metadata = {"country": None, "city": None, "user_agent": None, **metadata}
        events_silence = self.events_silence
        session = self.session
        known_count = 0
        located_count = 0
        user_agent_count = 0
        for number, data in enumerate(batch, events.admitted):
            # events: samples/visits.py:5
            try:
                timestamp = event_time(data["at"]) if given is None else given
            except Exception as error:
                self.invalid(error, Packet(data, self.clock, "events", number, "", metadata))
                continue
            if events_silence.heard != self.clock:
                events_silence.hear(timestamp)
            if timestamp >= events.due:
                self.rise(events, timestamp)
            elif timestamp > events.high:
                events.high = timestamp
            try:
                # known: samples/visits.py:5
                if not data[event] in steps:
                    continue
                known_count += 1
                # located: samples/visits.py:5
                seen = Packet(data, timestamp, "events", number, "", metadata)
                data = located(seen.data, seen)
                if data is None:
                    continue
                located_count += 1
                # user-agent: samples/visits.py:5
                seen = Packet(
                    copy_of(data), timestamp, "events", number, "/located:0", metadata
                ).isolated()
                data = described(seen.data, seen)
                if data is None:
                    continue
                user_agent_count += 1
                # session: samples/visits.py:5
                session.add(
                    Packet(data, timestamp, "events", number, "/located:0/user-agent:0", metadata),
                    checked_key(data["user"]),
                )
            except Exception as error:
                self.failed(error, Packet(data, timestamp, "events", number, "", metadata))
        events.admitted += len(batch)
        self.counts["known"] += known_count
        self.counts["located"] += located_count
        self.counts["user-agent"] += user_agent_count

    def result_of_session(self, packets, window):
        """The result of a window of `session`."""
        # session: samples/visits.py:5
        return session(packets, window)

    def after_session(self, packet):
        """What follows `session`."""
        data = packet.data
        sessions = self.out["sessions"]
        try:
            # sessions: samples/visits.py:5
            sessions.append(packet.derive(copy_of(data)))
        except Exception as error:
            self.failed(error, packet.derive(data))

    def on_known(self, packet):
        """A packet comes to `known`."""
        data = packet.data
        try:
            # known: samples/visits.py:5
            if not data[event] in steps:
                return
            self.counts["known"] += 1
            self.on_located(packet)
        except Exception as error:
            self.fail("known", error, packet.derive(data))

    def on_located(self, packet):
        """A packet comes to `located`."""
        data = packet.data
        try:
            # located: samples/visits.py:5
            data = {
                **data,
                "country": data.get("country") or packet.metadata.get("country"),
                "city": data.get("city") or packet.metadata.get("city"),
            }
            if data is None:
                return
            self.counts["located"] += 1
            self.on_user_agent(packet.derive(data, "/located:0"))
        except Exception as error:
            self.fail("located", error, packet.derive(data))

    def on_user_agent(self, packet):
        """A packet comes to `user-agent`."""
        data = packet.data
        try:
            # user-agent: samples/visits.py:5
            seen = packet.derive(copy_of(data)).isolated()
            data = described(seen.data, seen)
            if data is None:
                return
            self.counts["user-agent"] += 1
            self.on_session(packet.derive(data, "/user-agent:0"))
        except Exception as error:
            self.fail("user-agent", error, packet.derive(data))

    def on_session(self, packet):
        """A packet comes to `session`."""
        data = packet.data
        session = self.session
        try:
            # session: samples/visits.py:5
            session.add(packet.derive(data), checked_key(data["user"]))
        except Exception as error:
            self.fail("session", error, packet.derive(data))


# From which line on which node runs, and where in the program that stands. For messages.
# fmt: off
Kernel.lines = (
    (1, '', '', 0), (20, '', 'streamflow/templates/analytics.py', 109),
    (21, '', 'streamflow/templates/analytics.py', 110),
    (22, '', 'streamflow/templates/analytics.py', 111),
    (23, '', 'streamflow/templates/analytics.py', 112),
    (24, '', 'streamflow/templates/analytics.py', 113),
    (25, '', 'streamflow/templates/analytics.py', 114),
    (26, '', 'streamflow/templates/analytics.py', 115),
    (27, '', 'streamflow/templates/analytics.py', 116),
    (28, '', 'streamflow/templates/analytics.py', 117),
    (29, '', 'streamflow/templates/analytics.py', 118),
    (30, '', 'streamflow/templates/analytics.py', 119),
    (31, '', 'streamflow/templates/analytics.py', 120),
    (32, '', 'streamflow/templates/analytics.py', 121),
    (33, '', 'streamflow/templates/analytics.py', 122),
    (34, '', 'streamflow/templates/analytics.py', 123),
    (35, '', 'streamflow/templates/analytics.py', 124),
    (42, '', 'streamflow/templates/analytics.py', 75),
    (43, '', 'streamflow/templates/analytics.py', 76),
    (44, '', 'streamflow/templates/analytics.py', 77),
    (45, '', 'streamflow/templates/analytics.py', 78),
    (46, '', 'streamflow/templates/analytics.py', 79),
    (50, '', 'streamflow/templates/analytics.py', 94),
    (51, '', 'streamflow/templates/analytics.py', 95),
    (52, '', 'streamflow/templates/analytics.py', 96),
    (53, '', 'streamflow/templates/analytics.py', 97),
    (54, '', 'streamflow/templates/analytics.py', 98),
    (55, '', 'streamflow/templates/analytics.py', 99),
    (56, '', 'streamflow/templates/analytics.py', 100), (60, '', '', 0),
    (118, 'events', 'samples/visits.py', 5),
    (131, 'known', 'streamflow/templates/analytics.py', 58),
    (135, 'located', 'streamflow/templates/analytics.py', 75),
    (141, 'user-agent', 'streamflow/templates/analytics.py', 94),
    (149, 'session', 'streamflow/templates/analytics.py', 109),
    (153, 'events', 'samples/visits.py', 5), (155, '', '', 0),
    (163, 'session', 'streamflow/templates/analytics.py', 109), (165, '', '', 0),
    (171, 'sessions', 'samples/visits.py', 5), (172, '', '', 0),
    (180, 'known', 'streamflow/templates/analytics.py', 58), (184, '', '', 0),
    (192, 'located', 'streamflow/templates/analytics.py', 76),
    (193, 'located', 'streamflow/templates/analytics.py', 75),
    (194, 'located', 'streamflow/templates/analytics.py', 78),
    (195, 'located', 'streamflow/templates/analytics.py', 79),
    (197, 'located', 'streamflow/templates/analytics.py', 75), (201, '', '', 0),
    (209, 'user-agent', 'streamflow/templates/analytics.py', 94), (215, '', '', 0),
    (224, 'session', 'streamflow/templates/analytics.py', 109), (225, '', '', 0),
)
# fmt: on
