"""Payments that are too large, and accounts that pay too often: a ready-made graph."""

from streamflow import templates

graph = templates.financial.create_anomaly_detector(
    thresholds={"amount": 1000, "frequency": 10},
    alert_url="https://alerts.example.com/anomalies",
    timestamp="at",
)
