"""How often a packet was tried before it failed for good."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from streamflow_runtime.packet import Packet

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel


def fail_after(
    attempts: int, kernel: Kernel, fail: Callable[..., None], where: str, error: BaseException, packet: Packet
) -> None:
    """`fail(where, error, packet)`, after so many tries: the report tells them."""
    reported = len(kernel._failures)
    fail(where, error, packet)
    for failure in kernel._failures[reported:]:
        failure.attempts = attempts
