"""`GET /state` and `PUT /state`: the whole state as one JSON value, to be restored here or elsewhere.

It holds the kernel's state and the shell's durable entries (outbox row numbers, clients' offsets, ...), so that
numbering and deduplication go on from it. Deliveries not yet made stay where they are.
"""

from __future__ import annotations

from json import loads
from typing import TYPE_CHECKING, Any

from streamflow_runtime.decode import check_nesting
from streamflow_runtime.http import Request, Response, json_response, problem

if TYPE_CHECKING:
    from streamflow_runtime.shell import Shell

LIMIT = 64_000_000
NESTING = 500
# Row numbers start again from those of the saved state: deliveries that are sent once more get new ones.
ANEW = "UPDATE _streamflow_dead_letters SET place = 'anew' || substr(place, 7) WHERE place LIKE 'outbox:%'"


async def export(shell: Shell, request: Request, rest: str) -> Response:
    """The state as of the last commit."""
    return json_response(200, save(shell))


async def restore(shell: Shell, request: Request, rest: str) -> Response:
    """Replace the state; 409 for the state of another graph, which changes nothing."""
    body = await request.body(LIMIT)
    try:
        check_nesting(body, NESTING)
        saved = loads(body)
    except ValueError as error:
        return problem(400, "Malformed input", str(error))
    try:
        load(shell, saved)
    except ValueError as error:
        return problem(409, "This state does not fit the graph", str(error))
    return Response(204)


def save(shell: Shell) -> dict[str, Any]:
    """The whole state, JSON."""
    return {"graph": shell.service["graph"], "kernel": shell.open().snapshot(), "entries": dict(shell.meta)}


def load(shell: Shell, saved: Any) -> None:
    """Replace the state in one transaction. Raises ValueError, having changed nothing, if it does not fit."""
    shell.open()
    kernel = shell.kernel_class(shell.secrets)
    if not isinstance(saved, dict) or not isinstance(saved.get("entries"), dict):
        raise ValueError("not a saved state")
    kernel.restore(saved.get("kernel"))
    entries = dict(saved["entries"])

    def write() -> None:
        shell.platform.sql("DELETE FROM _streamflow_state")
        shell.platform.sql("DELETE FROM _streamflow_meta")
        shell.platform.sql(ANEW)
        shell.write_state(kernel.changes(), entries)

    shell.platform.transaction(write)
    shell.kernel, shell.meta = kernel, entries
    for part in shell.parts:
        part.start()
    shell.schedule()
