"""Enrichment from outside with the strategy `stop`: a question that failed stops the kernel, and is asked again."""

from __future__ import annotations

from streamflow_runtime.enriching import Enriching
from streamflow_runtime.stopping_calls import StoppingCalls


class StoppingEnriching(StoppingCalls, Enriching):
    """Both."""
