"""Enrichment from outside with the strategy `retry`: a question that failed is asked again."""

from __future__ import annotations

from streamflow_runtime.enriching import Enriching
from streamflow_runtime.retried_calls import RetriedCalls


class RetriedEnriching(RetriedCalls, Enriching):
    """Both."""
