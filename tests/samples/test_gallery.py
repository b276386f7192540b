"""The gallery's orders in virtual time, every output worked out by hand."""

from __future__ import annotations

import runpy
from pathlib import Path

from streamflow.testing import TestStream

GALLERY = Path(__file__).parents[2] / "samples" / "gallery.py"
PRICES = {"https://prices.example.com/a": {"price": 3}, "https://prices.example.com/b": {"price": 7}}


def test_orders_meet_their_payments_within_a_quarter_of_an_hour() -> None:
    with TestStream(runpy.run_path(str(GALLERY))["orders"], fetches=PRICES) as stream:
        paid = {"order_id": 1, "sku": "a", "total": 5, "customer": "c"}
        unpaid = {"order_id": 2, "sku": "b", "total": 6, "customer": "c"}
        stream.inject("orders", paid, at=0)
        stream.inject("orders", unpaid, at=10)
        stream.inject("payments", {"order_id": 1}, at=60)
        stream.inject("orders", {"order_id": 3, "sku": "none", "total": 1, "customer": "c"}, at=70)
        first = {**paid, "price": 3, "paid": True, "customer_total": 5}
        assert stream.output("book") == [first]
        stream.advance_to(3600)
        assert stream.output("book") == [first, {**unpaid, "price": 7, "paid": False, "customer_total": 11}]
        (failed,) = stream.output("review")
        assert (failed["node"], failed["data"]["order_id"]) == ("priced", 3)
