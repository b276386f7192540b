"""Which options a model has, their types and defaults, in the words of those who write them."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BeforeValidator
from pydantic.fields import FieldInfo

from streamflow.dsl.auth import Bearer, Signed
from streamflow.dsl.error_handling import RetryPolicy
from streamflow.dsl.node import Milliseconds, NotNegativeMilliseconds, Options, PositiveMilliseconds
from streamflow.dsl.secrets import Secret
from streamflow.dsl.sink import Batch

_DURATIONS = {
    item.func
    for alias in (Milliseconds, NotNegativeMilliseconds, PositiveMilliseconds)
    for item in get_args(alias)
    if isinstance(item, BeforeValidator)
}
_WORDS = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "bool",
    Secret: "secret",
    Bearer: "bearer(...)",
    Signed: "signed(...)",
    Batch: "number or dict",
    RetryPolicy: "dict",
}
_UNITS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms"))


class Declared(NamedTuple):
    """What a model says of an option. `type` is empty where that says nothing a user would understand."""

    name: str
    type: str
    default: str


def declared(model: type[Options]) -> Iterator[Declared]:
    """The options of a model, in the order declared, without those that every kind has alike."""
    for name, info in model.model_fields.items():
        common = Options.model_fields.get(name)
        if common is None or common.examples != info.examples:
            yield Declared(name, _type(info), _default(info))


def _type(info: FieldInfo) -> str:
    annotation = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
    return " or ".join(dict.fromkeys(_parts(annotation)))


def _parts(annotation: Any) -> Iterator[str]:
    """The words for each of the types that an annotation allows; None is no word."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        kind, *metadata = arguments
        if any(isinstance(item, BeforeValidator) and item.func in _DURATIONS for item in metadata):
            yield "duration"
        else:
            yield from _parts(kind)
    elif origin in (Union, types.UnionType):
        if {str, tuple[str, ...]} <= set(arguments):
            yield "field"
            arguments = tuple(argument for argument in arguments if argument not in (str, tuple[str, ...]))
        elif str in arguments and any(
            get_origin(argument) is Callable or _is_callable(argument) for argument in arguments
        ):
            yield "field"
            arguments = tuple(argument for argument in arguments if argument is not str)
        for argument in arguments:
            yield from _parts(argument)
    elif _is_callable(annotation):
        yield "function"
    elif origin is Literal:
        yield from (f'"{value}"' if isinstance(value, str) else str(value) for value in arguments)
    elif origin in (list, tuple):
        yield "list" if arguments[0] is str else ""
    elif origin is dict:
        yield "dict"
    elif annotation in _WORDS:
        yield _WORDS[annotation]


def _is_callable(annotation: Any) -> bool:
    return get_origin(annotation) is Callable


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    value = info.get_default(call_default_factory=True)
    if value in (None, (), {}):
        return ""
    if _type(info) == "duration":
        return _duration(value)
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _duration(value: int) -> str:
    if value == 0:
        return "0"
    unit, letter = next((unit, letter) for unit, letter in _UNITS if value % unit == 0)
    return f'"{value // unit}{letter}"'
