"""Captured values as expressions of the generated module: literals, containers of them, and a few plain types."""

from __future__ import annotations

import ast
import collections
import datetime
import decimal
import fractions
import math
import re
import uuid
import zoneinfo
from collections.abc import Callable
from functools import reduce
from typing import Any

from streamflow.dsl.secrets import Secret, holds_secret

_BY_REPR: dict[type, str] = {
    datetime.datetime: "datetime",
    datetime.date: "datetime",
    datetime.time: "datetime",
    datetime.timedelta: "datetime",
    datetime.timezone: "datetime",
    zoneinfo.ZoneInfo: "zoneinfo",
    decimal.Decimal: "decimal",
    fractions.Fraction: "fractions",
    uuid.UUID: "uuid",
}
_LARGEST_INT = 14_000  # bits: Python writes and reads at most 4300 digits
_DEEPEST = 64
_MUTABLE = (list, dict, set, bytearray, collections.deque, collections.defaultdict, collections.Counter)


class NotConstant(Exception):
    """`value` is what can't be written down; `inside` says whether it lies within a container."""

    def __init__(self, value: object, inside: bool) -> None:
        self.value = value
        self.inside = inside
        super().__init__(type(value).__name__)


Other = Callable[[object], ast.expr | None]


def constant(value: object, name_of: Callable[[str], ast.expr], other: Other) -> ast.expr:
    """The expression whose value equals `value`.

    `name_of("decimal.Decimal")` gives the expression of an import; `other(value)` that of a function or class. Raises
    NotConstant.
    """
    return _Builder(name_of, other).build(value)


def is_mutable(value: object) -> bool:
    """Whether a constant can be changed in place, itself or inside."""
    if isinstance(value, (tuple, frozenset)):
        return any(is_mutable(item) for item in value)
    return isinstance(value, _MUTABLE)


class _Builder:
    def __init__(self, name_of: Callable[[str], ast.expr], other: Other) -> None:
        self._name_of = name_of
        self._other = other
        self._open: list[int] = []

    def build(self, value: Any) -> ast.expr:
        kind = type(value)
        if holds_secret(value):
            raise NotConstant(value, bool(self._open))
        if value is None or kind in (bool, str, bytes):
            return ast.Constant(value)
        if kind is int and value.bit_length() > _LARGEST_INT:
            raise NotConstant(value, bool(self._open))
        if kind in (int, float):
            return _number(value)
        if id(value) in self._open or len(self._open) > _DEEPEST:
            raise NotConstant(value, True)
        self._open.append(id(value))
        try:
            return self._composite(kind, value)
        finally:
            self._open.pop()

    def _composite(self, kind: type, value: Any) -> ast.expr:
        if kind is list:
            return ast.List([self.build(item) for item in value], ast.Load())
        if kind is tuple:
            return ast.Tuple([self.build(item) for item in value], ast.Load())
        if kind is dict:
            return ast.Dict([self.build(key) for key in value], [self.build(item) for item in value.values()])
        if kind is set:
            return ast.Set(self._ordered(value)) if value else _call("set")
        if kind is frozenset:
            return _call("frozenset", ast.Set(self._ordered(value))) if value else _call("frozenset")
        if kind is bytearray:
            return _call("bytearray", ast.Constant(bytes(value)))
        if kind is range:
            return _call("range", *(_number(part) for part in (value.start, value.stop, value.step)))
        if kind is complex:
            return _call("complex", _number(value.real), _number(value.imag))
        if kind is re.Pattern:
            return self._pattern(value)
        if kind in (collections.OrderedDict, collections.Counter):
            return ast.Call(self._name_of(f"collections.{kind.__name__}"), [self.build(dict(value))], [])
        if kind is collections.deque:
            limit = [] if value.maxlen is None else [_number(value.maxlen)]
            return ast.Call(self._name_of("collections.deque"), [self.build(list(value)), *limit], [])
        if kind in _BY_REPR:
            return self._by_repr(kind, value)
        if not isinstance(value, Secret):
            found = self._other(value)
            if found is not None:
                return found
        raise NotConstant(value, len(self._open) > 1)

    def _ordered(self, items: Any) -> list[ast.expr]:
        """Sets have no order of their own; the output does."""
        return [self.build(item) for item in sorted(items, key=lambda item: (type(item).__name__, repr(item)))]

    def _pattern(self, value: re.Pattern[Any]) -> ast.expr:
        flags = value.flags & ~(re.UNICODE if isinstance(value.pattern, str) else 0)
        names = [self._name_of(f"re.{flag.name}") for flag in re.RegexFlag if flag & flags]
        arguments: list[ast.expr] = [ast.Constant(value.pattern)]
        if names:
            arguments.append(reduce(lambda left, right: ast.BinOp(left, ast.BitOr(), right), names))
        return ast.Call(self._name_of("re.compile"), arguments, [])

    def _by_repr(self, kind: type, value: object) -> ast.expr:
        """Types whose repr is an expression over names of their own module."""
        module = _BY_REPR[kind]
        text = repr(value)
        tree = ast.parse(text, mode="eval").body
        return _Qualify(module, self._name_of).visit(tree)  # type: ignore[no-any-return]


class _Qualify(ast.NodeTransformer):
    """Names in a repr become imports: `Decimal('1')`, `datetime.datetime(2024, 1, 1)`."""

    def __init__(self, module: str, name_of: Callable[[str], ast.expr]) -> None:
        self._module = module
        self._name_of = name_of

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return self._name_of(ast.unparse(node))

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._name_of(f"{self._module}.{node.id}")


def _number(value: float) -> ast.expr:
    """Negative and non-finite numbers are expressions, so that they can stand anywhere."""
    if isinstance(value, float) and math.isnan(value):
        return _call("float", ast.Constant("nan"))
    if value < 0 or (value == 0 and isinstance(value, float) and math.copysign(1, value) < 0):
        return ast.UnaryOp(ast.USub(), _number(-value))
    if isinstance(value, float) and math.isinf(value):
        return _call("float", ast.Constant("inf"))
    return ast.Constant(value)


def _call(name: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])
