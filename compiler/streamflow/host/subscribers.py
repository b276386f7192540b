"""Functions of this process that hear of every output or error after its commit."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import isawaitable
from json import loads
from typing import TYPE_CHECKING, Any

from streamflow_runtime.part import Commit, Part

if TYPE_CHECKING:
    from streamflow_runtime.shell import Shell


@dataclass(frozen=True)
class ErrorEvent:
    """What has failed: a user function (with `packet` and the user's `line`), a sink for good, a message's parsing."""

    node: str
    error: str
    data: Any
    type: str | None = None
    line: int | None = None
    file: str | None = None
    packet: Any = None
    exception: BaseException | None = None


class Subscribers:
    """They outlive a stop of the graph. An async function gets one packet after the other, as a sync one does."""

    def __init__(self) -> None:
        self._functions: dict[str, list[Subscriber]] = {}
        self._listeners: list[Subscriber] = []
        self._report: Callable[[str], None] = lambda text: None

    def part(self, shell: Shell) -> Part:
        """The part of the shell that feeds them."""
        self._report = shell.log
        return _Feed(shell, self)

    def add(self, node: str, function: Callable[[Any], Any]) -> Callable[[], None]:
        """Subscribe to a node; returns what ends it."""
        return _listed(self._functions.setdefault(node, []), function)

    def add_listener(self, function: Callable[[ErrorEvent], Any]) -> Callable[[], None]:
        """Listen to errors; returns what ends it."""
        return _listed(self._listeners, function)

    async def settle(self) -> None:
        """Wait for the async functions that are under way; not when called by one of them."""
        tails = [each.tail for each in (*self._listeners, *_all(self._functions)) if each.tail is not None]
        if not any(asyncio.current_task() in each.tasks for each in (*self._listeners, *_all(self._functions))):
            await asyncio.gather(*tails, return_exceptions=True)

    def feed(self, commit: Commit) -> None:
        """Tell everybody what a commit has brought; what they raise is reported and hurts nobody."""
        for node, packets in commit.outputs.items():
            for subscriber in list(self._functions.get(node, ())):
                for packet in packets:
                    try:
                        own = copy.deepcopy(packet)
                    except Exception as error:
                        self._report(f"{node}: a packet can't be copied for its subscribers: {error!r}")
                        continue
                    subscriber.call(own, self._report)
        if self._listeners:
            for event in _events(commit):
                for listener in list(self._listeners):
                    listener.call(event, self._report)


class Subscriber:
    """One function and, if it is async, the end of the chain of its calls."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function
        self.tail: asyncio.Task[None] | None = None
        self.tasks: set[asyncio.Task[None] | None] = set()

    def call(self, value: Any, report: Callable[[str], None]) -> None:
        """Call it, or chain the call behind those under way."""
        try:
            result = self.function(value)
        except Exception as error:
            report(f"a subscriber failed: {error!r}")
            return
        if isawaitable(result):
            self.tail = asyncio.create_task(self._after(self.tail, result, report))
            self.tasks.add(self.tail)
            self.tail.add_done_callback(self.tasks.discard)

    async def _after(
        self, previous: asyncio.Task[None] | None, result: Awaitable[Any], report: Callable[[str], None]
    ) -> None:
        if previous is not None:
            await asyncio.wait([previous])
        try:
            await result
        except Exception as error:
            report(f"a subscriber failed: {error!r}")


class _Feed(Part):
    def __init__(self, shell: Shell, subscribers: Subscribers) -> None:
        super().__init__(shell)
        self._subscribers = subscribers

    def committed(self, commit: Commit) -> None:
        self._subscribers.feed(commit)


def _events(commit: Commit) -> list[ErrorEvent]:
    events = [
        ErrorEvent(
            node=failure.node,
            error=failure.error,
            data=failure.data,
            type=failure.type,
            line=failure.line,
            file=failure.file,
            packet=failure.packet,
            exception=failure.exception,
        )
        for failure in commit.failures
    ]
    return events + [ErrorEvent(node, error, loads(data)) for node, data, error, *_ in commit.letters]


def _listed(subscribers: list[Subscriber], function: Callable[[Any], Any]) -> Callable[[], None]:
    subscriber = Subscriber(function)
    subscribers.append(subscriber)

    def unsubscribe() -> None:
        if subscriber in subscribers:
            subscribers.remove(subscriber)

    return unsubscribe


def _all(functions: dict[str, list[Subscriber]]) -> list[Subscriber]:
    return [subscriber for listed in functions.values() for subscriber in listed]
