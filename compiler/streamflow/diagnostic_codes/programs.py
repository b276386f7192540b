"""Diagnostics of names, options and the program's file."""

from __future__ import annotations

from streamflow.diagnostic_codes.explanation import Explanation

PROGRAMS: dict[str, Explanation] = {
    "SF001": Explanation(
        "a name can't be used",
        "Names of nodes appear in edges, URLs, metrics and state, so they start with a letter and go on with letters, "
        "digits, `_` and `-`. A graph needs a name that isn't empty.",
        'nodes.filter("large only", function=lambda data: data["amount"] > 100)',
        'nodes.filter("large-only", function=lambda data: data["amount"] > 100)',
    ),
    "SF002": Explanation(
        "an option is missing",
        "The node can't do its work without this option.",
        'nodes.aggregate("hourly", window="time", function=lambda packets: len(packets))',
        'nodes.aggregate("hourly", window="time", duration="1h", function=lambda packets: len(packets))',
    ),
    "SF003": Explanation(
        "there is no such option",
        "Options are checked when the program runs, so that a misspelt one isn't silently ignored.",
        'nodes.aggregate("hourly", window="time", duraton="1h", function=lambda packets: len(packets))',
        'nodes.aggregate("hourly", window="time", duration="1h", function=lambda packets: len(packets))',
    ),
    "SF004": Explanation(
        "an option has a value that it can't have",
        'The message says which values are possible. Durations are seconds (`3600`), text (`"1h"`) or a `timedelta`.',
        'nodes.aggregate("hourly", window="time", duration="1 hour", function=lambda packets: len(packets))',
        'nodes.aggregate("hourly", window="time", duration="1h", function=lambda packets: len(packets))',
    ),
    "SF009": Explanation(
        "something in `nodes` isn't a node",
        "Nodes are made by `nodes.source`, `nodes.transform`, `nodes.filter`, `nodes.aggregate` and `nodes.sink`.",
        'graph = Graph(name="Orders", nodes=[nodes.source("orders", type="webhook"), "out"], edges=[])',
        'graph = Graph(name="Orders", nodes=[nodes.source("orders", type="webhook"), nodes.sink("out", type="log")])',
    ),
    "SF010": Explanation(
        "something in `edges` isn't an edge",
        "An edge is a tuple of two or more names, which may name ports, or `edge(a, b, when=...)`.",
        """
graph = Graph(
    name="Orders",
    nodes=[nodes.source("orders", type="webhook"), nodes.sink("out", type="log")],
    edges=["orders", "out"],
)
""",
        """
graph = Graph(
    name="Orders",
    nodes=[nodes.source("orders", type="webhook"), nodes.sink("out", type="log")],
    edges=[("orders", "out")],
)
""",
    ),
    "SF030": Explanation(
        "the program's file can't be read",
        "The path is taken relative to the folder that the command runs in.",
        "$ streamflow check sampels/orders.py",
        "$ streamflow check samples/orders.py",
    ),
    "SF031": Explanation(
        "the file is not Python",
        "The file is run to get its graph, so it must be valid Python of the version that the compiler runs on.",
        'graph = Graph(name="Orders", nodes=[nodes.source("orders", type="webhook")',
        'graph = Graph(name="Orders", nodes=[nodes.source("orders", type="webhook")], edges=[], taps=["orders"])',
    ),
    "SF032": Explanation(
        "the program fails when it is run",
        "Compiling runs the file once on this machine. The exception is the program's own; the line shown is "
        "the last one "
        "of the program's files that was reached.",
        """
limits = {"large": 100}
nodes.filter("large", function=lambda data, limit=limits["small"]: data["amount"] > limit)
""",
        """
limits = {"large": 100}
nodes.filter("large", function=lambda data, limit=limits["large"]: data["amount"] > limit)
""",
    ),
    "SF033": Explanation(
        "the file defines no such graph",
        "A program has one graph in a variable at the top level. A graph that a function returns counts once it is "
        "assigned there.",
        """
def orders():
    return Graph(name="Orders", nodes=[nodes.source("orders", type="webhook"), nodes.sink("out", type="log")])
""",
        """
def orders():
    return Graph(name="Orders", nodes=[nodes.source("orders", type="webhook"), nodes.sink("out", type="log")])

graph = orders()
""",
    ),
    "SF034": Explanation(
        "the file defines several graphs",
        "One bundle is one graph. Say which one is meant: `FILE:NAME`.",
        "$ streamflow check samples/two.py",
        "$ streamflow check samples/two.py:orders",
    ),
}
