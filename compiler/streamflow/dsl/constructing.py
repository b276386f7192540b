"""How `nodes.*` make nodes: by the options' model, and for families of several kinds by the option that names one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from streamflow.diagnostics import Diagnostic, did_you_mean
from streamflow.dsl.node import Node, Options, make_node, shortened
from streamflow.dsl.problems import caller_span, report

P = ParamSpec("P")
F = TypeVar("F", bound=Callable[..., Node])


def constructor(
    options: type[Options],
) -> Callable[[Callable[Concatenate[str, P], Node]], Callable[Concatenate[str, P], Node]]:
    """Keep the typed signature for tools; what the call gives is validated by the options' model."""

    def bind(signature: Callable[Concatenate[str, P], Node]) -> Callable[Concatenate[str, P], Node]:
        def construct(name: str, /, *args: P.args, **given: P.kwargs) -> Node:
            return make_node(options, name, given)

        return named(signature, construct)

    return bind


def named(signature: F, construct: Callable[..., Node] | None = None) -> F:
    """A constructor that takes a name, and options by name; anything else is a problem of the program."""
    family = signature.__name__

    @wraps(signature)
    def call(*args: Any, **given: Any) -> Node:
        span = caller_span()
        name = given.pop("name") if "name" in given and not args else (args or (None,))[0]
        if name is None:
            message, help = f"nodes.{family} needs a name", f'write nodes.{family}("some-name", ...)'
            report(Diagnostic("SF002", span, message, help))
        elif len(args) > 1:
            message = f"{family} `{name}`: options are given by name, and {shortened(args[1])} has none"
            report(Diagnostic("SF004", span, message, f"write nodes.{family}({name!r}, {_first_option(family)}=...)"))
        else:
            return (construct or signature)(name, **given)
        return Node(str(name or family), family, None, span)

    return cast(F, call)


def _first_option(family: str) -> str:
    """The option that a constructor's family is mostly called with."""
    return {"source": "type", "sink": "type", "aggregate": "window", "join": "key"}.get(family, "function")


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
