"""The place where a captured value is used, and the refusal of a value there."""

from __future__ import annotations

from dataclasses import dataclass

from streamflow.diagnostics import Diagnostic, Span
from streamflow.dsl.secrets import Secret, holds_secret
from streamflow.frontend.refusals import Refusal, refused

_PLAIN = "capture plain values: numbers, texts, lists, dicts, tuples, sets, functions, or streamflow.secret"


class Refused(Exception):
    """A value that can't be captured, with what to say about it."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic
        super().__init__(diagnostic.message)


@dataclass(frozen=True)
class Site:
    """Where a value is used: the place to underline, the node it is for, the names that would hide an identifier."""

    span: Span
    node: str
    forbidden: frozenset[str] = frozenset()

    def check(self, dotted: str) -> None:
        """Raise Refused for a name of the standard library that can't be used on the platform."""
        refusal = refused(dotted)
        if refusal is not None:
            raise self.refusal(refusal, dotted)

    def refusal(self, refusal: Refusal, name: str) -> Refused:
        """A name that can't be used on the platform."""
        message = f"`{name}` can't be used in `{self.node}`: {refusal.why}"
        return Refused(Diagnostic(refusal.code, self.span, message, refusal.help))

    def stranger(self, module: str, where: str) -> Refused:
        """A name of an installed package, or of this compiler."""
        if where == "compiler":
            message = (
                f"`{self.node}` uses a part of streamflow that describes graphs; it isn't there when the graph runs"
            )
            help = 'only a secret goes along, by name: write KEY = secret("KEY") outside, and `KEY` in the function'
            return Refused(Diagnostic("SF121", self.span, message, help))
        top = module.partition(".")[0]
        message = f"`{self.node}` uses `{top}`, which is outside the standard library"
        help = f"if `{top}` is of pure Python, name its package: Graph(dependencies=[...])"
        return Refused(Diagnostic("SF106", self.span, message, help))

    def not_plain(self, value: object, name: str, *, inside: bool = False) -> Refused:
        """A value that can't be written down."""
        if isinstance(value, Secret):
            message = f"`{name}` holds {value!r} inside a container, where its value can't be filled in"
            return Refused(Diagnostic("SF117", self.span, message, "capture the secret by a name of its own"))
        if holds_secret(value):
            message = f"`{name}` is a text made from a secret, whose value is known only where the graph is deployed"
            help = 'capture the secret by a name of its own, and make the text in the function: f"Bearer {KEY}"'
            return Refused(Diagnostic("SF117", self.span, message, help))
        kind = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
        what = f"`{name}` contains" if inside else f"`{name}` is"
        message = f"{what} an object of type {kind}, which can't be copied into the compiled program"
        return Refused(Diagnostic("SF114", self.span, message, _PLAIN))
