"""What a package needs that brings kinds of nodes: `from streamflow.plugin import NodeKind, Options, Give, ...`.

A plugin declares its options, how its code is emitted or which nodes stand for it, and the runtime file that holds its
state; the built-in kinds are declared by the same parts. See docs/plugins.md.
"""

from streamflow.dsl.durations import Duration
from streamflow.dsl.node import (
    Function,
    Key,
    Node,
    NotNegativeMilliseconds,
    Options,
    PositiveMilliseconds,
    SyncFunction,
)
from streamflow.dsl.plugins import API, NodeKind
from streamflow.target.operators import Operator
from streamflow.target.template import Give, Keep, State

__all__ = [
    "API",
    "Duration",
    "Function",
    "Give",
    "Keep",
    "Key",
    "Node",
    "NodeKind",
    "NotNegativeMilliseconds",
    "Operator",
    "Options",
    "PositiveMilliseconds",
    "State",
    "SyncFunction",
]
