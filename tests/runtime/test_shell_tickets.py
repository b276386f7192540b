"""Tickets by the service's clock, and across restarts."""

from __future__ import annotations

from pathlib import Path

from runtime.services import Clock, Service, served


async def status(service: Service, ticket: str) -> int:
    """Of a subscription by ticket."""
    async with service.http.get(f"{service.url}/subscribe/alerts?ticket={ticket}") as stream:
        return stream.status


async def fresh(service: Service) -> str:
    """A ticket."""
    _, answer = await service.call("POST", "/tickets")
    return str(answer["ticket"])


async def test_a_ticket_lasts_for_a_minute() -> None:
    clock = Clock()
    async with served(clock=clock) as service:
        first, second = await fresh(service), await fresh(service)
        clock.time += 59.9
        assert await status(service, first) == 200
        clock.time += 0.2
        assert await status(service, second) == 401


async def test_what_is_used_up_stays_so_over_a_restart_and_is_forgotten_in_time(tmp_path: Path) -> None:
    clock = Clock()
    async with served(state=tmp_path / "state", clock=clock) as service:
        ticket = await fresh(service)
        assert await status(service, ticket) == 200
    async with served(state=tmp_path / "state", clock=clock) as service:
        assert await status(service, ticket) == 401
        clock.time += 61
        assert await status(service, await fresh(service)) == 200
        assert len(service.rows("_streamflow_tickets")) == 1


async def test_without_a_token_there_are_no_tickets() -> None:
    async with served(secrets={}) as service:
        assert (await service.call("POST", "/tickets"))[0] == 503
        assert await status(service, "1.2.3") == 503
