"""The samples that are made by templates, and their events."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

from streamflow import Graph

SAMPLES = Path(__file__).parents[2] / "samples"


def graph_of(sample: str) -> Graph:
    """The graph of a sample, made anew."""
    graph: Graph = runpy.run_path(str(SAMPLES / f"{sample}.py"))["graph"]
    return graph


def events_of(file: str) -> list[Any]:
    """The records of a file of events."""
    return [json.loads(line) for line in (SAMPLES / f"{file}.ndjson").read_text().splitlines()]
