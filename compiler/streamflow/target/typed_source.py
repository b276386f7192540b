"""Sources whose JSON is read by msgspec: the records that it makes, and the method that runs a batch of them."""

from __future__ import annotations

import ast
import keyword

from streamflow.ir.graph import Node
from streamflow.ir.identifiers import free_identifier
from streamflow.target.emission import Emission
from streamflow.target.quote import comment, expression, literal, statement, statements
from streamflow.target.source import emit_runner


def runner(emission: Emission, node: Node) -> list[ast.stmt]:
    """Emit the method for batches of typed records, where the fields that are read are known, and register it."""
    reads: tuple[str, ...] | None = node.options.get("reads")
    if reads is None:
        return []
    run = emit_runner(emission, node, _attributes(reads))
    return statements("self.typed[name_] = run_", name_=literal(node.name), run_=run)


def projections(emission: Emission) -> ast.expr:
    """The table of decoders by source; the records' types are emitted with it."""
    sources = [node for node in emission.graph.nodes if node.options.get("decoder") == "msgspec"]
    if sources:
        emission.runtime |= {"Projecting", "Projection"}
    made = [_projection(emission, node) for node in sources]
    return ast.Dict([literal(node.name) for node in sources], made)


def _projection(emission: Emission, node: Node) -> ast.expr:
    reads: tuple[str, ...] | None = node.options.get("reads")
    if reads is None:
        return expression("Projection(msgspec.json.Decoder)")
    record = emission.class_name(node, "Record")
    attributes = _attributes(reads)
    made = statement(
        "record = msgspec.defstruct(name_, fields_, gc=False)",
        record=record,
        name_=literal(record),
        fields_=literal(tuple(attributes.values())),
    )
    assert isinstance(made, ast.Assign) and isinstance(made.value, ast.Call)
    renamed = {attribute: field for field, attribute in attributes.items() if attribute != field}
    if renamed:
        made.value.keywords.append(ast.keyword("rename", literal(renamed)))
    emission.classes += [comment(f"What is read of a record of {node.name}; the decoder skips the rest."), made]
    return expression("Projection(msgspec.json.Decoder, record)", record=record)


def _attributes(fields: tuple[str, ...]) -> dict[str, str]:
    """The attribute for each field."""
    plain = {field for field in fields if field.isidentifier() and field.isascii() and field[0] != "_"}
    attributes = {field: field for field in plain if not keyword.iskeyword(field)}
    taken = set(attributes)
    for field in fields:
        if field not in attributes:
            attributes[field] = free_identifier(f"field_{field}", taken)
            taken.add(attributes[field])
    return {field: attributes[field] for field in fields}
