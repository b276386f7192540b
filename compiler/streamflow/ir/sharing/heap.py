"""What abstract objects contain, which of them may be changed, and what a name ever held."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING

from streamflow.ir.sharing.values import CONSTANTS, IS_SCALAR, NOTHING, UNKNOWN, Frame, Root, Value

if TYPE_CHECKING:
    from streamflow.ir.function import Function, FunctionTree


class Heap:
    """The state of an analysis. It only grows."""

    def __init__(self, function: Function) -> None:
        self.result: Value = NOTHING
        self._function = function
        self._heap: dict[Root, set[Root]] = {CONSTANTS: {CONSTANTS}, UNKNOWN: {UNKNOWN}}
        self._changed: set[Root] = set()
        self._ever: dict[tuple[int, str], set[Root]] = {}
        self._closures: set[Root] = set()
        self._active: list[FunctionTree] = []
        self._frames: list[Frame] = []
        self._frame_of: dict[int, Frame] = {}
        self._loaded: dict[int, ast.expr] = {}
        """Kept, because a place is known by the id of its node."""

    def is_changed(self, root: Root) -> bool:
        """Whether a root may be changed, or be reachable from what outlives the call."""
        others = [
            other for other in self._heap if isinstance(other, tuple) and other[0] == "argument" and other != root
        ]
        packet = ("argument", len(self._function.parameters) - 1) if self._function.wants_packet else None
        keepers = [other for other in others if other != packet]
        return root in self._changed or root in self.reach(frozenset([CONSTANTS, UNKNOWN, *keepers]))

    def reach(self, value: Iterable[Root]) -> Value:
        """Everything that can be got at from a value, itself included."""
        found: set[Root] = set()
        pending = list(value)
        while pending:
            root = pending.pop()
            if root not in found:
                found.add(root)
                pending += self._heap.get(root, ())
        return frozenset(found)

    def _size(self) -> object:
        return (
            {root: len(content) for root, content in self._heap.items()},
            len(self._changed),
            {name: len(roots) for name, roots in self._ever.items()},
            self.result,
        )

    def _unknown(self, values: Iterable[Value]) -> Value:
        """A call that may do anything with what it can reach, and keep it."""
        given = frozenset().union(*values)
        self._changed |= self.reach(given)
        self._heap[UNKNOWN] |= given
        return frozenset([UNKNOWN])

    def _site(self, node: ast.AST, tag: str = "") -> Value:
        """What this place creates, whose content is known elsewhere."""
        root: Root = (id(node), tag)
        self._heap.setdefault(root, set())
        return frozenset([root])

    def _holding(self, node: ast.AST, content: Value, tag: str = "") -> Value:
        """A new container at this place, with this content."""
        made = self._site(node, tag)
        self._store(made, content)
        return made

    def _anything_in(self, node: ast.AST, values: Value) -> Value:
        """Something new, at whatever depth of new containers, that may hold all that `values` reach."""
        made = self._site(node, "any")
        self._store(made, self.reach(values) | made)
        return made

    def _store(self, owners: Value, value: Value) -> None:
        for owner in owners:
            if owner not in IS_SCALAR:
                self._heap.setdefault(owner, set()).update(value)

    def _content(self, value: Value) -> Value:
        found: set[Root] = set()
        for root in value:
            found |= self._heap.get(root, set())
        return frozenset(found)

    def _note(self, name: str, value: Value) -> None:
        self._ever.setdefault((id(self._frames[-1]), name), set()).update(value)
