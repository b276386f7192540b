"""Manual source: packets come by `graph.inject` and `POST /inject/{source}`."""

from __future__ import annotations

from typing import ClassVar

from streamflow.dsl.source import SourceOptions


class ManualSourceOptions(SourceOptions):
    """A manual source has the options of every source and no more."""

    kind: ClassVar[str] = "source.manual"
