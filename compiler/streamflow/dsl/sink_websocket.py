"""WebSocket sink: broadcasts to the clients of `/subscribe/{sink}`, or sends over an outbound connection (`url`)."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, field_validator, model_validator

from streamflow.dsl.auth import AuthOption
from streamflow.dsl.node import Key
from streamflow.dsl.secrets import Secret
from streamflow.dsl.sink import SendingSinkOptions, refuse_sending
from streamflow.dsl.speaking import BEARER, CORS, HEADERS
from streamflow.dsl.urls import checked_url


class WebSocketSinkOptions(SendingSinkOptions):
    """Without `url`, clients get the outputs as they are committed, batches as arrays, after those kept."""

    kind: ClassVar[str] = "sink.websocket"

    url: str | Secret | None = Field(None, examples=['url="wss://board.example.com/feed"'])
    headers: dict[str, str | Secret] = Field(default_factory=dict, examples=[HEADERS])
    auth: AuthOption = Field(None, examples=[BEARER])
    cors: list[str] | tuple[str, ...] = Field((), examples=[CORS])
    key: Key | None = Field(None, examples=['key="symbol"'])
    keep: int | None = Field(None, ge=1, le=100_000, examples=["keep=20"])

    @field_validator("url")
    @classmethod
    def _url(cls, url: str | Secret | None) -> str | Secret | None:
        return checked_url(url, "wss", "ws")

    @model_validator(mode="after")
    def _clients(self) -> WebSocketSinkOptions:
        given = [name for name in ("cors", "key", "keep") if getattr(self, name)]
        if self.url is not None and given:
            raise ValueError(f"`{given[0]}` is for clients that connect to the sink; with `url` it connects itself")
        if self.url is None:
            refuse_sending(self, "url=", "clients get each output at its commit")
        return self
