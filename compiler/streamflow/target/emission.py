"""Emits the methods that packets run through: a method a head, in it everything that is fused behind it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from streamflow.diagnostics import program_path
from streamflow.ir.function import Function
from streamflow.ir.graph import Edge, Graph, Node
from streamflow.ir.identifiers import imported_names, node_identifiers
from streamflow.ir.inlining import inlinable, may_take
from streamflow.ir.records import fields_needed
from streamflow.ir.recovery import entries, exits, stops, waits_at
from streamflow.target.flow import Flow, Guard, Method
from streamflow.target.kernel_names import defined_names, names_in_kernel
from streamflow.target.quote import comment, expression, fill, literal, name, statement, statements
from streamflow.target.scalars import FieldReading, FieldVariables, read_of
from streamflow.target.sharing import Sharing, rebinds

End = tuple[str, Flow]  # a port, and the point of the way behind it
Emitter = Callable[["Emission", Node, Flow], list[End]]
Construct = Callable[["Emission", Node, ast.expr], ast.expr]
_DEEPEST = 8  # nested blocks before the rest goes into a method of its own: Python allows 20 nested blocks
RUNNING = sys.version_info[:2]


@dataclass
class Emission:
    """What emitting a graph's kernel has gathered so far."""

    graph: Graph
    emitter: Callable[[Node], Emitter]
    python: tuple[int, int] = RUNNING  # the version that the kernel runs on
    runners: list[ast.stmt] = field(default_factory=list)  # a method a source
    methods: list[ast.stmt] = field(default_factory=list)
    called: dict[str, Function] = field(default_factory=dict)  # functions that are called by name
    classes: list[ast.stmt] = field(default_factory=list)  # of what windows hold
    checks: dict[str, list[ast.stmt]] = field(default_factory=dict)  # functions that check schemas, by the first one
    runtime: set[str] = field(default_factory=set)  # names used of the runtime
    counted: set[str] = field(default_factory=set)
    _wanted: list[tuple[str, str, str]] = field(default_factory=list)
    _methods: set[str] = field(default_factory=set)
    records: dict[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # by what nodes a record was made that is not built
    paths: dict[str, str] = field(default_factory=dict)  # what an id has gained in a method on the way to a node
    passed: dict[str, tuple[str, ...]] = field(default_factory=dict)  # what counts packets before they come to a node
    places: dict[str, str] = field(default_factory=dict)  # where packets may have to wait: the method that goes on

    def __post_init__(self) -> None:
        self.foreign = imported_names(node.operator for node in self.graph.nodes if node.operator is not None)
        self.identifiers = node_identifiers(*names_in_kernel(self.graph, self.foreign.values()))
        self.sharing = Sharing(self.graph)
        self._class_names = defined_names(self.graph)
        self.variables = FieldVariables(self.graph, self.identifiers, self._class_names)
        self._waited = {place for node in self.graph.nodes for place in (*entries(node), *exits(self.graph, node))}
        self._stops = stops(self.graph)

    # Methods

    def emit_heads(self) -> None:
        """Emit the methods of nodes that are entered by a call, as long as emitting finds new ones."""
        while self._wanted:
            target, into, method_name = self._wanted.pop(0)
            self._method_of_head(self.graph.by_name[target], into, method_name)

    def entry(self, edge: Edge) -> ast.expr:
        """The method that takes a packet into an input of a node."""
        target, into = edge.target, edge.input
        suffix = "" if into == "in" else f"_{into}"
        method_name = f"on_{self.identifiers[target]}{suffix}"
        if method_name not in self._methods:
            self._methods.add(method_name)
            self._wanted.append((target, into, method_name))
        return expression("self.method", method=method_name)

    def after(self, node: Node, port: str) -> ast.expr | None:
        """The method that takes a packet on behind a port; None where nothing is connected."""
        edges = self.graph.out(node.name, port)
        tapped = port == "out" and node.name in self.graph.taps
        if not edges and not tapped:
            return None
        if len(edges) == 1 and not tapped and edges[0].when is None and not edges[0].fused:
            return self.entry(edges[0])
        suffix = "" if port == "out" else f"_{port}"
        method_name = f"after_{self.identifiers[node.name]}{suffix}"
        title = node.name if port == "out" else f"{node.name}.{port}"
        if method_name not in self._methods:
            self._methods.add(method_name)
            place = f"{node.name} {port}"
            self._method(method_name, f"What follows `{title}`.", lambda flow: self.follow(node, port, flow), place)
        return expression("self.method", method=method_name)

    def _method_of_head(self, node: Node, into: str, method_name: str) -> None:
        title = node.name if into == "in" else f"{node.name}.{into}"
        place = f"{node.name}.{into}"
        self._method(
            method_name, f"A packet comes to `{title}`.", lambda flow: self.run(node, replace(flow, into=into)), place
        )

    def method_at(self, identifier: str, doc: str, fill_in: Callable[[Flow], None], place: str) -> ast.expr:
        """A method of its own for a place where packets may have to wait."""
        method_name = f"on_{identifier}"
        if method_name not in self._methods:
            self._methods.add(method_name)
            self._method(method_name, doc, fill_in, place)
        return expression("self.method", method=method_name)

    def _method(self, method_name: str, doc: str, fill_in: Callable[[Flow], None], place: str) -> None:
        """Packets may have to wait at `place`, which is where the method begins."""
        method = Method(in_loop=False)
        guard = Guard()
        flow = Flow(method, guard.block, guard, "", "packet", skip="return")
        fill_in(flow)
        body = self.guarded(guard, flow)
        head: list[ast.stmt] = [ast.Expr(ast.Constant(doc))]
        is_place = "." in place or " -> " in place  # else it is what follows a node
        if place in self._waited or (self._stops and is_place):
            self.places[place] = method_name
            head += statements("if self.waits(place_, packet):\n    return", place_=literal(place))
        if any(isinstance(n, ast.Name) and n.id == "data" for part in body for n in ast.walk(part)):
            head += statements("data = packet.data")
        head += [statement("alias = value_", alias=alias, value_=value) for alias, value in method.aliases.items()]
        self.methods.append(statement("def method(self, packet):\n    body", method=method_name, body=head + body))

    def class_name(self, node: Node, suffix: str) -> str:
        """A name for a class of the node's that nothing else in the module has."""
        words = self.identifiers[node.name].split("_")
        made = "".join(word[:1].upper() + word[1:] for word in words) + suffix
        while made in self._class_names:
            made += "_"
        self._class_names.add(made)
        return made

    # The way of a packet

    def run(self, node: Node, flow: Flow) -> None:
        """Emit a node and everything fused behind it."""
        following: tuple[Node, Flow] | None = (node, flow)
        while following is not None:
            node, flow = following
            flow = self.with_record(flow, fields_needed(node))
            self._note(node, flow)
            ends = self.emitter(node)(self, node, flow)
            following = None
            for port, end in ends:
                if following is not None:
                    self.run(*following)
                following = self._next(node, port, end)

    def follow(self, node: Node, port: str, flow: Flow) -> None:
        """Emit what is behind a port."""
        following = self._next(node, port, flow)
        if following is not None:
            self.run(*following)

    def guarded(self, guard: Guard, flow: Flow) -> list[ast.stmt]:
        """The statements of a guarded region, behind a `try` where something in it may raise."""
        if not guard.used:
            return guard.block or [ast.Pass()]
        if flow.packet is None:
            self.runtime.add("Packet")
        return statements(
            "try:\n    body\nexcept Exception as error:\n    aside\n    report",
            body=guard.block,
            aside=flow.method.before_leaving(),
            report=[self.report(flow)],
        )

    def report(self, flow: Flow) -> ast.stmt:
        """What a guard does with an error: the line that raised tells which node failed."""
        return statement("self.failed(error, packet_)", packet_=flow.head())

    def _next(self, node: Node, port: str, flow: Flow) -> tuple[Node, Flow] | None:
        """The node to go on with in the same code, once everything else behind the port is emitted."""
        if port == "out" and node.name in self.graph.taps:
            flow = self.with_record(flow)
            self.put_tap(node, flow)
        edges = self.graph.out(node.name, port)
        if len(edges) == 1:
            return self._enter(edges[0], flow)
        if flow.made:
            flow = self.with_record(flow)
        for edge in edges:
            self._branch(edge, flow, last=edge is edges[-1])
        return None

    def _branch(self, edge: Edge, flow: Flow, last: bool) -> None:
        """One branch of several: an error in it must not keep the next one from running."""
        guard = Guard()
        branch = replace(flow, block=guard.block, guard=guard, skip=flow.skip if last else None, depth=flow.depth + 1)
        if branch.skip is None and rebinds(self.graph, edge):
            branch = replace(branch, data=f"{self.identifiers[edge.target]}_data")
            flow.put(*statements("branch = data_", branch=branch.data, data_=flow.data))
        following = self._enter(edge, branch)
        if following is not None:
            self.run(*following)
        flow.put(*self.guarded(guard, branch) if guard.block else ())

    def _enter(self, edge: Edge, flow: Flow) -> tuple[Node, Flow] | None:
        if self.stands_apart(edge):
            self._call(self.entry_of_edge(edge), flow)
            return None
        return self._cross(edge, flow)

    def stands_apart(self, edge: Edge) -> bool:
        """Whether the condition of an edge has a method of its own."""
        return waits_at(self.graph, edge)

    def inlines(self, edge: Edge) -> bool:
        """Whether the condition of an edge stands in the place of its call."""
        return edge.fused

    def entry_of_edge(self, edge: Edge) -> ast.expr:
        """The method that takes a packet over an edge, if its condition holds."""
        doc = f"A packet comes to the edge from `{edge.origin}` to `{edge.target}`."
        return self.method_at(self.identifiers[edge.label], doc, lambda flow: self._pass(edge, flow), edge.label)

    def _pass(self, edge: Edge, flow: Flow) -> None:
        """Emit an edge and all that is fused behind it."""
        following = self._cross(edge, flow)
        if following is not None:
            self.run(*following)

    def _cross(self, edge: Edge, flow: Flow) -> tuple[Node, Flow] | None:
        if edge.when is not None:
            flow = self.with_record(flow)
            flow.note(f"{edge.label}: {self.place(edge.when)}")
            self.mark(flow.block[-1], edge.label, edge.when)
            self.gained(edge.label, flow)
            condition = self.call(edge.when, flow, self.inlines(edge))
            flow = self.only_if(condition, flow, edge.label)
        target = self.graph.by_name[edge.target]
        if edge.fused and flow.depth < _DEEPEST:
            return target, replace(flow, into=edge.input)
        self._call(self.entry(edge), flow)
        return None

    def _call(self, method: ast.expr, flow: Flow) -> None:
        """Hand the packet to a method."""
        if flow.packet is None or flow.changed:
            self.runtime.add("Packet")
        flow.put(statement("enter_(packet_)", enter_=method, packet_=flow.current_packet()))

    def only_if(self, condition: ast.expr, flow: Flow, label: str) -> Flow:
        """Go on, and count, only where the condition of a node or an edge holds."""
        if flow.skip is not None:
            flow.put(statement("if not condition:\n    leave", condition=condition, leave=flow.turn_away(label)))
        else:
            inner: list[ast.stmt] = []
            flow.put(ast.If(condition, inner, []))
            flow = flow.inside(inner)
        flow.count(label, self.counter(label))
        return flow

    def with_record(self, flow: Flow, needed: frozenset[str] | None = None) -> Flow:
        """Behind the making of a record that was not built so far, unless these fields are all that is needed of it."""
        if not flow.unbuilt or (needed is not None and flow.has(needed)):
            return flow
        flow.put(statement("data_ = value_", data_=flow.data, value_=flow.value))
        return flow.built()

    # The user's functions

    def call(self, function: Function, flow: Flow, inlined: bool) -> ast.expr:
        """The value of a user's function at this point; it may raise, so the region is guarded."""
        if flow.unbuilt:
            flow.guard.used = True
            assert function.expression is not None
            return FieldReading(function, flow, self.variables).of(function.expression)
        arguments = self.arguments(function, flow)
        if any(isinstance(argument, ast.Call) for argument in arguments):
            return ast.Call(self.reference(function), arguments, [])
        return self.apply(function, dict(zip(("data", "packet"), map(ast.unparse, arguments), strict=False)), inlined)

    def arguments(self, function: Function, flow: Flow, at: int = 0) -> list[ast.expr]:
        """The data, and the packet where it is wanted, as arguments `at` and after; copied if they may be changed."""
        flow.guard.used = True
        data: ast.expr = name(flow.data)
        copied = function.gets_copy(at)
        if copied:
            self.runtime.add("copy_of")
            data = expression("copy_of(data_)", data_=data)
        if not function.wants_packet:
            return [data]
        if flow.packet is not None and not flow.changed and not copied:
            return [data, name(flow.packet)]
        if flow.packet is None:
            self.runtime.add("Packet")
        seen = flow.fresh_packet(data)
        if copied:
            seen = expression("packet_.isolated()", packet_=seen)
        flow.put(statement("seen = packet_", packet_=seen))
        return [expression("seen.data"), name("seen")]

    def apply(self, function: Function, arguments: dict[str, str], inlined: bool) -> ast.expr:
        """The function applied to variables: its expression where it is to be inlined and can be, else a call."""
        values = list(arguments.values())
        holes = dict(zip(function.parameters, values, strict=False))
        plain = all(value.isidentifier() for value in values)
        if inlined and plain and inlinable(function) and may_take(function, holes):
            assert function.expression is not None
            filled = fill(function.expression, {**holes, **self.variables.of_shared(function)}, keep_lines=True)
            assert isinstance(filled, ast.expr)
            return filled
        return ast.Call(self.reference(function), [expression(value) for value in values], [])

    def method_of(
        self,
        node: Node,
        function: Function,
        role: str,
        parameters: tuple[str, ...],
        doc: str,
        arguments: dict[str, str] | None = None,
    ) -> ast.expr:
        """A method with these parameters that calls a function of a node's, with the last one only where it is wanted.

        `arguments` is what it is called with, where that is not the parameters.
        """
        method = f"{role}_of_{self.identifiers[node.name]}"
        wanted = parameters if function.wants_packet else parameters[:-1]
        note = comment(f"{node.name}: {self.place(node)}")
        self.mark(note, node.name, node)
        value = self.apply(function, arguments or {parameter: parameter for parameter in wanted}, node.inlined)
        head: list[ast.stmt] = [ast.Expr(ast.Constant(doc)), note]
        signature = ast.arguments([], [ast.arg(one) for one in ("self", *parameters)], None, [], [], None, [])
        self.methods.append(ast.FunctionDef(method, signature, [*head, ast.Return(value)], []))
        return expression("self.method", method=method)

    def imported(self, module: str, class_name: str) -> str:
        """The name under which the kernel has a class: of the runtime, or of a plugin's."""
        if module.startswith("streamflow_runtime."):
            self.runtime.add(class_name)
            return class_name
        return self.foreign[module, class_name]

    def reference(self, function: Function) -> ast.expr:
        """The function itself, by name."""
        if function.reference is not None:
            return expression(function.reference)
        self.called[function.name] = function
        return name(function.name)

    # Pieces that several kinds need

    def field(self, field: str, flow: Flow) -> ast.expr:
        """A field of the data: by its name, or, where that has dots, by name or path."""
        read = read_of(field, flow)
        if read is not None:
            return read
        if "." not in field:
            return expression("data_[field_]", data_=flow.data, field_=literal(field))
        self.runtime.add("field")
        return expression("field(data_, field_)", data_=flow.data, field_=literal(field))

    def counts(self, node: Node, may_be_none: bool) -> bool:
        """Whether what leaves a transform is looked at and counted: where its function may give None."""
        if may_be_none:
            self.counted.add(node.name)
        return may_be_none

    def counter(self, label: str) -> str:
        """The local variable that counts packets of a node or an edge."""
        return f"{self.identifiers[label]}_count"

    def attribute(self, node: Node) -> ast.expr:
        """The node's source or stage."""
        return expression("self.attribute", attribute=self.identifiers[node.name])

    def put_out(self, node: Node, identifier: str, flow: Flow, shared: bool) -> None:
        """Append the packet to what `take` gives."""
        if shared:
            flow.guard.used = True  # not everything that a function gives can be copied
            self.runtime.add("copy_of")
            packet = flow.fresh_packet(expression("copy_of(data_)", data_=flow.data))
        else:
            packet = flow.current_packet()
        if flow.packet is None:
            self.runtime.add("Packet")
        where = flow.method.alias(identifier, self._output(node))
        flow.put(statement("where_.append(packet_)", where_=where, packet_=packet))

    def put_tap(self, node: Node, flow: Flow) -> None:
        """Note a copy of the packet, which leaves a tap."""
        self.runtime.add("observe")
        if flow.packet is None:
            self.runtime.add("Packet")
        where = flow.method.alias(f"tap_{self.identifiers[node.name]}", self._output(node))
        flow.put(statement("observe(where_, packet_)", where_=where, packet_=flow.fresh_packet()))

    def _output(self, node: Node) -> ast.expr:
        return expression("self.out[name_]", name_=literal(node.name))

    def _note(self, node: Node, flow: Flow) -> None:
        where = node.name if node.strategy == "continue" and flow.into == "in" else f"{node.name}.{flow.into}"
        flow.note(f"{node.name}: {self.place(node)}")
        self.mark(flow.block[-1], where, node)
        self.gained(where, flow)
        if flow.made:
            self.records[where] = flow.made

    def gained(self, where: str, flow: Flow) -> None:
        """What follows is run by that node, or conditional edge, on what ids have gained in the method so far."""
        assert self.paths.setdefault(where, flow.path) == flow.path, f"{where} is emitted twice"
        if where in flow.method.way:
            self.passed[where] = tuple(flow.method.counted)

    def mark(self, note: ast.stmt, where: str, written: Node | Function) -> None:
        """What follows this comment belongs to that node, or conditional edge, when it fails."""
        function = written.function if isinstance(written, Node) else written
        span = function.span if function is not None else written.span
        note.mark = (where, program_path(span.file), span.line) if span else (where, "", 0)  # type: ignore[attr-defined]

    def place(self, written: Node | Function) -> str:
        """File and line where something was written."""
        span = written.span
        return f"{program_path(span.file)}:{span.line}" if span else "generated"
