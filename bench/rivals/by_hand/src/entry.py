"""The quick start by hand, the way of the official SDK: hourly totals of large payments, durable as the compiled one.

A batch is acknowledged after its windows, the watermark and what is to be sent are in SQLite; `Idempotency-Key` makes
sending it again harmless; what windows send waits in a table until an alarm has delivered it.
"""

import json
import time
from datetime import datetime
from hashlib import sha256

from workers import DurableObject, Response, WorkerEntrypoint, fetch

HOUR = 3600
URL = "https://alerts.example.com/webhook"


class Default(WorkerEntrypoint):
    async def fetch(self, request):
        if request.headers.get("authorization") != f"Bearer {self.env.STREAMFLOW_TOKEN}":
            return Response("Unauthorized", status=401)
        processor = self.env.PROCESSOR
        return await processor.get(processor.idFromName("main")).fetch(request)


class Processor(DurableObject):
    def __init__(self, ctx, env):
        super().__init__(ctx, env)
        sql = self.ctx.storage.sql
        sql.exec("CREATE TABLE IF NOT EXISTS windows (start INTEGER PRIMARY KEY, total REAL, count INTEGER)")
        sql.exec("CREATE TABLE IF NOT EXISTS figures (name TEXT PRIMARY KEY, value REAL)")
        sql.exec("CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY, body TEXT)")
        sql.exec("CREATE TABLE IF NOT EXISTS batches (id TEXT PRIMARY KEY, digest TEXT, response TEXT, time REAL)")
        self.sql = sql
        figures = {row.name: row.value for row in sql.exec("SELECT * FROM figures")}
        self.watermark = figures.get("watermark", -1e11)
        self.admitted = int(figures.get("admitted", 0))
        self.windows = {row.start: [row.total, row.count] for row in sql.exec("SELECT * FROM windows")}

    async def fetch(self, request):
        body = await request.text()
        batch_id = request.headers.get("idempotency-key")
        digest = sha256(body.encode()).hexdigest() if batch_id else ""
        if batch_id:
            for row in self.sql.exec("SELECT digest, response FROM batches WHERE id = ?", batch_id):
                if row.digest != digest:
                    return Response("another body", status=422)
                return Response(row.response, status=202, headers={"content-type": "application/json"})
        try:
            events = json.loads(body)
        except ValueError as error:
            return Response(str(error), status=400)
        if isinstance(events, dict):
            events = [events]
        changed, closed, failed = self.process(events)
        answer = json.dumps({"accepted": len(events), "batch_id": batch_id or f"webhook:{self.admitted}"})
        self.admitted += len(events)
        for start in changed:
            total, count = self.windows[start]
            self.sql.exec("INSERT OR REPLACE INTO windows VALUES (?, ?, ?)", start, total, count)
        for start, result in closed:
            self.sql.exec("DELETE FROM windows WHERE start = ?", start)
            self.sql.exec("INSERT INTO outbox (body) VALUES (?)", json.dumps(result))
        self.sql.exec("INSERT OR REPLACE INTO figures VALUES ('watermark', ?)", self.watermark)
        self.sql.exec("INSERT OR REPLACE INTO figures VALUES ('admitted', ?)", self.admitted)
        if batch_id:
            self.sql.exec("INSERT INTO batches VALUES (?, ?, ?, ?)", batch_id, digest, answer, time.time())
        if closed:
            self.ctx.storage.setAlarm(int(time.time() * 1000) + 1)
        for error in failed:
            print(error)
        return Response(answer, status=202, headers={"content-type": "application/json"})

    def process(self, events):
        """The windows that changed, those that closed with their results, and what failed."""
        windows, watermark = self.windows, self.watermark
        changed, closed, failed = set(), [], []
        due = min(windows, default=1e12) + HOUR
        for event in events:
            try:
                at = event["timestamp"]
                if isinstance(at, str):
                    at = datetime.fromisoformat(at).timestamp()
                if at > watermark:
                    watermark = at
                    while watermark >= due:
                        start = due - HOUR
                        total, count = windows.pop(start)
                        closed.append((start, {"total": total, "count": count}))
                        changed.discard(start)
                        due = min(windows, default=1e12) + HOUR
                amount = event["amount"] / 100
                if not amount > 100:
                    continue
                start = at // HOUR * HOUR
                window = windows.get(start)
                if window is None:
                    if start + HOUR <= watermark:
                        continue  # late
                    window = windows[start] = [0, 0]
                    due = min(due, start + HOUR)
                window[0] += amount
                window[1] += 1
                changed.add(start)
            except Exception as error:
                failed.append(error)
        self.watermark = watermark
        return changed, closed, failed

    async def alarm(self, info=None):
        """Deliver what waits; what can't be delivered is tried again."""
        for row in self.sql.exec("SELECT id, body FROM outbox ORDER BY id"):
            try:
                response = await fetch(URL, method="POST", body=row.body)
                if response.ok:
                    self.sql.exec("DELETE FROM outbox WHERE id = ?", row.id)
                    continue
            except Exception as error:
                print(error)
            self.ctx.storage.setAlarm(int(time.time() * 1000) + 60_000)
            return
