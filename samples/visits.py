"""Visits of a shop: sessions, with how far each got and what it was made by: a ready-made graph."""

from streamflow import templates

graph = templates.analytics.create_event_processor(
    events=["click", "view", "purchase"],
    session_timeout=1800,
    enrichment={"geoip": True, "user_agent": True},
    timestamp="at",
)
