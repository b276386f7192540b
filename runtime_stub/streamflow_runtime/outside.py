"""The way out of a graph's functions: the platform that runs them, as `fetch`, `env` and lookups reach it.

Whoever runs an asynchronous function sets it first, inside the function's own task: `reach.set(platform)`. What
functions do to the outside goes through that platform, so one with other methods stands in for the whole world.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamflow_runtime.platform import Platform

reach: ContextVar[Platform] = ContextVar("reach")


def platform() -> Platform:
    """The platform of the function that runs. Raises RuntimeError where nothing but the kernel runs it."""
    found = reach.get(None)
    if found is None:
        raise RuntimeError("fetch and env work in async transforms and custom sinks of a graph that runs, only there")
    return found
