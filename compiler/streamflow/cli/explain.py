"""`streamflow explain CODE`: the long form of a diagnostic."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from streamflow.cli.reporting import refuse
from streamflow.diagnostic_codes import CODES, long_form
from streamflow.diagnostics import did_you_mean


def explain(
    code: Annotated[
        str, typer.Argument(metavar="CODE", help="A diagnostic's code, such as SF012.", show_default=False)
    ],
) -> None:
    """Print the long form of a diagnostic."""
    wanted = code.upper()
    if wanted not in CODES:
        raise refuse("SF307", f"there is no diagnostic {code}", did_you_mean(wanted, CODES) or "codes look like SF012")
    sys.stdout.write(long_form(wanted))
