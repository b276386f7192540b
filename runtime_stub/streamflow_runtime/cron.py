"""Timers by cron: five fields, in UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from streamflow_runtime.timer import Timer

if TYPE_CHECKING:
    from streamflow_runtime.kernel import Kernel

_MINUTE = 60_000
_MINUTES = 24 * 60  # of a day
_FIELDS = (
    ("minute", 0, 59, ""),
    ("hour", 0, 23, ""),
    ("day of the month", 1, 31, ""),
    ("month", 1, 12, "jan feb mar apr may jun jul aug sep oct nov dec"),
    ("day of the week", 0, 7, "sun mon tue wed thu fri sat"),
)
_NAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_EPOCH = date(1970, 1, 1)
_LONGEST_WAIT = 8 * 366  # days: from 29 February 2096 to 2104


class Cron(Timer):
    """A timer that ticks when an expression says."""

    def __init__(
        self,
        kernel: Kernel,
        name: str,
        expression: str,
        function: Callable[[int], Any] | None = None,
        out_of_orderness: int | None = None,
        catch_up: bool = False,
    ) -> None:
        super().__init__(kernel, name, _MINUTE, function, out_of_orderness, catch_up)
        self.schedule = Schedule(expression)

    def following(self, moment: int) -> int:
        return self.schedule.after(moment)


class Schedule:
    """The moments of an expression: `minute hour day-of-month month day-of-week`. Raises ValueError for any other.

    Where neither day starts with `*`, either of them is enough.
    """

    def __init__(self, expression: str) -> None:
        texts = _NAMES.get(expression.strip().lower(), expression).split()
        if len(texts) != len(_FIELDS):
            raise ValueError(f"must have five fields, minute hour day month weekday, not {expression!r}")
        minutes, hours, self.days, self.months, weekdays = map(_field, _FIELDS, texts)
        self.minutes = sorted(hour * 60 + minute for hour in hours for minute in minutes)
        self.weekdays = {day % 7 for day in weekdays}
        self.either = not texts[2].startswith("*") and not texts[4].startswith("*")
        if not self.either and not any(self._is_on(date(2000, 1, 1) + timedelta(days=n)) for n in range(_LONGEST_WAIT)):
            raise ValueError(f"never comes: no year has a day such as in {expression!r}")

    def after(self, moment: int) -> int:
        """The first moment after one, in ms."""
        days, minute = divmod(moment // _MINUTE, _MINUTES)
        while True:
            if self._is_on(_EPOCH + timedelta(days=days)):
                for each in self.minutes:
                    if each > minute:
                        return (days * _MINUTES + each) * _MINUTE
            days, minute = days + 1, -1

    def _is_on(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        by_month, by_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return by_month or by_week if self.either else by_month and by_week


def _field(field: tuple[str, int, int, str], text: str) -> set[int]:
    return {number for part in text.split(",") for number in _part(field, part)}


def _part(field: tuple[str, int, int, str], text: str) -> range:
    """`*`, `5`, `5-9`, and with a step `*/2`, `5-9/2`, `5/2`."""
    name, low, high, _ = field
    span, slash, step = text.partition("/")
    if slash and not (step.isascii() and step.isdecimal() and int(step)):
        raise ValueError(f"has the step {step!r} in {text!r}: it must be a whole number above 0")
    first, dash, last = span.partition("-")
    if span == "*":
        start, end = low, min(high, 6) if low == 0 and high == 7 else high
    else:
        start = _number(field, first, text)
        end = _number(field, last, text) if dash else high if slash else start
        if dash and high == 7 and end == 0:
            end = 7  # until Sunday
    if end < start:
        raise ValueError(f"has a {name} that runs backwards: {text!r}")
    return range(start, end + 1, int(step or 1))


def _number(field: tuple[str, int, int, str], text: str, part: str) -> int:
    name, low, high, names = field
    if text.lower() in names.split():
        return names.split().index(text.lower()) + low
    if not (text.isascii() and text.isdecimal()) or not low <= int(text) <= high:
        raise ValueError(f"has a {name} that is not within {low}-{high}: {part!r}")
    return int(text)
