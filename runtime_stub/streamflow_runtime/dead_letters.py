"""The dead-letter store: what failed for good, with node, source line, error and data. The newest 10,000 are kept."""

from __future__ import annotations

from json import dumps, loads
from typing import TYPE_CHECKING

from streamflow_runtime.encode import show
from streamflow_runtime.http import Request, Response, json_response
from streamflow_runtime.part import Commit, Part
from streamflow_runtime.secrets import redact

if TYPE_CHECKING:
    from streamflow_runtime.part import Endpoint

KEPT = 10_000
LONGEST = 100_000  # characters of data; more is cut
COLUMNS = ("id", "node", "data", "error", "attempts", "line")
INSERT = (
    "INSERT INTO _streamflow_dead_letters (node, data, error, attempts, line)"
    " SELECT value->>0, value->>1, value->>2, value->>3, value->>4 FROM json_each(?)"
)


class DeadLetters(Part):
    """Stores letters with the commit that made them; lists and clears them. Comes last: other parts add letters."""

    def routes(self) -> dict[str, dict[str, Endpoint]]:
        return {"/dead-letters": {"GET": self._list, "DELETE": self._clear}}

    def start(self) -> None:
        self.shell.platform.sql(
            "CREATE TABLE IF NOT EXISTS _streamflow_dead_letters"
            " (id INTEGER PRIMARY KEY AUTOINCREMENT, node, data, error, attempts, line)"
        )

    def write(self, commit: Commit) -> None:
        letters = commit.letters + [
            (failure.node, show(failure.data), failure.error, 1, failure.line) for failure in commit.failures[-KEPT:]
        ]
        if letters:
            secrets = self.shell.secrets
            rows = [
                (node, redact(_cut(data), secrets), redact(error, secrets), *rest)
                for node, data, error, *rest in letters
            ]
            self.shell.insert(INSERT, rows[-KEPT:])
            self.shell.platform.sql(
                "DELETE FROM _streamflow_dead_letters WHERE id <= (SELECT max(id) FROM _streamflow_dead_letters) - ?",
                KEPT,
            )

    def committed(self, commit: Commit) -> None:
        for failure in commit.failures[:1]:
            self.shell.log(
                f"{failure.node}, line {failure.line}: {failure.error} ({len(commit.failures)} in this batch)"
            )
        for node, _, error, *_ in commit.letters[:1]:
            self.shell.log(f"{node}: {error} ({len(commit.letters)} in this batch)")

    async def _list(self, request: Request, rest: str) -> Response:
        rows = self.shell.platform.sql(f"SELECT {', '.join(COLUMNS)} FROM _streamflow_dead_letters ORDER BY id")
        letters = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
        for letter in letters:
            letter["data"] = loads(letter["data"])
        return json_response(200, {"dead_letters": letters})

    async def _clear(self, request: Request, rest: str) -> Response:
        self.shell.platform.sql("DELETE FROM _streamflow_dead_letters")
        return Response(204)


def _cut(data: str) -> str:
    return data if len(data) <= LONGEST else dumps(data[:LONGEST] + "...")
