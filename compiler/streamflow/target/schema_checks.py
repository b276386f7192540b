"""Checks of schemas as generated code: functions of plain `if`s that give the first reason why a value doesn't fit."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Mapping
from typing import Any

from streamflow.ir.identifiers import RUNTIME, identifier
from streamflow.target.quote import expression, literal, name, statement, statements

Path = tuple[str | ast.expr, ...]

_WORDS = {
    "string": "text",
    "number": "a number",
    "int": "a whole number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
    "array": "a list",
    "object": "an object",
}
_CLASSES = {
    "string": ("str",),
    "number": ("int", "float"),
    "int": ("int",),
    "integer": ("int", "float"),
    "boolean": ("bool",),
    "array": ("list", "tuple"),
    "object": ("dict",),
}
_NUMBERS = frozenset(("number", "int", "integer"))
_FORMATS = {"date-time": "a date with time", "date": "a date", "time": "a time", "uuid": "a UUID"}
_COMPARISONS = (
    ("minimum", "<", "at least"),
    ("maximum", ">", "at most"),
    ("exclusiveMinimum", "<=", "above"),
    ("exclusiveMaximum", ">=", "below"),
)


class SchemaChecks:
    """The functions for one node's schema. `runtime` gathers what they use of the runtime."""

    def __init__(self, schema: Mapping[str, Any], function: str, node: str, runtime: set[str]) -> None:
        self._root = schema
        self._function = function
        self._node = node
        self._runtime = runtime
        self._named: dict[str, str] = {}
        self._made: dict[str, ast.stmt] = {}
        self._variables: set[str] = set()

    def functions(self) -> list[ast.stmt]:
        """The function that takes the whole value, and those that it calls."""
        schema: Any = self._root
        if set(schema) <= {"$ref", "$defs"} and "$ref" in schema:
            self._named[schema["$ref"]] = self._function
            schema = self._definition(schema["$ref"])
        self._define(self._function, f"Why a value does not fit `{self._node}`; None where it does.", schema)
        return list(self._made.values())

    def _define(self, function: str, doc: str, schema: Any) -> None:
        outer, self._variables = self._variables, {"data", *RUNTIME, *dir(builtins)}
        self._made[function] = ast.Pass()  # its place among the others
        body = self._checks(schema, name("data"), ())
        self._variables = outer
        self._made[function] = statement(
            "def function(data):\n    doc\n    body\n    return None",
            function=function,
            doc=[ast.Expr(ast.Constant(doc))],
            body=body,
        )

    def _checks(self, schema: Any, value: ast.expr, path: Path) -> list[ast.stmt]:
        """Statements that return a reason where the value at a path does not fit."""
        if isinstance(schema, bool):
            return [] if schema else [_refusal(path, "is not allowed")]
        schema = _merged(schema)
        types = schema.get("type", ())
        types = (types,) if isinstance(types, str) else tuple(types)
        body: list[ast.stmt] = []
        if types:
            words = " or ".join(dict.fromkeys(_WORDS[each] for each in types))
            body.append(_if(_other_type(types, value), [_refusal(path, f"must be {words}")]))
        rest = self._beside_type(schema, types, value, path)
        if rest and "null" in types and not {"enum", "const", "anyOf", "oneOf", "allOf", "not", "$ref"} & set(schema):
            rest = [_if(expression("value is not None", value=value), rest)]
        return body + rest

    def _beside_type(self, schema: Any, types: tuple[str, ...], value: ast.expr, path: Path) -> list[ast.stmt]:
        body: list[ast.stmt] = []
        options = [schema["const"]] if "const" in schema else schema.get("enum")
        if options is not None:
            body.append(self._one_of(options, value, path))
        known = set(types) - {"null"}
        for kinds, made in (
            (_NUMBERS, self._number(schema, value, path)),
            ({"string"}, self._text(schema, value, path)),
            ({"array"}, self._list(schema, value, path)),
            ({"object"}, self._object(schema, value, path)),
        ):
            if made and known and known <= kinds:
                body += made
            elif made and (not known or known & kinds):
                body.append(_if(_is_type(kinds, value), made))
        return body + self._combined(schema, value, path)

    def _one_of(self, options: list[Any], value: ast.expr, path: Path) -> ast.stmt:
        words = " or ".join(map(repr, options))
        if all(isinstance(option, str) for option in options):
            test = expression("value not in options", value=value, options=literal(tuple(options)))
            if len(options) == 1:
                test = expression("value != option", value=value, option=literal(options[0]))
        else:
            test = self._unless("one_of", value, literal(tuple(options)))
        return _if(test, [_refusal(path, f"must be {words}")])

    def _number(self, schema: Any, value: ast.expr, path: Path) -> list[ast.stmt]:
        body: list[ast.stmt] = []
        for keyword, sign, words in _COMPARISONS:
            if keyword in schema:
                test = expression(f"value {sign} limit", value=value, limit=literal(schema[keyword]))
                body.append(_if(test, [_refusal(path, f"must be {words} {schema[keyword]}")]))
        if "multipleOf" in schema:
            test = self._unless("is_multiple", value, literal(schema["multipleOf"]))
            body.append(_if(test, [_refusal(path, f"must be a multiple of {schema['multipleOf']}")]))
        return body

    def _text(self, schema: Any, value: ast.expr, path: Path) -> list[ast.stmt]:
        body = _sizes(schema, "Length", value, path, "characters")
        if "pattern" in schema:
            test = self._unless("matches", literal(schema["pattern"]), value)
            body.append(_if(test, [_refusal(path, f"must match {schema['pattern']}")]))
        if schema.get("format") in _FORMATS:
            test = self._unless("has_format", value, literal(schema["format"]))
            body.append(_if(test, [_refusal(path, f"must be {_FORMATS[schema['format']]}")]))
        return body

    def _list(self, schema: Any, value: ast.expr, path: Path) -> list[ast.stmt]:
        body = _sizes(schema, "Items", value, path, "items")
        prefix = schema.get("prefixItems", ())
        for place, item in enumerate(prefix):
            variable = self._variable(f"item_{place + 1}")
            made = self._checks(item, name(variable), (*path, f"[{place}]"))
            if made:
                read = statement("variable = value[place]", variable=variable, value=value, place=literal(place))
                body.append(_if(expression("len(value) > place", value=value, place=literal(place)), [read, *made]))
        if schema.get("items", True) not in (True, {}):
            index, item_name = self._variable("index"), self._variable("item")
            made = self._checks(schema["items"], name(item_name), (*path, "[", name(index), "]"))
            items: ast.expr = expression("enumerate(value)", value=value)
            if prefix:
                sliced = "enumerate(value[start:], start)"
                items = expression(sliced, value=value, start=literal(len(prefix)))
            if made:
                loop = "for index, item in items:\n    made"
                body.append(statement(loop, index=index, item=item_name, items=items, made=made))
        if schema.get("uniqueItems"):
            body.append(_if(self._unless("distinct", value), [_refusal(path, "must not hold an item twice")]))
        return body

    def _object(self, schema: Any, value: ast.expr, path: Path) -> list[ast.stmt]:
        body = _sizes(schema, "Properties", value, path, "fields")
        properties: dict[str, Any] = schema.get("properties", {})
        required = schema.get("required", ())
        for field in dict.fromkeys((*required, *properties)):
            inner = (*path, "." if path else "", field)
            if field in required:
                test = expression("field not in value", field=literal(field), value=value)
                body.append(_if(test, [_refusal(inner, "is missing")]))
            variable = self._variable(identifier(field))
            made = self._checks(properties.get(field, True), name(variable), inner)
            if not made:
                continue
            made = [
                statement("variable = value[field]", variable=variable, value=value, field=literal(field)),
                *made,
            ]
            test = expression("field in value", field=literal(field), value=value)
            body += made if field in required else [_if(test, made)]
        others = schema.get("additionalProperties", True)
        if others in (True, {}):
            return body
        field_name, item_name = self._variable("field_name"), self._variable("item")
        made = self._checks(others, name(item_name), (*path, "." if path else "", name(field_name)))
        if made and properties:
            test = expression("field not in known", field=field_name, known=literal(tuple(properties)))
            made = [_if(test, made)]
        if made:
            loop = "for field, item in value.items():\n    made"
            body.append(statement(loop, field=field_name, item=item_name, value=value, made=made))
        return body

    def _combined(self, schema: Any, value: ast.expr, path: Path) -> list[ast.stmt]:
        """Keywords that hold other schemas of the same value."""
        body: list[ast.stmt] = []
        if "$ref" in schema:
            reason = self._variable("reason")
            call = ast.Call(name(self._reference(schema["$ref"])), [value], [])
            body += statements("reason = call", reason=reason, call=call)
            prefix = _text(path, ": ", name(reason)) if path else name(reason)
            body.append(_if(expression("reason is not None", reason=reason), [ast.Return(prefix)]))
        for inner in schema.get("allOf", ()):
            body += self._checks(inner, value, path)
        alternatives = [inner for inner in schema.get("anyOf", ()) if inner != {"type": "null"}]
        if len(alternatives) == 1 and len(schema["anyOf"]) > 1:
            made = self._checks(alternatives[0], value, path)
            body += [_if(expression("value is not None", value=value), made)] if made else []
        elif "anyOf" in schema:
            tests = [expression("call is not None", call=self._inner(inner, value)) for inner in schema["anyOf"]]
            body.append(_if(ast.BoolOp(ast.And(), tests), [_refusal(path, "fits none of the alternatives")]))
        if "oneOf" in schema:
            calls = ast.List([self._inner(inner, value) for inner in schema["oneOf"]], ast.Load())
            test = expression("calls.count(None) != 1", calls=calls)
            body.append(_if(test, [_refusal(path, "must fit exactly one of the alternatives")]))
        if "not" in schema:
            test = expression("call is None", call=self._inner(schema["not"], value))
            body.append(_if(test, [_refusal(path, "has a form that is excluded")]))
        return body

    def _inner(self, schema: Any, value: ast.expr) -> ast.expr:
        """A call of a function for an alternative."""
        if isinstance(schema, dict) and set(schema) == {"$ref"}:
            return ast.Call(name(self._reference(schema["$ref"])), [value], [])
        function = f"{self._function}_{len(self._made) + 1}"
        self._define(function, "An alternative.", schema)
        return ast.Call(name(function), [value], [])

    def _reference(self, reference: str) -> str:
        if reference not in self._named:
            last = reference.rpartition("/")[2] or "whole"
            function = f"{self._function}_{identifier(last).lower()}"
            while function in self._made:
                function += "_"
            self._named[reference] = function
            self._define(function, f"Why a value is no {last}; None where it is one.", self._definition(reference))
        return self._named[reference]

    def _definition(self, reference: str) -> Any:
        found: Any = self._root
        for step in filter(None, reference.removeprefix("#").split("/")):
            found = found[step]
        return found

    def _unless(self, function: str, *arguments: ast.expr) -> ast.expr:
        self._runtime.add(function)
        return ast.UnaryOp(ast.Not(), ast.Call(name(function), list(arguments), []))

    def _variable(self, wanted: str) -> str:
        wanted = f"field_{wanted}" if wanted.startswith("check_") else wanted
        made, number = wanted, 2
        while made in self._variables:
            made, number = f"{wanted}_{number}", number + 1
        self._variables.add(made)
        return made


def _merged(schema: dict[str, Any]) -> dict[str, Any]:
    """`anyOf` of plain types as a list of types."""
    alternatives = schema.get("anyOf", ())
    if not alternatives or "type" in schema or not all(set(each) - {"title"} == {"type"} for each in alternatives):
        return schema
    types: list[str] = []
    for each in alternatives:
        types += [each["type"]] if isinstance(each["type"], str) else each["type"]
    return {**{key: item for key, item in schema.items() if key != "anyOf"}, "type": types}


def _other_type(types: Iterable[str], value: ast.expr) -> ast.expr:
    """Whether a value is of none of these types. A bool is no number, and an integer may be written 1.0."""
    present = set(types)
    classes = dict.fromkeys(each for kind in present for each in sorted(_CLASSES.get(kind, ())))
    nulls = expression("value is not None", value=value)
    if not classes:
        return nulls
    tests = [ast.UnaryOp(ast.Not(), _instance(value, sorted(classes)))]
    if present & _NUMBERS and "boolean" not in present:
        tests.append(_instance(value, ["bool"]))  # type: ignore[arg-type]
    if "integer" in present and "number" not in present:
        tests.append(expression("isinstance(value, float) and not value.is_integer()", value=value))  # type: ignore[arg-type]
    test = tests[0] if len(tests) == 1 else ast.BoolOp(ast.Or(), list(tests))
    return ast.BoolOp(ast.And(), [nulls, test]) if "null" in present else test


def _is_type(kinds: Iterable[str], value: ast.expr) -> ast.expr:
    classes = sorted({each for kind in kinds for each in _CLASSES[kind]})
    test = _instance(value, classes)
    if not set(kinds) & _NUMBERS:
        return test
    return expression("test and not isinstance(value, bool)", test=test, value=value)


def _instance(value: ast.expr, classes: list[str]) -> ast.expr:
    names: list[ast.expr] = [name(each) for each in classes]
    return ast.Call(name("isinstance"), [value, names[0] if len(names) == 1 else ast.Tuple(names, ast.Load())], [])


def _sizes(schema: Any, what: str, value: ast.expr, path: Path, words: str) -> list[ast.stmt]:
    body: list[ast.stmt] = []
    for bound, sign, least in ((f"min{what}", "<", "at least"), (f"max{what}", ">", "at most")):
        if schema.get(bound):
            test = expression(f"len(value) {sign} limit", value=value, limit=literal(schema[bound]))
            body.append(_if(test, [_refusal(path, f"must have {least} {schema[bound]} {words}")]))
    return body


def _if(test: ast.expr, body: list[ast.stmt]) -> ast.stmt:
    return ast.If(test, body, [])


def _refusal(path: Path, words: str) -> ast.stmt:
    return ast.Return(_text(path or ("the value",), f" {words}", quoted=bool(path)))


def _text(path: Path, words: str, *more: ast.expr, quoted: bool = True) -> ast.expr:
    """A path in backticks, and words."""
    mark = "`" if quoted else ""
    parts: list[str | ast.expr] = [mark, *path, mark, words, *more]
    if all(isinstance(part, str) for part in parts):
        return literal("".join(part for part in parts if isinstance(part, str)))
    values: list[ast.expr] = []
    for part in parts:
        last = values[-1] if values else None
        if not isinstance(part, str):
            values.append(ast.FormattedValue(part, -1))
        elif isinstance(last, ast.Constant):
            values[-1] = ast.Constant(f"{last.value!s}{part}")
        elif part:
            values.append(ast.Constant(part))
    return ast.JoinedStr(values)
