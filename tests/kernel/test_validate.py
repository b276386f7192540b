"""Schemas: what fits and what doesn't, of every form in which one may be given, and what can't be checked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal, NotRequired, Required, TypedDict

import pytest
from pydantic import BaseModel, Field, ValidationError, field_validator

import streamflow
from streamflow import nodes
from streamflow.diagnostics import CompileError
from streamflow.dsl.graph import GraphDefinition

LEVELS = (0, 1, 2)


class Line(TypedDict):
    item: str
    price: float


class Order(TypedDict):
    id: int
    kind: Literal["new", "paid"]
    lines: list[Line]
    note: NotRequired[str | None]
    parent: NotRequired[Order]


class Loose(TypedDict, total=False):
    id: Required[int]
    note: str


@dataclass
class Point:
    x: float
    y: float = 0
    tags: dict[str, int] = field(default_factory=dict)


class Device(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=5)]
    at: datetime
    level: int = Field(0, ge=0, lt=10)
    place: tuple[float, float] | None = None
    parts: list[Device] = []


class Checked(BaseModel):
    name: str

    @field_validator("name")
    @classmethod
    def _upper(cls, name: str) -> str:
        return name.upper()


ORDER: dict[str, Any] = {"id": 1, "kind": "new", "lines": [{"item": "a", "price": 2}]}
DEVICE: dict[str, Any] = {"name": "a", "at": "2024-01-02T03:04:05Z"}


@pytest.mark.parametrize(
    "schema, value, reason",
    [
        (Order, ORDER, None),
        (Order, {**ORDER, "more": 1, "note": None}, None),
        (Order, {**ORDER, "id": True}, "`id` must be a whole number"),
        (Order, {**ORDER, "id": 1.0}, "`id` must be a whole number"),
        (Order, {**ORDER, "kind": "old"}, "`kind` must be 'new' or 'paid'"),
        (Order, {**ORDER, "note": 5}, "`note` must be text or null"),
        (Order, {**ORDER, "lines": [*ORDER["lines"], {"item": "b"}]}, "`lines[1]`: `price` is missing"),
        (Order, {**ORDER, "parent": {**ORDER, "id": "x"}}, "`parent`: `id` must be a whole number"),
        (Order, [], "the value must be an object"),
        (Loose, {"id": 1}, None),
        (Loose, {"note": "a"}, "`id` is missing"),
        (Point, {"x": 1}, None),
        (Point, {"x": 1, "y": None}, "`y` must be a number"),
        (Point, {"x": 1, "tags": {"a": 1, "b": "2"}}, "`tags.b` must be a whole number"),
        ({"type": "integer"}, 1.0, None),
        ({"type": "integer"}, 1.5, "the value must be a whole number"),
        ({"enum": [1, "a", None]}, True, "the value must be 1 or 'a' or None"),
        ({"const": {"a": [1]}}, {"a": [1.0]}, None),
        ({"maximum": 3}, "text", None),
        ({"maximum": 3}, 4, "the value must be at most 3"),
        ({"multipleOf": 0.1}, 0.3, None),
        ({"type": "string", "pattern": "^a"}, "ba", "the value must match ^a"),
        ({"additionalProperties": False, "properties": {"a": {}}}, {"a": 1, "b": 1}, "`b` is not allowed"),
        ({"uniqueItems": True}, [1, True, 1.0], "the value must not hold an item twice"),
        ({"prefixItems": [{"type": "string"}], "items": {"type": "null"}}, ["a", 1], "`[1]` must be null"),
        ({"oneOf": [{"type": "number"}, {"minimum": 3}]}, 5, "the value must fit exactly one of the alternatives"),
        ({"properties": {"len": {"type": "string"}, "a{b}": {"minimum": 1}}}, {"len": "", "a{b}": 0}, "`a{b}` must be"),
        ({}, "anything", None),
    ],
)
def test_the_first_reason_against_a_value(schema: Any, value: Any, reason: str | None) -> None:
    kernel = compiled(schema)
    kernel.push("in", [json.loads(json.dumps(value))], now=0)
    if reason is None:
        assert [packet.data for packet in kernel.take("out")] == [value]
    else:
        (refused,) = kernel.take("refused")
        assert refused.data == value
        assert refused.metadata["invalid"].startswith(reason)
        assert refused.id == "in:0"


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"more": 1},
        {"name": ""},
        {"name": "long name"},
        {"at": "soon"},
        {"at": 5},
        {"level": -1},
        {"level": 9},
        {"level": 10},
        {"level": "1"},
        {"level": True},
        {"place": None},
        {"place": [1, 2.5]},
        {"place": [1]},
        {"parts": [DEVICE, {**DEVICE, "level": 3}]},
        {"parts": [DEVICE, {**DEVICE, "level": None}]},
    ],
)
def test_a_model_accepts_what_pydantic_accepts_of_json_without_coercion(change: dict[str, Any]) -> None:
    value = {**DEVICE, **change}
    kernel = compiled(Device)
    kernel.push("in", [json.loads(json.dumps(value))], now=0)
    try:
        Device.model_validate_json(json.dumps(value), strict=True)
        accepted = True
    except ValidationError:
        accepted = False
    assert [packet.data for packet in kernel.take("out")] == [value] * accepted


@pytest.mark.parametrize("level", LEVELS)
def test_invalid_packets_are_counted_where_nobody_takes_them(level: int) -> None:
    definition = GraphDefinition(
        "Test",
        [
            nodes.source("in", type="manual"),
            nodes.validate("known", schema=Point),
            nodes.sink("out", type="log"),
        ],
    )
    kernel = streamflow.compile_graph(definition, level=level).kernel(secrets={})
    kernel.push("in", [{"x": 1}, {}, 5], now=0)
    figures = kernel.metrics()["nodes"]
    assert figures["known"] == {"packets_processed": 3, "packets_dropped": {"invalid": 2}, "packets_rejected": 0}
    assert figures["out"]["packets_processed"] == 1


@pytest.mark.parametrize("level", LEVELS)
def test_what_a_source_refuses_moves_no_watermark(level: int) -> None:
    definition = GraphDefinition(
        "Test",
        [
            nodes.source("in", type="manual", schema=Point, timestamp="x", key="y"),
            nodes.aggregate("count", window="time", duration=10, function=len),
            nodes.sink("out", type="log"),
            nodes.sink("refused", type="log"),
        ],
        [("in", "count", "out"), ("in.invalid", "refused")],
    )
    kernel = streamflow.compile_graph(definition, level=level).kernel(secrets={})
    kernel.push("in", [{"x": 1, "y": 1}, {"x": 99, "y": "text"}, {"x": 2, "y": 1}], now=50)
    assert kernel.take("out") == []
    (refused,) = kernel.take("refused")
    assert (refused.data, refused.id, refused.timestamp) == ({"x": 99, "y": "text"}, "in:1", 50)
    assert refused.metadata == {"invalid": "`y` must be a number"}
    kernel.push("in", [{"x": 10, "y": 1}], now=50)
    assert [packet.data for packet in kernel.take("out")] == [2]


@pytest.mark.parametrize(
    "schema, message",
    [
        (Checked, "Checked has validators of its own"),
        ({"if": {}}, "the keyword `if` is not supported"),
        ({"properties": {"a": {"type": "text"}}}, "there is no type 'text'"),
        ({"$ref": "#/$defs/None"}, "there is no '#/$defs/None' in the schema"),
    ],
)
def test_what_plain_checks_cant_say_is_refused(schema: Any, message: str) -> None:
    with pytest.raises(CompileError) as refused:
        compiled(schema)
    (problem,) = refused.value.diagnostics
    assert problem.code == "SF028"
    assert message in problem.message


@pytest.mark.parametrize("schema", [5, "Order", len, ORDER["lines"]])
def test_only_schemas_are_schemas(schema: Any) -> None:
    with pytest.raises(CompileError, match="must be a pydantic model, a TypedDict, a dataclass or a JSON Schema"):
        nodes.validate("known", schema=schema)


def compiled(schema: Any) -> Any:
    made = [nodes.source("in", type="manual"), nodes.validate("known", schema=schema)]
    sinks = [nodes.sink("out", type="log"), nodes.sink("refused", type="log")]
    edges = [("in", "known", "out"), ("known.invalid", "refused")]
    return streamflow.compile_graph(GraphDefinition("Test", [*made, *sinks], edges)).kernel(secrets={})
