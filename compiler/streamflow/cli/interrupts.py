"""Commands that run until they are stopped: Ctrl-C and a polite kill end them the same way."""

from __future__ import annotations

import signal
from types import FrameType


def interruptible() -> None:
    """Let SIGINT and SIGTERM raise KeyboardInterrupt, also where a shell started the command with SIGINT ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _as_interrupt)


def _as_interrupt(number: int, frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)
