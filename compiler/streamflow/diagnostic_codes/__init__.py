"""Every diagnostic's long form: `streamflow explain SF012` prints it, docs/diagnostics.md lists them all."""

from __future__ import annotations

from streamflow.diagnostic_codes.command_line import COMMAND_LINE
from streamflow.diagnostic_codes.delivery import DELIVERY
from streamflow.diagnostic_codes.explanation import Explanation
from streamflow.diagnostic_codes.functions import FUNCTIONS
from streamflow.diagnostic_codes.graphs import GRAPHS
from streamflow.diagnostic_codes.plugins import PLUGINS
from streamflow.diagnostic_codes.programs import PROGRAMS
from streamflow.diagnostic_codes.times import TIMES

FAMILIES: dict[str, dict[str, Explanation]] = {
    "Options and names": {code: text for code, text in PROGRAMS.items() if code < "SF011"},
    "The graph": GRAPHS,
    "Delivery": DELIVERY,
    "Time": TIMES,
    "The program's file": {code: text for code, text in PROGRAMS.items() if code >= "SF011"},
    "Functions": FUNCTIONS,
    "Plugins": PLUGINS,
    "The command line": COMMAND_LINE,
}
CODES: dict[str, Explanation] = {code: text for family in FAMILIES.values() for code, text in family.items()}


def long_form(code: str) -> str:
    """What a code means, why it is a problem, a wrong and a right example."""
    return f"{code}: {CODES[code].markdown()}"


def catalogue() -> str:
    """docs/diagnostics.md."""
    lines = ["# Diagnostics", ""]
    lines += [
        "Every problem that the compiler reports has a stable code. `streamflow explain SF012` prints one entry.",
        "",
    ]
    for family, entries in FAMILIES.items():
        lines += [f"## {family}", ""]
        for code, explanation in sorted(entries.items()):
            lines += [f"### {code}: {explanation.markdown().strip()}", ""]
    return "\n".join(lines).rstrip("\n") + "\n"
