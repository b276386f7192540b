"""Webhook source: an HTTP endpoint that takes one object, an array or NDJSON per request."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from streamflow.dsl.auth import Bearer, Signed
from streamflow.dsl.source import ReadingSourceOptions
from streamflow.dsl.speaking import CORS, METADATA, SIGNED


class WebhookSourceOptions(ReadingSourceOptions):
    """`path` is `/hooks/{source}` unless given; `metadata` names what packets keep of the request."""

    kind: ClassVar[str] = "source.webhook"

    path: str | None = Field(None, examples=['path="/hooks/orders"'])
    auth: Bearer | Signed | Literal["none"] | None = Field(None, examples=[SIGNED])
    cors: list[str] | tuple[str, ...] = Field((), examples=[CORS])
    metadata: list[str] | tuple[str, ...] = Field((), examples=[METADATA])

    @field_validator("path")
    @classmethod
    def _path(cls, path: str | None) -> str | None:
        if path is not None and not path.startswith("/"):
            raise ValueError(f'must start with "/", not {path!r}')
        return path
