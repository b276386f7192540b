"""What fits a schema, asked of the schema itself: types are walked, JSON Schema is read keyword by keyword."""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Callable
from typing import Any, Literal, NotRequired, Required, Union, get_args, get_origin, get_type_hints, is_typeddict


def fits(schema: Any, value: Any) -> bool:
    """Whether a value is what a type or a JSON Schema describes. An int is a float, a bool is no number."""
    return _fits_json(schema, value) if isinstance(schema, dict) else _fits_type(schema, value)


def _fits_type(kind: Any, value: Any) -> bool:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return True
    if kind is None or kind is type(None):
        return value is None
    if kind in (str, bool):
        return isinstance(value, kind)
    if kind in (int, float):
        return isinstance(value, (int, kind)) and not isinstance(value, bool)
    if origin in (Required, NotRequired):
        return _fits_type(arguments[0], value)
    if origin in (Union, types.UnionType):
        return any(_fits_type(each, value) for each in arguments)
    if origin is Literal:
        return any(value == each and isinstance(value, bool) == isinstance(each, bool) for each in arguments)
    if origin is list:
        return isinstance(value, (list, tuple)) and all(_fits_type(arguments[0], item) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(_fits_type(arguments[1], item) for item in value.values())
    fields, required = _fields(kind)
    if not isinstance(value, dict) or not required <= value.keys():
        return False
    return all(_fits_type(inner, value[name]) for name, inner in fields.items() if name in value)


def _fields(kind: Any) -> tuple[dict[str, Any], set[str]]:
    hints = get_type_hints(kind, include_extras=True)
    if is_typeddict(kind):
        marks = {name: get_origin(hint) for name, hint in hints.items()}
        return hints, {
            name
            for name, mark in marks.items()
            if mark is Required or (mark is not NotRequired and name in kind.__required_keys__)
        }
    if dataclasses.is_dataclass(kind):
        absent = dataclasses.MISSING
        return hints, {f.name for f in dataclasses.fields(kind) if f.default is absent and f.default_factory is absent}
    return {name: hints[name] for name in kind.model_fields}, {
        name for name, field in kind.model_fields.items() if field.is_required()
    }


def _fits_json(schema: Any, value: Any) -> bool:
    checks: dict[str, Callable[[Any], bool]] = {
        "type": lambda names: any(_is(name, value) for name in ([names] if isinstance(names, str) else names)),
        "enum": lambda options: any(value == o and isinstance(value, bool) == isinstance(o, bool) for o in options),
        "minimum": lambda least: not _is("number", value) or not value < least,
        "minLength": lambda least: not isinstance(value, str) or len(value) >= least,
        "maxItems": lambda most: not _is("array", value) or len(value) <= most,
        "pattern": lambda pattern: not isinstance(value, str) or bool(re.search(pattern, value)),
        "required": lambda names: not isinstance(value, dict) or all(name in value for name in names),
        "items": lambda inner: not _is("array", value) or all(_fits_json(inner, item) for item in value),
        "properties": lambda fields: (
            not isinstance(value, dict)
            or all(_fits_json(fields[name], value[name]) for name in fields if name in value)
        ),
        "additionalProperties": lambda inner: (
            not isinstance(value, dict)
            or all(_fits_json(inner, value[name]) for name in value if name not in schema.get("properties", {}))
        ),
        "anyOf": lambda inner: any(_fits_json(each, value) for each in inner),
        "oneOf": lambda inner: sum(_fits_json(each, value) for each in inner) == 1,
        "not": lambda inner: not _fits_json(inner, value),
    }
    if isinstance(schema, bool):
        return schema
    return all(checks[keyword](argument) for keyword, argument in schema.items())


def _is(name: str, value: Any) -> bool:
    if name == "integer":
        return _is("number", value) and bool(value == value // 1)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    kinds: dict[str, Any] = {
        "string": str,
        "boolean": bool,
        "null": type(None),
        "array": (list, tuple),
        "object": dict,
    }
    return isinstance(value, kinds[name])
