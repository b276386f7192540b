"""Schemas: what a record must look like."""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import Annotated, Any, is_typeddict

from pydantic import BaseModel, BeforeValidator


def _schema(schema: object) -> Any:
    is_class = isinstance(schema, type) and (is_dataclass(schema) or issubclass(schema, BaseModel))
    if isinstance(schema, dict) or is_class or is_typeddict(schema):
        return schema
    raise ValueError(f"must be a pydantic model, a TypedDict, a dataclass or a JSON Schema, not {schema!r}")


def _or_none(schema: object) -> Any:
    return None if schema is None else _schema(schema)


Schema = Annotated[Any, BeforeValidator(_schema)]
OptionalSchema = Annotated[Any, BeforeValidator(_or_none)]
EXAMPLE = 'schema={"type": "object", "required": ["amount"], "properties": {"amount": {"type": "number"}}}'
