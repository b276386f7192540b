"""Failures on demand: a kernel that raises at nodes when a test asks for it. Only test kernels have this."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, ClassVar

from streamflow.ir.graph import Node
from streamflow.target.emission import Emission
from streamflow.target.flow import Flow
from streamflow.target.program import Program
from streamflow.target.quote import literal, statement
from streamflow_runtime.kernel import Kernel

Faults = dict[str, list[BaseException]]  # by node: what its next runs raise


def breakable(program: Program, nodes: Iterable[str], faults: Faults) -> type[Kernel]:
    """The kernel of a program, in which these nodes raise what `faults` holds for them, one error a run."""
    broken = frozenset(nodes)

    class BreakableEmission(Emission):
        def with_record(self, flow: Flow, needed: frozenset[str] | None = None) -> Flow:
            return super().with_record(flow)  # any node may have to report its data

        def _note(self, node: Node, flow: Flow) -> None:
            super()._note(node, flow)
            if node.name in broken and not _breaks_later(node):
                flow.guard.used = True
                flow.put(statement("self.break_down(name_)", name_=literal(node.name)))

    if not broken:
        return program.kernel_class
    compiled = Program(program.graph, emission_class=BreakableEmission).kernel_class
    return type("Kernel", (Breakable, compiled), {"faults": faults, "broken": broken})


class Breakable(Kernel):
    """Mixed into a kernel. Where packets wait, it is the node's result that fails."""

    faults: ClassVar[Mapping[str, list[BaseException]]] = {}
    broken: ClassVar[frozenset[str]] = frozenset()

    def _build(self) -> None:
        super()._build()
        for stage in self.stages:
            role = "paired" if hasattr(stage, "paired") else "result"  # what a join, or an aggregate, calls
            result = getattr(stage, role, None)
            if stage.name in self.broken and result is not None:
                setattr(stage, role, self._breaking(stage.name, result))

    def break_down(self, node: str) -> None:
        """Raise the next error that was asked for at a node."""
        errors = self.faults.get(node)
        if errors:
            raise errors.pop(0).with_traceback(None)

    def _breaking(self, node: str, result: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(result)
        def breaking(*arguments: Any) -> Any:
            self.break_down(node)
            return result(*arguments)

        return breaking


def _breaks_later(node: Node) -> bool:
    """Whether it is what the node makes of its packets that fails, not their coming."""
    return node.is_async or node.family == "aggregate" or (node.family == "join" and node.function is not None)
