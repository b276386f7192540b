"""What every test may use: golden texts and the flag that rewrites them."""

import pytest

from golden import Golden


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden texts that differ")


@pytest.fixture
def golden(request):
    """Compares a text with the one kept in the tree, see golden.py."""
    return Golden(request.config.getoption("--update-golden"), request.node.nodeid)
