"""Endpoint sink: serves its newest outputs at `GET /outputs/{sink}`."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from streamflow.dsl.auth import AuthOption
from streamflow.dsl.node import Key
from streamflow.dsl.sink import BatchingSinkOptions
from streamflow.dsl.speaking import BEARER, CORS


class EndpointSinkOptions(BatchingSinkOptions):
    """With `key` the newest output per key, else the last `keep` (100); with `batch` they show up so many at a time."""

    kind: ClassVar[str] = "sink.endpoint"

    key: Key | None = Field(None, examples=['key="sensor"'])
    keep: int | None = Field(None, ge=1, le=100_000, examples=["keep=20"])
    format: Literal["json", "ndjson", "prometheus"] = Field("json", examples=['format="ndjson"'])
    auth: AuthOption = Field(None, examples=[BEARER])
    cors: list[str] | tuple[str, ...] = Field((), examples=[CORS])

    @model_validator(mode="after")
    def _labels(self) -> EndpointSinkOptions:
        if self.format == "prometheus" and callable(self.key):
            raise ValueError('with `format="prometheus"` the key\'s fields are the labels, so `key` has to name them')
        return self
