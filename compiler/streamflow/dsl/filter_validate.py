"""Validate: packets that fit a schema go on unchanged, the others leave by `invalid`."""

from __future__ import annotations

import warnings
from typing import ClassVar

from pydantic import Field

from streamflow.dsl.node import Options
from streamflow.dsl.schema import EXAMPLE, Schema

with warnings.catch_warnings():
    warnings.simplefilter("ignore", UserWarning)  # `schema` is also an old name of pydantic's own

    class ValidateOptions(Options):
        """The data is neither coerced nor changed; the reason is in `packet.metadata["invalid"]`."""

        kind: ClassVar[str] = "filter.validate"
        ports: ClassVar[tuple[str, ...]] = ("out", "invalid", "error")

        schema: Schema = Field(examples=[EXAMPLE])
