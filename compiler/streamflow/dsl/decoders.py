"""What reads the JSON that comes in: the standard library, or a package that can skip what nobody reads."""

from __future__ import annotations

from importlib.util import find_spec

from streamflow.diagnostics import Diagnostic, Span, did_you_mean
from streamflow.dsl.problems import report

DECODERS = ("json", "msgspec")


def check_decoder(decoder: object, span: Span) -> None:
    """Report what is no decoder, or is not installed here, where graphs run in process."""
    if decoder not in DECODERS:
        near = did_you_mean(decoder, DECODERS) if isinstance(decoder, str) else None
        help = near or f"one of {', '.join(DECODERS)}"
        report(Diagnostic("SF004", span, f"there is no decoder {decoder!r}", help))
    elif decoder == "msgspec" and find_spec("msgspec") is None:
        report(Diagnostic("SF004", span, "the decoder `msgspec` is not installed here", "pip install msgspec"))
