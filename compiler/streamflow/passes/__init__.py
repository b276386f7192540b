"""The passes, in their order, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

from streamflow.ir.graph import Graph
from streamflow.passes.drop_dead_nodes import drop_dead_nodes
from streamflow.passes.fuse_chains import fuse_chains
from streamflow.passes.inline_functions import inline_functions

Pass = Callable[[Graph], Graph]

LEVELS: dict[int, tuple[Pass, ...]] = {
    0: (),
    1: (fuse_chains, inline_functions),
    2: (drop_dead_nodes, fuse_chains, inline_functions),
}
