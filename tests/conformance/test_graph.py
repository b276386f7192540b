"""`GET /graph`: topology with figures, as JSON and as a page."""

from __future__ import annotations

import base64
import re

from conformance.client import Client
from conformance.services import TOKEN

NOT_LET_IN = 401


def basic(password: str, user: str = "") -> str:
    """The header by which a browser gives a password."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


async def test_the_graph_tells_its_nodes_edges_and_figures(client: Client) -> None:
    _, metrics = await client.call("GET", "/metrics")
    status, graph = await client.call("GET", "/graph")
    assert (status, client.headers["cache-control"]) == (200, "no-store")
    assert graph["graph"] == 'Every "day"'
    nodes = {node["name"]: node for node in graph["nodes"]}
    assert list(nodes) == list(metrics["nodes"])
    assert (nodes["orders"]["kind"], nodes["lines"]["kind"]) == ("source.manual", "sink.log")
    assert {"from": "orders", "port": "out", "to": "priced", "when": False} in graph["edges"]
    assert {"from": "priced", "port": "error", "to": "mishaps", "when": False} in graph["edges"]
    before = nodes["orders"]["packets_processed"]
    await client.inject("orders", [{"count": 1}, {"count": 2}])
    _, graph = await client.call("GET", "/graph")
    assert [node["packets_processed"] for node in graph["nodes"] if node["name"] == "orders"] == [before + 2]
    assert graph["packets_processed"] >= before + 2
    assert (await client.call("POST", "/graph"))[0] == 405


async def test_a_browser_gets_a_page_that_needs_nothing_from_elsewhere(client: Client) -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    status, page = await client.call("GET", "/graph", accept=accept)
    assert (status, client.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = client.headers["content-security-policy"]
    (nonce,) = set(re.findall("'nonce-([0-9a-f]{32})'", policy))
    assert policy == (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    )
    assert page.count(f'nonce="{nonce}"') == page.count("<script") + page.count("<style") == 2
    assert not re.search(r"https?:|src=|href=|@import|url\(| on\w+=| style=|innerHTML", page)
    assert TOKEN not in page
    assert page != (await client.call("GET", "/graph", accept=accept))[1]


async def test_a_browser_gives_the_token_as_password(client: Client) -> None:
    status, _ = await client.call("GET", "/graph", token=None, accept="text/html")
    assert (status, client.headers["www-authenticate"]) == (401, 'Basic realm="streamflow"')
    assert (await client.call("GET", "/graph", authorization=basic(TOKEN)))[0] == 200
    assert (await client.call("GET", "/graph", authorization=basic(TOKEN, "any"), accept="text/html"))[0] == 200
    for wrong in (basic("wrong"), basic(""), basic(TOKEN + ":"), "Basic", "Basic *", "Basic /w==", f"Basic {TOKEN}"):
        assert (await client.call("GET", "/graph", authorization=wrong))[0] == NOT_LET_IN, wrong


async def test_nothing_else_takes_a_password_which_browsers_send_by_themselves(client: Client) -> None:
    for method, path in (
        *(("GET", "/metrics"), ("GET", "/graph/"), ("GET", "/subscribe/live"), ("GET", "/state")),
        *(("POST", "/inject/orders"), ("POST", "/tickets"), ("POST", "/drain"), ("DELETE", "/dead-letters")),
    ):
        assert (await client.call(method, path, authorization=basic(TOKEN)))[0] == NOT_LET_IN, path
    _, answer = await client.call("POST", "/tickets")
    assert (await client.call("GET", f"/graph?ticket={answer['ticket']}", token=None))[0] == NOT_LET_IN
