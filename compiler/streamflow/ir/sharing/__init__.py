"""Which mutable values a function's argument, its constants and its result may share, and which of them it may change.

A points-to analysis over abstract objects, here called roots: one for each argument with all that is reachable from it,
one for all mutable constants, one for everything unknown, and one for each place that creates a value. A variable holds
a set of roots, following the order of statements; what roots contain only grows. Whatever isn't recognised is taken to
change and keep everything that it can reach.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamflow.ir.known_calls import EFFECTS, dotted
from streamflow.ir.sharing.statements import Analysis
from streamflow.ir.sharing.values import CONSTANTS, IS_SCALAR, TooHard

if TYPE_CHECKING:
    from streamflow.ir.function import Function


@dataclass(frozen=True)
class Sharing:
    """What a call may do. Arguments by position."""

    changed: frozenset[int]
    """Arguments that may be changed, or kept beyond the call other than by the result."""
    returned: frozenset[int]
    """Arguments that the result may be, or share a mutable value with."""
    returns_constants: bool
    """Whether the result may be a mutable constant, or share a value with one."""


def sharing(function: Function) -> Sharing:
    """The analysis of one function."""
    count = len(function.parameters)
    everything = frozenset(range(count))
    if function.tree is None:
        effect = EFFECTS.get(_dotted_reference(function))
        if effect is None:
            return Sharing(everything, everything, True)
        shares = effect in ("shallow", "deep", "elements")
        return Sharing(frozenset(), everything if shares else frozenset(), False)
    try:
        analysis = Analysis(function)
        analysis.run()
    except (TooHard, RecursionError):
        return Sharing(everything, everything, True)
    changed = {index for index in everything if analysis.is_changed(("argument", index))}
    if function.wants_packet and changed:
        changed = set(everything)  # the packet holds the data
    reached = analysis.reach(analysis.result)
    returned = {index for index in everything if analysis.reach([("argument", index)]) & reached - IS_SCALAR}
    return Sharing(frozenset(changed), frozenset(returned), CONSTANTS in reached)


def _dotted_reference(function: Function) -> str:
    reference = function.reference or ""
    return dotted(ast.parse(reference, mode="eval").body, function.imports) or reference
