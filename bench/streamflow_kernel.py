"""Streamflow as one of the engines: the kernel as its bundle deploys it, run from the text of the file."""

from collections.abc import Collection
from typing import Any

from bench.events import Event
from bench.outputs import Outputs
from bench.programs import PROGRAMS
from bench.workloads import Workload
from streamflow import compile_graph


def kernel_text(workload: Workload, level: int, without: Collection[str] = ()) -> str:
    """`src/kernel.py` of a workload's bundle, for the Python that runs here, made without some passes."""
    return compile_graph(PROGRAMS[workload.name], level, without).kernel_text


class Compiled:
    """One run of a compiled kernel."""

    def __init__(self, workload: Workload, kernel_class: type[Any]) -> None:
        self._kernel = kernel_class()
        self._push = self._kernel.push if workload.fed == "dicts" else self._kernel.push_json
        self._source, self._sinks = workload.source, workload.sinks

    def push(self, batch: list[Event] | bytes) -> None:
        """A batch, or its JSON; the event-time workloads don't look at the moment of arrival."""
        self._push(self._source, batch, 0.0)

    def finish(self) -> None:
        """The end of input."""
        self._kernel.finish()

    def take(self) -> Outputs:
        """What reached the sinks."""
        return {
            sink: [(packet.key, packet.window.start, packet.window.end, packet.data) for packet in packets]
            for sink, packets in ((sink, self._kernel.take(sink)) for sink in self._sinks)
        }


def kernel_class(text: str) -> type[Any]:
    """The class that the text of a kernel defines."""
    namespace: dict[str, Any] = {"__name__": "kernel", "__file__": "src/kernel.py"}
    exec(compile(text, "src/kernel.py", "exec"), namespace)
    made: type[Any] = namespace["Kernel"]
    return made
