"""Diagnostics of the command line: inputs, outputs, secrets of a local run."""

from __future__ import annotations

from streamflow.diagnostic_codes.explanation import Explanation

COMMAND_LINE: dict[str, Explanation] = {
    "SF301": Explanation(
        "an input doesn't fit the program",
        "`--input FILE` feeds the only source; with several, each file is given to its source by name.",
        "$ streamflow run samples/orders.py --input odrers=orders.ndjson",
        "$ streamflow run samples/orders.py --input orders=orders.ndjson",
    ),
    "SF302": Explanation(
        "an input holds something that isn't a record",
        "Inputs are NDJSON, one JSON value a line, or one JSON array. The message names the line.",
        "$ streamflow run samples/orders.py --input orders.csv",
        "$ streamflow run samples/orders.py --input orders.ndjson",
    ),
    "SF303": Explanation(
        "an output can't be written",
        "`--output` is a folder; each sink gets a file of its name in it.",
        "$ streamflow run samples/orders.py --input orders.ndjson --output /proc/out",
        "$ streamflow run samples/orders.py --input orders.ndjson --output out",
    ),
    "SF304": Explanation(
        "a secret has no value here",
        "Locally, secrets come from the environment or from `.dev.vars` beside the program.",
        "$ streamflow run samples/orders.py --input orders.ndjson",
        "$ TOKEN=test streamflow run samples/orders.py --input orders.ndjson",
    ),
    "SF305": Explanation(
        "the program can't be served here",
        "The port is taken, or workerd couldn't be started; the message says which.",
        "$ streamflow dev samples/orders.py --port 80",
        "$ streamflow dev samples/orders.py --port 8788",
    ),
    "SF308": Explanation(
        "there is no such node",
        "`streamflow nodes` lists all kinds, those of installed plugins included; with a name it prints a page.",
        "$ streamflow nodes dedup",
        "$ streamflow nodes dedupe",
    ),
    "SF307": Explanation(
        "there is no such diagnostic",
        "Codes are `SF` and three digits, as the messages show them.",
        "$ streamflow explain SF999",
        "$ streamflow explain SF012",
    ),
    "SF310": Explanation(
        "inputs can't be merged by time",
        "Records with event time arrive at it, others at their position in milliseconds. Where both are replayed, "
        "`--arrival FIELD` says when the latter came: seconds, ISO 8601 text or a dotted path to one.",
        "$ streamflow run samples/orders.py --input orders=orders.ndjson --input visits=visits.ndjson",
        "$ streamflow run samples/orders.py --input orders=orders.ndjson --input visits=visits.ndjson --arrival seen",
    ),
}
