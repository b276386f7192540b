"""A retry policy as arguments of what keeps packets until their next try."""

from __future__ import annotations

import ast

from streamflow.ir.graph import Node
from streamflow.target.quote import literal

_USUAL = {"max_retries": 3, "backoff_multiplier": 2.0, "initial_delay": 1000, "max_delay": 60_000, "jitter": 0.1}


def policy_of(node: Node) -> list[ast.keyword]:
    """A node's retry policy as arguments, as far as it is not the usual one."""
    policy = node.options["retry_policy"]
    return [ast.keyword(key, literal(policy[key])) for key, usual in _USUAL.items() if policy[key] != usual]
