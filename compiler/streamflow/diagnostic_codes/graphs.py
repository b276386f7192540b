"""Diagnostics of the graph: edges, ports, cycles, ends."""

from __future__ import annotations

from streamflow.diagnostic_codes.explanation import Explanation


def _graph(nodes: str, edges: str, rest: str = "") -> str:
    return f'graph = Graph(\n    name="Orders",\n    nodes=[\n{nodes}    ],\n    edges=[{edges}],\n{rest})'


_SOURCE = '        nodes.source("orders", type="webhook"),\n'
_LARGE = '        nodes.filter("large", function=lambda data: data["total"] > 100),\n'
_PRICED = '        nodes.transform("priced", function=lambda data: {**data, "price": data["total"] / 100}),\n'
_CALM = '        nodes.rate_limit("calm", limit=10, per="1s", overflow="divert"),\n'
_SINK = '        nodes.sink("out", type="log"),\n'

_ROUTE = '        nodes.route("kind", cases={"large": lambda data: data["total"] > 100}, default="rest"),\n'

_KNOWN = '        nodes.validate("known", schema={{{}}}),\n'

_EXAMPLE = '    examples=[\n        example("small", given={{"{}": [{{"total": 1}}]}}, expect={{"out": []}}),\n    ],\n'

GRAPHS: dict[str, Explanation] = {
    "SF011": Explanation(
        "an edge names a node that isn't there",
        "Edges name nodes exactly as `nodes` does.",
        _graph(_SOURCE + _LARGE + _SINK, '("orders", "lage", "out")'),
        _graph(_SOURCE + _LARGE + _SINK, '("orders", "large", "out")'),
    ),
    "SF012": Explanation(
        "a node has no such port",
        'An edge may start at a named output, `"large.rejected"`. Every node has `error`; filters have '
        "`rejected`, sources "
        "`invalid`, windows of time and sessions `late`, joins `late` and `unmatched`. An edge into a join says which "
        'input it leads to: `"j.left"` or `"j.right"`.',
        _graph(_SOURCE + _LARGE + _SINK, '("orders", "large"), ("large.dropped", "out")'),
        _graph(_SOURCE + _LARGE + _SINK, '("orders", "large"), ("large.rejected", "out")'),
    ),
    "SF013": Explanation(
        "an edge leads into a source",
        "Packets enter a source from outside the graph.",
        _graph(_SOURCE + _LARGE + _SINK, '("orders", "large", "out"), ("large.rejected", "orders")'),
        _graph(_SOURCE + _LARGE + _SINK, '("orders", "large", "out"), ("large.rejected", "out")'),
    ),
    "SF014": Explanation(
        "an edge starts at a sink",
        "A sink is where packets leave the graph. What follows it starts at the node before it; the sink's "
        "failures alone go "
        'on, by its port `"out.error"`.',
        _graph(_SOURCE + _SINK + '        nodes.sink("copy", type="log"),\n', '("orders", "out", "copy")'),
        _graph(_SOURCE + _SINK + '        nodes.sink("copy", type="log"),\n', '("orders", "out"), ("orders", "copy")'),
    ),
    "SF015": Explanation(
        "the graph has a cycle",
        "Each packet runs through the graph once. The message shows the way round.",
        _graph(
            _SOURCE + _PRICED + _LARGE + _SINK, '("orders", "priced", "large", "out"), ("large.rejected", "priced")'
        ),
        _graph(_SOURCE + _PRICED + _LARGE + _SINK, '("orders", "priced", "large", "out"), ("large.rejected", "out")'),
    ),
    "SF016": Explanation(
        "two nodes have one name",
        "A node's name is how edges, metrics and state know it.",
        _graph(_SOURCE + _LARGE + _LARGE + _SINK, '("orders", "large", "out")'),
        _graph(_SOURCE + _LARGE + _SINK, '("orders", "large", "out")'),
    ),
    "SF017": Explanation(
        "the graph has no nodes",
        "A graph has at least a source.",
        'graph = Graph(name="Orders", nodes=[])',
        'graph = Graph(name="Orders", nodes=[nodes.source("orders", type="webhook"), nodes.sink("out", type="log")])',
    ),
    "SF018": Explanation(
        "no source reaches a node",
        "This is a warning: the node will never run.",
        _graph(_SOURCE + _LARGE + _SINK, '("orders", "out"), ("large", "out")'),
        _graph(_SOURCE + _LARGE + _SINK, '("orders", "large", "out")'),
    ),
    "SF019": Explanation(
        "what a node puts out goes nowhere",
        "This is a warning: the node runs, and its results are dropped. A node in `taps` is meant to be looked at.",
        _graph(_SOURCE + _LARGE + _SINK, '("orders", "large"), ("orders", "out")'),
        _graph(_SOURCE + _LARGE + _SINK, '("orders", "large"), ("orders", "out")', '    taps=["large"],\n'),
    ),
    "SF020": Explanation(
        "`taps` names a node that isn't there",
        "Taps are nodes whose packets can be subscribed to in a deployed graph.",
        _graph(_SOURCE + _LARGE + _SINK, '("orders", "large", "out")', '    taps=["lrge"],\n'),
        _graph(_SOURCE + _LARGE + _SINK, '("orders", "large", "out")', '    taps=["large"],\n'),
    ),
    "SF021": Explanation(
        "a node leads to itself",
        "Each packet runs through the graph once.",
        _graph(_SOURCE + _PRICED + _SINK, '("orders", "priced", "priced", "out")'),
        _graph(_SOURCE + _PRICED + _SINK, '("orders", "priced", "out")'),
    ),
    "SF022": Explanation(
        "a webhook can't listen at its path",
        "Two webhooks can't share a path, and some paths are endpoints of every deployed graph: `/inject`, `/metrics`, "
        "`/state` and so on.",
        'nodes.source("payments", type="webhook", path="/metrics")',
        'nodes.source("payments", type="webhook", path="/hooks/payments")',
    ),
    "SF023": Explanation(
        "the graph has no source",
        "Nothing could ever enter it.",
        _graph(_PRICED + _SINK, '("priced", "out")'),
        _graph('        nodes.source("orders", type="manual"),\n' + _PRICED + _SINK, '("orders", "priced", "out")'),
    ),
    "SF027": Explanation(
        "a port of a route leads nowhere",
        "This is a warning: packets that leave there are dropped, and counted as such. An edge starts at a port by "
        '`"kind.large"`.',
        _graph(_SOURCE + _ROUTE + _SINK, '("orders", "kind.large", "out")'),
        _graph(_SOURCE + _ROUTE + _SINK, '("orders", "kind.large", "out"), ("kind.rest", "out")'),
    ),
    "SF028": Explanation(
        "a schema can't be checked",
        "Schemas become plain checks in the compiled program. JSON Schema's `type`, `properties`, `required`, `items`, "
        "`enum`, `$ref`, bounds, patterns and combinations can; keywords such as `if` can't, nor can pydantic models "
        "with validators of their own.",
        _graph(_SOURCE + _KNOWN.format('"if": {"required": ["total"]}') + _SINK, '("orders", "known", "out")'),
        _graph(_SOURCE + _KNOWN.format('"required": ["total"]') + _SINK, '("orders", "known", "out")'),
    ),
    "SF036": Explanation(
        "a rate limit diverts packets to nowhere",
        'With `overflow="divert"` the packets that find no token leave by `limited`, which must lead somewhere.',
        _graph(_SOURCE + _CALM + _SINK, '("orders", "calm", "out")'),
        _graph(_SOURCE + _CALM + _SINK, '("orders", "calm", "out"), ("calm.limited", "out")'),
    ),
    "SF035": Explanation(
        "an example doesn't fit the graph",
        "`streamflow test` sends what `given` has into sources, and compares what reaches the sinks of `expect`. "
        "Names of examples are different, and of nodes those of the graph.",
        _graph(_SOURCE + _LARGE + _SINK, '("orders", "large", "out")', _EXAMPLE.format("oders")),
        _graph(_SOURCE + _LARGE + _SINK, '("orders", "large", "out")', _EXAMPLE.format("orders")),
    ),
}
