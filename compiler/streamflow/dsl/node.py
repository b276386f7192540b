"""A node of a graph: its name, its kind, its validated options and the place where it was written."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from typing import Annotated, Any, ClassVar, ParamSpec, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from streamflow.diagnostics import Diagnostic, Span, did_you_mean
from streamflow.dsl.error_handling import EXAMPLE, ErrorStrategy, RetryPolicy
from streamflow.dsl.milliseconds import Milliseconds as Milliseconds
from streamflow.dsl.milliseconds import NotNegativeMilliseconds as NotNegativeMilliseconds
from streamflow.dsl.milliseconds import PositiveMilliseconds as PositiveMilliseconds
from streamflow.dsl.problems import caller_span, report
from streamflow.dsl.secrets import Secret, holds_secret

P = ParamSpec("P")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")

Function: TypeAlias = Callable[..., Any]
Key: TypeAlias = str | tuple[str, ...] | Callable[..., Any]


def _not_async(function: Function) -> Function:
    if iscoroutinefunction(function):
        raise ValueError("can't be async: nodes.transform takes async functions, so make it a node of its own")
    return function


SyncFunction = Annotated[Function, AfterValidator(_not_async)]


_FILLED_IN = frozenset(("auth", "headers", "lookup", "subscribe", "url"))


class Options(BaseModel):
    """Base of every kind's options.

    `kind` names the kind, the part before a dot its family. `inputs` and `ports` are its ends ("out" is the main
    port). `callbacks` are the options that may hold functions, with how many values each is called with; one positional
    parameter more gets what `extra` says for it, the packet unless given. `must_return` are those that must not return
    None alone, `may_yield` those that may be generators, `awaited` those that may be async. `absent` says why this kind
    lacks options that its family has.
    """

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, frozen=True, strict=True)

    kind: ClassVar[str]
    inputs: ClassVar[tuple[str, ...]] = ("in",)
    ports: ClassVar[tuple[str, ...]] = ("out", "error")
    callbacks: ClassVar[Mapping[str, int]] = {"function": 1, "key": 1}
    extra: ClassVar[Mapping[str, str]] = {}
    must_return: ClassVar[tuple[str, ...]] = ()
    may_yield: ClassVar[tuple[str, ...]] = ()
    awaited: ClassVar[tuple[str, ...]] = ()
    absent: ClassVar[Mapping[str, str]] = {}

    error_strategy: ErrorStrategy | None = Field(None, examples=['error_strategy="retry"'])
    retry_policy: RetryPolicy | None = Field(None, strict=False, examples=[EXAMPLE])

    def named_ports(self, wired: Collection[str]) -> tuple[str, ...]:
        """The output ports of a node with these options; `wired` are those that its edges name."""
        return self.ports

    @model_validator(mode="before")
    @classmethod
    def _secrets_where_filled_in(cls, options: Any) -> Any:
        """A secret is filled in where a connection is made; anything else would get the mark that stands for it."""
        for name, value in dict(options).items():
            parts = value if isinstance(value, (list, tuple)) else (value,)
            if name not in _FILLED_IN and any(isinstance(part, Secret) or holds_secret(part) for part in parts):
                raise ValueError(f"`{name}` can't hold a secret; {', '.join(sorted(_FILLED_IN))} can")
        return options

    @model_validator(mode="before")
    @classmethod
    def _keys_of_something(cls, options: Any) -> Any:
        """A tuple of no names would be the same key for everything, which is what no key means."""
        for name in ("key", "dedupe_key"):
            if dict(options).get(name) in ((), ""):
                raise ValueError(f'`{name}` names no field: leave it out, or write {name}="account"')
        return options


class Unfit(ValueError):
    """Options that don't go together. `help` says what to write instead."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


@dataclass(frozen=True, eq=False)
class Node:
    """One node as written. `options` is None where they were refused (a diagnostic says why).

    `declared` is the declaration of a kind that a plugin brings.
    """

    name: str
    kind: str
    options: Any
    span: Span
    problems: tuple[Diagnostic, ...] = field(default=(), repr=False)
    declared: Any = field(default=None, repr=False)

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name!r}>"


def make_node(options_class: type[Options], name: str, options: dict[str, Any], declared: Any = None) -> Node:
    """Validate the options of one call and report what is wrong with them."""
    span = caller_span()
    kind = options_class.kind
    label = kind.partition(".")[0]
    if not isinstance(name, str) or not NAME.fullmatch(name):
        help = "a name starts with a letter and goes on with letters, digits, _ and -"
        report(Diagnostic("SF001", span, f"{name!r} can't be the name of a node", help))
        name = str(name)
    try:
        return Node(name, kind, options_class.model_validate(options), span, declared=declared)
    except ValidationError as invalid:
        of_options: dict[str, list[dict[str, Any]]] = {}
        for error in invalid.errors(include_url=False):
            of_options.setdefault(str(error["loc"][0]) if error["loc"] else "", []).append(dict(error))
        names = list(options_class.model_fields)
        unknown = [errors[0]["loc"] for errors in of_options.values() if errors[0]["type"] == "extra_forbidden"]
        meant = {did_you_mean(str(loc[0]), names) for loc in unknown if len(loc) == 1}
        for option, errors in of_options.items():
            if errors[0]["type"] == "missing" and f"did you mean `{option}`?" in meant:
                continue  # one mistake, one problem
            report(_diagnostic(options_class, label, name, span, option, errors))
        return Node(name, kind, None, span, declared=declared)


def _diagnostic(
    options_class: type[Options], label: str, name: str, span: Span, option: str, errors: list[dict[str, Any]]
) -> Diagnostic:
    """What is wrong with one option; there are several errors where each of its types was tried."""
    error = errors[0]
    names = sorted(options_class.model_fields, key=list(Options.model_fields).__contains__)  # its own ones first
    if error["loc"] == (option,) and error["type"] == "missing":
        return Diagnostic(
            "SF002", span, f"{label} `{name}` needs the option `{option}`", _example(options_class, option)
        )
    if error["loc"] == (option,) and error["type"] == "extra_forbidden" and option in options_class.absent:
        message = f"{label} `{name}` takes no `{option}`: {options_class.absent[option]}"
        return Diagnostic("SF003", span, message, "leave it out")
    if error["loc"] == (option,) and error["type"] == "extra_forbidden":
        help = did_you_mean(option, names) or f"its options are {', '.join(names)}"
        return Diagnostic("SF003", span, f"{label} `{name}` has no option `{option}`", help)
    message = _message(errors)
    if not option:
        return Diagnostic("SF004", span, f"{label} `{name}`: {message}", getattr(_cause(error), "help", None))
    given = (
        "" if error["type"] in ("value_error", "missing", "extra_forbidden") else f", not {shortened(error['input'])}"
    )
    return Diagnostic("SF004", span, f"{label} `{name}`: `{option}` {message}{given}", _example(options_class, option))


def _cause(error: dict[str, Any]) -> object:
    """What a validator raised."""
    return error.get("ctx", {}).get("error")


def _message(errors: list[dict[str, Any]]) -> str:
    parts = {"extra_forbidden": "has no `{}`", "missing": "needs `{}`"}
    inner = [parts[error["type"]].format(error["loc"][-1]) for error in errors if error["type"] in parts]
    if inner:
        return " and ".join(inner)
    texts = [str(error["msg"]).replace("Input should ", "must ") for error in errors]
    texts = [text.removeprefix("Value error, ") for text in texts]
    return " or ".join([texts[0], *(text.removeprefix("must be ") for text in texts[1:])])


def _example(options_class: type[Options], option: str) -> str | None:
    info = options_class.model_fields.get(option)
    return f"write {info.examples[0]}" if info is not None and info.examples else None


def shortened(value: object) -> str:
    """A value as a message shows it."""
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
