"""Put the expression of a node's function in the place of its call.

Before:
    source.manual readings()
    transform celsius(function=lambda data: data["f"] / 2)
    sink.log out()
    readings -> celsius
    celsius -> out

After:
    source.manual readings()
    inline transform celsius(function=lambda data: data["f"] / 2)
    sink.log out()
    readings -> celsius
    celsius -> out

Why: a call costs more than most expressions, and passes can see through what stands in the loop itself.

Not done when: the function is more than one expression, is async or imported, assigns with `:=`, or hands out a lambda
or generator that could see a later packet.
"""

from __future__ import annotations

from dataclasses import replace

from streamflow.ir.function import Function
from streamflow.ir.graph import Graph, Node
from streamflow.ir.inlining import why_not_inlined
from streamflow.ir.remarks import Remarks


def inline_functions(graph: Graph, remarks: Remarks) -> Graph:
    """Mark every node with a function that can stand in the place of its call."""
    return graph.with_nodes(replace(node, inlined=True) for node in graph.nodes if _has_inlinable(node, remarks))


def _has_inlinable(node: Node, remarks: Remarks) -> bool:
    """Whether it has one. What is said is of functions that are run: a window that was lifted runs `result`."""
    found = False
    for function in node.functions:
        refusal = why_not_inlined(function)
        found = found or refusal is None
        if function is node.function and "result" in node.options:
            continue
        if refusal is None:
            remarks.applied(node, f"has the expression of {_which(node, function)} in the place of a call")
        else:
            remarks.missed(node, f"calls {_which(node, function)}", refusal)
    return found


def _which(node: Node, function: Function) -> str:
    """Which of a node's functions it is."""
    if function is node.function or function is node.options.get("result"):
        return "its function"
    option = next((option for option, value in node.options.items() if value is function), None)
    return f"`{option}=`" if option else f"`{function.name}`"
