"""A compiled program: its kernel as a class, and the files of its bundle, made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from streamflow.diagnostics import Diagnostic
from streamflow.ir.graph import Graph
from streamflow.ir.guarantees import Path, guarantees
from streamflow.ir.remarks import Remark
from streamflow.target.emission import RUNNING, Emission
from streamflow.target.kernel import kernel_tree
from streamflow.target.lines import number_lines
from streamflow.target.service import service_of
from streamflow_runtime.kernel import Kernel


class Program:
    """What `compile_graph` returns. `warnings` are the findings that did not stop it.

    `with_tap(node)` is the program of the same graph with one more tap.
    """

    with_tap: Callable[[str], Program] | None = None

    def __init__(
        self,
        graph: Graph,
        warnings: Sequence[Diagnostic] = (),
        timestamps: Mapping[str, str | Callable[[Any], Any]] | None = None,
        remarks: Sequence[Remark] = (),
        emission_class: type[Emission] = Emission,
    ) -> None:
        self.graph = graph
        self._emission_class = emission_class
        self.warnings = tuple(warnings)
        self.remarks = tuple(remarks)  # what the passes did, and why not
        self.timestamps = dict(timestamps or {})  # what each event-time source reads, as the user wrote it

    @cached_property
    def files(self) -> Mapping[str, str]:
        """The bundle: path to text. The same program gives the same bytes."""
        from streamflow.target.bundle import bundle

        return bundle(self.graph)

    @cached_property
    def kernel_text(self) -> str:
        """The text of `kernel.py` for the Python that runs here; the bundle's is for the platform's."""
        from streamflow.target.bundle import kernel_file

        return kernel_file(self.graph, RUNNING)[2]

    @cached_property
    def service(self) -> dict[str, Any]:
        """What the host needs to know of sources, sinks and limits."""
        return service_of(self.graph)

    @cached_property
    def guarantees(self) -> list[Path]:
        """Of each path from a source to a sink: how often what goes in comes out, and which link decides it."""
        return guarantees(self.graph)

    @cached_property
    def kernel_class(self) -> type[Kernel]:
        """The generated class. It is run from its tree; its lines are those of `kernel_tree` and not of a file."""
        tree = kernel_tree(self.graph, emission_class=self._emission_class)
        lines = number_lines(tree)
        filename = f"<kernel of {self.graph.name}>"
        namespace: dict[str, Any] = {"__name__": "kernel", "__file__": filename}
        exec(compile(tree, filename, "exec"), namespace)
        made: type[Kernel] = namespace["Kernel"]
        made.lines = lines
        return made

    def kernel(self, secrets: Mapping[str, str] | None = None) -> Kernel:
        """A kernel with fresh state. Raises KeyError for a secret that the graph names and `secrets` lacks."""
        if self.graph.module.secrets:  # they are globals of the kernel's module: each kernel gets one of its own
            return Program(self.graph).kernel_class(secrets)
        return self.kernel_class(secrets)
