"""Schemas as users give them, as JSON Schema: what generated checks are made from.

The Python types are read strictly: their type is written "int" where JSON Schema's "integer" would let 1.0 pass.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ForwardRef, Literal, Union, get_args, get_origin, is_typeddict

from pydantic import BaseModel, PydanticUserError, TypeAdapter

Json = dict[str, Any]

_CHECKED = frozenset(
    """
    $defs $ref additionalProperties allOf anyOf const definitions enum exclusiveMaximum exclusiveMinimum format items
    maxItems maxLength maxProperties maximum minItems minLength minProperties minimum multipleOf not oneOf pattern
    prefixItems properties required type uniqueItems
    """.split()
)
_SAID_ONLY = frozenset(
    """
    $comment $id $schema contentEncoding contentMediaType default deprecated description discriminator example
    examples readOnly title writeOnly
    """.split()
)
_TYPES = frozenset(("array", "boolean", "int", "integer", "null", "number", "object", "string"))
_SCALARS: dict[Any, str] = {str: "string", int: "int", float: "number", bool: "boolean", type(None): "null"}


class NoSchema(ValueError):
    """A schema says something that can't be checked; the message says what."""


def json_schema(schema: Any) -> Json:
    """JSON Schema of a pydantic model, TypedDict, dataclass, or itself. Raises NoSchema."""
    if isinstance(schema, Mapping):
        made: Json = _plain(schema)
    else:
        defs: dict[str, Any] = {}
        made = _of_type(schema, defs, {})
        if defs:
            made = {**made, "$defs": defs}
    for part in _parts(made):
        _check_keywords(part, made)
    return made


def _of_type(annotation: Any, defs: Json, seen: dict[Any, str]) -> Json:
    if annotation in (Any, object):
        return {}
    if annotation in (None, *_SCALARS):
        return {"type": _SCALARS[annotation or type(None)]}
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (typing.Required, typing.NotRequired) or (origin is typing.Annotated and _only_said(annotation)):
        return _of_type(arguments[0], defs, seen)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_of_type(each, defs, seen) for each in arguments]}
    if annotation in (list, tuple) or origin in (list, Sequence) or (origin is tuple and arguments[1:] == (...,)):
        return {"type": "array", "items": _of_type(arguments[0], defs, seen) if arguments else {}}
    if origin is tuple:
        items = [_of_type(each, defs, seen) for each in arguments]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
    if annotation is dict or origin in (dict, Mapping):
        return {"type": "object", "additionalProperties": _of_type(arguments[1], defs, seen) if arguments else {}}
    if is_typeddict(annotation) or (dataclasses.is_dataclass(annotation) and not _is_pydantic(annotation)):
        return _record(annotation, defs, seen)
    return _by_pydantic(annotation, defs)


def _record(annotation: Any, defs: Json, seen: dict[Any, str]) -> Json:
    """A TypedDict or dataclass, under a name, so that it may refer to itself."""
    if annotation not in seen:
        seen[annotation] = name = _free(annotation.__name__, defs)
        defs[name] = {}
        try:
            hints = typing.get_type_hints(annotation, include_extras=True)
        except NameError as error:
            raise NoSchema(f"{annotation.__name__}: {error}") from None
        if is_typeddict(annotation):
            required = [field for field, hint in hints.items() if _is_required(annotation, field, hint)]
        else:
            fields = [field for field in dataclasses.fields(annotation) if field.init]
            hints = {field.name: hints[field.name] for field in fields}
            missing = dataclasses.MISSING
            required = [field.name for field in fields if field.default is field.default_factory is missing]
        properties = {field: _of_type(hint, defs, seen) for field, hint in hints.items()}
        defs[name] = {"type": "object", "properties": properties, "required": required}
    return {"$ref": f"#/$defs/{seen[annotation]}"}


def _is_required(annotation: Any, field: str, hint: Any) -> bool:
    """Whether a TypedDict needs a field; the class itself doesn't see marks in annotations that are text."""
    if get_origin(hint) in (typing.Required, typing.NotRequired):
        return get_origin(hint) is typing.Required
    return field in annotation.__required_keys__


def _by_pydantic(annotation: Any, defs: Json) -> Json:
    """What pydantic says of a model, or of a type that it knows."""
    if isinstance(annotation, ForwardRef):
        raise NoSchema(f"the type {annotation.__forward_arg__!r} isn't known where the schema stands")
    name = getattr(annotation, "__name__", repr(annotation))
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(annotation)
        made = adapter.json_schema()
    except (PydanticUserError, TypeError, ValueError) as error:
        raise NoSchema(f"{name} can't be written as JSON Schema: {str(error).splitlines()[0]}") from None
    for part in _dicts(adapter.core_schema):
        if str(part.get("type")).startswith("function-"):
            raise NoSchema(f"{name} has validators of its own, and those can't become plain checks")
    made = _strict(made)
    assert isinstance(made, dict)
    for definition, schema in made.pop("$defs", {}).items():
        if defs.setdefault(definition, schema) != schema:
            raise NoSchema(f"there are two models called {definition}")
    return made


def _strict(made: Any) -> Any:
    """Pydantic's schemas of Python's int let no 1.0 pass."""
    if isinstance(made, list):
        return [_strict(item) for item in made]
    if not isinstance(made, dict):
        return made
    return {key: "int" if (key, item) == ("type", "integer") else _strict(item) for key, item in made.items()}


def _check_keywords(part: Json, root: Json) -> None:
    unknown = sorted(set(part) - _CHECKED - _SAID_ONLY)
    if unknown:
        raise NoSchema(f"the keyword `{unknown[0]}` is not supported")
    written = part.get("type", ())
    for name in (written,) if isinstance(written, str) else written:
        if name not in _TYPES:
            raise NoSchema(f"there is no type {name!r}; types are {', '.join(sorted(_TYPES - {'int'}))}")
    if "$ref" in part and definition(part["$ref"], root) is None:
        raise NoSchema(f"there is no {part['$ref']!r} in the schema")


def definition(reference: str, root: Json) -> Any:
    """What a `$ref` within a schema leads to; None where it leads nowhere."""
    found: Any = root
    for step in reference.removeprefix("#").strip("/").split("/"):
        if step:
            found = found.get(step) if isinstance(found, dict) else None
    return found if reference.startswith("#") else None


def _parts(schema: Any) -> Iterator[Json]:
    """The schema and every schema inside it."""
    if not isinstance(schema, dict):
        if not isinstance(schema, bool):
            raise NoSchema(f"{schema!r} is not a schema")
        return
    yield schema
    for keyword in ("properties", "$defs", "definitions"):
        for inner in schema.get(keyword, {}).values():
            yield from _parts(inner)
    for keyword in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for inner in schema.get(keyword, ()):
            yield from _parts(inner)
    for keyword in ("items", "additionalProperties", "not"):
        if keyword in schema:
            yield from _parts(schema[keyword])


def _dicts(schema: Any) -> Iterator[Mapping[str, Any]]:
    """Every dict inside pydantic's own form of a schema."""
    if isinstance(schema, dict):
        yield schema
        for key, item in schema.items():
            if key not in ("serialization", "metadata"):
                yield from _dicts(item)
    elif isinstance(schema, (list, tuple)):
        for item in schema:
            yield from _dicts(item)


def _plain(value: Any) -> Any:
    """A schema without anything that isn't JSON."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise NoSchema(f"{value!r} is not JSON")


def _only_said(annotation: Any) -> bool:
    """Whether what `Annotated` adds is text alone."""
    return all(isinstance(item, str) for item in annotation.__metadata__)


def _is_pydantic(annotation: Any) -> bool:
    return hasattr(annotation, "__pydantic_core_schema__") or (
        isinstance(annotation, type) and issubclass(annotation, BaseModel)
    )


def _free(name: str, taken: Mapping[str, Any]) -> str:
    number, made = 2, name
    while made in taken:
        made, number = f"{name}{number}", number + 1
    return made
