"""Records that are not built: each of their fields is a local variable."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from streamflow.ir.function import Function
from streamflow.ir.graph import Graph, Node
from streamflow.ir.identifiers import RESERVED, free_identifier, variables_of
from streamflow.ir.records import record_of
from streamflow.ir.rewriting import Rewriter
from streamflow.target.flow import Flow
from streamflow.target.quote import fill, literal, name, statement

if TYPE_CHECKING:
    from streamflow.target.emission import Emission


def emit_fields(emission: Emission, node: Node, flow: Flow) -> Flow:
    """Work out the fields that a transform sets; the record goes on as these variables."""
    assert node.function is not None
    record = record_of(node.function)
    assert record is not None
    read = {field: value for field, value in record.fields.items() if field not in node.options.get("unread", ())}
    reading = FieldReading(node.function, flow, emission.variables)
    values = {field: reading.of(value) for field, value in read.items()}
    flow.guard.used = True
    new = {field: emission.variables.of(field) for field in values}
    if _reads_what_changes(values, new):
        targets = ast.Tuple([ast.Name(variable, ast.Store()) for variable in new.values()], ast.Store())
        flow.put(ast.Assign([targets], ast.Tuple(list(values.values()), ast.Load())))
    else:
        flow.put(*(statement("var_ = value_", var_=new[field], value_=value) for field, value in values.items()))
    fields = {**flow.fields, **new} if record.extends else new
    return replace(flow, fields=fields, extends=flow.extends and record.extends, made=(*flow.made, node.name))


def read_of(field: str, flow: Flow) -> ast.expr | None:
    """What reads a field where it is a variable or an attribute."""
    if field in flow.fields:
        return name(flow.fields[field])
    if flow.typed is not None and field in flow.typed:
        return ast.Attribute(name(flow.data), flow.typed[field], ast.Load())
    return None


def tables_of_records(emission: Emission) -> dict[str, ast.expr]:
    """What base class `Kernel` needs to make a record that a failing node got: `made` by which nodes, and how."""
    makers = {maker: None for made in emission.records.values() for maker in made}
    functions: list[ast.expr] = []
    for maker in makers:
        function = emission.graph.by_name[maker].function
        assert function is not None
        parameter = ast.arguments([], [ast.arg("data")], None, [], [], None, [])
        body = fill(function.expression, {function.parameters[0]: "data"}, keep_lines=True)
        functions.append(ast.Lambda(parameter, body))
    return {
        "makers": ast.Dict([literal(maker) for maker in makers], functions),
        "made": literal(emission.records),
    }


class FieldVariables:
    """Local variables for fields, named after them, and apart from everything else that generated code names."""

    def __init__(self, graph: Graph, identifiers: Mapping[str, str], module: Iterable[str]) -> None:
        self._given: dict[str, str] = {}
        self._loops: dict[tuple[str, str], str] = {}
        self._taken = {*RESERVED, *dir(builtins), *module, *_names_in(graph)}
        unused = {node.name for node in graph.nodes if node.kind in ("transform", "filter") and not node.keeps_state}
        for each, made in identifiers.items():
            self._taken |= variables_of(made) - ({made} if each in unused else set())

    def of(self, field: str) -> str:
        """The variable of a field."""
        if field not in self._given:
            self._given[field] = self._fresh(field)
        return self._given[field]

    def for_loop(self, node: str, text: str) -> str:
        """A variable of the loop that a node is in."""
        if (node, text) not in self._loops:
            self._loops[node, text] = self._fresh(text)
        return self._loops[node, text]

    def of_shared(self, function: Function) -> dict[str, str]:
        """The variables of what a function has at hand, by the names that its tree gives them."""
        return {name: self.for_loop("", name) for name in sorted(function.shared)}

    def _fresh(self, text: str) -> str:
        made = free_identifier(text, self._taken)
        self._taken.add(made)
        return made


class FieldReading(Rewriter):
    """Expressions of one function that reads nothing but fields: those that are variables are read there.

    `data["amount"]` becomes `amount`, or `data.amount` of a typed record.
    """

    def __init__(self, function: Function, flow: Flow, variables: FieldVariables) -> None:
        self._parameter, self._flow = function.parameters[0], flow
        self._shared = variables.of_shared(function)

    def of(self, tree: ast.expr) -> ast.expr:
        """One of its expressions; they come in the order of evaluation."""
        read = fill(self.visit(tree), {self._parameter: self._flow.data}, keep_lines=True)
        assert isinstance(read, ast.expr)
        return read

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        if isinstance(node.value, ast.Name) and node.value.id == self._parameter:
            field = node.slice.value if isinstance(node.slice, ast.Constant) else None
            read = read_of(field, self._flow) if isinstance(field, str) else None
            if read is not None:
                return ast.copy_location(read, node)
        return self.generic_visit(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> Any:
        value = self.visit(node.value)
        if isinstance(value, ast.Name):  # a field's variable holds it anyway
            self._shared[node.target.id] = value.id
            return value
        return ast.copy_location(ast.NamedExpr(self.visit(node.target), value), node)

    def visit_Name(self, node: ast.Name) -> Any:
        return ast.copy_location(ast.Name(self._shared.get(node.id, node.id), node.ctx), node)


def _reads_what_changes(values: Mapping[str, ast.expr], new: Mapping[str, str]) -> bool:
    """Whether a field's expression reads a variable that one before it sets."""
    changed: set[str] = set()
    for field, value in values.items():
        if any(isinstance(node, ast.Name) and node.id in changed for node in ast.walk(value)):
            return True
        changed.add(new[field])
    return False


def _names_in(graph: Graph) -> set[str]:
    """Every name in the functions of a graph: what they bind must not be a field's variable."""
    functions = [function for node in graph.nodes for function in node.functions]
    functions += [edge.when for edge in graph.edges if edge.when is not None]
    found: set[str] = set()
    for function in functions:
        if function.tree is not None:
            found |= {node.id for node in ast.walk(function.tree) if isinstance(node, ast.Name)} - function.shared
    return found
