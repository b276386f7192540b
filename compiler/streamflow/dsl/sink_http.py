"""HTTP sink: a webhook called once per packet, or per batch."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from streamflow.dsl.auth import Bearer, Signed
from streamflow.dsl.node import PositiveMilliseconds
from streamflow.dsl.secrets import Secret
from streamflow.dsl.sink import SendingSinkOptions
from streamflow.dsl.speaking import HEADERS, SIGNED
from streamflow.dsl.urls import checked_url


class HttpSinkOptions(SendingSinkOptions):
    """Every request carries an `Idempotency-Key` that is the same on every try."""

    kind: ClassVar[str] = "sink.http"

    url: str | Secret = Field(examples=['url="https://alerts.example.com/webhook"'])
    method: Literal["DELETE", "PATCH", "POST", "PUT"] = Field("POST", examples=['method="PUT"'])
    headers: dict[str, str | Secret] = Field(default_factory=dict, examples=[HEADERS])
    auth: Bearer | Signed | Literal["none"] | None = Field(None, examples=[SIGNED])
    timeout: PositiveMilliseconds = Field(30_000, examples=['timeout="10s"'])

    @field_validator("url")
    @classmethod
    def _url(cls, url: str | Secret) -> str | Secret:
        return checked_url(url, "https", "http")
