"""`secret("NAME")`: a value that the deployment has and the bundle never holds."""

from __future__ import annotations

import re
from typing import Any, NoReturn

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MARK = re.compile("\ue000secret:([A-Za-z_][A-Za-z0-9_]*)\ue001")


class Secret:
    """The name of a deployment secret. In an f-string it leaves a mark that is filled in when the text is used."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ValueError(f'{name!r} is not a secret\'s name: use letters, digits and _, such as secret("API_KEY")')
        self.name = name

    def __str__(self) -> str:
        return f"\ue000secret:{self.name}\ue001"

    def __format__(self, spec: str) -> str:
        if spec:
            self._refuse("format")
        return str(self)

    def __repr__(self) -> str:
        return f"secret({self.name!r})"

    def __hash__(self) -> int:
        return hash((Secret, self.name))

    def _refuse(self, what: str) -> NoReturn:
        raise TypeError(
            f"can't {what} {self!r} here: its value is known only where the graph is deployed; "
            'use it inside a function of the graph, or in an f-string of an option (f"Bearer {secret(...)}")'
        )

    def __eq__(self, other: object) -> Any:
        if self is other:
            return True
        self._refuse("compare")

    def __add__(self, other: object) -> Any:
        self._refuse("add to")

    __radd__ = __add__

    def __bool__(self) -> bool:
        self._refuse("test")


def secret(name: str) -> Secret:
    """A deployment secret, read from the Worker's environment; locally from the process environment or `.dev.vars`."""
    return Secret(name)


def holds_secret(value: object) -> bool:
    """Whether a text was made from a secret, by an f-string."""
    return isinstance(value, str) and _MARK.search(value) is not None


def text_with_secrets(value: Secret | str) -> Any:
    """An option's text as the bundle holds it: a str, or `{"text": [str | {"secret": NAME}, ...]}`."""
    parts = _MARK.split(str(value))
    if len(parts) == 1:
        return parts[0]
    return {"text": [{"secret": part} if index % 2 else part for index, part in enumerate(parts) if index % 2 or part]}
