"""`POST /drain`, and in process `stop(drain=True)`: the input ends, and everything that is still inside comes out.

Nothing more is taken in; calls are made, what waits for the clock goes on at once, windows close, the outboxes empty.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from streamflow_runtime.http import Request, Response, json_response
from streamflow_runtime.hurrying import hurry

if TYPE_CHECKING:
    from streamflow_runtime.part import Commit
    from streamflow_runtime.shell import Shell

PATIENCE = 10.0
PAUSE = 0.01


async def respond(shell: Shell, request: Request, rest: str) -> Response:
    """200 when all is out; 202 with what is left, where that takes longer: asked again, it goes on."""
    left = await drain(shell, PATIENCE)
    return json_response(202 if any(left.values()) else 200, {"drained": not any(left.values()), **left})


async def drain(shell: Shell, seconds: float) -> dict[str, int]:
    """Go on for so long; gives how many packets are still `parked` at nodes and how many are `undelivered`."""
    clock = asyncio.get_running_loop().time
    ends = clock() + seconds
    if not shell.draining:
        shell.run(lambda kernel, now: None, _end_input)
    finished = False
    while (left := _left(shell))["undelivered"] or left["parked"] or not finished:
        if clock() > ends or shell.kernel.stopped:
            break
        if left["parked"]:
            finished = False
            if shell.open().pending() or not shell.run(lambda kernel, now: hurry(kernel)):
                await asyncio.sleep(PAUSE)
        elif not finished:
            shell.run(lambda kernel, now: kernel.finish())
            finished = True
            shell.wake()
        else:
            await asyncio.sleep(PAUSE)
    return left


def _left(shell: Shell) -> dict[str, int]:
    kernel = shell.open()
    parked = sum(len(stage.waiting) for stage in kernel.stages) or len(kernel.pending())
    return {"parked": parked, "undelivered": sum(part.undelivered() for part in shell.parts)}


def _end_input(commit: Commit, _: Any) -> None:
    commit.meta["draining"] = True
