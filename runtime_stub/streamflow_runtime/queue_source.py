"""Sources of type queue: messages of a Cloudflare Queue, acknowledged after their commit, each counted once."""

from __future__ import annotations

from json import dumps, loads
from typing import TYPE_CHECKING, Any

from streamflow_runtime.decode import BadInput, Decoder, check_nesting, decode, decoder_of
from streamflow_runtime.encode import decode_stored
from streamflow_runtime.messages import note_malformed
from streamflow_runtime.part import Part

if TYPE_CHECKING:
    from streamflow_runtime.messages import Malformed
    from streamflow_runtime.part import Commit
    from streamflow_runtime.shell import Shell

KNOWN = "SELECT id FROM _streamflow_messages WHERE source = ? AND time > ? AND id IN (SELECT value FROM json_each(?))"
KEEP = "INSERT OR REPLACE INTO _streamflow_messages (source, id, time) SELECT ?, value, ? FROM json_each(?)"
# Rows are in order of time, so the oldest stand first.
FORGET = (
    "DELETE FROM _streamflow_messages WHERE rowid IN (SELECT rowid FROM _streamflow_messages ORDER BY rowid LIMIT 200)"
    " AND (time < ? OR rowid <= (SELECT max(rowid) FROM _streamflow_messages) - 1000000)"
)
DAY = 86_400
# Seconds until a queue is to come again.
WHILE_STOPPED, WHILE_FULL = 30, 5


class QueueSources(Part):
    """Remembers the ids of messages for a day, or of the last million."""

    def start(self) -> None:
        self.shell.platform.sql(
            "CREATE TABLE IF NOT EXISTS _streamflow_messages (source TEXT, id TEXT, time REAL, UNIQUE (source, id))"
        )


def consume(shell: Shell, source: str, messages: str) -> int:
    """Take in messages, JSON: `[[id, body as stored], ...]`. Gives 0, or the seconds to wait before trying again.

    A message is a packet, whatever its body is; but texts and bytes hold packets where the source has another format.
    Raises CommitFailed, and what `Shell.open` raises.
    """
    arrived = shell.platform.now()
    shell.open()
    if shell.stopped:
        return WHILE_STOPPED
    if shell.full(source):
        return WHILE_FULL
    bodies: dict[str, str] = dict(loads(messages))
    for (known,) in shell.platform.sql(KNOWN, source, arrived - DAY, dumps(list(bodies))):
        del bodies[known]
    decoder = decoder_of(shell.kernel, source)
    values, malformed = _values(list(bodies.values()), shell.service["limits"], decoder)

    def push(kernel: Any, now: float) -> None:
        kernel.push(source, values, now)

    def remember(commit: Commit, _: None) -> None:
        note_malformed(commit, shell.meta, source, list(bodies.values()), malformed)
        shell.platform.sql(FORGET, arrived - DAY)
        shell.platform.sql(KEEP, source, arrived, dumps(list(bodies)))

    if bodies:
        shell.run(push, remember, source, arrived)
    return 0


def _values(bodies: list[str], limits: dict[str, int], decoder: Decoder) -> tuple[list[Any], Malformed]:
    """What the bodies hold, and position and error of those that can't be read."""
    values: list[Any] = []
    malformed: Malformed = []
    for position, body in enumerate(bodies):
        try:
            if len(body) > limits["body"]:
                raise BadInput(f"more than {limits['body']} bytes")
            if decoder is not decode and body[0] in 'b"':
                data = decode_stored(body)
                values += decoder(data.encode() if isinstance(data, str) else data, limits["nesting"])
            elif body[0] == "b":
                values.append(decode_stored(body))
            else:
                text = body.encode()
                check_nesting(text, limits["nesting"])
                values += decode(b"[" + text + b"]", limits["nesting"] + 1)  # for any value may be a message
        except (BadInput, UnicodeEncodeError) as error:
            malformed.append((position, str(error)))
    return values, malformed
