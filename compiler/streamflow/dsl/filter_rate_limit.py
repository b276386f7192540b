"""Rate limit: a token bucket; packets that find no token leave by `limited`, or wait for one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import ClassVar, Literal

from pydantic import Field

from streamflow.dsl.node import Key, Options, PositiveMilliseconds


class RateLimitOptions(Options):
    """`limit` tokens come back `per` span; a bucket holds `burst` of them (`limit` unless given) and starts full.

    `overflow` says what becomes of a packet that finds none: it leaves by `limited`, which may be connected ("drop") or
    must be ("divert"), or it waits ("delay").
    """

    kind: ClassVar[str] = "filter.rate_limit"
    ports: ClassVar[tuple[str, ...]] = ("out", "limited", "error")
    callbacks: ClassVar[Mapping[str, int]] = {"key": 1}

    limit: int = Field(ge=1, examples=["limit=100"])
    per: PositiveMilliseconds = Field(examples=['per="1s"'])
    key: Key | None = Field(None, examples=['key="account"'])
    burst: int | None = Field(None, ge=1, examples=["burst=200"])
    overflow: Literal["drop", "divert", "delay"] = Field("drop", examples=['overflow="delay"'])

    def named_ports(self, wired: Collection[str]) -> tuple[str, ...]:
        """Where packets wait, none leaves by `limited`."""
        return ("out", "error") if self.overflow == "delay" else self.ports
