"""How `nodes.*` make nodes: by the options' model, and for families of several kinds by the option that names one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate, NoReturn, ParamSpec

from streamflow.diagnostics import Diagnostic, did_you_mean
from streamflow.dsl.node import Node, Options, make_node
from streamflow.dsl.problems import caller_span, report

P = ParamSpec("P")


def constructor(
    options: type[Options],
) -> Callable[[Callable[Concatenate[str, P], Node]], Callable[Concatenate[str, P], Node]]:
    """Keep the typed signature for tools; what the call gives is validated by the options' model."""

    def bind(signature: Callable[Concatenate[str, P], Node]) -> Callable[Concatenate[str, P], Node]:
        def construct(name: str, /, *args: P.args, **given: P.kwargs) -> Node:
            if args:
                refuse_positional(name, options.kind)
            return make_node(options, name, given)

        construct.__name__, construct.__doc__ = signature.__name__, signature.__doc__
        construct.__wrapped__ = signature  # type: ignore[attr-defined]
        return construct

    return bind


def of_type(family: str, name: str, option: str, types: dict[str, type[Options]], options: dict[str, Any]) -> Node:
    """A node of the kind that `option` names; a problem is reported where there is none."""
    chosen = options.pop(option, None)
    if isinstance(chosen, str) and chosen in types:
        return make_node(types[chosen], name, options)
    known = ", ".join(f'"{known}"' for known in types)
    span = caller_span()
    if chosen is None:
        report(Diagnostic("SF002", span, f"{family} `{name}` needs the option `{option}`", f"one of {known}"))
    else:
        help = (isinstance(chosen, str) and did_you_mean(chosen, types)) or f"one of {known}"
        report(Diagnostic("SF004", span, f"{family} `{name}`: there is no {option} {chosen!r}", help))
    return Node(name, family, None, span)


def refuse_positional(name: str, kind: str) -> NoReturn:
    """Options stand by name: a second positional argument is a mistake of the call."""
    raise TypeError(f"{kind} {name!r}: options are given by name, such as function=...")
