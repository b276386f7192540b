"""The kernel as a syntax tree: module-level pieces of the user's, then the class with its methods."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from streamflow.ir.function import Function
from streamflow.ir.graph import Edge, Graph, Node
from streamflow.ir.recovery import stopping_places
from streamflow.ir.topology import nearest_clocks, upstream_first
from streamflow.target import idleness, local_figures, recovery, source, typed_source
from streamflow.target.emission import RUNNING, Emission
from streamflow.target.entries import emit_entries
from streamflow.target.operators import operator_of
from streamflow.target.quote import expression, fill, literal, statement, statements
from streamflow.target.scalars import tables_of_records
from streamflow.target.template import State

SIDE_PORTS = frozenset(("error", "late", "invalid", "unmatched", "missing"))
"""Ports that the runtime sends packets to by `Kernel.leave` and `Kernel.fail`."""

_MODULES = {
    "Packet": "packet",
    "Projecting": "projecting",
    "Projection": "projecting",
    "Inlet": "idleness",
    "Silence": "idleness",
    "Source": "stage",
    "Timer": "timer",
    "Cron": "cron",
    "RecoveringKernel": "recovering_kernel",
    "RecoveringCron": "recovering_cron",
    "RecoveringTimer": "recovering_timer",
    "RetriedCalls": "retried_calls",
    "RetriedEnriching": "retried_enriching",
    "Retries": "retries",
    "StoppingCalls": "stopping_calls",
    "StoppingEnriching": "stopping_enriching",
    "StoppingKernel": "stopping_kernel",
    "Parked": "parked",
    "Enriching": "enriching",
    "UrlLookup": "url_lookup",
    "KvLookup": "kv_lookup",
    "D1Lookup": "d1_lookup",
    "TableLookup": "table_lookup",
    "TumblingWindows": "tumbling",
    "KeyedTumbling": "keyed_tumbling",
    "PanedWindows": "panes",
    "SlidingWindows": "sliding",
    "CountWindows": "counting",
    "SlidingCounts": "sliding_counts",
    "EarlyCounts": "early_counts",
    "AssignedWindows": "assigned",
    "GlobalWindows": "global_windows",
    "RollingTimes": "rolling",
    "RollingCounts": "rolling",
    "SessionWindows": "sessions",
    "IntervalJoin": "interval_join",
    "LatestJoin": "latest_join",
    "TumblingJoin": "window_join",
    "SlidingJoin": "sliding_join",
    "SessionJoin": "session_join",
    "all_of": "flat_map",
    "States": "states",
    **dict.fromkeys(("Collect", "Count", "First", "Last", "Max", "Mean", "Min", "StdDev", "Sum"), "accumulators"),
    **dict.fromkeys(("checked_number", "storable"), "addends"),
    "Accumulating": "accumulated",
    "AccumulatingTrails": "values",
    "Lifted": "lifted",
    "MergedFigures": "merged_figures",
    "LocalCounting": "local_counting",
    "LocalTumbling": "local_tumbling",
    "Span": "span",
    "RunningSum": "running_sum",
    "Lowest": "running_extremes",
    **dict.fromkeys(("Highest", "NOTHING"), "running_extremes"),
    **dict.fromkeys(("AllOf", "AnyOf"), "running_truth"),
    "DistinctValues": "running_distinct",
    **dict.fromkeys(("ExactMean", "FloatMean"), "running_means"),
    "Figures": "figures",
    **dict.fromkeys(("PaneFigures", "highest", "lowest"), "pane_figures"),
    "Contents": "contents",
    "Custom": "custom_accumulator",
    "Distinct": "distinct",
    "Quantile": "quantile",
    "TopK": "top_k",
    "Buckets": "buckets",
    "Delaying": "delaying",
    "Ids": "ids",
    "Sample": "sampling",
    "checked_key": "keys",
    "copy_of": "isolation",
    "distinct": "schema",
    "event_time": "event_time",
    "has_format": "schema",
    "is_multiple": "schema",
    "matches": "schema",
    "one_of": "schema",
    "field": "fields",
    "observe": "taps",
    "entrance": "taps",
    **{f"{way}_{form}": f"format_{form}" for way in ("from", "to") for form in ("csv", "msgpack", "base64")},
    **dict.fromkeys(("from_json", "from_ndjson", "to_json", "to_ndjson"), "format_json"),
    **dict.fromkeys(("from_form", "from_query", "to_form", "to_query"), "format_form"),
    "csv_records": "format_csv",
    "form_records": "format_form",
    "msgpack_records": "format_msgpack",
    "ndjson_records": "format_json",
    **dict.fromkeys(("from_influx", "influx_records"), "influx_lines"),
    **dict.fromkeys(("from_prometheus", "prometheus_records"), "prometheus_samples"),
    "to_influx": "format_influx",
    "to_prometheus": "format_prometheus",
}


def kernel_tree(
    graph: Graph, python: tuple[int, int] = RUNNING, emission_class: type[Emission] = Emission
) -> ast.Module:
    """The module `kernel.py` for a version of Python.

    Marked comments say which node, and which line of the user's, is behind what follows.
    """
    emission = emission_class(graph, lambda node: operator_of(node).emit, python)
    build = _build(emission)
    emission.emit_heads()
    entries = emit_entries(emission)
    places = recovery.table_of_places(emission)
    if places is not None:
        build.body += statements("self.places = places", places=places)
    tables = _tables(emission, entries)
    projecting = "Projecting" in emission.runtime
    body: list[ast.stmt] = [ast.Expr(ast.Constant(_docstring(graph)))]
    body += [fill(item, {}) for item in graph.module.imports]
    body += [ast.Import([ast.alias("msgspec")])] if projecting else []
    body += _runtime_imports(emission)
    body += [_definition(item, graph.module.files) for item in graph.module.definitions]
    body += [_called(function) for function in emission.called.values()]
    body += emission.classes
    body += [function for functions in emission.checks.values() for function in functions]
    body.append(
        statement(
            f"class Kernel({', '.join(recovery.bases(emission))}):\n    doc\n    tables\n    build\n    methods",
            doc=[ast.Expr(ast.Constant(f"The flow of packets through {graph.name!r}."))],
            tables=tables,
            build=[build],
            methods=[*emission.runners, *emission.methods],
        )
    )
    return ast.Module(body, [])


def runtime_modules(tree: ast.Module) -> list[str]:
    """The modules of the runtime that a kernel imports."""
    prefix = "streamflow_runtime."
    imports = (item.module for item in tree.body if isinstance(item, ast.ImportFrom) and item.module)
    return sorted(module.removeprefix(prefix) for module in imports if module.startswith(prefix))


def _build(emission: Emission) -> ast.FunctionDef:
    """The method that makes sources and stages, upstream first, and registers the methods of the class."""
    graph = emission.graph
    body: list[ast.stmt] = [ast.Expr(ast.Constant("Make the sources and stages, upstream first."))]
    if graph.module.secrets:
        body.append(ast.Global(list(graph.module.secrets)))
        for identifier, secret in graph.module.secrets.items():
            body += statements("variable = self.secret(name_)", variable=identifier, name_=literal(secret))
    for node in graph.nodes:
        if node.family == "source":
            body += _registered(emission, node, "sources", source.construction(emission, node))
            body += idleness.silence_made(emission, node)
    stages: list[str] = []
    meetings = idleness.meetings(graph)
    for node in upstream_first(graph):
        if node.name in meetings:
            body.append(idleness.inlet_made(emission, node, meetings[node.name], meetings))
        for attribute, made in _stages(emission, node, meetings):
            stages.append(attribute)
            body.append(statement("self.stage = made", stage=attribute, made=made))
    deduping = [node for node in graph.nodes if source.dedupes(node)]
    for node in deduping:
        body.append(
            statement(
                "self.ids = made", ids=f"{emission.identifiers[node.name]}_ids", made=source.ids_made(emission, node)
            )
        )
    if stages or deduping:
        kept = [source.ids_of(emission, node) for node in deduping]
        kept += [expression("self.stage", stage=attribute) for attribute in stages]
        listed = ast.List(kept, ast.Load())
        body.append(statement("self.stages = stages_", stages_=listed))
    for node in graph.nodes:
        if node.family == "source":
            runner = source.emit_runner(emission, node)
            body += local_figures.span_made(emission, node)
            body += statements("self.runners[name_] = run_", name_=literal(node.name), run_=runner)
            body += typed_source.runner(emission, node)
    for node in graph.nodes:
        for port in sorted({*node.ports} & _side_ports(node)):
            after = emission.after(node, port)
            if after is not None:
                place = literal(f"{node.name} {port}")
                body += statements("self.ports[place_] = after_", place_=place, after_=after)
    for name in graph.taps:
        body += _entrances(emission, graph.by_name[name])
    build = statement("def _build(self):\n    body", body=body)
    assert isinstance(build, ast.FunctionDef)
    return build


def _stages(emission: Emission, node: Node, meetings: dict[str, list[Node]]) -> Iterator[tuple[str, ast.expr]]:
    """What keeps state at a node, upstream first: attribute of the kernel, and the expression that makes it."""
    if node.family != "source" and not nearest_clocks(emission.graph, node.name):
        return
    before, upstream, behind = recovery.stages_around(emission, node, idleness.upstream(emission, node, meetings))
    yield from before
    if node.keeps_state:
        yield emission.identifiers[node.name], _stage(emission, node, upstream)
    yield from behind


def _entrances(emission: Emission, tap: Node) -> list[ast.stmt]:
    """What takes packets in at a tap, an input each."""
    if tap.family in ("source", "sink"):
        return []
    emission.runtime.add("entrance")
    body: list[ast.stmt] = []
    for into in dict.fromkeys(edge.input for edge in emission.graph.into(tap.name)):
        entry = emission.entry(Edge("", "", tap.name, input=into))
        place = tap.name if into == "in" else f"{tap.name}.{into}"
        body += statements(
            "self.runners[place_] = entrance(self, name_, entry_)",
            place_=literal(place),
            name_=literal(tap.name),
            entry_=entry,
        )
    return body


def _side_ports(node: Node) -> frozenset[str]:
    """A route's other ports are the user's, whatever they are called."""
    return frozenset(("error",)) if node.kind == "filter.route" else SIDE_PORTS


def _registered(emission: Emission, node: Node, table: str, made: ast.expr) -> list[ast.stmt]:
    return statements(
        "self.node = self.table[name_] = made",
        node=emission.identifiers[node.name],
        table=table,
        name_=literal(node.name),
        made=made,
    )


def _stage(emission: Emission, node: Node, upstream: ast.expr) -> ast.expr:
    construct = operator_of(node).construct
    assert construct is not None, node.kind
    return construct(emission, node, upstream)


def _tables(emission: Emission, entries: dict[str, str]) -> list[ast.stmt]:
    """What the base class needs to know of the graph; only what is not empty."""
    graph = emission.graph
    sinks = [node for node in graph.nodes if node.family == "sink"]
    called = {entry: function for node in graph.nodes for entry, function in _for_the_host(node)}
    tables: dict[str, ast.expr] = {
        "graph": literal(graph.name),
        "kinds": literal({node.name: _kind(node) for node in upstream_first(graph)}),
        "edges": literal(tuple(_edge(edge) for edge in graph.edges)),
        "counted": _frozenset(emission.counted),
        "paths": literal({where: path for where, path in emission.paths.items() if path}),
        "passed": literal({where: counters for where, counters in emission.passed.items() if counters}),
        "entries": literal(entries),
        "shape": literal(_shapes(graph)),
        "decoders": _decoders(emission),
        "projections": typed_source.projections(emission),
        "outputs": literal((*(node.name for node in sinks), *graph.taps)),
        "functions": ast.Dict(
            [literal(entry) for entry in called],
            [emission.reference(function) for function in called.values()],
        ),
        **tables_of_records(emission),
        "stops": _frozenset(stopping_places(graph)),
        "wants_packet": _frozenset(entry for entry, function in called.items() if function.wants_packet),
    }
    if graph.limits.get("nesting", 64) != 64:
        tables["nesting"] = literal(graph.limits["nesting"])
    if graph.limits.get("keys", 100_000) != 100_000:
        tables["most_keys"] = literal(graph.limits["keys"])
    made = [statement("table = value_", table=key, value_=value) for key, value in tables.items() if not _empty(value)]
    return [*made, *statements("file = __file__")]


def _decoders(emission: Emission) -> ast.expr:
    """What reads the bytes of sources whose format is not JSON."""
    formats = {
        node.name: node.options.get("format", "json") for node in emission.graph.nodes if node.family == "source"
    }
    others = {source: f"{form}_records" for source, form in formats.items() if form != "json"}
    emission.runtime |= {*others.values()}
    return ast.Dict([literal(source) for source in others], [expression(records) for records in others.values()])


def _for_the_host(node: Node) -> Iterator[tuple[str, Function]]:
    """The functions that the host calls: a sink's `function` under its name, others under `node.option`."""
    for option, function in node.options.items():
        if isinstance(function, Function) and (node.family == "sink" or option in node.resuming):
            yield node.name if option == "function" else f"{node.name}.{option}", function


def _edge(edge: Edge) -> tuple[str, ...]:
    ends = edge.origin, edge.port, edge.target if edge.input == "in" else f"{edge.target}.{edge.input}"
    return ends if edge.when is None else (*ends, edge.label)


def _kind(node: Node) -> str:
    """The kind as the runtime has to know it: figures of a plugin's filters are those of filters."""
    if node.operator is not None and node.family == "filter":
        return "filter"
    if node.delays:
        return "filter.delay"
    return "transform.async" if node.is_async else node.kind


_SHAPING = (
    *("duration", "slide", "offset", "size", "gap", "max_duration", "allowed_lateness", "early", "per"),
    *("within", "latest", "how"),
)


def _shapes(graph: Graph) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in graph.nodes:
        if node.keeps_state or source.dedupes(node):
            found[node.name] = _shape(node)
        found |= recovery.shapes(graph, node)
    return found | recovery.shape_of_line(graph)


def _shape(node: Node) -> str:
    """What a stateful node's state is a state of: its kind and every option that its rows depend on."""
    parts = [f"{key}={node.options[key]}" for key in _SHAPING if node.options.get(key)]
    parts += ["overflow=delay"] if node.delays else []
    key = node.options.get("key")
    if key is not None:
        parts.append(f"key={ast.unparse(key.tree) if isinstance(key, Function) and key.tree else key}")
    parts += [f"{figure}={made}" for figure, made in node.options.get("accumulators", {}).items()]
    if node.operator is not None:
        parts += [f"{name}={value!r}" for name, value in sorted(_of_state(node).items())]
    return " ".join([node.kind, *parts])


def _of_state(node: Node) -> dict[str, Any]:
    """Plain options that a plugin's state object is made with."""
    construct = operator_of(node).construct
    names = construct.options if isinstance(construct, State) else ()
    return {name: node.options[name] for name in names if not isinstance(node.options[name], Function)}


def _frozenset(names: Iterable[str]) -> ast.expr:
    found = sorted(names)
    return expression("frozenset(names_)", names_=literal(tuple(found))) if found else literal(())


def _empty(value: ast.expr) -> bool:
    return (isinstance(value, ast.Dict) and not value.keys) or (isinstance(value, ast.Tuple) and not value.elts)


def _runtime_imports(emission: Emission) -> list[ast.stmt]:
    """What the kernel takes of the runtime, and of plugins' runtimes."""
    base = "idleness" if "Silence" in emission.runtime else "kernel"
    modules = {f"streamflow_runtime.{base}": [ast.alias("Kernel", "BaseKernel")]}
    for used_name in sorted(emission.runtime):
        modules.setdefault(f"streamflow_runtime.{_MODULES[used_name]}", []).append(ast.alias(used_name))
    for (module, class_name), local in emission.foreign.items():
        modules.setdefault(module, []).append(ast.alias(class_name, None if local == class_name else local))
    return [ast.ImportFrom(module, names, 0) for module, names in sorted(modules.items())]


def _definition(item: ast.stmt, files: Mapping[str, str]) -> ast.stmt:
    filled = fill(item, {}, keep_lines=True)
    assert isinstance(filled, ast.stmt)
    helper = getattr(item, "name", "")
    if helper in files:
        filled.user_file = files[helper]  # type: ignore[attr-defined]
        filled.user_line = item.lineno  # type: ignore[attr-defined]
    return filled


def _called(function: Function) -> ast.stmt:
    """A function that is called by name, as a module-level `def`."""
    tree = function.tree
    assert tree is not None
    if isinstance(tree, ast.Lambda):
        made: ast.stmt = ast.FunctionDef(
            function.name,
            fill(tree.args, {}, keep_lines=True),
            [ast.Return(fill(tree.body, {}, keep_lines=True))],
            [],
        )
    else:
        made = fill(tree, {}, keep_lines=True)
        made.name, made.decorator_list = function.name, []  # type: ignore[attr-defined]
    made.user_file = function.file  # type: ignore[attr-defined]
    made.user_line = function.line  # type: ignore[attr-defined]
    return made


def _docstring(graph: Graph) -> str:
    origin = f" from {graph.file}" if graph.file else ""
    return f"{graph.name}: the compiled kernel.\n\nMade by Streamflow{origin}; change that, not this.\n"
