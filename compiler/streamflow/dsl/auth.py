"""`auth=`: who may come in, and how the graph introduces itself outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import BeforeValidator

from streamflow.diagnostics import did_you_mean
from streamflow.dsl.secrets import Secret, holds_secret, text_with_secrets

Scheme: TypeAlias = Literal["github", "stripe", "slack", "shopify", "standard"]


@dataclass(frozen=True)
class Bearer:
    """`Authorization: Bearer <token>`, asked of whoever comes in, or sent to where the graph goes."""

    token: Secret | str


@dataclass(frozen=True)
class Signed:
    """HMAC-SHA256 of the raw body in the form of a scheme. `header` and `prefix` are the scheme's unless given."""

    key: Secret | str
    scheme: Scheme
    header: str | None = None
    prefix: str | None = None


Auth: TypeAlias = Bearer | Literal["none"]


def _unsigned(auth: object) -> object:
    if isinstance(auth, Signed):
        raise ValueError("can't be signed(...) here: webhook sources and http sinks have bodies to sign")
    return auth


AuthOption = Annotated[Bearer | Literal["none"] | None, BeforeValidator(_unsigned)]


def bearer(token: Secret | str) -> Bearer:
    """A bearer token, a `secret(...)`: asked of clients by a source, sent by an outbound source or a sink."""
    _refuse_open("bearer", token)
    return Bearer(token)


def signed(key: Secret | str, scheme: Scheme, *, header: str | None = None, prefix: str | None = None) -> Signed:
    """Requests signed with a key: checked by a webhook source, sent by an http sink.

    `header` and `prefix` are for services that sign as the scheme does, but under another name.
    """
    _refuse_open("signed", key)
    schemes = get_args(Scheme)
    if scheme not in schemes:
        hint = (isinstance(scheme, str) and did_you_mean(scheme, schemes)) or f"one of {', '.join(schemes)}"
        raise ValueError(f"signed() knows no scheme {scheme!r}: {hint}")
    return Signed(key, scheme, header, prefix)


def _refuse_open(function: str, given: object) -> None:
    """What is no secret would stand in the bundle. Texts are not shown: they may be real ones."""
    if isinstance(given, Secret) or holds_secret(given):
        return
    shown = "a text, which everybody who has the bundle could read" if isinstance(given, str) else repr(given)
    raise TypeError(f'{function}() takes a secret, such as {function}(secret("API_KEY")), not {shown}')


def auth_option(auth: Auth | Signed | None) -> Any:
    """The option as the service description holds it."""
    if isinstance(auth, Signed):
        names = {"header": auth.header, "prefix": auth.prefix}
        given = {name: value for name, value in names.items() if value is not None}
        return {"signed": {"scheme": auth.scheme, "key": text_with_secrets(auth.key), **given}}
    return {"bearer": text_with_secrets(auth.token)} if isinstance(auth, Bearer) else auth
