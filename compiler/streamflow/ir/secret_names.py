"""The secrets that plain options name."""

from __future__ import annotations


def secret_names(value: object) -> set[str]:
    """The secrets named anywhere in an option, where a secret is `{"secret": NAME}`."""
    if isinstance(value, dict):
        if set(value) == {"secret"}:
            return {value["secret"]}
        return set().union(*(secret_names(item) for item in value.values())) if value else set()
    if isinstance(value, (list, tuple)):
        return set().union(*(secret_names(item) for item in value)) if value else set()
    return set()
