"""Options of outbound sources that may be functions of the source's last committed packet, None at first."""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TypeAlias, TypeVar

from streamflow.dsl.node import Function
from streamflow.dsl.secrets import Secret
from streamflow.dsl.signatures import takes_at_most

RESUMING = {"url": 1, "subscribe": 1}
Url: TypeAlias = str | Secret | Function
Value = TypeVar("Value")


def of_the_last_packet(value: Value) -> Value:
    """The value as given. Raises ValueError for a function that can't be called with the last packet."""
    if iscoroutinefunction(value):
        raise ValueError("can't be async: it is called when a connection is made")
    if callable(value):
        takes_at_most(1, value, "with the source's last packet, which is None at first")
    return value
