"""Ready-made graphs. Each function gives an ordinary `Graph`: read it, compile it, or make another one of its parts."""

from streamflow.templates import analytics, financial, iot

__all__ = ["analytics", "financial", "iot"]
