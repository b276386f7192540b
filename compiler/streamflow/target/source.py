"""Sources: the loop over a batch, with everything that is fused behind the source."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from streamflow.ir.function import Function
from streamflow.ir.graph import Node
from streamflow.target import local_figures
from streamflow.target.aggregate import key_of
from streamflow.target.emission import Emission
from streamflow.target.filter_validate import put_reason, refusal
from streamflow.target.flow import Flow, Guard, Method
from streamflow.target.idleness import heard
from streamflow.target.local_figures import local_method, turned
from streamflow.target.quote import comment, expression, literal, statement, statements


def emit_runner(emission: Emission, node: Node, typed: Mapping[str, str] | None = None) -> ast.expr:
    """Emit the method that runs a batch of a source; gives the expression for it.

    With `typed`, the batch has records of which these fields are attributes.
    """
    identifier = emission.identifiers[node.name]
    method = local_method(emission, node, typed is not None)
    loop: list[ast.stmt] = [_noted(emission, node)]
    if node.options.get("schema") is not None:
        loop += _checked(emission, node)
    if method.local and node.options.get("timestamp") is not None:
        loop += turned(emission, node, method, typed)
    elif node.options.get("timestamp") is not None:
        read, rise = _event_time(emission, node, identifier, typed)
        loop += [read, *_deduped(emission, node, method), *heard(emission, node, method.aliases), rise]
    else:
        loop += [*_deduped(emission, node, method), *heard(emission, node, method.aliases)]
    guard = Guard()
    flow = Flow(method, guard.block, guard, node.name, None, typed=typed, skip="continue")
    keyed = _keyed(emission, node, flow, loop)
    if keyed is not None:
        flow = keyed
        emission.follow(node, "out", flow)
    loop += emission.guarded(guard, flow) if guard.block else []
    name = f"run_{identifier}" if typed is None else f"typed_{identifier}"
    emission.runners.append(_method(emission, node, name, method, loop, typed is not None))
    return expression("self.method", method=name)


def construction(emission: Emission, node: Node) -> ast.expr:
    """The expression that makes the source."""
    options = node.options
    event_time = options.get("timestamp") is not None
    made: ast.expr
    if node.kind == "source.timer":
        timer, ticks = ("Cron", options["cron"]) if options.get("cron") else ("Timer", options["interval"])
        timer = f"Recovering{timer}" if node.function is not None and node.strategy != "continue" else timer
        emission.runtime.add(timer)
        made = expression("timer_(self, name_, ticks_)", timer_=timer, name_=literal(node.name), ticks_=literal(ticks))
        assert isinstance(made, ast.Call)
        if node.function is not None:
            made.keywords.append(ast.keyword("function", emission.reference(node.function)))
        if options.get("catch_up"):
            made.keywords.append(ast.keyword("catch_up", literal(True)))
    else:
        emission.runtime.add("Source")
        made = expression("Source(name_)", name_=literal(node.name))
    assert isinstance(made, ast.Call)
    if event_time:
        made.keywords.append(ast.keyword("out_of_orderness", literal(options.get("out_of_orderness", 0))))
    return made


def _method(emission: Emission, node: Node, name: str, method: Method, loop: list[ast.stmt], typed: bool) -> ast.stmt:
    identifier = emission.identifiers[node.name]
    doc = f"A batch of `{node.name}`, typed; `whole` has the records as they came." if typed else None
    head: list[ast.stmt] = [ast.Expr(ast.Constant(doc or f"A batch of `{node.name}`."))]
    head += [statement("alias = value_", alias=identifier, value_=emission.attribute(node))]
    if node.options.get("timestamp") is None:
        head += statements("timestamp = self.clock" if typed else "timestamp = self.clock if given is None else given")
    if asked := node.options.get("metadata"):  # what was asked for is always there
        known: list[ast.expr | None] = [literal(name) for name in asked]
        nothing: list[ast.expr] = [literal(None)] * len(asked)
        kept = ast.Dict([*known, None], [*nothing, ast.Name("metadata", ast.Load())])
        head.append(statement("metadata = kept", kept=kept))
    aliases = {alias: value for alias, value in method.aliases.items() if alias != identifier}
    head += [statement("alias = value_", alias=alias, value_=value) for alias, value in aliases.items()]
    head += local_figures.head(emission, node, method) if method.local else []
    counters = method.turned_away if method.way else method.counted
    head += [statement("counter = 0", counter=counter) for counter in counters.values()]
    last = local_figures.last(emission, node, method) if method.local else []
    last += (
        local_figures.counts(emission, node, method)
        if method.way
        else [
            statement("self.counts[key_] += counter", key_=literal(key), counter=counter)
            for key, counter in method.counted.items()
        ]
    )
    each = "number, data in enumerate(batch, source.admitted)" if "events" not in method.names else "data in events"
    return statement(
        f"def method(self, batch, metadata, {'whole' if typed else 'given'}):\n    head\n"
        f"    for {each}:\n        loop\n"
        "    source.admitted += len(batch)\n    last",
        events=method.names.get("events", "events"),
        method=name,
        source=identifier,
        head=head,
        loop=loop,
        last=last,
    )


def _noted(emission: Emission, node: Node) -> ast.stmt:
    note = comment(f"{node.name}: {emission.place(node)}")
    emission.mark(note, node.name, node)
    return note


def _checked(emission: Emission, node: Node) -> list[ast.stmt]:
    """A value that doesn't fit the schema leaves by `invalid`, before it can move the watermark."""
    emission.runtime.add("Packet")
    block: list[ast.stmt] = []
    put_reason(emission, node, Flow(Method(in_loop=True), block, Guard(block), node.name, None))
    arrived = "timestamp" if node.options.get("timestamp") is None else "self.clock"
    packet = expression(f"Packet(data, {arrived}, source_, number, '', metadata)", source_=literal(node.name))
    refused = refusal(node, packet)
    return [*block, *statements("if reason is not None:\n    refused\n    continue", refused=refused)]


def dedupes(node: Node) -> bool:
    """Whether a source tells duplicates by their key."""
    return node.family == "source" and node.options.get("dedupe_key") is not None


def ids_of(emission: Emission, node: Node) -> ast.expr:
    """The ids that a source has seen."""
    return expression("self.ids", ids=f"{emission.identifiers[node.name]}_ids")


def ids_made(emission: Emission, node: Node) -> ast.expr:
    """The expression that makes the place where they lie."""
    emission.runtime.add("Ids")
    return expression(
        "Ids(self, name_, (source_,), within=within_)",
        name_=literal(node.name),
        source_=emission.attribute(node),
        within_=literal(node.options.get("dedupe_within", 3_600_000)),
    )


def _deduped(emission: Emission, node: Node, method: Method) -> list[ast.stmt]:
    """A duplicate is counted and goes no further, before it can move the watermark."""
    if not dedupes(node):
        return []
    emission.runtime.add("Packet")
    ids = method.alias(f"{emission.identifiers[node.name]}_ids", ids_of(emission, node))
    block: list[ast.stmt] = []
    by_key = replace(node, options={"key": node.options["dedupe_key"]})
    key = key_of(emission, by_key, Flow(Method(in_loop=True), block, Guard(block), node.name, None))
    assert key is not None
    return statements(
        "try:\n"
        "    block\n"
        "    if not ids_.first(key_):\n"
        "        self.left[duplicate_] += 1\n"
        "        continue\n"
        "except Exception as error:\n"
        "    self.failed(error, Packet(data, timestamp, source_, number, '', metadata))\n"
        "    continue\n",
        block=block,
        ids_=ids,
        key_=key,
        duplicate_=literal(f"{node.name} duplicate"),
        source_=literal(node.name),
    )


def _event_time(emission: Emission, node: Node, identifier: str, typed: Mapping[str, str] | None) -> list[ast.stmt]:
    """Read the timestamp; let the watermark rise, and fire what that makes due, before the packet runs."""
    emission.runtime |= {"event_time", "Packet"}
    read: list[ast.stmt] = []
    guard = Guard(read)
    flow = Flow(Method(in_loop=True), read, guard, node.name, None, typed=typed)
    timestamp: str | Function = node.options["timestamp"]
    if isinstance(timestamp, Function) and timestamp.wants_packet:
        read += statements("timestamp = self.clock")
    value = (
        emission.call(timestamp, flow, node.inlined)
        if isinstance(timestamp, Function)
        else emission.field(timestamp, flow)
    )
    time = "event_time(value_)" if typed is not None else "event_time(value_) if given is None else given"
    return statements(
        "try:\n"
        "    read\n"
        f"    timestamp = {time}\n"
        "    bounded\n"
        "except Exception as error:\n"
        "    self.invalid(error, Packet(data_, self.clock, source_, number, '', metadata))\n"
        "    continue\n"
        "if timestamp >= source.due:\n"
        "    self.rise(source, timestamp)\n"
        "elif timestamp > source.high:\n"
        "    source.high = timestamp\n",
        read=read,
        bounded=_bounded(node),
        value_=value,
        data_=flow.value,
        source_=literal(node.name),
        source=identifier,
    )


def _bounded(node: Node) -> list[ast.stmt]:
    """With `max_ahead=`, what is from a clock that is too far ahead is invalid."""
    most = node.options.get("max_ahead")
    if most is None:
        return []
    return statements(
        "if timestamp > self.clock + most_:\n    raise ValueError(reason_)",
        most_=literal(most),
        reason_=literal(f"the timestamp is more than {most / 1000:g} s ahead of the clock"),
    )


def _keyed(emission: Emission, node: Node, flow: Flow, loop: list[ast.stmt]) -> Flow | None:
    """With `key=`, packets are objects with that key from here on; where they can wait, that is a method of its own."""
    guard = flow.guard
    if node.options.get("key") is not None and node.strategy != "continue":
        emission.runtime.add("Packet")
        enter = keyed_apart(emission, node)
        flow.put(statement("enter_(packet_)", enter_=enter, packet_=flow.current_packet()))
        return None
    key = key_of(emission, node, flow)
    if key is None:
        return flow
    emission.runtime.add("Packet")
    made = flow.fresh_packet()
    loop += statements("packet = made", made=made)
    flow.put(*statements("packet.key = key_", key_=key))
    guard.used = True
    return replace(flow, packet="packet")


def keyed_apart(emission: Emission, node: Node) -> ast.expr:
    """The method in which a packet of a source gets its key, and goes on."""
    where = f"{node.name}.key"

    def fill_in(inside: Flow) -> None:
        inside.note(f"{node.name}: {emission.place(node)}")
        emission.mark(inside.block[-1], where, node)
        emission.gained(where, inside)
        key = key_of(emission, node, inside)
        assert key is not None
        inside.put(*statements("packet.key = key_", key_=key))
        inside.guard.used = True
        emission.follow(node, "out", inside)

    doc = f"A packet of `{node.name}` gets its key."
    return emission.method_at(emission.identifiers[node.name], doc, fill_in, where)
