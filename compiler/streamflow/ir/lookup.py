"""What a node looks up where only the host can ask: a URL, or one of the platform's stores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Lookup:
    """`type` is url, kv, d1 or table; `options` are plain values, a text may name secrets."""

    type: str
    options: Mapping[str, Any]

    @property
    def described(self) -> dict[str, Any]:
        """As the service's description has it."""
        return {"type": self.type, **self.options}
