"""`POST /drain`: everything that is inside comes out, nothing more comes in."""

from __future__ import annotations

import json

import pytest

from conformance.conftest import served
from conformance.services import InProcess, OnWorkerd, compiled


async def test_everything_comes_out_and_nothing_more_goes_in(
    host: type[InProcess] | type[OnWorkerd], tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with served(compiled("draining"), host, tmp_path_factory.mktemp("draining")) as client:
        await client.inject("orders", [{"at": n * 1800} for n in range(3)])
        await client.inject("jobs", [{"n": n} for n in range(3)])
        assert (await client.call("POST", "/drain", token="wrong"))[0] == 401
        while (answer := await client.call("POST", "/drain"))[0] == 202:
            pass
        assert answer == (200, {"drained": True, "parked": 0, "undelivered": 0})
        totals = [total for _, body in client.outside.requests["/totals"] for total in json.loads(body)]
        assert sorted(total["orders"] for total in totals) == [1, 2]
        for path in ("/inject/orders", "/inject/jobs"):
            status, problem = await client.call("POST", path, {})
            assert (status, problem["title"]) == (503, "The input has ended")
        client.service.stop()
        assert client.service.rows("SELECT n FROM done") == [(0,), (1,), (2,)]
        ticks = client.service.rows("SELECT count(*) FROM ticks")
        client.service.start()
        if host is OnWorkerd:  # in process a graph that is started again takes packets
            assert (await client.call("GET", "/healthz"))[0] == 200
            assert (await client.call("POST", "/inject/jobs", {}))[0] == 503
            assert (await client.call("POST", "/drain"))[0] == 200
            client.service.stop()
            assert client.service.rows("SELECT count(*) FROM ticks") == ticks
