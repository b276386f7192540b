"""`auth=`: who may come in, and how the graph introduces itself outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from streamflow.dsl.secrets import Secret, text_with_secrets


@dataclass(frozen=True)
class Bearer:
    """`Authorization: Bearer <token>`, asked of whoever comes in, or sent to where the graph goes."""

    token: Secret | str


Auth: TypeAlias = Bearer | Literal["none"]


def bearer(token: Secret | str) -> Bearer:
    """A bearer token, best a `secret(...)`: asked of clients by a source, sent by an outbound source or a sink."""
    if not isinstance(token, (Secret, str)):
        raise TypeError(f"bearer() takes secret(...) or a text, not {token!r}")
    return Bearer(token)


def auth_option(auth: Auth | None) -> Any:
    """The option as the service description holds it."""
    return {"bearer": text_with_secrets(auth.token)} if isinstance(auth, Bearer) else auth
