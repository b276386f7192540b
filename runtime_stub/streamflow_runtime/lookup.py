"""Questions to a store or a server: answered a batch at a time, kept for a while, never asked twice at once."""

from __future__ import annotations

import json
from asyncio import Future, get_running_loop, shield
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from streamflow_runtime.isolation import copy_of
from streamflow_runtime.outside import platform

if TYPE_CHECKING:
    from streamflow_runtime.platform import Platform

MOST_KEPT = 10_000


class Lookup:
    """What is asked by key. Answers are kept for `cache_ttl` ms by the platform's clock, the newest `MOST_KEPT`.

    Keys that are asked for in one turn of the event loop go together, `most` at a time; up to `concurrency` packets
    wait for answers at once.
    """

    most = 1
    concurrency = 16

    def __init__(self, cache_ttl: int | None = None) -> None:
        self.cache_ttl = None if cache_ttl is None else cache_ttl / 1000
        self._kept: OrderedDict[str, tuple[float, Any]] = OrderedDict()
        self._asked: dict[str, Future[Any]] = {}
        self._next: list[tuple[str, Any]] = []

    def question(self, key: Any) -> Any:
        """The key as it is asked for: JSON. Raises ValueError for one that can't be: it must not fail the others."""
        raise NotImplementedError

    async def answers(self, questions: Sequence[Any]) -> Sequence[Any]:
        """What there is for each question, None where there is nothing."""
        raise NotImplementedError

    async def get(self, key: Any) -> Any:
        """What there is for a key, None where there is nothing. Raises what asking has failed with."""
        question = self.question(key)
        spelled = json.dumps(question)
        until, kept = self._kept.get(spelled, (0.0, None))
        if platform().now() < until:
            return copy_of(kept)
        if spelled not in self._asked:
            self._ask(spelled, question)
        return copy_of(await shield(self._asked[spelled]))  # who gives up waiting must not stop the others

    def _ask(self, spelled: str, question: Any) -> None:
        if not self._next:
            get_running_loop().call_soon(self._send, platform())
        answer = self._asked[spelled] = get_running_loop().create_future()
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())  # perhaps nobody waits any more
        self._next.append((spelled, question))

    def _send(self, through: Platform) -> None:
        asked, self._next = self._next, []
        for start in range(0, len(asked), self.most):
            through.spawn(self._answer(asked[start : start + self.most], through))

    async def _answer(self, asked: list[tuple[str, Any]], through: Platform) -> None:
        try:
            answers: Sequence[Any] = await self.answers([question for _, question in asked])
        except Exception as error:
            for spelled, _ in asked:
                self._asked.pop(spelled).set_exception(error)
            return
        for (spelled, _), answer in zip(asked, answers, strict=True):
            self._keep(spelled, answer, through.now())
            self._asked.pop(spelled).set_result(answer)

    def _keep(self, spelled: str, answer: Any, now: float) -> None:
        if self.cache_ttl is not None:
            self._kept.pop(spelled, None)
            self._kept[spelled] = now + self.cache_ttl, answer
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)


def name_of(key: Any) -> str:
    """A key as it stands in a name: a text as it is, else its JSON. Raises ValueError for what can't be a name."""
    name = key if isinstance(key, str) else json.dumps(key)
    if name in ("", ".", ".."):
        raise ValueError(f"{name!r} can't be looked up: it is no name")
    return name
