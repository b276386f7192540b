"""Everything that is known of a compiled program, as plain data: the terminal and tools show the same."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from streamflow.explaining.buffers import Buffer, buffers
from streamflow.explaining.costs import Cost, costs
from streamflow.explaining.holdings import Holding, holdings
from streamflow.explaining.listings import Listing, listings
from streamflow.ir.guarantees import Path
from streamflow.ir.remarks import Remark
from streamflow.target.program import Program


@dataclass(frozen=True)
class Explanation:
    """Of one program at one level. Passes that found nothing to say of are listed too."""

    graph: str
    file: str
    level: int
    remarks: dict[str, list[Remark]]
    guarantees: list[Path]
    buffers: list[Buffer]
    holdings: list[Holding]
    costs: list[Cost]
    listings: list[Listing]

    def as_json(self) -> dict[str, Any]:
        """Values that JSON has, by the same names."""
        paths = [
            {
                "source": path.source,
                "sink": path.sink,
                "guarantee": path.guarantee,
                "weakest": path.weakest.node,
                "reason": path.weakest.reason,
            }
            for path in self.guarantees
        ]
        return {**asdict(self), "guarantees": paths}


def explain(program: Program, level: int, passes: list[str]) -> Explanation:
    """What is known of a program that was compiled at a level, by the passes named."""
    graph = program.graph
    remarks = {name: [remark for remark in program.remarks if remark.made_by == name] for name in passes}
    return Explanation(
        graph.name,
        graph.file,
        level,
        remarks,
        program.guarantees,
        buffers(graph),
        holdings(graph),
        costs(program),
        listings(program),
    )
