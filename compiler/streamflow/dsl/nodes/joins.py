"""`nodes.join(...)`: pairs of two inputs."""

from __future__ import annotations

from typing import Any, Literal, Unpack, overload

from streamflow.diagnostics import Diagnostic
from streamflow.dsl.constructing import named
from streamflow.dsl.durations import Duration
from streamflow.dsl.kinds import JOINS
from streamflow.dsl.node import Node, make_node
from streamflow.dsl.nodes.terms import Joining
from streamflow.dsl.problems import caller_span, report


@overload
def join(
    name: str,
    *,
    within: Duration | tuple[Duration, Duration],
    **joining: Unpack[Joining],
) -> Node: ...
@overload
def join(
    name: str,
    *,
    window: Literal["time"],
    duration: Duration,
    slide: Duration | None = None,
    offset: Duration = 0,
    **joining: Unpack[Joining],
) -> Node: ...
@overload
def join(
    name: str,
    *,
    window: Literal["session"],
    gap: Duration,
    max_duration: Duration | None = None,
    **joining: Unpack[Joining],
) -> Node: ...
@overload
def join(
    name: str,
    *,
    latest: Literal[True] | Duration,
    **joining: Unpack[Joining],
) -> Node: ...
@named
def join(name: str, **options: Any) -> Node:
    """Pairs of a key from `name.left` and `name.right`: `within` a span, in a `window`, or with the `latest`."""
    given = [kind for kind in JOINS if options.get(kind) is not None]
    if len(given) == 1:
        unused = [kind for kind in JOINS if kind in options and kind not in given]
        return make_node(JOINS[given[0]], name, {key: value for key, value in options.items() if key not in unused})
    if given:
        listed = " and ".join(f"`{kind}`" for kind in given)
        report(Diagnostic("SF004", caller_span(), f"join `{name}`: {listed} exclude each other", "give one of them"))
    else:
        help = " or ".join(str(JOINS[kind].model_fields[kind].examples[0]) for kind in JOINS)  # type: ignore[index]
        message = f"join `{name}` needs one of the options {', '.join(f'`{kind}`' for kind in JOINS)}"
        report(Diagnostic("SF002", caller_span(), message, f"write {help}"))
    return Node(name, "join", None, caller_span())
