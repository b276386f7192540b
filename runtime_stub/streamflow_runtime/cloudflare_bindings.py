"""The platform's own stores on Cloudflare, by the names under which `wrangler.jsonc` binds them."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import isawaitable
from json import dumps, loads
from typing import TYPE_CHECKING, Any

import js
from pyodide.ffi import JsException, JsProxy, jsnull, to_js

if TYPE_CHECKING:
    from streamflow_runtime.platform import Value

# What D1 says where a statement can never work; all else is trouble that passes.
REFUSALS = ("SQLITE_CONSTRAINT", "SQLITE_ERROR", "SQLITE_MISMATCH", "SQLITE_TOOBIG", "SQLITE_RANGE")


class Bindings:
    """Mixed into the platform of graphs that bind something."""

    _env: Any

    async def call(self, binding: str, method: str, *arguments: Any) -> Any:
        """A method of a binding."""
        try:
            result = getattr(self._bound(binding), method)(*map(_argument, arguments))
            return _result(await result if isawaitable(result) else result)
        except JsException as error:
            if error.name == "TypeError":
                raise ValueError(f"{binding}: {error.message}") from None
            raise OSError(f"{binding}: {error.message}") from None

    async def query(
        self, binding: str, statements: Sequence[tuple[str, Sequence[Value]]]
    ) -> list[list[dict[str, Any]]]:
        """Statements of a D1 database, all or none."""
        database = self._bound(binding)
        try:
            prepared = [database.prepare(text).bind(*map(_bindable, values)) for text, values in statements]
            answers = await database.batch(to_js(prepared))
        except JsException as error:
            refused = error.name == "TypeError" or any(mark in error.message for mark in REFUSALS)
            raise (ValueError if refused else OSError)(f"{binding}: {error.message}") from None
        return [loads(js.JSON.stringify(answer.results)) for answer in answers]

    def _bound(self, binding: str) -> Any:
        bound = getattr(self._env, binding, None)
        if bound is None:
            raise ValueError(f"wrangler.jsonc binds no {binding}")
        return bound


def _argument(value: Any) -> Any:
    """A value for JavaScript; what is neither text nor bytes by way of JSON, as it would be on the wire."""
    if isinstance(value, str):
        return value
    return to_js(value) if isinstance(value, bytes) else js.JSON.parse(dumps(value))


def _bindable(value: Value) -> Any:
    if value is None:
        return jsnull
    return to_js(value) if isinstance(value, bytes) else value


def _result(value: Any) -> Any:
    """What JavaScript gave, as JSON values and bytes; objects that are neither stay what they are."""
    if value is jsnull:
        return None
    if isinstance(value, JsProxy):
        value = value.to_py()
    if isinstance(value, dict):
        return {key: _result(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_result(item) for item in value]
    return bytes(value) if isinstance(value, memoryview) else value
