"""Options that every aggregate has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from streamflow.dsl.node import Function, Key, Options


class AggregateOptions(Options):
    """`function(packets)` gets the window's packets in event-time order; one parameter more gets the `Window`."""

    extra: ClassVar[Mapping[str, str]] = {"function": "window"}

    key: Key | None = Field(None, examples=['key="account"'])
    function: Function = Field(examples=['function=lambda packets: {"count": len(packets)}'])
