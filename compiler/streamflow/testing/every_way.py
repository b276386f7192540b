"""`run_every_way`: a stream gives the same at every level, however it is cut and wherever its state is saved."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from streamflow.dsl.graph import GraphDefinition
from streamflow.host.replay import Replay
from streamflow.pipeline import compile_graph
from streamflow.target.program import Program
from streamflow_runtime.packet import Packet

Outputs = dict[str, list[Packet]]


def run_every_way(
    graph: GraphDefinition, inputs: Mapping[str, Sequence[Any]], *, secrets: Mapping[str, str] | None = None
) -> Outputs:
    """What `run` gives. Raises AssertionError where a level, other batches, or a restored state give anything else.

    The test of a node with state, such as a plugin's, that would be laborious by hand.
    """
    expected: Outputs | None = None
    for level in (0, 1, 2):
        program = compile_graph(graph, level)
        for way, replay in _ways(program, secrets or {}).items():
            outputs = asyncio.run(_outputs(replay, deepcopy(dict(inputs))))
            if expected is None:
                expected = outputs
            for sink, packets in outputs.items():
                assert _told(packets) == _told(expected[sink]), (
                    f"`{sink}` at level {level}, {way}: {_told(packets)}, and at level 0: {_told(expected[sink])}"
                )
    assert expected is not None
    return expected


def _ways(program: Program, secrets: Mapping[str, str]) -> dict[str, Replay]:
    return {
        "in whole batches": Replay(program, secrets),
        "record by record": _Single(program, secrets),
        "saved and restored behind each record": _Restored(program, secrets),
    }


async def _outputs(replay: Replay, inputs: Mapping[str, Sequence[Any]]) -> Outputs:
    before: Outputs = replay.earlier if isinstance(replay, _Restored) else {}
    await replay.run(inputs)
    return {sink: [*before.get(sink, ()), *replay.kernel.take(sink)] for sink in replay.kernel.outputs}


class _Single(Replay):
    """Every record is a batch of its own."""

    async def push(self, source: str, values: list[Any], now: float) -> None:
        for value in values:
            await super().push(source, [value], now)


class _Restored(_Single):
    """Behind every batch a new kernel goes on with the state of the old one."""

    def __init__(self, program: Program, secrets: Mapping[str, str]) -> None:
        super().__init__(program, secrets)
        self.earlier: Outputs = {}
        self._program, self._secrets = program, secrets

    async def push(self, source: str, values: list[Any], now: float) -> None:
        await super().push(source, values, now)
        for sink in self.kernel.outputs:
            self.earlier.setdefault(sink, []).extend(self.kernel.take(sink))
        saved = self.kernel.snapshot()
        self.kernel = self._program.kernel(self._secrets)
        self.kernel.restore(saved)


def _told(packets: Sequence[Packet]) -> list[tuple[Any, ...]]:
    return [(packet.data, packet.timestamp, packet.id, packet.key) for packet in packets]
