"""The passes, in their order, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

from streamflow.ir.graph import Graph
from streamflow.ir.remarks import Remarks
from streamflow.passes.drop_dead_nodes import drop_dead_nodes
from streamflow.passes.fold_constants import fold_constants
from streamflow.passes.fuse_chains import fuse_chains
from streamflow.passes.hold_figures import hold_figures
from streamflow.passes.inline_functions import inline_functions
from streamflow.passes.lift_aggregates import lift_aggregates
from streamflow.passes.project_fields import project_fields
from streamflow.passes.prune_fields import prune_fields
from streamflow.passes.push_filters_early import push_filters_early
from streamflow.passes.replace_scalars import replace_scalars
from streamflow.passes.share_subexpressions import share_subexpressions

Pass = Callable[[Graph, Remarks], Graph]

LEVELS: dict[int, tuple[Pass, ...]] = {
    0: (),
    1: (fold_constants, lift_aggregates, hold_figures, fuse_chains, inline_functions, share_subexpressions),
    2: (
        fold_constants,
        drop_dead_nodes,
        push_filters_early,
        lift_aggregates,
        hold_figures,
        fuse_chains,
        inline_functions,
        replace_scalars,
        prune_fields,
        project_fields,
        share_subexpressions,
    ),
}
