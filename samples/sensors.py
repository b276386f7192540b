"""Readings of sensors by the minute, for Prometheus to scrape: a ready-made graph."""

from streamflow import templates

graph = templates.iot.create_sensor_aggregator(
    sensors=["temperature", "humidity", "pressure"],
    aggregate_window=60,
    output_format="prometheus",
    timestamp="at",
    out_of_orderness="10s",
)
