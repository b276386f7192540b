"""The outside as a test has it: answers to the requests of a graph's functions, and a note of every request."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from streamflow.host.local_bindings import LocalBindings
from streamflow.host.local_platform import LocalPlatform
from streamflow.target.bound import bindings_of


@dataclass(frozen=True)
class Request:
    """What a function has asked for. Header names are lower case."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str | bytes | None = None

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body or "null")


@dataclass(frozen=True)
class Answer:
    """What a server answers: `json`, or `body` as it is."""

    status: int = 200
    json: Any = None
    body: str | bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """The body's bytes."""
        body = json.dumps(self.json) if self.body is None else self.body
        return body.encode() if isinstance(body, str) else body


class Outside(LocalPlatform):
    """The platform that functions and lookups reach, all in memory and without a network.

    `answers` are by URL, with `*` for anything, perhaps behind a method ("POST https://..."): an `Answer`, a value that
    is its JSON, an exception to be raised, or a function of the `Request` that gives one of these.
    """

    def __init__(
        self,
        service: dict[str, Any],
        answers: Mapping[str, Any],
        clock: Callable[[], float],
        secrets: Mapping[str, str],
    ) -> None:
        stores = {name: kind for kind, names in bindings_of(service).items() for name in names}
        super().__init__(bindings=LocalBindings(None, clock, stores), clock=clock, secret=dict(secrets).get)
        self.requests: list[Request] = []
        self._answers = answers

    async def fetch(
        self, method: str, url: str, headers: dict[str, str], body: str | bytes | None, timeout: float
    ) -> tuple[int, dict[str, str], bytes]:
        """As `Platform.fetch`."""
        request = Request(method, url, headers, body)
        self.requests.append(request)
        answer = self._answer(request)
        if isinstance(answer, type) and issubclass(answer, BaseException):
            answer = answer()
        if isinstance(answer, BaseException):
            raise answer.with_traceback(None)
        if not isinstance(answer, Answer):
            answer = Answer(json=answer, headers={"content-type": "application/json"})
        return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.content

    def _answer(self, request: Request) -> Any:
        for pattern, answer in self._answers.items():
            method, space, url = pattern.partition(" ")
            if fnmatchcase(request.url, url if space else pattern) and (not space or method == request.method):
                return answer(request) if callable(answer) and not isinstance(answer, type) else answer
        return ConnectionError(
            f'nothing answers {request.method} {request.url}: TestStream(graph, fetches={{"{request.url}": ...}})'
        )
