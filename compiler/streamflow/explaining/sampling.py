"""CPU by running the compiled kernel on events that a source's schema describes."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

from streamflow.ir.graph import Node
from streamflow.target.program import Program

_BATCHES, _BATCH = 10, 500
_DIFFERENT = 100  # values of a text, so that keys repeat
_DEEPEST = 8


def measured_cpu(program: Program, source: Node, events: int) -> float | None:
    """Seconds for so many events; None without a schema, or where what it describes fails."""
    schema = source.options.get("schema")
    if not schema or any(node.is_async for node in program.graph.nodes):
        return None
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Exception):
        kernel = program.kernel(dict.fromkeys(program.graph.module.secrets.values(), "secret"))
        made = (_event(schema, source, number) for number in count())
        seconds = 0.0
        for batch in range(_BATCHES + 1):
            sample = [next(made) for _ in range(_BATCH)]
            start = time.process_time()
            kernel.push(source.name, sample, float(batch))
            seconds += time.process_time() - start if batch else 0.0  # the first one warms up
            if kernel.failures() or any(kernel.left.values()):
                return None
        return seconds * events / (_BATCHES * _BATCH)
    return None


def _event(schema: Mapping[str, Any], source: Node, number: int) -> Any:
    """The event of a number: a millisecond after the one before it."""
    event = _value(schema, schema, number, _DEEPEST)
    timestamp = source.options.get("timestamp")
    if isinstance(event, dict) and isinstance(timestamp, str) and not isinstance(event.get(timestamp), str):
        event[timestamp] = number / 1000
    elif isinstance(event, dict) and isinstance(timestamp, str):
        event[timestamp] = datetime.fromtimestamp(number / 1000, UTC).isoformat()
    return event


def _value(schema: Mapping[str, Any], root: Mapping[str, Any], number: int, deepest: int) -> Any:
    """A value that a JSON Schema allows, as far as that is plain; what it isn't is found out by running it."""
    if "$ref" in schema and deepest:
        found: Any = root
        for part in schema["$ref"].split("/")[1:]:
            found = found[part]
        return _value(found, root, number, deepest - 1)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _value(schema[choice][0], root, number, deepest - 1)
    if "const" in schema or "enum" in schema:
        values = schema.get("enum") or [schema["const"]]
        return values[number % len(values)]
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        properties = schema.get("properties") or {}
        return {name: _value(part, root, number, deepest - 1) for name, part in properties.items() if deepest}
    if kind == "array":
        items = schema.get("items") or {}
        return [_value(items, root, number + at, deepest - 1) for at in range(schema.get("minItems", 2)) if deepest]
    return _scalar(kind, schema, number)


def _scalar(kind: str | None, schema: Mapping[str, Any], number: int) -> Any:
    least = max(schema.get("minimum", 0), schema.get("exclusiveMinimum", -1) + 1)
    if kind in ("int", "integer"):
        return least + number % _DIFFERENT
    if kind == "number":
        return least + number % _DIFFERENT / 4
    if kind == "boolean":
        return number % 2 == 0
    if kind == "null":
        return None
    if schema.get("format") == "date-time":
        return datetime.fromtimestamp(number / 1000, UTC).isoformat()
    return f"text {number % _DIFFERENT}".ljust(schema.get("minLength", 0), "-")
