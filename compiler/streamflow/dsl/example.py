"""Examples of a graph: what is sent in, and what then reaches the sinks. `streamflow test` runs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

from streamflow.diagnostics import Diagnostic, Span, did_you_mean
from streamflow.dsl.calling import checked_call
from streamflow.dsl.problems import caller_span, report


class ExampleDict(TypedDict, total=False):
    """An example written as a dict."""

    name: str
    given: Mapping[str, Sequence[Any]]
    expect: Mapping[str, Sequence[Any]]
    fetches: Mapping[str, Any]
    lookups: Mapping[str, Any]


@dataclass(frozen=True)
class Example:
    """One example. `given` by source, `expect` by sink."""

    name: str
    given: Mapping[str, Sequence[Any]]
    expect: Mapping[str, Sequence[Any]]
    fetches: Mapping[str, Any]
    lookups: Mapping[str, Any]
    span: Span = field(compare=False)


@checked_call(
    "example",
    {"name": 'example("what it shows", ...)', "given": 'given={"source": [...]}', "expect": 'expect={"sink": [...]}'},
)
def example(
    name: str,
    *,
    given: Mapping[str, Sequence[Any]],
    expect: Mapping[str, Sequence[Any]],
    fetches: Mapping[str, Any] | None = None,
    lookups: Mapping[str, Any] | None = None,
) -> Example:
    """What `given` sends into sources, to the end of input, makes exactly what `expect` says reach those sinks.

    A value arrives at its event time, or at its position in milliseconds; a pair `(seconds, value)` at that moment.
    `fetches` and `lookups` are those of `streamflow.testing.TestStream`.
    """
    return _checked(name, given, expect, fetches or {}, lookups or {}, caller_span())


def examples_of(written: Iterable[Example | ExampleDict], span: Span) -> tuple[Example, ...]:
    """The examples of a graph; what is none is reported."""
    found = []
    for one in written:
        if isinstance(one, Example):
            found.append(one)
            continue
        if not isinstance(one, Mapping):
            help = 'write example("...", given={...}, expect={...})'
            report(Diagnostic("SF035", span, f"{one!r} is not an example", help))
            continue
        fields = {"given": {}, "expect": {}, "fetches": {}, "lookups": {}, **one}
        name = fields.pop("name", None)
        for key in [key for key in fields if key not in ExampleDict.__annotations__]:
            help = did_you_mean(key, ExampleDict.__annotations__) or f"it has {', '.join(ExampleDict.__annotations__)}"
            report(Diagnostic("SF035", span, f"example {name!r} has no `{key}`", help))
            del fields[key]
        found.append(_checked(name, span=span, **fields))
    return tuple(found)


def _checked(name: Any, given: Any, expect: Any, fetches: Any, lookups: Any, span: Span) -> Example:
    if not isinstance(name, str) or not name.strip():
        help = "say in a few words what it shows"
        report(Diagnostic("SF035", span, f"{name!r} can't be the name of an example", help))
    if not expect:
        help = 'write expect={"sink": [...]}; an empty list says that nothing comes'
        report(Diagnostic("SF035", span, f"example {name!r} expects nothing of any sink", help))
    for option, values in (("given", given), ("expect", expect)):
        if not isinstance(values, Mapping) or any(not isinstance(each, (list, tuple)) for each in values.values()):
            help = f'write {option}={{"name": [value, ...]}}: one packet a value'
            message = f"example {name!r}: `{option}` is not a list of values by node"
            report(Diagnostic("SF035", span, message, help))
            return Example(str(name), {}, {}, {}, {}, span)
    return Example(str(name), given, expect, fetches, lookups, span)
