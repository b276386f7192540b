"""SSE source: Server-Sent Events, read from where the last one left off."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, field_validator

from streamflow.dsl.auth import AuthOption
from streamflow.dsl.resuming import Url, of_the_last_packet
from streamflow.dsl.secrets import Secret
from streamflow.dsl.source import ReadingSourceOptions
from streamflow.dsl.speaking import BEARER, HEADERS
from streamflow.dsl.urls import checked_url


class SseSourceOptions(ReadingSourceOptions):
    """An event's data is an object, an array or NDJSON; its id is kept with what it has led to."""

    kind: ClassVar[str] = "source.sse"

    url: Url = Field(examples=['url="https://stream.example.com/events"'])
    headers: dict[str, str | Secret] = Field(default_factory=dict, examples=[HEADERS])
    auth: AuthOption = Field(None, examples=[BEARER])

    @field_validator("url")
    @classmethod
    def _url(cls, url: Url) -> Url:
        return checked_url(of_the_last_packet(url), "https", "http")
