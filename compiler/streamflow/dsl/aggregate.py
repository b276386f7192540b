"""Options that every aggregate has."""

from __future__ import annotations

from pydantic import Field

from streamflow.dsl.node import Function, Key, Options


class AggregateOptions(Options):
    """`function(packets)` gets the window's packets in event-time order; one parameter more gets the `Window`."""

    key: Key | None = Field(None, examples=['key="account"'])
    function: Function = Field(examples=['function=lambda packets: {"count": len(packets)}'])
