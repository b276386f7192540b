"""`run`: a whole stream through the compiled kernel, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from streamflow.dsl.graph import GraphDefinition
from streamflow.host.replay import Replay
from streamflow.pipeline import compile_graph
from streamflow_runtime.packet import Packet


def run(
    graph: GraphDefinition,
    inputs: Mapping[str, Sequence[Any]],
    *,
    level: int = 2,
    secrets: Mapping[str, str] | None = None,
) -> dict[str, list[Packet]]:
    """Push each source's data, to the end of input. Gives what reached each sink.

    A record arrives at the largest event time so far; where its source reads none, at its position in milliseconds.
    Inputs merge by that time, ties in their order. Asynchronous functions really run.
    """
    program = compile_graph(graph, level)
    replay = Replay(program, secrets or {})
    asyncio.run(replay.run(inputs))
    return {name: replay.kernel.take(name) for name in replay.kernel.outputs}
