"""Types that the options of several kinds share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from streamflow.dsl.secrets import Secret

Text = str | Secret
Names = Sequence[str]
Headers = Mapping[str, Text]
Early = int | str | timedelta
Schema = type | Mapping[str, Any]
BatchOption = int | Mapping[str, Any]
