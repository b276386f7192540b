"""The state of emission at one point of a packet's way: where code goes and what holds the packet there."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Literal

from streamflow.target.quote import comment, expression, literal, name, statements


@dataclass
class Guard:
    """A region of code behind one `try`: what may raise in it sets `used`."""

    block: list[ast.stmt] = field(default_factory=list)
    used: bool = False


@dataclass
class Method:
    """A method under construction. `setup` comes first; `counted` nodes have a local counter, added up at the end.

    Where all packets that are not turned away on the `way` come to one window, they are counted there, and before it
    those that are `turned_away`. The count and the figures of windows in `local` are local variables. `aside` comes
    before a packet leaves the main way: there alone its number, and in a loop over event time its timestamp, are
    looked for.
    """

    in_loop: bool
    aliases: dict[str, ast.expr] = field(default_factory=dict)
    counted: dict[str, str] = field(default_factory=dict)  # counter's key: local variable
    way: Mapping[str, str] = field(default_factory=dict)  # counter's key: local variable for those turned away there
    turned_away: dict[str, str] = field(default_factory=dict)  # those of them that are needed
    local: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aside: list[ast.stmt] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    time: ast.expr = field(default_factory=lambda: name("timestamp"))

    def before_leaving(self) -> list[ast.stmt]:
        """What comes before a packet leaves the main way."""
        return deepcopy(self.aside)

    def alias(self, identifier: str, value: ast.expr) -> ast.Name:
        """A local variable set once at the head of the method."""
        self.aliases.setdefault(identifier, value)
        return name(identifier)


@dataclass(frozen=True)
class Flow:
    """One point on the way. `data` is the variable that holds the value.

    `packet` is the variable that holds the packet as it was at the head of the method, or None in a loop over a batch,
    where its parts are variables of their own. `path` is what the id has gained since, `changed` whether the data is
    another than the packet's; `into` is the input that the packet comes to. `skip` is how to go on with the next
    packet; None where other branches still follow.

    Behind the transforms `made`, the data is a record that is not built: it has these `fields`, each in a variable of
    its own, and, if it `extends`, what else the record in `data` has.

    Behind a source whose decoder is `typed`, `data` has the fields that are read, each as an attribute; the record
    itself is what `whole(data, number)` gives.
    """

    method: Method
    block: list[ast.stmt]
    guard: Guard
    source: str
    packet: str | None
    data: str = "data"
    fields: Mapping[str, str] = field(default_factory=dict)
    extends: bool = True
    made: tuple[str, ...] = ()
    typed: Mapping[str, str] | None = None
    path: str = ""
    changed: bool = False
    skip: Literal["continue", "return"] | None = None
    depth: int = 0
    into: str = "in"

    @property
    def unbuilt(self) -> bool:
        """Whether the data is a record of which there are only fields."""
        return bool(self.made) or self.typed is not None

    def has(self, needed: AbstractSet[str]) -> bool:
        """Whether these fields can be read without the record."""
        if not self.extends:
            return needed <= self.fields.keys()
        return self.typed is None or needed <= self.fields.keys() | self.typed.keys()

    @property
    def value(self) -> ast.expr:
        """The data: a variable, or the display of a record whose fields are variables."""
        whole = name(self.data) if self.typed is None else expression("whole(data_, number)", data_=self.data)
        if not self.made:
            return whole
        keys: list[ast.expr | None] = [literal(field) for field in self.fields]
        values: list[ast.expr] = [name(variable) for variable in self.fields.values()]
        return ast.Dict([None, *keys], [whole, *values]) if self.extends else ast.Dict(keys, values)

    def put(self, *nodes: ast.stmt) -> None:
        """Append statements."""
        self.block.extend(nodes)

    def note(self, text: str) -> None:
        """Append a comment."""
        self.put(comment(text))

    def moved(self, path: str) -> Flow:
        """Behind a node that made a new value of the packet."""
        return replace(self, path=self.path + path, changed=True)

    def built(self) -> Flow:
        """Where `data` holds the data itself."""
        return replace(self, fields={}, extends=True, made=(), typed=None)

    def inside(self, block: list[ast.stmt]) -> Flow:
        """In a nested block, from which other code still follows."""
        return replace(self, block=block, skip=None, depth=self.depth + 1)

    def aside(self, block: list[ast.stmt]) -> Flow:
        """In one of several nested blocks of which a packet enters one, with nothing behind them."""
        return replace(self, block=block, depth=self.depth + 1)

    def head(self) -> ast.expr:
        """The packet at the head of the method, with the present data: what a guard reports."""
        return replace(self, path="", changed=True).fresh_packet()

    def current_packet(self) -> ast.expr:
        """The packet at this point, perhaps the very object that came in."""
        if self.packet is not None and not self.changed:
            return name(self.packet)
        return self.fresh_packet()

    def fresh_packet(self, data: ast.expr | None = None, path: ast.expr | None = None) -> ast.expr:
        """A packet object of its own at this point. `path` is what its id gains where that is known only then."""
        data = data or self.value
        moved = bool(path or self.path)
        path = path or literal(self.path)
        if self.packet is None:
            return expression(
                "Packet(data_, timestamp, source_, number, path_, metadata)",
                data_=data,
                source_=literal(self.source),
                path_=path,
            )
        if moved:
            return expression("packet_.derive(data_, path_)", packet_=self.packet, data_=data, path_=path)
        return expression("packet_.derive(data_)", packet_=self.packet, data_=data)

    def turn_away(self, key: str) -> list[ast.stmt]:
        """Go on with the next packet: this one does not pass the node, or edge."""
        if self.skip == "return":
            return [ast.Return()]
        if not self.method.way or not self.method.counted:  # nobody before has counted it
            return [ast.Continue()]
        variable = self.method.turned_away[key] = self.method.way[key]
        return [*statements("variable += 1", variable=variable), ast.Continue()]

    def count(self, key: str, variable: str) -> None:
        """Count a packet here."""
        if self.method.way:
            self.method.counted[key] = variable
        elif self.method.in_loop:
            self.method.counted[key] = variable
            self.put(*statements("variable += 1", variable=variable))
        else:
            self.put(*statements("self.counts[key_] += 1", key_=literal(key)))
