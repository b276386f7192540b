"""Tickets: what lets an `EventSource` in, once and for a minute."""

from __future__ import annotations

import time

from conformance.client import Client
from conformance.services import TOKEN
from streamflow_runtime import tickets

GRAPH = 'Every "day"'


async def fresh(client: Client) -> str:
    """A ticket."""
    status, answer = await client.call("POST", "/tickets")
    assert (status, answer["expires_in"], client.headers["cache-control"]) == (200, 60, "no-store")
    return str(answer["ticket"])


async def refused(client: Client, path: str) -> str:
    """The title of the refusal of a request without a token."""
    status, answer = await client.call("GET", path, token=None)
    assert status == 401
    return str(answer["title"])


async def test_events_come_by_ticket_and_only_once(client: Client) -> None:
    ticket = await fresh(client)
    async with client.http.get(f"{client.service.url}/subscribe/live?ticket={ticket}") as stream:
        assert (stream.status, stream.content_type) == (200, "text/event-stream")
        await client.inject("orders", {"count": 11})
        assert (await stream.content.readline()).startswith(b"id: orders:")
        assert await stream.content.readline() == b'data: {"count": 11, "total": 27.5}\n'
        assert await refused(client, f"/subscribe/live?ticket={ticket}") == "The ticket is used up"
    other = await fresh(client)
    assert other != ticket
    async with client.http.get(f"{client.service.url}/subscribe/priced?ticket={other}") as stream:
        assert stream.status == 200
    assert await refused(client, f"/subscribe/live?ticket={ticket}") == "The ticket is used up"
    assert TOKEN not in ticket
    assert not any(one in client.service.log() for one in (ticket, other))


async def test_a_ticket_is_for_subscribing_alone(client: Client) -> None:
    ticket = await fresh(client)
    for path in ("/metrics", "/state", "/dead-letters", "/outputs/live", "/subscribe", "/inject/orders"):
        assert await refused(client, f"{path}?ticket={ticket}") == "A valid bearer token is needed", path
    for path in ("/inject/orders", "/tickets", "/drain"):
        assert (await client.call("POST", f"{path}?ticket={ticket}", {"count": 1}, token=None))[0] == 401
    async with client.http.get(f"{client.service.url}/subscribe/live?ticket={ticket}") as stream:
        assert stream.status == 200  # none of that used it up


async def test_a_ticket_that_is_not_one_lets_nobody_in(client: Client) -> None:
    ticket = await fresh(client)
    expiry, nonce, signature = ticket.split(".")
    tampered = [
        "",
        "..",
        "é.ü.ß",
        ticket[:-1],
        f"{int(expiry) + 1}.{nonce}.{signature}",
        f"{expiry}.{nonce[::-1]}x.{signature}",
        f"{expiry}.{nonce}.{signature[::-1]}x",
        tickets.issue(GRAPH, TOKEN, time.time() - 61),
        tickets.issue(GRAPH, "another-token", time.time()),
        tickets.issue("Another graph", TOKEN, time.time()),
    ]
    for one in tampered:
        assert await refused(client, f"/subscribe/live?ticket={one}") == "A valid bearer token is needed", one


async def test_only_who_has_the_token_gets_tickets(client: Client) -> None:
    assert (await client.call("POST", "/tickets", token=None))[0] == 401
    assert (await client.call("POST", "/tickets", token="wrong"))[0] == 401
    assert (await client.call("GET", "/tickets"))[0] == 405


async def test_a_socket_may_come_by_ticket_too_and_the_token_uses_none_up(client: Client) -> None:
    ticket = await fresh(client)
    async with client.socket(f"/subscribe/live?ticket={ticket}"):
        pass  # by the token
    async with client.socket(f"/subscribe/live?ticket={ticket}", headers={}) as live:
        await client.inject("orders", {"count": 12})
        assert await live.next() == {"count": 12, "total": 30.0}
