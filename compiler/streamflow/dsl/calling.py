"""Calls that don't fit a signature, by a misspelt option above all, are problems of the program."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import ParamSpec, TypeVar

from streamflow.diagnostics import CompileError, Diagnostic, did_you_mean
from streamflow.dsl.problems import caller_span, report

P = ParamSpec("P")
R = TypeVar("R")


def checked_call(name: str, examples: Mapping[str, str]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator: what the function doesn't take is reported and left out; without what it needs the call fails.

    `examples` say how that is written.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)
        options = {each.name: each for each in signature.parameters.values() if each.name != "self"}
        positional = [each.name for each in options.values() if each.kind is not each.KEYWORD_ONLY]
        most = len(positional) + len(signature.parameters) - len(options)

        @wraps(function)
        def call(*args: P.args, **given: P.kwargs) -> R:
            span = caller_span()
            problems, misspelt = [], set()
            if len(args) > most:
                message = f"`{name}` takes {', '.join(positional)} by position, everything else by name"
                by_name = next(option for option in options if option not in positional)
                problems.append(Diagnostic("SF004", span, message, f"write {by_name}=..."))
            for option in (option for option in given if option not in options):
                near = did_you_mean(option, options)
                misspelt.add(near)
                help = near or f"its options are {', '.join(options)}"
                problems.append(Diagnostic("SF003", span, f"`{name}` has no option `{option}`", help))
            taken = {*given, *positional[: len(positional) + len(args) - most]}
            needed = [option for option in examples if option not in taken]
            for option in needed:
                if f"did you mean `{option}`?" not in misspelt:
                    help = f"write {examples[option]}"
                    problems.append(Diagnostic("SF002", span, f"`{name}` needs `{option}`", help))
            if needed:
                raise CompileError(problems)
            for problem in problems:
                report(problem)
            known = {option: value for option, value in given.items() if option in options}
            return function(*args[:most], **known)  # type: ignore[arg-type]

        return call

    return decorate
