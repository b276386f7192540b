"""Luck that a test tells beforehand."""

import random

import pytest


@pytest.fixture
def luck(monkeypatch):
    """What the next tries give: False fails, and when all is used up everything succeeds."""
    told = []
    monkeypatch.setattr(random, "random", lambda: told.pop(0) if told else 1)
    return told
