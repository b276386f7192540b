"""Convert: text or bytes of one format in, of another out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from streamflow.dsl.node import Options

SourceFormat = Literal["json", "ndjson", "csv", "msgpack", "prometheus", "influx", "base64", "form", "query", "value"]
TargetFormat = Literal["json", "ndjson", "csv", "msgpack", "prometheus", "influx", "base64", "form", "query", "value"]

_OF_SAMPLES = ("json", "ndjson", "csv", "msgpack", "value")
_OF_LISTS = ("json", "ndjson", "csv", "msgpack", "influx", "value")
_OF_TEXTS = ("json", "ndjson", "csv", "msgpack", "influx", "form", "query", "value")
_OF_ANYTHING = (*_OF_TEXTS, "prometheus")
TARGETS: dict[str, tuple[str, ...]] = {
    "value": (*_OF_ANYTHING, "base64"),
    "json": _OF_ANYTHING,
    "msgpack": _OF_ANYTHING,
    "ndjson": (*_OF_LISTS, "prometheus"),
    "csv": _OF_LISTS,
    "prometheus": _OF_SAMPLES,
    "influx": _OF_SAMPLES,
    "form": _OF_TEXTS,
    "query": _OF_TEXTS,
    "base64": ("value",),
}
"""What each format can become: CSV and forms hold no numbers for Prometheus, lists make no form, base64 is bytes.

Samples of Prometheus and line protocol are records of another shape than those that become such."""

_APPLY_TO: dict[str, tuple[str, ...]] = {
    "measurement": ("prometheus", "influx"),
    "key": ("prometheus",),
    "tags": ("influx",),
    "columns": ("csv",),
    "header": ("csv",),
    "delimiter": ("csv",),
}


class ConvertOptions(Options):
    """`value` is a decoded JSON value. What can't be converted leaves by `invalid`, unchanged."""

    kind: ClassVar[str] = "transform.convert"
    ports: ClassVar[tuple[str, ...]] = ("out", "invalid", "error")
    callbacks: ClassVar[Mapping[str, int]] = {}

    source_format: SourceFormat = Field(examples=['source_format="csv"'])
    target_format: TargetFormat = Field(examples=['target_format="json"'])
    measurement: str | None = Field(None, min_length=1, examples=['measurement="weather"'])
    key: str | tuple[str, ...] | None = Field(None, examples=['key=("sensor", "device")'])
    tags: list[str] | tuple[str, ...] = Field((), examples=['tags=["sensor", "device"]'])
    columns: list[str] | tuple[str, ...] | None = Field(None, min_length=1, examples=['columns=["id", "total"]'])
    header: bool = Field(True, examples=["header=False"])
    delimiter: str = Field(",", min_length=1, max_length=1, examples=['delimiter=";"'])

    @model_validator(mode="after")
    def _pair(self) -> Self:
        targets = [name for name in TARGETS[self.source_format] if name != self.source_format]
        if self.target_format not in targets:
            raise ValueError(
                f"{self.source_format} can't become {self.target_format}; it can become {', '.join(targets)}"
            )
        for option, formats in _APPLY_TO.items():
            used = {self.target_format} if formats != ("csv",) else {self.source_format, self.target_format}
            if option in self.model_fields_set and not used & {*formats}:
                raise ValueError(f"`{option}` is for {' and '.join(formats)}")
        return self

    @model_validator(mode="after")
    def _names(self) -> Self:
        if not self.header and self.source_format == "csv" and self.columns is None:
            raise ValueError("`header=False` leaves the fields without names: give them as `columns`")
        for option, names in {"columns": self.columns or (), "tags": self.tags}.items():
            if len({*names}) < len(names):
                raise ValueError(f"`{option}` has a name twice")
        labels = [re.sub("^__+", "_", re.sub("[^a-zA-Z0-9_]", "_", name)) for name in self.labels]
        if len({*labels}) < len(labels):
            raise ValueError(f"`key` gives a label twice: {', '.join(labels)}")
        if self.target_format == "influx" and (self.measurement or "")[:1] in tuple("# \t"):
            raise ValueError("`measurement` can't start like that: the line would be a comment, or shorter")
        texts = (*([] if self.measurement is None else [self.measurement]), *self.tags)
        unwritable = [text for text in texts if re.search(r"[\r\n]|\\$|^$", text)]
        if self.target_format == "influx" and unwritable:
            raise ValueError(f"{unwritable[0]!r} can't stand in line protocol")
        if self.delimiter in '"\r\n':
            raise ValueError('`delimiter` can\'t be a quote or a line break: write delimiter=";"')
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        """The fields of the key."""
        return (self.key,) if isinstance(self.key, str) else self.key or ()
