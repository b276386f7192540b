"""What a template's options may be. A problem is reported where the template is called."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from streamflow.diagnostics import Diagnostic, did_you_mean
from streamflow.dsl.durations import Duration
from streamflow.dsl.problems import caller_span, report


def chosen(option: str, given: object, known: Collection[str]) -> list[str]:
    """Those that are given of what is known, in the order known; what is not known is a problem, and so is nothing."""
    found = names(option, given)
    for name in found:
        if name not in known:
            help = did_you_mean(name, known) or f"there is {', '.join(known)}"
            report(Diagnostic("SF003", caller_span(), f"`{option}` has no {name!r}", help))
    return [name for name in known if name in found]


def switched_on(option: str, given: object, known: Collection[str]) -> list[str]:
    """The names of a mapping whose values are True; names that are not known and other values are problems."""
    switches = dict(given) if isinstance(given, Mapping) else {}
    if not isinstance(given, Mapping) or not all(isinstance(value, bool) for value in switches.values()):
        example = ", ".join(f'"{name}": True' for name in known)
        report(
            Diagnostic("SF004", caller_span(), f"`{option}` must say True or False of names", f"write {{{example}}}")
        )
        return []
    found = chosen(option, switches, known) if switches else []
    return [name for name in found if switches[name]]


def names(option: str, given: object) -> tuple[str, ...]:
    """Different texts, at least one."""
    found = tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else ()
    if not found or not all(isinstance(name, str) for name in found) or len({*found}) < len(found):
        message = f"`{option}` must be different names, at least one, not {given!r}"
        report(Diagnostic("SF004", caller_span(), message))
        return ()
    return found


def one_of(option: str, given: object, known: Collection[str]) -> str:
    """One of what is known; anything else is a problem."""
    if not isinstance(given, str) or given not in known:
        help = did_you_mean(str(given), known) or f"one of {', '.join(known)}"
        report(Diagnostic("SF004", caller_span(), f"`{option}` can't be {given!r}", help))
        return next(iter(known))
    return given


def number(option: str, given: object) -> float:
    """A finite number that is not negative; anything else is a problem."""
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not math.isfinite(given) or given < 0:
        report(Diagnostic("SF004", caller_span(), f"`{option}` must be a number of at least 0, not {given!r}"))
        return 0
    return given


def event_time(timestamp: str | None, out_of_orderness: Duration, idle_timeout: Duration) -> dict[str, Any]:
    """The options of a source whose records say when they are of; without a timestamp none is needed."""
    if timestamp is None:
        return {}
    return {"timestamp": timestamp, "out_of_orderness": out_of_orderness, "idle_timeout": idle_timeout}
