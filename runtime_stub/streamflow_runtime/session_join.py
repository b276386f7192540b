"""Joins in sessions: a gap of inactivity on both sides ends one."""

from __future__ import annotations

from streamflow_runtime.sessions import Session, SessionWindows
from streamflow_runtime.window_join import BothSides, WindowJoin


class _Both(BothSides, Session):
    """The packets of both sides in a session."""


class SessionJoin(WindowJoin, SessionWindows):
    """Made with what those windows are made with."""

    kept = _Both
