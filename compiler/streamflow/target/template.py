"""Operators as templates: an expression that stands in the way of the packet, and the class that holds the state."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamflow.ir.function import Function
from streamflow.ir.graph import Node
from streamflow.target.aggregate import key_of
from streamflow.target.emission import Emission, End
from streamflow.target.filter import divide
from streamflow.target.flow import Flow
from streamflow.target.quote import expression, fill, literal, name, statement
from streamflow.target.transform import unless_none

if TYPE_CHECKING:
    from collections.abc import Callable

_GIVEN = frozenset(("data", "packet", "state"))


@dataclass(frozen=True)
class Template:
    """An expression in which `data` is the packet's data, `packet` the packet, `state` the node's state object.

    Every other name is an option: a function stands for its value for the packet, inline where that can be; `key` for
    the packet's key, an option among `fields` for what the field's name picks; anything else for itself.
    """

    text: str
    fields: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The options that the expression names."""
        found = {part.id for part in ast.walk(ast.parse(self.text, mode="eval")) if isinstance(part, ast.Name)}
        return frozenset(found - _GIVEN - set(dir(builtins)))

    def value(self, emission: Emission, node: Node, flow: Flow) -> ast.expr:
        """The expression at this point of a packet's way."""
        flow.guard.used = True
        tree = ast.parse(self.text, mode="eval").body
        holes = _GIVEN | set(node.options)
        made = _Filling(holes, lambda hole: self._hole(hole, emission, node, flow)).visit(fill(tree, {}))
        assert isinstance(made, ast.expr)
        return made

    def _hole(self, hole: str, emission: Emission, node: Node, flow: Flow) -> ast.expr:
        if hole == "data":
            return name(flow.data)
        if hole == "packet":
            emission.runtime.add("Packet")
            return flow.current_packet()
        if hole == "state":
            return flow.method.alias(emission.identifiers[node.name], emission.attribute(node))
        option = node.options[hole]
        if hole == "key":
            return key_of(emission, node, flow) or literal(None)
        if isinstance(option, Function):
            return emission.call(option, flow, node.inlined)
        return emission.field(option, flow) if hole in self.fields else literal(option)


class _Filling(ast.NodeTransformer):
    """Puts a tree of its own in the place of every name that is a hole."""

    def __init__(self, holes: frozenset[str], filling: Callable[[str], ast.expr]) -> None:
        self.holes, self.filling = holes, filling

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.filling(node.id) if node.id in self.holes else node


@dataclass(frozen=True)
class Give(Template):
    """A transform: the expression's value takes the place of the data; None emits nothing."""

    def __call__(self, emission: Emission, node: Node, flow: Flow) -> list[End]:
        value = self.value(emission, node, flow)
        flow.put(statement("data_ = value_", data_=flow.data, value_=value))
        return unless_none(emission, node, flow)


@dataclass(frozen=True)
class Keep(Template):
    """A filter: packets for which the expression is true go on, the others leave by the port `otherwise`."""

    otherwise: str = "rejected"

    def __call__(self, emission: Emission, node: Node, flow: Flow) -> list[End]:
        return divide(emission, node, flow, self.value(emission, node, flow), self.otherwise)


@dataclass(frozen=True)
class State:
    """The class of the state object, a `Stage`: made with the kernel, the name, the upstream and these options.

    `path` is `"module:Class"`. The module goes into the bundle, with what it imports of its own package.
    """

    path: str
    options: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        """Where the class is to be found."""
        return self.path.partition(":")[0]

    @property
    def class_name(self) -> str:
        """What it is called there."""
        return self.path.partition(":")[2]

    def __call__(self, emission: Emission, node: Node, upstream: ast.expr) -> ast.expr:
        """The expression that makes the object."""
        made = expression(
            "made(self, name_, upstream_)",
            made=emission.imported(self.module, self.class_name),
            name_=literal(node.name),
            upstream_=upstream,
        )
        assert isinstance(made, ast.Call)
        for option in self.options:
            value = node.options.get(option)
            if value is not None:
                given = emission.reference(value) if isinstance(value, Function) else literal(value)
                made.keywords.append(ast.keyword(option, given))
        return made
