"""A user's function as the compiler holds it: its tree with final names, its parameters, and what is known about it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from streamflow.diagnostics import Span
from streamflow.ir import function_facts
from streamflow.ir.sharing import Sharing, sharing

FunctionTree: TypeAlias = ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, eq=False)
class Function:
    """One captured function. Either `tree` or `reference` is given. A tree is shared: copy it before changing it.

    `name` is a module-level identifier to emit it under. In the tree every free name is a builtin or an identifier of
    the module (an import, a constant, a helper, a secret), and line numbers are those of the user's file. It is called
    with values for `parameters`, by position. `reference` is an expression, such as `json.loads`, for the function.
    """

    name: str
    tree: FunctionTree | None
    reference: str | None
    parameters: tuple[str, ...]
    wants_packet: bool
    is_async: bool
    file: str
    line: int
    span: Span
    imports: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the free names that are imports stand for: `{"sqrt": "math.sqrt", "dt": "datetime"}`."""
    helpers: Mapping[str, Function] = field(default_factory=dict, repr=False)
    """The captured functions that the tree names, by identifier."""
    mutable_constants: frozenset[str] = field(default=frozenset(), repr=False)
    """Free names that stand for lists, dicts, sets, or tuples of them, shared by all calls."""
    shared: frozenset[str] = field(default=frozenset(), repr=False)
    """Variables that a pass lets the tree assign, each before it is read: code around the tree may give them names."""

    @cached_property
    def expression(self) -> ast.expr | None:
        """The one expression whose value a call returns, where the function is nothing but that and its parameters."""
        return function_facts.expression(self)

    def may_mutate(self, index: int = 0) -> bool:
        """False only where a call provably neither changes nor keeps argument `index` or anything reachable from it."""
        return index in self.sharing.changed or index >= len(self.parameters)

    def gets_copy(self, index: int = 0) -> bool:
        """Whether argument `index`, and the packet behind it, are copied for a call: it may change or keep them."""
        return self.may_mutate(index) or (self.wants_packet and self.may_mutate(index + 1))

    @cached_property
    def may_alias_argument(self) -> bool:
        """False only where the result provably shares no mutable value with an argument, nor is one."""
        return bool(self.sharing.returned)

    @cached_property
    def may_alias_constant(self) -> bool:
        """False only where the result provably shares no mutable value with a captured constant."""
        return self.sharing.returns_constants

    @cached_property
    def returns_only_none(self) -> bool:
        """True only where every call that returns provably returns None."""
        return function_facts.returns_only_none(self)

    @cached_property
    def calls_time(self) -> bool:
        """Whether a call may read the clock, itself or through a helper, by one of the standard library's functions."""
        return function_facts.calls_time(self)

    @cached_property
    def sharing(self) -> Sharing:
        """Which arguments a call may change, and which its result may share values with."""
        return sharing(self)
