"""WebSocket source: an outbound connection (`url`), or an endpoint that clients connect to."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field, field_validator, model_validator

from streamflow.dsl.auth import AuthOption
from streamflow.dsl.node import PositiveMilliseconds
from streamflow.dsl.resuming import Url, of_the_last_packet
from streamflow.dsl.secrets import Secret
from streamflow.dsl.source import ReadingSourceOptions
from streamflow.dsl.speaking import BEARER, CORS, HEADERS, METADATA
from streamflow.dsl.urls import checked_url


class WebSocketSourceOptions(ReadingSourceOptions):
    """`subscribe` is text or JSON sent on connect; a tuple sends several.

    A connection that is silent for `heartbeat` is taken for lost; `reconnect` is the first pause before the next try.
    """

    kind: ClassVar[str] = "source.websocket"

    url: Url | None = Field(None, examples=['url="wss://api.example.com/events"'])
    headers: dict[str, str | Secret] = Field(default_factory=dict, examples=[HEADERS])
    auth: AuthOption = Field(None, examples=[BEARER])
    cors: list[str] | tuple[str, ...] = Field((), examples=[CORS])
    metadata: list[str] | tuple[str, ...] = Field((), examples=[METADATA])
    subscribe: Any = None
    heartbeat: PositiveMilliseconds | None = Field(None, examples=['heartbeat="45s"'])
    reconnect: PositiveMilliseconds | None = Field(None, examples=['reconnect="1s"'])

    @field_validator("url")
    @classmethod
    def _url(cls, url: Url | None) -> Url | None:
        return checked_url(of_the_last_packet(url), "wss", "ws")

    @field_validator("subscribe")
    @classmethod
    def _subscribe(cls, subscribe: Any) -> Any:
        return of_the_last_packet(subscribe)

    @model_validator(mode="after")
    def _clients(self) -> WebSocketSourceOptions:
        for option in ("cors", "metadata"):
            if self.url is not None and getattr(self, option):
                raise ValueError(f"`{option}` is for clients that connect to the source; with `url` it connects itself")
        if self.url is None and self.headers:
            raise ValueError("`headers` are sent with a connection that the graph opens; add its `url`")
        if self.url is None and self.subscribe is not None:
            raise ValueError("`subscribe` is sent over a connection that the graph opens; add its `url`")
        if self.url is None and (self.heartbeat or self.reconnect):
            option = "heartbeat" if self.heartbeat else "reconnect"
            raise ValueError(f"`{option}` is for a connection that the graph opens; add its `url`")
        return self
