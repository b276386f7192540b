"""HTTP polling source: asks a URL at an interval."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from streamflow.dsl.auth import AuthOption
from streamflow.dsl.node import PositiveMilliseconds
from streamflow.dsl.resuming import Url, of_the_last_packet
from streamflow.dsl.secrets import Secret
from streamflow.dsl.source import ReadingSourceOptions
from streamflow.dsl.speaking import BEARER, HEADERS
from streamflow.dsl.urls import checked_url


class PollingSourceOptions(ReadingSourceOptions):
    """`items` is the dotted path of the array in the answer whose elements are the packets."""

    kind: ClassVar[str] = "source.http"

    url: Url = Field(examples=['url="https://status.example.com/api.json"'])
    interval: PositiveMilliseconds = Field(examples=['interval="1m"'])
    method: Literal["GET", "POST"] = Field("GET", examples=['method="POST"'])
    headers: dict[str, str | Secret] = Field(default_factory=dict, examples=[HEADERS])
    auth: AuthOption = Field(None, examples=[BEARER])
    items: str | None = Field(None, examples=['items="results"'])

    @model_validator(mode="after")
    def _items_of_json(self) -> PollingSourceOptions:
        if self.items is not None and self.format != "json":
            raise ValueError(f"`items` is a path in JSON, and the format is {self.format}")
        return self

    @field_validator("url")
    @classmethod
    def _url(cls, url: Url) -> Url:
        return checked_url(of_the_last_packet(url), "https", "http")
