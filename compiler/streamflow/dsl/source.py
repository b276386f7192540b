"""Options that every source has."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from streamflow.dsl.node import Function, Key, NotNegativeMilliseconds, Options, PositiveMilliseconds
from streamflow.dsl.resuming import RESUMING
from streamflow.dsl.schema import EXAMPLE, OptionalSchema

with warnings.catch_warnings():
    warnings.simplefilter("ignore", UserWarning)  # `schema` is also an old name of pydantic's own

    class SourceOptions(Options):
        """Event time, its bound of disorder, and the key that packets carry from the start."""

        inputs: ClassVar[tuple[str, ...]] = ()
        ports: ClassVar[tuple[str, ...]] = ("out", "invalid", "error")
        callbacks: ClassVar[Mapping[str, int]] = {"function": 1, "key": 1, "timestamp": 1, "dedupe_key": 1, **RESUMING}

        timestamp: str | Function | None = Field(None, examples=['timestamp="created_at"'])
        key: Key | None = Field(None, examples=['key="account"'])
        out_of_orderness: NotNegativeMilliseconds = Field(0, examples=['out_of_orderness="5s"'])
        idle_timeout: PositiveMilliseconds | None = Field(None, examples=['idle_timeout="1m"'])
        max_ahead: NotNegativeMilliseconds | None = Field(None, examples=['max_ahead="1m"'])
        schema: OptionalSchema = Field(None, examples=[EXAMPLE])
        dedupe_key: Key | None = Field(None, examples=['dedupe_key="id"'])
        dedupe_within: PositiveMilliseconds = Field(3_600_000, examples=['dedupe_within="1d"'])

        @model_validator(mode="after")
        def _bounds_event_time(self) -> Self:
            if self.max_ahead is not None and self.timestamp is None:
                raise ValueError("`max_ahead` is how far a `timestamp` may be ahead of the clock: give that, too")
            if self.out_of_orderness and self.timestamp is None:
                raise ValueError("`out_of_orderness` is how far behind others a `timestamp` may come: give that, too")
            return self

        @model_validator(mode="after")
        def _dedupes(self) -> Self:
            if "dedupe_within" in self.model_fields_set and self.dedupe_key is None:
                raise ValueError("`dedupe_within` is the span of a `dedupe_key`: give that, too")
            return self

    class ReadingSourceOptions(SourceOptions):
        """Sources whose packets come as bytes. In `json` they are an object, an array or NDJSON."""

        format: Literal["json", "ndjson", "csv", "msgpack", "prometheus", "influx", "form"] = Field(
            "json", examples=['format="csv"']
        )
