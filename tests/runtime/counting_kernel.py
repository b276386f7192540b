"""A kernel written by hand: sums amounts and sends every event to every sink. The shell's tests run on it.

Fields of an event that steer it: `key` (the packet's key), `fail` (the node `sum` fails), `at` (held back until that
time), `ask` (parked as a call of `lookup`, whose result goes on to the sinks), `value` (sent on in place of the event).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, ClassVar

from streamflow_runtime.decode import decode
from streamflow_runtime.failure import Failure
from streamflow_runtime.packet import Packet


class Call:
    """One parked call."""

    def __init__(self, kernel: CountingKernel, number: str, data: Any) -> None:
        self.kernel, self.id, self.node, self.data, self.timeout = kernel, number, "lookup", data, 0.2

    async def run(self) -> Any:
        await asyncio.sleep(0)
        return await self.kernel.lookup(self.data)


class CountingKernel:
    """State: how many and how much, what is held back, what is parked."""

    outputs: ClassVar[tuple[str, ...]] = ("alerts",)
    kinds: ClassVar[dict[str, str]] = {"sum": "transform"}
    runners: ClassVar[dict[str, Any]] = {}
    functions: ClassVar[dict[str, Callable[..., Any]]] = {}
    decoders: ClassVar[dict[str, Any]] = {}
    wants_packet: ClassVar[frozenset[str]] = frozenset()
    connected_errors: ClassVar[frozenset[str]] = frozenset()
    entries: ClassVar[dict[str, str]] = {}
    shape: ClassVar[str] = "sum"
    sources: ClassVar[dict[str, Any]] = {}
    stages: ClassVar[tuple[Any, ...]] = ()
    stopped: ClassVar[Any] = None
    lookup: ClassVar[Any]

    def __init__(self, secrets: dict[str, str] | None = None) -> None:
        self.secrets = secrets
        self.state: dict[str, Any] = {"count": 0, "total": 0, "held": [], "parked": {}, "admitted": {}}
        self.pushes: list[int] = []  # how many records came together
        self._written: set[str] = set()
        self._out: dict[str, list[Packet]] = {name: [] for name in self.outputs}
        self._failures: list[Failure] = []

    @property
    def out(self) -> dict[str, list[Packet]]:
        return self._out

    @property
    def ports(self) -> dict[str, Any]:
        return {f"{sink} error": self.sink_failed for sink in self.connected_errors}

    @property
    def admitted(self) -> dict[str, int]:
        return dict(self.state["admitted"])

    def push_json(self, source: str, body: bytes, now: float, metadata: dict[str, Any] | None = None) -> int:
        values = decode(body)
        self.push(source, values, now, metadata)
        return len(values)

    def push(
        self,
        source: str,
        values: list[Any],
        now: float,
        metadata: dict[str, Any] | None = None,
        timestamp: float | None = None,
    ) -> None:
        self.advance(now)
        self.pushes.append(len(values))
        for value in values:
            number = self.state["admitted"].get(source, 0)
            self.state["admitted"][source] = number + 1
            time = int((now if timestamp is None else timestamp) * 1000)
            packet = Packet(value, time, source, number, "", metadata or {})
            event = value if isinstance(value, dict) else {}
            if event.get("fail"):
                error = ValueError(f"no luck with {event['fail']}")
                failure = Failure("sum", error, packet, "program.py", 7, "sum")
                self._failures.append(failure)
            elif "at" in event:
                self.state["held"].append([event["at"], value])
            elif "ask" in event:
                self.state["parked"][str(number)] = event["ask"]
            else:
                self._emit(packet)

    def advance(self, now: float) -> None:
        due = sorted(held for held in self.state["held"] if held[0] <= now)
        self.state["held"] = [held for held in self.state["held"] if held[0] > now]
        for at, value in due:
            self._emit(Packet(value, int(at * 1000), "held", "", "", {}))

    def next_deadline(self) -> float | None:
        return min((at for at, _ in self.state["held"]), default=None)

    def finish(self) -> None:
        self.advance(float("inf"))

    def pending(self) -> list[Call]:
        return [Call(self, number, data) for number, data in list(self.state["parked"].items())[:2]]

    def resolve(
        self, id: str, value: Any = None, *, now: float | None = None, error: BaseException | None = None
    ) -> None:
        now = now or 0.0
        data = self.state["parked"].pop(id)
        packet = Packet(value, int(now * 1000), "lookup", id, "", {})
        if error is not None:
            asked = Packet(data, int(now * 1000), "lookup", id, "", {})
            self._failures.append(Failure("lookup", error, asked, None, 9, "lookup"))
        else:
            self._emit(packet)

    def sink_failed(self, sink: str, data: Any, failure: dict[str, Any], now: float) -> bool:
        if sink not in self.connected_errors:
            return False
        self._out["errors"].append(Packet({**failure, "data": data}, int(now * 1000), sink, "", "", {}))
        return True

    def take(self, name: str) -> list[Packet]:
        taken, self._out[name] = self._out[name], []
        return taken

    def changes(self) -> list[tuple[str, str, str, int, str | None]]:
        rows: list[tuple[str, str, str, int, str | None]] = []
        for name in ("count", "total", "held", "admitted"):
            rows.append(("sum", name, "", 0, json.dumps(self.state[name])))
        parked = self.state["parked"]
        rows += [("lookup", number, "", 0, json.dumps(data)) for number, data in parked.items()]
        rows += [("lookup", number, "", 0, None) for number in self._written - parked.keys()]
        self._written = set(parked)
        return rows

    def load(self, rows: list[tuple[str, str, str, int, str]]) -> None:
        for node, key, _, _, text in rows:
            if node == "sum":
                self.state[key] = json.loads(text)
            else:
                self.state["parked"][key] = json.loads(text)
        self._written = set(self.state["parked"])

    def snapshot(self) -> dict[str, Any]:
        return {"shape": self.shape, "state": json.loads(json.dumps(self.state))}

    def restore(self, saved: dict[str, Any]) -> None:
        if not isinstance(saved, dict) or saved.get("shape") != self.shape:
            raise ValueError(f"a state of another shape: {saved}")
        self.state = json.loads(json.dumps(saved["state"]))

    def failures(self) -> list[Failure]:
        taken, self._failures = self._failures, []
        return taken

    def metrics(self) -> dict[str, Any]:
        nodes = {
            name: {"packets_processed": number, "packets_dropped": {}, "packets_rejected": 0}
            for name, number in self.state["admitted"].items()
        }
        nodes["sum"] = {
            "packets_processed": self.state["count"],
            "packets_dropped": {"error": 1},
            "packets_rejected": 2,
        }
        return {"packets_processed": sum(self.state["admitted"].values()), "packets_dropped": 1, "nodes": nodes}

    def _emit(self, packet: Packet) -> None:
        event = packet.data if isinstance(packet.data, dict) else {}
        self.state["count"] += 1
        self.state["total"] += event.get("amount", 0)
        for name in self.outputs:
            if name != "errors":
                sent = packet.derive(packet.data)
                sent.key = event.get("key")
                sent.data = event.get("value", sent.data)
                self._out[name].append(sent)


def kernel_with(*outputs: str, **attributes: Any) -> type[CountingKernel]:
    """A kernel class with these sinks and class attributes."""
    return type("Kernel", (CountingKernel,), {"outputs": outputs, **attributes})
