"""Kinds of nodes that installed packages bring, by the entry-point group `streamflow.nodes`."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Concatenate, ParamSpec

from streamflow.diagnostics import Diagnostic, did_you_mean
from streamflow.dsl.constructing import named
from streamflow.dsl.kinds import KINDS
from streamflow.dsl.node import Node, Options, make_node
from streamflow.dsl.problems import caller_span, report

GROUP = "streamflow.nodes"
API = 1
"""The version of what `streamflow.plugin` offers. It grows where a plugin would have to change."""

P = ParamSpec("P")
PACKAGES: set[str] = set()
"""The top-level packages that declare kinds: functions of theirs are captured as the user's own are."""


@dataclass(frozen=True, eq=False)
class NodeKind:
    """A kind of node: the model of its options, and what becomes of it.

    One of `operator`, which emits its code as those of built-in kinds do, and `lower(name, options)`, which gives the
    nodes that stand for it: one of them is called `name`; what enters goes to the first, `out` leaves the last.
    `page` is the Markdown of its page in the catalogue. `api` is the version of the interface that it is written for.
    """

    options: type[Options]
    api: int
    operator: Any = None
    lower: Callable[[str, Any], Node | Sequence[Node]] | None = None
    page: str = ""

    def __post_init__(self) -> None:
        PACKAGES.add(self.options.__module__.partition(".")[0])

    def constructor(self, signature: Callable[Concatenate[str, P], Node]) -> Callable[Concatenate[str, P], Node]:
        """A decorator: the constructor of this kind, with the typed signature and docstring of a function."""

        def construct(name: str, /, *args: P.args, **given: P.kwargs) -> Node:
            return self.node(name, given)

        return named(signature, construct)

    def node(self, name: str, options: dict[str, Any]) -> Node:
        """A node of this kind; what is wrong with its options, or with the kind, is reported."""
        problem = problem_of(self)
        if problem is not None:
            message = f"the kind of `{name}`, {self.options.__name__}, {problem[0]}"
            report(Diagnostic("SF040", caller_span(), message, problem[1]))
            return Node(name, "", None, caller_span())
        return make_node(self.options, name, options, self)


@dataclass(frozen=True)
class Plugin:
    """An entry point: its name, which is the constructor's, and the distribution that it comes from.

    `problem` and `help` say why it can't be used; `declared` is there where it could be loaded.
    """

    name: str
    distribution: str
    declared: NodeKind | None = field(default=None, compare=False)
    problem: str | None = None
    help: str | None = None


def plugins() -> list[Plugin]:
    """Every installed plugin, by name. Those that can't be loaded, or are in conflict, say so."""
    return [plugin for name in dict.fromkeys(point.name for point in _points()) for plugin in _found(name)]


def constructor_of(name: str) -> Callable[..., Node]:
    """The constructor that plugins bring under this name. Raises AttributeError where none does.

    A plugin that can't be used is a problem of the program where its constructor is called.
    """
    from streamflow.dsl import nodes

    found = _found(name)
    if not found:
        near = did_you_mean(name, (*nodes.__all__, *(point.name for point in _points())))
        what = f"there is no `nodes.{name}`, and no installed plugin brings it"
        raise AttributeError(f"{what}: {near}" if near else what)
    if len(found) == 1 and found[0].declared is not None and found[0].problem is None:
        declared = found[0].declared
        return lambda node, /, **options: declared.node(node, options)

    def refuse(node: str, /, **options: Any) -> Node:
        span = caller_span()
        code = "SF041" if len(found) > 1 else "SF040"
        report(Diagnostic(code, span, f"`nodes.{name}` can't be used: {found[0].problem}", found[0].help))
        return Node(node, "", None, span)

    return refuse


def forget_plugins() -> None:
    """Look again at what is installed."""
    _points.cache_clear()
    _found.cache_clear()


def problem_of(declared: NodeKind) -> tuple[str, str] | None:
    """Why a declaration can't be used, and what to do; None if it can."""
    if declared.api != API:
        age, outdated = ("newer", "streamflow-edge") if declared.api > API else ("older", "the plugin")
        return f"is made for plugin interface {declared.api}, {age} than this compiler's {API}", f"update {outdated}"
    if (declared.operator is None) == (declared.lower is None):
        return "doesn't say how it runs, or says it twice", "give NodeKind one of `operator` and `lower`"
    kind = getattr(declared.options, "kind", "")
    family, dot, _ = kind.partition(".")
    families = ("transform", "filter") if declared.lower is None else ("source", "transform", "filter", "sink")
    if not dot or family not in families:
        return f"calls its kind {kind!r}", f'write kind = "{families[0]}.{{name}}", or one of {", ".join(families)}'
    if kind in KINDS:
        return f"takes the kind {kind!r}, which is Streamflow's own", "give the kind another name"
    return _problem_of_operator(declared)


def _problem_of_operator(declared: NodeKind) -> tuple[str, str] | None:
    unknown = set(getattr(declared.operator, "names", ())) - set(declared.options.model_fields)
    if unknown:
        named = ", ".join(f"`{name}`" for name in sorted(unknown))
        return f"has {named} in its template", "a template names `data`, `packet`, `state` and options"
    missing = set(getattr(declared.operator, "ports", ())) - set(declared.options.ports)
    if missing:
        named = ", ".join(sorted(missing))
        return f"lets packets leave by `{named}`, no port of its options", f'ports = ("out", "{named}", "error")'
    return None


@cache
def _points() -> tuple[importlib.metadata.EntryPoint, ...]:
    found = importlib.metadata.entry_points(group=GROUP)
    return tuple(sorted(set(found), key=lambda point: (point.name, point.value)))


@cache
def _found(name: str) -> tuple[Plugin, ...]:
    from streamflow.dsl import nodes

    found = tuple(_loaded(point) for point in _points() if point.name == name)
    if name in nodes.__all__:
        problem, help = f"`nodes.{name}` is Streamflow's own node", "its plugin has to give the node another name"
        return tuple(Plugin(name, each.distribution, each.declared, problem, help) for each in found)
    owners = [each.distribution for each in found]
    if len(owners) > 1:
        problem = f"{' and '.join(owners)} both bring a node of that name"
        help = f"uninstall one of them: pip uninstall {owners[1].split()[0]}"
        return tuple(Plugin(name, each.distribution, each.declared, problem, help) for each in found)
    return found


def _loaded(point: importlib.metadata.EntryPoint) -> Plugin:
    owner = f"{point.dist.name} {point.dist.version}" if point.dist is not None else point.value
    try:
        declared = point.load()
    except Exception as error:  # whatever a plugin raises, the others work
        problem = f"{owner} can't be loaded: {type(error).__name__}: {error}"
        return Plugin(point.name, owner, None, problem, "repair or uninstall it; other nodes are not concerned")
    if not isinstance(declared, NodeKind):
        problem = f"{owner} declares {point.value}, which is no NodeKind"
        return Plugin(point.name, owner, None, problem, "the entry point names an object made by NodeKind(...)")
    found = problem_of(declared)
    if found is None and declared.options.kind.partition(".")[2] != point.name:
        found = (
            f"calls its kind {declared.options.kind!r}",
            f"the entry point's name is {point.name!r}; use one for both",
        )
    if found is not None:
        return Plugin(point.name, owner, declared, f"{owner} {found[0]}", found[1])
    return Plugin(point.name, owner, declared)


def usable() -> Iterator[tuple[Plugin, NodeKind]]:
    """The plugins that can be used."""
    for plugin in plugins():
        if plugin.declared is not None and plugin.problem is None:
            yield plugin, plugin.declared
