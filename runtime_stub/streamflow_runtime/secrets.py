"""Deployment secrets: read at the start, filled into options when used, kept out of whatever leaves the service."""

from collections.abc import Callable, Iterator, Mapping
from json import dumps
from typing import Any


class MissingSecret(Exception):
    """A secret that the graph uses is not set."""


def read_secrets(service: dict[str, Any], secret: Callable[[str], str | None]) -> dict[str, str]:
    """Every secret that the service names; raises MissingSecret."""
    secrets = {}
    for name in sorted({*_named(service), *service.get("secrets", ())}):
        value = secret(name)
        if not value:
            raise MissingSecret(f"the secret {name} is not set: `wrangler secret put {name}`, locally in .dev.vars")
        secrets[name] = value
    return secrets


def fill(text: Any, secrets: Mapping[str, str]) -> str:
    """An option's text with its secrets: `"..."` or `{"text": ["Bearer ", {"secret": "KEY"}]}`.

    With `"json": True` it is JSON, and the secrets stand inside of its strings.
    """
    if isinstance(text, str):
        return text
    values = (piece if isinstance(piece, str) else secrets[piece["secret"]] for piece in text["text"])
    if not text.get("json"):
        return "".join(values)
    pairs = zip(text["text"], values, strict=True)
    return "".join(value if isinstance(piece, str) else dumps(value)[1:-1] for piece, value in pairs)


def outbound_headers(options: dict[str, Any], secrets: Mapping[str, str]) -> dict[str, str]:
    """The headers of a source or sink that calls out, lower case, its bearer token included."""
    headers = {name.lower(): fill(text, secrets) for name, text in options.get("headers", {}).items()}
    auth = options.get("auth")
    if isinstance(auth, dict) and "bearer" in auth:
        headers["authorization"] = "Bearer " + fill(auth["bearer"], secrets)
    return headers


def redact(text: str, secrets: Mapping[str, str]) -> str:
    """`text` without the secrets' values, also where they stand in JSON."""
    for name, value in secrets.items():
        for form in (value, dumps(value)[1:-1]):
            text = text.replace(form, f"[{name}]")
    return text


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("text"), list):
            yield from (piece["secret"] for piece in value["text"] if isinstance(piece, dict))
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _named(item)
