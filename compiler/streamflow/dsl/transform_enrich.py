"""Enrich: what a table says of a key joins the record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field, field_validator

from streamflow.dsl.node import Key, Options


class EnrichOptions(Options):
    """`lookup` is a dict; its value for the `key` becomes the field `into`."""

    kind: ClassVar[str] = "transform.enrich"
    ports: ClassVar[tuple[str, ...]] = ("out", "missing", "error")
    callbacks: ClassVar[Mapping[str, int]] = {"key": 1}

    lookup: dict[Any, Any] = Field(examples=['lookup={"SE": "Sweden", "PT": "Portugal"}'])
    key: Key = Field(examples=['key="country"'])
    into: str = Field(examples=['into="country_name"'])

    @field_validator("lookup")
    @classmethod
    def _of_json(cls, lookup: dict[Any, Any]) -> dict[Any, Any]:
        for key in lookup:
            parts = key if isinstance(key, tuple) else (key,)
            if not all(part is None or isinstance(part, (str, int, float, bool)) for part in parts):
                raise ValueError(f"has the key {key!r}: keys are scalars, or tuples of them")
        try:
            return {key: json.loads(json.dumps(value, allow_nan=False)) for key, value in lookup.items()}
        except (TypeError, ValueError) as error:
            raise ValueError(f"must hold JSON values: {error}") from None
