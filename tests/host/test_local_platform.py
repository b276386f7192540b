"""The local platform's own resources."""

import gc
import sqlite3
import sys

import pytest

from streamflow.host.local_platform import LocalPlatform


def test_a_file_that_can_not_be_opened_leaves_nothing_behind(tmp_path, monkeypatch):
    unraisable = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    (tmp_path / "state").mkdir()
    with pytest.raises(sqlite3.OperationalError):
        LocalPlatform(tmp_path / "state")
    gc.collect()
    assert not unraisable
