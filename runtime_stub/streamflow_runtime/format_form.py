"""Forms and queries, `a=1&b=2`: a record of texts, and a list of them under a name that comes again."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlencode

from streamflow_runtime.formats import cell, read, record_of, text_of


def from_form(data: Any) -> dict[str, Any]:
    """The fields of a form's body. Raises ValueError where an escape is not UTF-8."""
    found: dict[str, Any] = {}
    for name, text in parse_qsl(text_of(data), keep_blank_values=True, errors="strict"):
        found.setdefault(name, []).append(text)
    return {name: texts if len(texts) > 1 else texts[0] for name, texts in found.items()}


def from_query(data: Any) -> dict[str, Any]:
    """The same of a URL's query, with or without its question mark."""
    return from_form(text_of(data).removeprefix("?"))


def to_form(value: Any) -> str:
    """The record as a form's body: a name for each value of a list, nothing of None. Raises ValueError."""
    return urlencode(_pairs(value), quote_via=quote_plus)


def to_query(value: Any) -> str:
    """The record as a URL's query, without a question mark. Raises ValueError."""
    return urlencode(_pairs(value), quote_via=quote, safe="")


def form_records(body: bytes, nesting: int) -> list[Any]:
    """The one record of a source's body. Raises BadInput."""
    return [read(from_form, body)]


def _pairs(value: Any) -> list[tuple[str, str]]:
    pairs = []
    for name, item in record_of(value).items():
        for each in item if isinstance(item, list) else [item]:
            if isinstance(each, (dict, list)):
                raise ValueError(f"the field {name!r} is nested")
            if each is not None:
                pairs.append((str(name), cell(each)))
    if not pairs:
        raise ValueError("the record has no field")
    return pairs
