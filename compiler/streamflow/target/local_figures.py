"""Loops whose windows have their figures in local variables; between the ends of windows they need no time at all."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from streamflow.ir.accumulator import Accumulator
from streamflow.ir.graph import Node
from streamflow.target.emission import Emission
from streamflow.target.flow import Flow, Guard, Method
from streamflow.target.lifted import InLoop, emit_steps, parted_sums
from streamflow.target.local_windows import local_windows, straight_way
from streamflow.target.quote import comment, expression, literal, name, statement, statements

_TIMED = ("low", "top", "high", "moment")


def span_made(emission: Emission, node: Node) -> list[ast.stmt]:
    """The statement that makes what knows the time around a source's packets."""
    windows = local_windows(emission.graph, node)
    if not windows or node.options.get("timestamp") is None:
        return []
    emission.runtime.add("Span")
    looked_at = ast.List([emission.attribute(window) for window in windows], ast.Load())
    return statements(
        "self.span = Span(source_, windows_)",
        span=_span(emission, node),
        source_=emission.attribute(node),
        windows_=looked_at,
    )


def local_method(emission: Emission, node: Node, typed: bool) -> Method:
    """The method of a source's loop; its windows are local where they can be."""
    windows = local_windows(emission.graph, node)
    method = Method(in_loop=True)
    if not windows:
        return method
    method.way = {
        label: emission.variables.for_loop(node.name, f"not_{emission.identifiers[label]}")
        for label in straight_way(emission.graph, node)
    }
    method.local = {window.name: _figures(emission, window, len(windows) > 1) for window in windows}
    if not typed:  # where records are typed, their number may be needed at any time
        method.names["events"] = emission.variables.for_loop(node.name, "events")
        method.aside += _number(emission, node, method)
    if node.options.get("timestamp") is not None:
        method.names |= {role: emission.variables.for_loop(node.name, role) for role in _TIMED}
        method.time = expression("event_time(moment)", moment=method.names["moment"])
        method.aside += statements(
            "high = span.leave(top)\ntimestamp = time_",
            **method.names,
            span=method.alias(_span(emission, node), expression("self.span", span=_span(emission, node))),
            time_=method.time,
        )
    return method


def _number(emission: Emission, node: Node, method: Method) -> list[ast.stmt]:
    if "events" not in method.names:
        return []
    return statements(
        "number = source.number(batch, events)",
        source=emission.identifiers[node.name],
        events=method.names["events"],
    )


def emit_local(emission: Emission, node: Node, flow: Flow) -> None:
    """Add the packet to the figures of the window that is at hand; where that has closed, it leaves by `late`."""
    method = flow.method
    windows = method.alias(emission.identifiers[node.name], emission.attribute(node))
    count, *figures = method.local[node.name]
    spoilt = expression("windows_.near.spoil", windows_=windows)
    added = statements("count += 1", count=count)
    in_loop = _in_loop(emission, node, method)
    added += emit_steps(emission, node, flow, method.time, figures, spoilt, name("self"), in_loop)
    if node.kind == "aggregate.count":
        full = [*put_back(emission, [node], method), ast.Expr(expression("windows_.complete()", windows_=windows))]
        full += look(emission, [node], method)
        flow.put(
            *added, statement("if count == size:\n    full", count=count, size=literal(node.options["size"]), full=full)
        )
        return
    emission.runtime.add("Packet")
    late = [
        *(statements("windows_.coming += 1", windows_=windows) if method.counted and method.way else []),
        *method.before_leaving(),
        *statements("self.leave(name_, 'late', packet_)", name_=literal(node.name), packet_=flow.current_packet()),
    ]
    if flow.skip is None:
        flow.put(statement("if count is None:\n    late\nelse:\n    added", count=count, late=late, added=added))
    else:
        leave: ast.stmt = ast.Continue() if flow.skip == "continue" else ast.Return()
        flow.put(statement("if count is None:\n    late", count=count, late=[*late, leave]), *added)


def turned(emission: Emission, node: Node, method: Method, typed: Mapping[str, str] | None) -> list[ast.stmt]:
    """Read the timestamp; where it is none within the span, find the windows and the span around it."""
    emission.runtime |= {"event_time", "Packet"}
    windows = _local(emission, node, method)
    flow = Flow(method, [], Guard(), node.name, None, typed=typed)
    around = statements("low, top, high = span.around(timestamp)", **method.names, span=_span(emission, node))
    if typed is None:
        around = statements("if given is None:\n    around", around=around)
    time = "event_time(again) if given is None else given" if typed is None else "event_time(again)"
    return statements(
        "try:\n"
        "    if top <= (moment := read) < high:\n"
        "        top = moment\n"
        "    elif not low <= moment < high:\n"
        "        raise ValueError\n"
        "except Exception:\n"
        "    note\n"
        "    high = span.leave(top)\n"
        "    put\n"
        "    try:\n"
        f"        timestamp = {time}\n"
        "    except Exception as error:\n"
        "        numbered\n"
        "        self.invalid(error, Packet(data_, self.clock, source_, number, '', metadata))\n"
        "        continue\n"
        "    if timestamp >= source.due:\n"
        "        self.rise(source, timestamp)\n"
        "    elif timestamp > source.high:\n"
        "        source.high = timestamp\n"
        "    look\n"
        "    moment = timestamp / 1000\n"
        "    around\n",
        **method.names,
        note=[comment("Not a number within the span: something may be due, late or invalid.")],
        span=_span(emission, node),
        read=emission.field(node.options["timestamp"], flow),
        again=emission.field(node.options["timestamp"], flow),
        numbered=_number(emission, node, method),
        put=put_back(emission, windows, method),
        look=look(emission, windows, method),
        source=emission.identifiers[node.name],
        source_=literal(node.name),
        data_=flow.value,
        around=around,
    )


def head(emission: Emission, node: Node, method: Method) -> list[ast.stmt]:
    """What comes before the loop."""
    windows = _local(emission, node, method)
    begin = statements("events = iter(batch)", **method.names) if "events" in method.names else []
    if node.options.get("timestamp") is None:
        return [*look(emission, windows, method), *begin]
    nothing = [
        ast.Name(variable, ast.Store())
        for window in windows
        for each in _variables(emission, window, method)
        for variable in each
    ]
    span = statements("low, top, high = span.nowhere", **method.names, span=_span(emission, node))
    return [ast.Assign([*nothing], literal(None)), *span, *begin]


def last(emission: Emission, node: Node, method: Method) -> list[ast.stmt]:
    """What comes behind the loop."""
    put = put_back(emission, _local(emission, node, method), method)
    if node.options.get("timestamp") is None:
        return put
    return [*put, *statements("span.leave(top)", span=_span(emission, node), top=method.names["top"])]


def counts(emission: Emission, node: Node, method: Method) -> list[ast.stmt]:
    """Add up, behind the loop, how many packets have passed each node or edge on the way to the window."""
    if not method.way or not method.counted:
        return []
    window = emission.identifiers[next(iter(method.local))]
    came_in = expression("window.came_in()", window=window)
    if len(method.counted) == 1:
        return statements("self.counts[key_] += came_in", key_=literal(*method.counted), came_in=came_in)
    came = emission.variables.for_loop(node.name, "came")
    made: list[ast.stmt] = statements("came = came_in", came=came, came_in=came_in)
    number: ast.expr = name(came)
    for key in reversed(method.counted):
        made += statements("self.counts[key_] += number_", key_=literal(key), number_=number)
        if key in method.turned_away:
            number = ast.BinOp(number, ast.Add(), name(method.turned_away[key]))
    return made


def put_back(emission: Emission, windows: Iterable[Node], method: Method) -> list[ast.stmt]:
    """Put the figures back to where they are kept."""
    made: list[ast.stmt] = []
    for window in windows:
        figures = [_together(each, ast.Load()) for each in _variables(emission, window, method)]
        made.append(ast.Expr(_call(emission, window, "put", method, figures)))
    return made


def look(emission: Emission, windows: Iterable[Node], method: Method) -> list[ast.stmt]:
    """Take the figures of the windows at hand."""
    made: list[ast.stmt] = []
    for window in windows:
        targets = [_together(each, ast.Store()) for each in _variables(emission, window, method)]
        target = ast.Tuple(targets, ast.Store())
        made.append(ast.Assign([target], _call(emission, window, "look", method, ())))
        for figure, each in _in_loop(emission, window, method).items():
            if each.kept is None:
                made += statements("bar_ = figure.bar(timestamp)", bar_=each.variable, figure=figure)
    return made


def _in_loop(emission: Emission, window: Node, method: Method) -> dict[str, InLoop]:
    """By the variable of a figure: a sum's carry; for an extreme, what a value of that time must be beyond."""
    found: dict[str, InLoop] = {}
    parted = parted_sums(emission, window)
    accumulators: dict[str, Accumulator] = window.options["accumulators"]
    for variable, (figure, each) in zip(method.local[window.name][1:], accumulators.items(), strict=True):
        if each.kind in ("min", "max"):
            found[variable] = InLoop(emission.variables.for_loop(window.name, f"{variable}_bar"))
        elif figure in parted:
            windows = method.alias(emission.identifiers[window.name], emission.attribute(window))
            carry = emission.variables.for_loop(window.name, f"{variable}_carry")
            kept = expression("windows_.near.figure", windows_=windows, figure=figure)
            found[variable] = InLoop(carry, emission.variables.for_loop(window.name, "raised"), kept)
    return found


def _variables(emission: Emission, window: Node, method: Method) -> list[tuple[str, ...]]:
    """The local variables of the count and of each figure."""
    in_loop = _in_loop(emission, window, method)
    return [
        (variable, in_loop[variable].variable) if variable in in_loop and in_loop[variable].kept else (variable,)
        for variable in method.local[window.name]
    ]


def _together(variables: tuple[str, ...], context: ast.expr_context) -> ast.expr:
    names: list[ast.expr] = [ast.Name(variable, context) for variable in variables]
    return names[0] if len(names) == 1 else ast.Tuple(names, context)


def _call(emission: Emission, window: Node, way: str, method: Method, figures: Iterable[ast.expr]) -> ast.expr:
    stage = method.alias(emission.identifiers[window.name], emission.attribute(window))
    arguments = [*figures]
    if window.kind == "aggregate.time" and way == "look":
        arguments.insert(0, name("timestamp"))
    if window.kind == "aggregate.count" and way == "put":
        arguments.insert(0, name("timestamp"))
    return ast.Call(ast.Attribute(stage, way, ast.Load()), arguments, [])


def _local(emission: Emission, node: Node, method: Method) -> list[Node]:
    return [emission.graph.by_name[window] for window in method.local]


def _figures(emission: Emission, window: Node, several: bool) -> tuple[str, ...]:
    before = f"{emission.identifiers[window.name]}_" if several else ""
    names = ("count", *window.options["accumulators"])
    return tuple(emission.variables.for_loop(window.name, f"{before}{figure}") for figure in names)


def _span(emission: Emission, node: Node) -> str:
    return f"{emission.identifiers[node.name]}_span"
