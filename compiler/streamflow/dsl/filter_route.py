"""Route: each packet leaves unchanged by one port, which its data decides."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, model_validator

from streamflow.dsl.node import NAME, Options, SyncFunction


def _port(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} can't be the name of a port: letters, digits, _ and -, a letter first")
    if name in ("out", "error"):
        raise ValueError(f"a port can't be called {name!r}: `error` is for failures, and a route has no `out`")
    return name


Port = Annotated[str, AfterValidator(_port)]


class RouteOptions(Options):
    """`cases` are ports with their predicates, tried in order, or `function(data)` gives the port's name."""

    kind: ClassVar[str] = "filter.route"
    ports: ClassVar[tuple[str, ...]] = ("error",)
    callbacks: ClassVar[Mapping[str, int]] = {"cases": 1, "function": 1}
    must_return: ClassVar[tuple[str, ...]] = ("function",)

    cases: dict[Port, SyncFunction] | None = Field(
        None, examples=['cases={"large": lambda data: data["total"] > 1000}, default="normal"']
    )
    function: SyncFunction | None = Field(None, examples=['function=lambda data: data["kind"]'])
    default: Port | None = Field(None, examples=['default="normal"'])

    @model_validator(mode="after")
    def _one_way(self) -> RouteOptions:
        if (self.cases is None) == (self.function is None):
            raise ValueError("give either `cases` or `function`")
        if self.cases == {}:
            raise ValueError("`cases` is empty: no packet would go anywhere")
        return self

    def named_ports(self, wired: Collection[str]) -> tuple[str, ...]:
        """Those of the cases; with `function`, those that edges start at."""
        names = sorted({*wired} - {"out", "error"}) if self.cases is None else self.cases
        return tuple(dict.fromkeys((*names, *([self.default] if self.default else ()), "error")))
