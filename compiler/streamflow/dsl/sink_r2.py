"""R2 sink: outputs as objects of a bucket."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from streamflow.dsl.bindings import BindingName
from streamflow.dsl.node import SyncFunction
from streamflow.dsl.sink import SendingSinkOptions

PLACES = ("rows", "id", "key", "date", "hour", "sink")


class R2SinkOptions(SendingSinkOptions):
    """An object an output, or a batch. `path` is its name: text in which `{rows}` and the like are filled in, or a
    function that gives such text."""

    kind: ClassVar[str] = "sink.r2"
    callbacks: ClassVar[Mapping[str, int]] = {"path": 1}
    must_return: ClassVar[tuple[str, ...]] = ("path",)

    binding: BindingName = Field(examples=['binding="ARCHIVE"'])
    path: str | SyncFunction | None = Field(None, examples=['path="orders/{date}/{rows}.json"'])
    format: Literal["json", "ndjson"] = Field("json", examples=['format="ndjson"'])
    compress: Literal["gzip"] | None = Field(None, examples=['compress="gzip"'])

    @field_validator("path")
    @classmethod
    def _places(cls, path: object) -> object:
        unknown = (
            [name for name in re.findall(r"\{([^{}]*)\}", path) if name not in PLACES] if isinstance(path, str) else []
        )
        if path == "" or unknown:
            known = ", ".join(f"{{{place}}}" for place in PLACES)
            what = f"`{{{unknown[0]}}}` is not filled in" if unknown else "an object has a name"
            raise ValueError(f"{what}: a path may hold {known}, or be a function of the data")
        return path
