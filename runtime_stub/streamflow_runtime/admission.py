"""Admit one batch over HTTP: decided before it runs, acknowledged after its commit, counted once however often sent.

`group_commit.py` lets batches that come at the same time share a commit, where a graph has it.
"""

from __future__ import annotations

from hashlib import sha256
from json import dumps
from typing import TYPE_CHECKING, Any

from streamflow_runtime.decode import BadInput, Decoder
from streamflow_runtime.http import Request, Response, TooLarge, json_response, problem
from streamflow_runtime.part import CommitFailed

if TYPE_CHECKING:
    from streamflow_runtime.part import Commit
    from streamflow_runtime.shell import Shell

# Rows are in order of time, so the oldest stand first; two go for each that comes.
FORGET = (
    "DELETE FROM _streamflow_batches WHERE rowid IN (SELECT rowid FROM _streamflow_batches ORDER BY rowid LIMIT 2)"
    " AND (time < ? OR rowid <= (SELECT max(rowid) FROM _streamflow_batches) - 100000)"
)
DAY = 86_400


class StoppedBefore(BadInput):
    """The graph was stopped after the batch had come, and before its turn: nothing of it has been taken in."""


async def inject(shell: Shell, request: Request, source: str) -> Response:
    """`POST /inject/{source}`, and `/inject` where there is one source; a tap takes packets too."""
    sources = shell.service["sources"]
    if not source and len(sources) == 1:
        source = next(iter(sources))
    kernel = shell.open()
    if source not in sources and source not in kernel.runners:
        return unknown("source", source, sources, kernel.kinds.keys() - shell.service["sinks"])
    return await admit(shell, request, source)


async def admit(
    shell: Shell, request: Request, source: str, metadata: dict[str, Any] | None = None, decoder: Decoder | None = None
) -> Response:
    """The request's body as one batch of the source; JSON unless there is another decoder."""
    arrived = shell.platform.now()
    group, limit = shell.group, shell.service["limits"]["body"]
    body = await (group.read(request, limit) if group else request.body(limit))
    shell.open()
    batch_id = request.headers.get("idempotency-key")
    digest = ""
    if batch_id:
        digest = sha256(source.encode() + b"\n" + body).hexdigest()
        if group:
            group.settle(batch_id)
        for earlier, response in shell.platform.sql(
            "SELECT digest, response FROM _streamflow_batches WHERE id = ? AND time > ?", batch_id, arrived - DAY
        ):
            if earlier != digest:
                return problem(422, "This Idempotency-Key came with another body before", batch_id)
            return Response(202, response, {"content-type": "application/json"})
    if shell.stopped or shell.kernel.stopped:
        return stopped()
    if shell.draining:
        return problem(503, "The input has ended", "The graph was drained: nothing more is taken in.")
    if shell.full(source):
        return problem(
            429, "A buffer is full", f"What {source} leads to is not delivered fast enough.", retry_after="1"
        )
    answer = {"accepted": 0, "batch_id": ""}

    def remember(commit: Commit, accepted: int) -> None:
        answer["accepted"] = accepted
        if batch_id:
            shell.platform.sql(FORGET, arrived - DAY)
            shell.platform.sql(
                "INSERT OR REPLACE INTO _streamflow_batches VALUES (?, ?, ?, ?)",
                batch_id,
                digest,
                dumps(answer),
                arrived,
            )

    def push(kernel: Any, now: float) -> int:
        if kernel.stopped:  # by a batch that came with this one
            raise StoppedBefore
        answer["batch_id"] = batch_id or f"{source}:{kernel.admitted.get(source, 0)}"
        if decoder is None:
            accepted: int = kernel.push_json(source, body, now, metadata)
        else:
            values = decoder(body, shell.service["limits"]["nesting"])
            kernel.push(source, values, now, metadata)
            accepted = len(values)
        if accepted > shell.service["limits"]["batch"]:
            raise TooLarge
        return accepted

    try:
        if group:
            await group.run(push, remember, source, arrived, batch_id, len(body))
        else:
            shell.run(push, remember, source, arrived)
    except StoppedBefore:
        return stopped()
    except BadInput as error:
        return problem(400, "Malformed input", str(error))
    except CommitFailed as failed:
        if isinstance(failed.__cause__, TooLarge):
            raise failed.__cause__ from None
        raise
    return json_response(202, answer)


def stopped() -> Response:
    """503: an error has stopped the graph, or its host has."""
    return problem(503, "The graph is stopped", retry_after="5")


def unknown(what: str, name: str, known: Any, nodes: Any = ()) -> Response:
    """404 with the names there are, and the nearest one; `nodes` would be there if they were taps."""
    if name in nodes:
        return problem(404, f"{name} is not served", f'Add it to the graph: Graph(taps=["{name}"]).')
    from difflib import get_close_matches  # only needed here

    near = get_close_matches(name, known, 1)
    hint = f"Did you mean {near[0]}?" if near else f"There is: {', '.join(known)}."
    return problem(404, f"No {what} {name}" if name else f"Name a {what}", hint)
