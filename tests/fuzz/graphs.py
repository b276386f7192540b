"""Strategies that generate whole graphs: nodes, edges, options, and the text of the program that makes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st

from fuzz import functions
from fuzz.functions import Entry
from streamflow.dsl import nodes
from streamflow.dsl.edge import EdgeLike, edge
from streamflow.dsl.graph import GraphDefinition
from streamflow.dsl.node import Node
from streamflow.dsl.transform_convert import TARGETS

T = TypeVar("T")
Draw = Any

# Names that an emitter must keep apart from its own, from Python's and from each other.
NAMES = [
    "a", "b-c", "b_c", "data", "self", "class", "packets", "kernel", "x", "len", "state", "now", "for", "A1",
    "sum", "packet", "None", "key", "push", "B_c", "clock", "print", "time", "values", "counts", "math", "result",
    "in-", "json", "a_count", "Packet", "error", "fire", "tag", "batch", "doubled", "s", "amount", "copy_of",
]  # fmt: skip


@dataclass
class FuzzSource:
    """What streams must know of a source: the shape of its values and where their event time stands."""

    name: str
    shape: str
    timestamp: Entry | None
    metadata: tuple[str, ...]
    timer: bool


@dataclass
class FuzzGraph:
    """A generated graph. `errors`: functions may raise and values may be of any shape."""

    definition: GraphDefinition
    text: str
    errors: bool
    sources: list[FuzzSource]
    async_shapes: dict[str, str]
    features: set[str]
    taps: list[FuzzSource]

    def __repr__(self) -> str:
        return "\n" + self.text


@dataclass
class _Output:
    node: str
    port: str
    shape: str

    @property
    def text(self) -> str:
        return self.node if self.port == "out" else f"{self.node}.{self.port}"


@dataclass
class _Edge:
    origin: _Output
    target: str
    when: Entry | None
    spelled_out: bool = False


@dataclass
class _Written:
    """Nodes and edges so far, and what they were written as."""

    draw: Draw
    errors: bool
    names: list[str]
    around: str | None = None
    flaky: bool = False  # functions may fail by chance
    nodes: list[tuple[Node, str]] = field(default_factory=list)
    edges: list[_Edge] = field(default_factory=list)
    outputs: list[_Output] = field(default_factory=list)
    sources: list[FuzzSource] = field(default_factory=list)
    async_shapes: dict[str, str] = field(default_factory=dict)
    features: set[str] = field(default_factory=set)
    taps: list[FuzzSource] = field(default_factory=list)

    def choose(self, options: Sequence[T]) -> T:
        place: int = self.draw(st.integers(0, len(options) - 1))
        return options[place]

    def kind(self, kinds: Sequence[str]) -> str:
        """One of the kinds; every other time the one that the graph is built around."""
        return self.choose([*kinds, *[self.around] * len(kinds)] if self.around in kinds else kinds)  # type: ignore[list-item]

    def chance(self, percent: int) -> bool:
        """True in `percent` of cases; shrinks to False."""
        return bool(self.draw(st.integers(0, 99)) >= 100 - percent)

    def entry(self, entries: Sequence[Entry], shape: str) -> Entry:
        """A function for data of a shape: where errors are wanted, sometimes any function at all."""
        lucky = [e for e in entries if e.flaky and e.takes in (shape, "any")]
        if self.flaky and lucky and self.chance(50):
            return self.choose(lucky)
        steady = [e for e in entries if not e.flaky]
        if self.errors and self.chance(30):
            return self.choose(steady)
        return self.choose([e for e in steady if e.takes in (shape, "any") and (self.errors or not e.raises)])

    def write(self, family: str, name: str, options: dict[str, Any]) -> None:
        """Make the node and its text. An option is a value or an Entry."""
        if self.flaky and family != "sink" and self.chance(40):
            options = {**options, **_error_handling(self)}
        made = {key: _made(value) for key, value in options.items()}
        spelled = [f"{key}={_spelled(value)}" for key, value in options.items()]
        node = getattr(nodes, family)(name, **made)
        self.nodes.append((node, f"nodes.{family}({', '.join([repr(name), *spelled])})"))
        self.features |= {node.kind, *(f"{family} {key}" for key in options)}


def _error_handling(written: _Written) -> dict[str, Any]:
    """A strategy of a node's own, or of the whole graph."""
    policies = [{}, {"max_retries": 1}, {"initial_delay": 3, "jitter": 0}, {"max_retries": 0}, {"max_delay": "500ms"}]
    policy = written.choose([{}, *policies])
    usual = ["stop"] * 4 if written.around == "stop" else ["retry"] * 3
    options = {"error_strategy": written.choose([*usual, "retry", "stop", "continue"])}
    return {**options, "retry_policy": policy} if policy else options


def _made(option: Any) -> Any:
    if isinstance(option, dict):
        return {key: _made(value) for key, value in option.items()}
    return option.function if isinstance(option, Entry) else option


def _spelled(option: Any) -> str:
    if isinstance(option, dict):
        return "{" + ", ".join(f"{key!r}: {_spelled(value)}" for key, value in option.items()) + "}"
    return option.text if isinstance(option, Entry) else repr(option)


@st.composite
def graphs(draw: Draw, errors: bool, around: str | None = None, flaky: bool = False) -> FuzzGraph:
    """One to three sources, up to eight nodes behind them in any acyclic shape, one to three sinks; rarely twice.

    `around`: a kind, without its family, that is to be in it more often than others. `flaky`: functions may fail by
    chance, and be tried again.
    """
    written = _Written(draw, errors, [], around)
    written.flaky = errors and flaky and (around in ("retry", "stop") or written.chance(30))
    first = draw(st.integers(0, len(NAMES) - 1))
    written.names = [NAMES[(first + place) % len(NAMES)] for place in range(len(NAMES))]
    _part(written, draw(st.sampled_from([1, 1, 1, 2, 2, 3])), draw(st.integers(0, 8)))
    if written.chance(8):
        written.outputs = []
        _part(written, 1, 1)
    return _finished(written)


def _part(written: _Written, sources: int, middles: int) -> None:
    """Nodes that reach each other, and nobody else's."""
    for _ in range(sources):
        _source(written)
    for _ in range(middles):
        _middle(written)
    sinks = [_sink(written) for _ in range(written.choose([1, 1, 2, 3]))]
    _connect_the_rest(written, sinks)


def _source(written: _Written) -> None:
    name, choose, chance = written.names.pop(), written.choose, written.chance
    kind = written.kind(["manual", "manual", "webhook", "websocket", "http", "sse", "timer", "queue"])
    shape = choose(["record", "record", "record", "number"])
    options: dict[str, Any] = {"type": kind}
    metadata: tuple[str, ...] = ()
    if kind == "webhook" and chance(50):
        metadata = ("ip", "user-agent")
        options |= {"metadata": metadata, "path": f"/hooks/own-{name}"}
    if kind == "websocket" and chance(30):
        metadata = ("country",)
        options["metadata"] = metadata
    elif kind == "websocket" and chance(70):
        options |= {"url": "wss://example.com/feed", "subscribe": {"op": "subscribe"}}
    if kind == "queue":
        options |= {"binding": f"JOBS_{len(written.names)}"}
    if kind == "sse":
        options |= {"url": "https://example.com/feed"}
    if kind == "http":
        options |= {"url": "https://example.com/items", "interval": choose([60, "30s"]), "items": "a.b"}
    if kind in ("webhook", "websocket", "sse") and chance(15):
        options["format"] = choose(["csv", "msgpack", "ndjson", "form", "influx", "prometheus", "json"])
    if kind == "timer":
        options |= choose([{"interval": 7}, {"interval": 2.5}, {"interval": "15s"}, {"cron": "* * * * *"}])
        options["catch_up"] = chance(50)
        ticks = written.entry(functions.TICKS, "number")
        shape = "number"
        if chance(70):
            options["function"], shape = ticks, ticks.gives
    timestamp = None
    if chance(20 if kind == "timer" else 65):
        right = [e for e in functions.TIMESTAMPS if e.takes == shape and not (kind == "timer" and "nested" in e.text)]
        timestamp = choose(right)
        options["timestamp"] = timestamp
        options["out_of_orderness"] = choose([0, 2, "5s", 20, 0.25, 20])
        if chance(15):
            options["max_ahead"] = choose([4, "10s", 0.5])
    # The order in which what idle sources release and delayed packets leave at one moment is not settled between them.
    delays = written.around == "rate_limit" or "rate_limit overflow" in written.features
    if not delays and chance(50 if timestamp is not None else 10):
        options["idle_timeout"] = choose([3, "5s", 12, 0.5])
    if chance(15):
        options["dedupe_key"] = written.entry(functions.KEYS, shape)
        options |= choose([{}, {"dedupe_within": 5}])
    if chance(30):
        options["key"] = written.entry(functions.KEYS, shape)
    if chance(20):
        options["schema"] = written.entry(functions.SCHEMAS, shape)
    written.write("source", name, options)
    written.sources.append(FuzzSource(name, shape, timestamp, metadata, kind == "timer"))
    written.outputs.append(_Output(name, "out", shape))
    written.outputs.append(_Output(name, "error", "error"))
    if timestamp is not None or "schema" in options:
        written.outputs.append(_Output(name, "invalid", "any"))


def _middle(written: _Written) -> None:
    name, choose = written.names.pop(), written.choose
    kinds = (
        ["transform"] * 6
        + ["filter"] * 4
        + ["time"] * 4
        + ["session"] * 3
        + ["count"] * 2
        + ["rolling"] * 2
        + ["global", "custom"]
        + ["async"] * 2
    )
    kinds += ["flat_map"] * 2 + ["route"] * 2 + ["validate"] * 2 + ["enrich"] * 2
    kinds += ["stateful_map"] * 2 + ["within"] * 3 + ["latest"] * 2 + ["window"] * 2
    kinds += ["dedupe", "sample", "rate_limit", "convert", "convert", "convert"]
    kind = written.kind(kinds)
    if kind in ("within", "latest", "window"):
        _join(written, name, kind)
        return
    shape = _inputs(written, name, choose([1, 1, 1, 1, 2, 2, 3]))
    if shape in ("record", "number", "summary") and written.chance(8):
        written.taps.append(FuzzSource(name, shape, None, (), False))
        written.features.add("tap")
    more: list[_Output] = []
    if kind == "transform":
        function = written.entry(functions.TRANSFORMS, shape)
        gives = _given(function, shape)
        written.write("transform", name, {"function": function})
    elif kind == "async":
        function = written.entry(functions.ASYNC_TRANSFORMS, shape)
        gives = _given(function, shape)
        written.async_shapes[name] = gives
        given: dict[str, Any] = {"function": function}
        given |= choose([{}, {"concurrency": 2}, {"ordered": False}, {"concurrency": 1, "timeout": "2s"}])
        written.write("transform", name, given)
        written.features.add("asynchronous transform")
    elif kind == "flat_map":
        function = written.entry(functions.FLAT_MAPS, shape)
        gives = _given(function, shape)
        written.write("flat_map", name, {"function": function})
    elif kind == "route":
        written.outputs += [_Output(name, port, shape) for port in _route(written, name, shape)]
        written.outputs.append(_Output(name, "error", "error"))
        return
    elif kind == "stateful_map":
        gives = _stateful_map(written, name, shape)
    elif kind == "enrich" and shape != "number":
        _enrich(written, name, shape)
        gives = "any"
        more = [_Output(name, "missing", shape)]
    elif kind == "convert" and "port error" not in written.features:  # in a text, messages can't be told from data
        gives = _convert(written, name, shape)
        more = [_Output(name, "invalid", shape)]
    elif kind in ("validate", "enrich", "convert"):
        kind = "validate"
        written.write("validate", name, {"schema": written.entry(functions.SCHEMAS, shape)})
        gives = shape
        more = [_Output(name, "invalid", "any")]
    elif kind in ("dedupe", "sample", "rate_limit"):
        gives, port = shape, {"dedupe": "duplicate", "sample": "rejected", "rate_limit": "limited"}[kind]
        options = _thinned(written, kind, shape)
        written.write(kind, name, options)
        more = [] if options.get("overflow") == "delay" else [_Output(name, port, shape)]
    elif kind == "filter":
        written.write("filter", name, {"function": written.entry(functions.PREDICATES, shape)})
        gives = shape
        more = [_Output(name, "rejected", shape)]
    else:
        gives = _aggregate(written, name, kind, shape)
        more = [] if kind in ("count", "rolling", "global") else [_Output(name, "late", shape)]
    written.outputs += [_Output(name, "error", "error"), *more, _Output(name, "out", gives)]


def _route(written: _Written, name: str, shape: str) -> list[str]:
    """A route's ports."""
    ports = written.draw(st.permutations(["high", "a-b", "invalid", "late"]))[: written.choose([1, 2, 3])]
    options: dict[str, Any] = {}
    if written.chance(40):
        options["function"] = written.entry(functions.ROUTES, shape)
        ports = ["high", "invalid", "a-b"]
    else:
        options["cases"] = {port: written.entry(functions.PREDICATES, shape) for port in ports}
    if written.chance(50):
        options["default"] = written.choose(["rest", ports[0]])
    written.write("route", name, options)
    return list(dict.fromkeys([*ports, options.get("default", ports[0])]))


def _convert(written: _Written, name: str, shape: str) -> str:
    """From a text where there may be one, else mostly to one."""
    choose = written.choose
    text = shape.partition(" ")[2] if shape.startswith("text ") else ""
    form = text if text in TARGETS and written.chance(90) else "value" if written.chance(85) else choose([*TARGETS])
    targets = [target for target in TARGETS[form] if target != form]
    with_options = [target for target in targets if target in ("csv", "influx", "prometheus")]
    target = choose(with_options if "influx" in targets and written.chance(85) else targets)
    options: dict[str, Any] = {"source_format": form, "target_format": target}
    if target in ("prometheus", "influx") and written.chance(30):
        options["measurement"] = choose(["m", "a b,c", "5x"])
    if target == "prometheus":
        options |= choose([{"key": "account"}, {"key": ("account", "total")}, {"key": "account"}, {}])
    elif target == "influx":
        options |= choose([{}, *[{"tags": ["account"]}] * 5, *[{"tags": ("tags", "count")}] * 4])
    elif "csv" in (form, target):
        options |= choose([{}, {"columns": ["amount", "account"]}, {"delimiter": ";"}])
        if written.chance(50):
            options |= {"columns": ("account", "nested"), "header": False}
    written.write("convert", name, options)
    return "any" if target == "value" else f"text {target}"


def _thinned(written: _Written, kind: str, shape: str) -> dict[str, Any]:
    """Options of a node that lets some packets pass."""
    choose, options = written.choose, dict[str, Any]()
    if kind == "sample" and written.chance(40):
        return {"every": choose([2, 1, 3])}
    if kind == "dedupe" or written.chance(60):
        options["key"] = written.entry(functions.KEYS, shape)
    if kind == "dedupe":
        return options | {"within": choose([5, "1h", 0.5, 25])}
    if kind == "sample":
        return options | {"rate": choose([0.5, 0.2, 1.0]), "seed": choose([0, 7])}
    options |= {"limit": choose([1, 1, 1, 2, 3]), "per": choose([5, 25, "40s", 0.007])}
    delayed = [{}] if "source idle_timeout" in written.features else [{}, *[{"overflow": "delay"}] * 3]
    return options | choose([{}, {"burst": 1}, {"burst": 4}]) | choose(delayed)


def _stateful_map(written: _Written, name: str, shape: str) -> str:
    pairs = functions.STATEFUL_MAPS
    function = written.entry([function for function, _ in pairs], shape)
    options: dict[str, Any] = {"function": function, "initial": dict(pairs)[function]}
    if written.chance(60):
        options["key"] = written.entry(functions.KEYS, shape)
    expires = False
    if written.chance(60):
        options["ttl"] = written.choose([4, "10s", 0.5, 30])
        if expires := written.chance(60):
            options["on_expire"] = written.entry(functions.EXPIRIES, "any")
    written.write("stateful_map", name, options)
    return "any" if expires else _given(function, shape)


def _enrich(written: _Written, name: str, shape: str) -> None:
    key = written.entry(functions.KEYS, shape)
    lookup = written.choose([functions.TABLE, functions.TABLE, *functions.LOOKUPS])
    if isinstance(key.function, tuple) and lookup is not functions.TABLE:
        lookup = functions.LOOKUPS[0]
    options: dict[str, Any] = {"lookup": lookup, "key": key, "into": written.choose(["found", "tags"])}
    if lookup is not functions.TABLE:
        written.async_shapes[name] = "any"
        written.features.add("asynchronous enrich")
    written.write("enrich", name, options)


def _aggregate(written: _Written, name: str, kind: str, shape: str) -> str:
    choose = written.choose
    options: dict[str, Any] = {"window": kind} | _window(written, kind, shape)
    if kind in ("time", "session", "custom") and written.chance(70 if kind == "session" else 35):
        options["allowed_lateness"] = choose([5, 2, "20s", 0.5])
    takes_early = kind in ("time", "session", "custom", "global") or (kind == "count" and "slide" not in options)
    if takes_early and written.chance(80 if kind == "global" else 35):
        options["early"] = choose([2, 1, 3, "2s", timedelta(seconds=4), "700ms"])
    if written.chance(30 if kind == "session" else 50):
        options["key"] = written.entry(functions.KEYS, shape)
    if kind == "global" or written.chance(40):
        function = written.entry(functions.AGGREGATIONS, shape)
        options["aggregates"] = function
        written.features |= {f"agg.{each.kind}" for each in function.function.values()}
    else:
        options["function"] = written.entry(functions.AGGREGATES, shape)
        function = options["function"]
    written.write("aggregate", name, options)
    if "key" in options:
        written.features.add(f"keyed {kind} aggregate")
    written.features |= {f"count {option}" for option in ("slide", "early") if kind == "count" and option in options}
    return "any" if "into" in options else function.gives


def _window(written: _Written, kind: str, shape: str) -> dict[str, Any]:
    """The options that only this kind of window has."""
    choose, options = written.choose, dict[str, Any]()
    if kind == "time":
        options["duration"] = choose([5, 10, "10s", 7.5, 30])
        if written.chance(25):
            options["offset"] = choose([1, -2, 0.5])
        if written.chance(35):
            options["slide"] = choose([2, 5, 3, "1.5s"])
    elif kind == "session":
        options["gap"] = choose([6, 8, "5s", 1.5, 7])
        if written.chance(25):
            options["max_duration"] = choose([8, 9, "10s"])
    elif kind == "rolling":
        spans = [{"duration": span} for span in (5, "10s", 2.5, 60)]
        options |= choose([*spans, *({"size": size} for size in (1, 2, 4, 40))])
        if written.chance(40):
            options["into"] = choose(["recent", "amount"])
    elif kind == "custom":
        options["window"] = written.entry(functions.ASSIGNERS, shape)
    elif kind == "count":
        options["size"] = choose([2, 1, 3, 5, 40])
        if written.chance(40):
            options["slide"] = choose([size for size in (1, 2, 3) if size <= options["size"]])
        if written.chance(50):
            options["partial"] = True
    return options


def _join(written: _Written, name: str, kind: str) -> None:
    """A node with two inputs, often fed by the same nodes."""
    choose = written.choose
    left = _inputs(written, f"{name}.left", choose([1, 1, 1, 2]))
    right = _inputs(written, f"{name}.right", choose([1, 1, 1, 2]))
    shape = left if left == right else "any"
    options: dict[str, Any] = choose(
        {
            "within": [{"within": span} for span in (5, 0, "2s", (3, 0), (0, 7.5), (2, 10))],
            "window": [
                {"window": "time", "duration": 10},
                {"window": "time", "duration": 6, "offset": -1},
                {"window": "time", "duration": 9, "slide": 4},
                {"window": "session", "gap": 4},
                {"window": "session", "gap": 6, "max_duration": 9},
            ],
            "latest": [{"latest": True}, {"latest": 6}],
        }[kind]
    )
    if written.chance(60):
        options["how"] = choose(["left", "outer", "inner"])
    if written.chance(8):
        options["key"] = written.entry(functions.KEYS, shape)
    gives = "any"
    if written.chance(60):
        options["function"] = function = written.entry(
            functions.JOINERS, shape if options.get("how", "inner") == "inner" else "any"
        )
        gives = function.gives
    written.write("join", name, options)
    ports = {"error": "error", "late": "any", "unmatched": "any", "out": gives}
    written.outputs += [_Output(name, port, shape) for port, shape in ports.items()]
    if len({edge.origin.node for edge in written.edges if edge.target.partition(".")[0] == name}) == 1:
        written.features.add("join of one node with itself")
    written.features.add(f"{options.get('how', 'inner')} join")


def _sink(written: _Written) -> str:
    name, choose = written.names.pop(), written.choose
    types: dict[str, dict[str, Any]] = {
        "log": {},
        "custom": {"function": choose(functions.SINK_FUNCTIONS)},
        "websocket": {},
        "http": {"url": "https://example.com/alerts", "batch": 3},
        "database": choose([{"table": "rows"}, {"table": "rows", "binding": "DB"}]),
        "endpoint": {"keep": 3},
        "kv": {"binding": "NEWEST", "concurrency": 2, "retry_policy": {"max_retries": 1}, "overflow": "drop_newest"},
        "r2": {"binding": "ARCHIVE", "ordered": True},
        "queue": {"binding": "JOBS", "delay": "5s"},
        "analytics": {"binding": "SEEN", "blobs": ["name"]},
    }
    kind = written.kind(list(types))
    options = {"type": kind, **types[kind]}
    _inputs(written, name, choose([1, 1, 2, 3]))
    written.write("sink", name, options)
    return name


def _connect_the_rest(written: _Written, sinks: list[str]) -> None:
    """Nobody's main output is left open, and not every other port; an edge may be there more than once."""
    used = {(edge.origin.node, edge.origin.port) for edge in written.edges}
    percents = {
        "out": 100,
        "late": 40,
        "unmatched": 40,
        "invalid": 30,
        "duplicate": 30,
        "limited": 30,
        "rejected": 15,
        "error": 10,
    }
    for output in written.outputs:
        if (output.node, output.port) not in used and written.chance(percents.get(output.port, 60)):
            written.edges.append(_Edge(output, written.choose(sinks), None))
            written.features.add(f"port {output.port}")
    if written.chance(10):
        written.edges.append(written.choose(written.edges))


def _inputs(written: _Written, name: str, number: int) -> str:
    """Edges to a node from outputs so far, late ones preferred; the shape of what arrives."""
    shapes = set()
    for _ in range(number):
        ports = sorted({output.port for output in written.outputs} - {"out"})
        port = written.choose(ports) if written.chance(25) else "out"
        candidates = [output for output in written.outputs if output.port == port]
        origin = candidates[-1 - min(written.draw(st.integers(0, 6)), len(candidates) - 1)]
        when = written.entry(functions.PREDICATES, origin.shape) if written.chance(15) else None
        written.edges.append(_Edge(origin, name, when, written.chance(5)))
        written.features.add(f"port {origin.port}")
        written.features |= {"conditional edge"} if when is not None else set()
        shapes.add(origin.shape)
    written.features |= {"fan-in"} if number > 1 else set()
    return shapes.pop() if len(shapes) == 1 else "any"


def _given(function: Entry, shape: str) -> str:
    return shape if function.text in ("passed_on", "itself_again") else function.gives


def _finished(written: _Written) -> FuzzGraph:
    made, edges = written.nodes, written.edges
    if written.chance(30):
        made = written.draw(st.permutations(made))
    if written.chance(30):
        edges = written.draw(st.permutations(edges))
    paths = _paths(edges, joined=written.chance(50))
    spelled = "".join(f"        {text},\n" for _, text in made)
    lines = "".join(f"        {text},\n" for _, text in paths)
    taps = [tap.name for tap in written.taps]
    whole: dict[str, Any] = _error_handling(written) if written.flaky and written.chance(50) else {}
    options = "".join(f"    {key}={value!r},\n" for key, value in {"taps": taps, **whole}.items())
    text = f'Graph(\n    name="Fuzz",\n    nodes=[\n{spelled}    ],\n    edges=[\n{lines}    ],\n{options})'
    definition = GraphDefinition("Fuzz", [node for node, _ in made], [path for path, _ in paths], taps=taps, **whole)
    return FuzzGraph(
        definition, text, written.errors, written.sources, written.async_shapes, written.features, written.taps
    )


def _paths(edges: Sequence[_Edge], joined: bool) -> list[tuple[EdgeLike, str]]:
    """The edges as a program writes them; `joined`: those that follow each other as one path."""
    paths: list[tuple[EdgeLike, str]] = []
    open_path: list[str] = []
    for one in edges:
        origin = f"{one.origin.node}.out" if one.spelled_out and one.origin.port == "out" else one.origin.text
        if one.when is not None:
            text = f"edge({origin!r}, {one.target!r}, when={one.when.text})"
            paths.append((edge(origin, one.target, when=one.when.function), text))
            open_path = []
        elif joined and open_path and origin == one.origin.node == open_path[-1].partition(".")[0] != open_path[-1]:
            open_path.append(one.target)
            paths[-1] = (tuple(open_path), repr(tuple(open_path)))
        elif joined and open_path and open_path[-1] == one.origin.node:
            open_path[-1:] = [origin, one.target]
            paths[-1] = (tuple(open_path), repr(tuple(open_path)))
        else:
            open_path = [origin, one.target]
            paths.append((tuple(open_path), repr(tuple(open_path))))
    return paths
