"""Streamflow."""
