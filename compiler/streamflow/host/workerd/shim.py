"""The Python half of the host, run inside workerd: finds the bundle's classes and calls them as workerd does."""

import importlib
import inspect
import sys
import types
from typing import Any

from pyodide.code import relaxed_call

flags = types.ModuleType("_cloudflare_compat_flags")
flags.__getattr__ = lambda name: True  # type: ignore[method-assign]
sys.modules["_cloudflare_compat_flags"] = flags

from workers import DurableObject, WorkerEntrypoint, python_from_rpc, python_to_rpc  # noqa: E402

entry = importlib.import_module("entry")


def classes() -> Any:
    """Name and public methods of every Worker and Durable Object class that src/entry.py defines or imports."""
    from js import Object
    from pyodide.ffi import to_js

    found = [
        {"name": name, "methods": _public_methods(cls)}
        for name, cls in vars(entry).items()
        if inspect.isclass(cls)
        and issubclass(cls, (DurableObject, WorkerEntrypoint))
        and cls not in (DurableObject, WorkerEntrypoint)
    ]
    return to_js(found, dict_converter=Object.fromEntries)


def construct(name: str, ctx: Any, env: Any) -> Any:
    """A new instance of a class of the bundle."""
    return getattr(entry, name)(ctx, env)


async def wrapper(relaxed: bool, instance: Any, name: str, *args: Any) -> Any:
    """Call fetch or an RPC method, with arguments and result converted."""
    method = getattr(instance, name)
    arguments = [python_from_rpc(arg) for arg in args]
    result = relaxed_call(method, *arguments) if relaxed else method(*arguments)
    if inspect.isawaitable(result):
        result = await result
    return python_to_rpc(result)


def _public_methods(cls: type) -> list[str]:
    return [
        name for name in dir(cls) if not name.startswith("_") and inspect.isfunction(inspect.getattr_static(cls, name))
    ]
