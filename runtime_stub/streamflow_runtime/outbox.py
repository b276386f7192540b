"""The outbox: outputs commit with the state that made them and are delivered, in order per key, until that succeeds.

Rows are numbered per sink by a committed counter, so a delivery keeps its idempotency key over retries and restarts.
What the table holds is also in memory; a row leaves both when it is delivered or has failed for good.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from zlib import crc32

from streamflow_runtime.encode import decode_stored, encode, show_stored
from streamflow_runtime.part import OUTBOX, Commit, Letter, Part

if TYPE_CHECKING:
    from streamflow_runtime.shell import Shell

TABLE = (
    "CREATE TABLE IF NOT EXISTS _streamflow_outbox (sink TEXT, row INTEGER, data TEXT, key TEXT, packet TEXT,"
    " since REAL, attempts INTEGER, due REAL, batch INTEGER, PRIMARY KEY (sink, row)) WITHOUT ROWID"
)
INSERT = (
    "INSERT INTO _streamflow_outbox SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6,"
    " value->>7, value->>8 FROM json_each(?)"
)
CONCURRENCY = 6
RETRIES = {"initial_delay": 1.0, "backoff_multiplier": 2, "max_delay": 60.0}
GIVE_UP = 86_400.0  # where no number of tries says when
# A row may hold 2 MB on the platform, and a statement that carries it, too.
LARGEST = 1_000_000
# While anything is undelivered an alarm stays set, so that a restart in the midst of a request finds its way back.
WATCH = 60.0


class Undelivered(Exception):
    """A try failed: for good (`final`), or to be repeated, not before `after` seconds if given."""

    def __init__(self, error: str, status: int | None = None, final: bool = False, after: float | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.final = final
        self.after = after or 0.0


class Delivery:
    """What one try carries: a row of the table, and the others of its batch.

    `data` is as encoded, `packet` what `Outbox.whole` gave, `since` when it was committed, `due` when it may be tried.
    """

    active = False
    others: tuple[Delivery, ...] = ()

    def __init__(self, row: Sequence[Any]) -> None:
        self.sink: str
        self.row: int
        self.data: str
        self.key: str | None
        self.since: float
        self.sink, self.row, self.data, self.key, self.packet, self.since, self.attempts, self.due, self.batch = row
        self.last = self.row
        self.size = len(self.data)

    def again(self, batch: int | None) -> dict[str, Any]:
        """What a dead letter needs to send it again, as one of a batch."""
        return {"row": self.row, "data": self.data, "key": self.key, "packet": self.packet, "batch": batch}


class Queue(dict[int, Delivery]):
    """One sink's deliveries by row, in order; `packets` and `characters` are all that wait, `active` the tries."""

    active = packets = characters = 0
    due: float | None = None

    def remove(self, delivery: Delivery) -> None:
        """A delivery is done with."""
        self.pop(delivery.row, None)
        self.packets -= 1 + len(delivery.others)
        self.characters -= delivery.size


class Outbox(Part):
    """Base of the parts that deliver to one type of sink; they say how one try is made."""

    type = ""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.sinks = {name: sink for name, sink in shell.service["sinks"].items() if self.serves(sink)}
        self.queues = {sink: Queue() for sink in self.sinks}

    async def deliver(self, delivery: Delivery, options: dict[str, Any]) -> None:
        """Make one try. Raises Undelivered; an OSError means to be repeated, any other exception is final."""
        raise NotImplementedError

    def serves(self, options: dict[str, Any]) -> bool:
        """Whether a sink is this part's."""
        return bool(options["type"] == self.type)

    def whole(self, sink: str, packet: Any) -> str | None:
        """The packet as text, where a try needs more than its data."""
        return None

    def line(self, sink: str, packet: Any, whole: str | None) -> str | None:
        """Outputs of the same line go one after the other; None goes at any time."""
        if packet.key is None:
            return "" if self.sinks[sink].get("ordered") else None
        return repr(packet.key)

    def text(self, delivery: Delivery) -> str:
        """What a try sends, encoded."""
        return delivery.data

    def enqueue(self, queue: Queue, deliveries: Iterable[Delivery]) -> None:
        """Take committed rows of one sink into memory."""
        for delivery in deliveries:
            queue[delivery.row] = delivery
            queue.packets += 1
            queue.characters += delivery.size

    def start(self) -> None:
        sql, counters = self.shell.platform.sql, self.shell.meta
        sql(TABLE)
        self.queues = {sink: Queue() for sink in self.sinks}
        for sink, queue in self.queues.items():
            # Rows beyond the counter are of a future that a restored state has undone.
            sql("DELETE FROM _streamflow_outbox WHERE sink = ? AND row >= ?", sink, counters.get(f"outbox/{sink}", 0))
            rows = sql("SELECT * FROM _streamflow_outbox WHERE sink = ? ORDER BY row", sink)
            self.enqueue(queue, map(Delivery, rows))
            self.pump(sink)

    def full(self, source: str) -> bool:
        packets, characters = self.bound()
        reached = self.shell.service.get("paths", {}).get(source, self.queues)
        return any(
            queue.packets >= packets or queue.characters >= characters
            for sink, queue in self.queues.items()
            if sink in reached
        )

    def loose(self, sink: str) -> list[Delivery]:
        """Rows that wait for company."""
        return []

    def undelivered(self) -> int:
        return sum(self.depths().values())

    def depths(self) -> dict[str, int]:
        return {sink: queue.packets for sink, queue in self.queues.items()}

    def write(self, commit: Commit) -> None:
        self._written: dict[str, list[Any]] = {}
        now = self.shell.platform.now()
        for sink in self.sinks:
            number = self.shell.meta.get(f"outbox/{sink}", 0)
            for old in commit.returned.get(sink, ()):
                row, batch = old["row"], old["batch"]
                if row is None:
                    row, batch = number, None
                    commit.meta[f"outbox/{sink}"] = number = number + 1
                again = (sink, row, old["data"], old["key"], old["packet"], now, 0, 0.0, batch)
                self._written.setdefault(sink, []).append(again)
            for packet in commit.outputs.get(sink, ()):
                try:
                    data = encode(packet.data)
                    if len(data) > LARGEST:
                        raise ValueError(f"{len(data)} characters, more than {LARGEST}")
                except (TypeError, ValueError, RecursionError) as error:
                    commit.refuse(sink, packet, f"can't be sent: {error}")
                    continue
                whole = self.whole(sink, packet)
                fresh = (sink, number, data, self.line(sink, packet, whole), whole, now, 0, 0.0, None)
                self._written.setdefault(sink, []).append(fresh)
                commit.meta[f"outbox/{sink}"] = number = number + 1
        self.shell.insert(INSERT, [row for rows in self._written.values() for row in rows])

    def committed(self, commit: Commit) -> None:
        for sink, rows in self._written.items():
            self.enqueue(self.queues[sink], map(Delivery, rows))
            self.pump(sink)

    def deadline(self, now: float) -> float | None:
        times = [queue.due for queue in self.queues.values() if queue.due is not None]
        if any(self.queues.values()):
            times.append(now + WATCH)
        return min(times, default=None)

    def wake(self, now: float) -> None:
        for sink in self.sinks:
            self.pump(sink)

    def pump(self, sink: str) -> None:
        """Start what may start: of each key the first, if its time has come."""
        queue = self.queues[sink]
        now = self.shell.platform.now()
        most = self.sinks[sink].get("concurrency", CONCURRENCY)
        queue.due = None
        chosen: list[Delivery] = []
        keys: set[str] = set()
        for delivery in queue.values():
            if queue.active + len(chosen) >= most or self.shell.stopped:
                break
            if delivery.key in keys:
                continue
            if delivery.key is not None:
                keys.add(delivery.key)
            if delivery.due > now:
                queue.due = min(queue.due or delivery.due, delivery.due)
            elif not delivery.active:
                chosen.append(delivery)
        queue.active += len(chosen)
        for delivery in chosen:
            delivery.active = True
            self.shell.platform.spawn(self._try(queue, delivery))

    async def _try(self, queue: Queue, delivery: Delivery) -> None:
        started = self.shell.platform.now()
        if delivery.attempts:
            self.shell.retries[delivery.sink] = self.shell.retries.get(delivery.sink, 0) + 1
        try:
            await self.deliver(delivery, self.sinks[delivery.sink])
            self.change("DELETE FROM _streamflow_outbox", delivery)
            self.shell.count_latency(delivery.sink, started)
            done = True
        except Exception as error:
            done = self._failed(delivery, error)
        delivery.active = False
        queue.active -= 1
        if done:
            queue.remove(delivery)
        if queue is self.queues[delivery.sink]:
            self.pump(delivery.sink)
            self.shell.schedule()

    def _failed(self, delivery: Delivery, error: Exception) -> bool:
        """Whether that was the last try; else sets when the next one is."""
        if not isinstance(error, Undelivered):
            error = Undelivered(repr(error), final=not isinstance(error, OSError))
        policy = {**RETRIES, **self.sinks[delivery.sink].get("retry_policy", {})}
        wait = min(
            policy["max_delay"], policy["initial_delay"] * policy["backoff_multiplier"] ** min(delivery.attempts, 30)
        )
        if "jitter" in policy:  # the same for the same try
            share = crc32(f"{delivery.sink}/{delivery.row}/{delivery.attempts}".encode()) / 2**31 - 1
            wait *= 1 + policy["jitter"] * share
        delivery.attempts += 1
        delivery.due = self.shell.platform.now() + max(error.after, wait)
        if "max_retries" in policy:
            spent = delivery.attempts > policy["max_retries"]
        else:
            spent = delivery.due > delivery.since + GIVE_UP
        try:
            if error.final or spent:
                self._give_up(delivery, error)
                return True
            values = delivery.attempts, delivery.due
            self.change("UPDATE _streamflow_outbox SET attempts = ?, due = ?", delivery, *values)
        except Exception as trouble:  # with the storage; the row is still there
            self.shell.log(f"{delivery.sink}: {trouble!r}")
        return False

    def _give_up(self, delivery: Delivery, error: Undelivered) -> None:
        """To the sink's `error` port if it is connected, else to the dead letters, in the commit that takes the row."""
        data = self.text(delivery)
        kind = type(error).__name__
        report = {"error": str(error), "type": kind, "attempts": delivery.attempts, "status": error.status}

        def step(kernel: Any, now: float) -> bool:
            return bool(kernel.sink_failed(delivery.sink, decode_stored(data), report, now))

        def prepare(commit: Commit, taken: bool) -> None:
            self.change("DELETE FROM _streamflow_outbox", delivery)
            if not taken:
                again = [each.again(delivery.batch) for each in (delivery, *delivery.others)]
                place = f"{OUTBOX}:{self.type}"
                letter = Letter(delivery.sink, show_stored(data), str(error), delivery.attempts, None, place, again)
                commit.letters.append(letter)

        self.shell.run(step, prepare)

    def change(self, statement: str, delivery: Delivery, *values: float) -> None:
        """Run a statement for the rows of a delivery."""
        where = " WHERE sink = ? AND row BETWEEN ? AND ?"
        self.shell.platform.sql(statement + where, *values, delivery.sink, delivery.row, delivery.last)
