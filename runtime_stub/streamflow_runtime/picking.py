"""Options of sinks that pick a value from each packet.

`"name"`, a list of names for a tuple, or `{"function": NAME}` for a function of the graph's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from streamflow_runtime.fields import field
from streamflow_runtime.isolation import copy_of

if TYPE_CHECKING:
    from streamflow_runtime.shell import Shell


def picker(shell: Shell, sink: str, option: str) -> Callable[[Any], Any] | None:
    """What picks the option's value from a packet; None where the sink has no such option."""
    names = shell.service["sinks"][sink].get(option)
    if names is None:
        return None
    if isinstance(names, str):
        return lambda packet: field(packet.data, names)
    if isinstance(names, list):
        return lambda packet: tuple(field(packet.data, name) for name in names)
    kernel, entry = shell.kernel_class, names["function"]
    if entry in kernel.wants_packet:
        return lambda packet: kernel.functions[entry](*_seen(packet))
    return lambda packet: kernel.functions[entry](copy_of(packet.data))


def _seen(packet: Any) -> tuple[Any, Any]:
    """Data and packet, safe from changes."""
    own = packet.derive(copy_of(packet.data)).isolated()
    return own.data, own
