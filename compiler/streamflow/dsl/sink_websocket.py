"""WebSocket sink: broadcasts to the clients of `/subscribe/{sink}`, or sends over an outbound connection (`url`)."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, field_validator

from streamflow.dsl.auth import AuthOption
from streamflow.dsl.secrets import Secret
from streamflow.dsl.sink import SinkOptions
from streamflow.dsl.urls import checked_url


class WebSocketSinkOptions(SinkOptions):
    """Without `url`, whoever is connected gets the outputs as they are committed."""

    kind: ClassVar[str] = "sink.websocket"

    url: str | Secret | None = Field(None, examples=['url="wss://board.example.com/feed"'])
    headers: dict[str, str | Secret] = Field(default_factory=dict)
    auth: AuthOption = None

    @field_validator("url")
    @classmethod
    def _url(cls, url: str | Secret | None) -> str | Secret | None:
        return checked_url(url, "wss", "ws")
