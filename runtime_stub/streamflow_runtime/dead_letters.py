"""The dead-letter store: what failed for good, with node, source line, error and data. The newest 10,000 are kept.

A letter that is replayed leaves the list in the commit in which it goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from json import dumps, loads
from typing import TYPE_CHECKING, Any

from streamflow_runtime import codec
from streamflow_runtime.encode import show, show_stored
from streamflow_runtime.http import Request, Response, json_response, problem
from streamflow_runtime.part import OUTBOX, Commit, CommitFailed, Letter, Part
from streamflow_runtime.reentry import enter, place_of, takes
from streamflow_runtime.secrets import redact

if TYPE_CHECKING:
    from streamflow_runtime.failure import Failure
    from streamflow_runtime.part import Endpoint

KEPT = 10_000
LONGEST = 100_000  # characters of data; more is cut
COLUMNS = ("id", "node", "data", "error", "attempts", "line")
TABLE = (
    "CREATE TABLE IF NOT EXISTS _streamflow_dead_letters"
    " (id INTEGER PRIMARY KEY AUTOINCREMENT, node, data, error, attempts, line, place, again)"
)
INSERT = (
    "INSERT INTO _streamflow_dead_letters (node, data, error, attempts, line, place, again) SELECT value->>0,"
    " value->>1, value->>2, value->>3, value->>4, value->>5, value->>6 FROM json_each(?)"
)
DELETE = "DELETE FROM _streamflow_dead_letters"
CHOSEN = " WHERE id IN (SELECT value FROM json_each(?))"
# A replay commits so many letters at a time, or so many characters of them
LETTERS, CHARACTERS = 1000, 4_000_000


class NotReplayed(ValueError):
    """A letter that was named can't go on where it failed: nothing has. The text says of each such letter why not."""

    def __init__(self, refused: dict[int, str]) -> None:
        super().__init__(" ".join(f"letter {id}: {reason}" for id, reason in refused.items()))


class DeadLetters(Part):
    """Stores letters with the commit that made them; lists, replays and clears them. Comes last: parts add letters."""

    def routes(self) -> dict[str, dict[str, Endpoint]]:
        return {
            "/dead-letters": {"GET": self._list, "DELETE": self._clear},
            "/dead-letters/replay": {"POST": self._replay},
        }

    def start(self) -> None:
        sql = self.shell.platform.sql
        sql(TABLE)
        if ("place",) not in sql("SELECT name FROM pragma_table_info('_streamflow_dead_letters')"):
            for column in ("place", "again"):
                sql(f"ALTER TABLE _streamflow_dead_letters ADD COLUMN {column}")

    def listed(self) -> list[dict[str, Any]]:
        """All letters, the oldest first."""
        letters = self._chosen(COLUMNS, None)
        for letter in letters:
            letter["data"] = loads(letter["data"])
        return letters

    def replay(self, ids: Sequence[int] | None = None) -> tuple[int, dict[int, str]]:
        """Let all letters, or those, go on where they failed; gives how many did, and of the others why not.

        Ids that are not in the list are left out. Raises NotReplayed, where one of `ids` can't, and CommitFailed.
        """
        refused: dict[int, str] = {}
        there = self._chosen(("id", "node", "place", "length(again) AS size"), ids)
        for letter in there:
            if reason := self._refusal(**letter):
                refused[letter["id"]] = reason
        if ids is not None and refused:
            raise NotReplayed(refused)
        replayed = 0
        for some in _slices([letter for letter in there if letter["id"] not in refused]):
            try:
                self._go_on(some)
            except CommitFailed:
                if not replayed:
                    raise
                refused |= dict.fromkeys(some, "Not committed; send it again.")
            else:
                replayed += len(some)
        return replayed, refused

    def clear(self, ids: Sequence[int] | None = None) -> None:
        """Forget all letters, or those."""
        if ids is None:
            self.shell.platform.sql(DELETE)
        else:
            self.shell.platform.sql(DELETE + CHOSEN, dumps(ids))

    def write(self, commit: Commit) -> None:
        letters = commit.letters + [self._letter(failure) for failure in commit.failures[-KEPT:]]
        if letters:
            rows = [row for letter in letters[-KEPT:] for row in self._rows(letter)]
            self.shell.insert(INSERT, rows)
            self.shell.platform.sql(f"{DELETE} WHERE id <= (SELECT max(id) FROM _streamflow_dead_letters) - ?", KEPT)

    def committed(self, commit: Commit) -> None:
        for failure in commit.failures[:1]:
            self.shell.log(
                f"{failure.node}, line {failure.line}: {failure.error} ({len(commit.failures)} in this batch)"
            )
        for letter in commit.letters[:1]:
            self.shell.log(f"{letter.node}: {letter.error} ({len(commit.letters)} in this batch)")

    def _chosen(self, columns: Sequence[str], ids: Sequence[int] | None) -> list[dict[str, Any]]:
        """These columns of all letters, or of those, the oldest first."""
        statement = f"SELECT {', '.join(columns)} FROM _streamflow_dead_letters"
        chosen = () if ids is None else (dumps(ids),)
        rows = self.shell.platform.sql(statement + CHOSEN * len(chosen) + " ORDER BY id", *chosen)
        names = [column.rpartition(" ")[2] for column in columns]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _refusal(self, id: int, node: str, place: str | None, size: int | None) -> str | None:
        """Why a letter can't go on."""
        if place is None or size is None:
            return "There is only what is shown of it: it had come to no node, was a result, or was too large."
        outbox, _, type = place.rpartition(":")
        if not outbox:
            return None if takes(self.shell.open(), place) else f"The graph has no `{place}` any more."
        if any(node in getattr(part, "queues", ()) and getattr(part, "type", "") == type for part in self.shell.parts):
            return None
        return f"The graph sends nothing to a sink `{node}` of type {type} any more."

    def _go_on(self, ids: Sequence[int]) -> None:
        letters = self._chosen(("node", "place", "again"), ids)
        returned: dict[str, list[dict[str, Any]]] = {}

        def step(kernel: Any, now: float) -> None:
            for letter in letters:
                outbox, _, _ = letter["place"].rpartition(":")
                if not outbox:
                    enter(kernel, letter["place"], codec.packet_of(codec.loads(letter["again"])), now)
                    continue
                for row in loads(letter["again"]):
                    row["row"] = row["row"] if outbox == OUTBOX else None
                    returned.setdefault(letter["node"], []).append(row)

        def prepare(commit: Commit, _: None) -> None:
            commit.returned = returned
            self.shell.platform.sql(DELETE + CHOSEN, dumps(ids))

        self.shell.run(step, prepare)

    def _letter(self, failure: Failure) -> Letter:
        place, packet = place_of(self.shell.kernel, failure), failure.packet.derive(failure.data)
        return Letter(failure.node, show(failure.data), failure.error, failure.attempts, failure.line, place, packet)

    def _rows(self, letter: Letter) -> Iterator[tuple[Any, ...]]:
        """A row for the table; one each of a batch that would be too large."""
        again = _again(letter)
        if again is None and isinstance(letter.again, list) and len(letter.again) > 1:
            for row in letter.again:
                yield from self._rows(letter._replace(data=show_stored(row["data"]), again=[row]))
            return
        secrets = self.shell.secrets
        data, error = redact(_cut(letter.data), secrets), redact(letter.error, secrets)
        yield letter.node, data, error, letter.attempts, letter.line, letter.place, again

    async def _list(self, request: Request, rest: str) -> Response:
        return json_response(200, {"dead_letters": self.listed()})

    async def _clear(self, request: Request, rest: str) -> Response:
        given = request.query.get("id")
        try:
            self.clear(None if given is None else [int(id) for id in given.split(",")])
        except ValueError:
            return problem(400, "Malformed query", "id: numbers of letters, such as ?id=3,4")
        return Response(204)

    async def _replay(self, request: Request, rest: str) -> Response:
        if self.shell.stopped or self.shell.open().stopped is not None:
            return problem(503, "The graph is stopped", retry_after="5")
        try:
            ids = _ids(await request.body(LONGEST))
        except ValueError:
            return problem(400, "Malformed input", 'Send nothing, or {"ids": [3, 4]}.')
        try:
            replayed, refused = self.replay(ids)
        except NotReplayed as error:
            return problem(409, "Not replayed", str(error))
        kept = [{"id": id, "reason": reason} for id, reason in refused.items()]
        return json_response(200, {"replayed": replayed, "kept": kept})


def _ids(body: bytes) -> list[int] | None:
    """The letters that a request names; None, which is all, where it names none. Raises ValueError."""
    if not body.strip():
        return None
    asked = loads(body)
    if not isinstance(asked, dict) or asked.keys() != {"ids"} or not isinstance(asked["ids"], list):
        raise ValueError
    if not all(type(id) is int for id in asked["ids"]):
        raise ValueError
    return list(asked["ids"])


def _slices(letters: Sequence[dict[str, Any]]) -> Iterator[list[int]]:
    """Ids of so many as may commit together; letters that went to the list together, such as a batch's, may part."""
    some: list[int] = []
    size = 0
    for letter in letters:
        if some and (len(some) == LETTERS or size + letter["size"] > CHARACTERS):
            yield some
            some, size = [], 0
        some.append(letter["id"])
        size += letter["size"]
    if some:
        yield some


def _again(letter: Letter) -> str | None:
    """What a letter goes on with; None where there is nothing that can be kept."""
    if letter.place is None:
        return None
    try:
        if isinstance(letter.again, list):
            text = dumps(letter.again)
            return text if len(text) <= codec.LARGEST_ROW else None
        return codec.row_text(codec.packet_row(letter.again))
    except (TypeError, ValueError, RecursionError):
        return None


def _cut(data: str) -> str:
    return data if len(data) <= LONGEST else dumps(data[:LONGEST] + "...")
