"""Runs a stream through the reference or a kernel, and writes down everything that can be seen from outside."""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Callable, Coroutine, Iterable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from fuzz.streams import Advance, Finish, Push, Stream
from reference.interpreter import Interpreter
from reference.keyed import releases
from reference.recovery import retries
from streamflow_runtime.hurrying import hurry

ERROR_FIELDS = {"error", "type", "node", "line", "data"}
LINE_IN_TEXT = re.compile(r"""(["']line["']: ?)(?:null|None|\d+)""")  # of an error that a function wrote out


@dataclass(frozen=True)
class Resolved:
    """A call, by its id, that got a value or an error, or whose coroutine was run."""

    id: str
    how: str
    value: Any
    now: float


@dataclass(frozen=True)
class Hurry:
    """`hurry()`."""


@dataclass(frozen=True)
class End:
    """`finish()`."""


Action = Push | Advance | Resolved | Hurry | End


@dataclass
class Seen:
    """What a run showed, as text: `steps[i]` is what the i-th action brought to light."""

    steps: list[list[str]] = field(default_factory=list)
    metrics: dict[str, str] = field(default_factory=dict)
    lines: list[int | None] = field(default_factory=list)
    failed: set[tuple[str, str]] = field(default_factory=set)

    @property
    def all(self) -> list[str]:
        """Everything by sink, whatever action brought it."""
        return sorted((line for step in self.steps for line in step if not _is_momentary(line)), key=_place)


def _is_momentary(line: str) -> bool:
    return line.startswith("pending ")


def _place(line: str) -> str:
    return line.partition(":")[0]


def run_reference(interpreter: Interpreter, stream: Stream, names_of_keys: set[str]) -> tuple[Seen, list[Action]]:
    """Run a stream, and give the actions that it came to: which calls were resolved, by id."""
    seen, actions, now = Seen(), [], 0.0
    random.seed(stream.variant)
    for step in stream.steps:
        for action in _actions(step, interpreter, now):
            actions.append(action)
            act(interpreter, action)
            seen.steps.append(observe(interpreter, names_of_keys, seen.lines))
            now = getattr(action, "now", now)
            go_on(interpreter, now, names_of_keys, seen)
    seen.metrics = metrics(interpreter)
    return seen, actions


def run_kernel(
    kernel: Any,
    actions: Iterable[Action],
    names_of_keys: set[str],
    between: Callable[[Any, int], Any] = lambda kernel, number: kernel,
    before: Callable[[Any, Action], None] = lambda kernel, action: None,
    luck: int = 0,
) -> Seen:
    """Run actions. `between(kernel, n)` may hand back another kernel to go on with after the n-th.

    `luck`: where the random numbers start that make functions fail.
    """
    seen, now = Seen(), 0.0
    random.seed(luck)
    for number, action in enumerate(actions):
        before(kernel, action)
        act(kernel, action)
        seen.steps.append(observe(kernel, names_of_keys, seen.lines))
        now = getattr(action, "now", now)
        kernel = go_on(between(kernel, number), now, names_of_keys, seen, between)
    seen.metrics = metrics(kernel)
    return seen


def go_on(
    program: Any,
    now: float,
    names_of_keys: set[str],
    seen: Seen,
    between: Callable[[Any, int], Any] = lambda program, number: program,
) -> Any:
    """As long as the program is stopped, it goes on: what has failed once is tried again, then it is skipped."""
    while (failed := _failed(program)) is not None:
        program.go_on(now, skip=failed in seen.failed)
        seen.failed.add(failed)
        seen.steps[-1] += observe(program, names_of_keys, seen.lines)
        program = between(program, len(seen.failed))
    return program


def act(program: Any, action: Action) -> None:
    """Do to a program what the action says."""
    if isinstance(action, Push):
        values = [deepcopy(value) for value in action.values]
        program.push(action.source, values, action.now, deepcopy(action.metadata), action.timestamp)
    elif isinstance(action, Advance):
        program.advance(action.now)
    elif isinstance(action, Hurry):
        _ = program.hurry() if isinstance(program, Interpreter) else hurry(program)
    elif isinstance(action, End):
        program.finish()
    elif action.how == "run":
        [call] = [call for call in program.pending() if call.id == action.id]
        value, error = (_found(call.key), None) if hasattr(call, "key") else _result(call.run())
        program.resolve(action.id, value, now=action.now, error=error)
    else:
        error = ConnectionError("lost") if action.how == "error" else None
        program.resolve(action.id, deepcopy(action.value), now=action.now, error=error)


def observe(program: Any, names_of_keys: set[str], user_lines: list[int | None]) -> list[str]:
    """Outputs and failures since the last time, and the calls that are pending; what was taken is then spoilt.

    The lines of the user's that raised are added to `user_lines`.
    """
    lines = []
    for name in _sinks(program):
        for packet in program.take(name):
            lines.append(f"sink {name}: {packet_text(packet, names_of_keys)}")
            spoil(packet.data)
    for failure in program.failures():
        user_lines.append(failure.line)
        free = failure.node in names_of_keys and failure.type in ("KeyError", "TypeError")
        text = "(a key)" if free else f"{failure.type} {failure.error!r}"
        tried = f"{text} after {failure.attempts} of"
        lines.append(f"failure {failure.node}: {tried} {packet_text(failure.packet, names_of_keys)}")
        spoil(failure.data)
    for call in sorted(program.pending(), key=lambda call: str(call.node)):
        lines.append(f"pending {call.id}: {comparable(call.data, names_of_keys)!r}")
    return lines


def metrics(program: Any) -> dict[str, str]:
    """The figures of every node, and of the graph under an empty name, as text."""
    figures = program.metrics()
    texts = {name: _figures_text(node) for name, node in figures["nodes"].items()}
    return {"": f"{figures['packets_processed']} processed, {figures['packets_dropped']} dropped", **texts}


def packet_text(packet: Any, names_of_keys: set[str]) -> str:
    """A packet with all that users can see of it; the wording of `metadata["invalid"]` is free."""
    metadata = {key: "(a reason)" if key == "invalid" else value for key, value in packet.metadata.items()}
    window = packet.window
    bounds = None if window is None else (window.key, window.start, window.end)
    return (
        f"{comparable(packet.data, names_of_keys)!r} at {packet.timestamp!r} id {packet.id} key {packet.key!r} "
        f"from {packet.source} window {bounds!r} revision {packet.revision} metadata {metadata!r}"
    )


def comparable(value: Any, names_of_keys: Iterable[str] = ()) -> Any:
    """The value without what is free: lines, the wording of errors about keys, the order of sets."""
    if isinstance(value, dict):
        if set(value) >= ERROR_FIELDS:
            free = {"line": "(a line)"}
            if value["node"] in names_of_keys and value["type"] in ("KeyError", "TypeError"):
                free |= {"error": "(a key)", "type": "(a key)"}
            value = {**value, **free}
        return {key: comparable(item, names_of_keys) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(comparable(item, names_of_keys) for item in value)
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=repr)
    if isinstance(value, str):
        return LINE_IN_TEXT.sub(r"\1(a line)", value)
    if isinstance(value, float) and math.isfinite(value):
        return round(value, 9) if abs(value) < 1e6 else float(f"{value:.12g}")  # sums may differ
    return value


def spoil(value: Any) -> None:
    """Change everything that can be changed: nobody else may notice."""
    if isinstance(value, dict):
        for item in value.values():
            spoil(item)
        value.clear()
    elif isinstance(value, list):
        for item in value:
            spoil(item)
        value.clear()
    elif isinstance(value, tuple):
        for item in value:
            spoil(item)


def batched(actions: list[Action], size: int | None) -> list[Action]:
    """The same pushes in batches of `size` (None: as large as they can be)."""
    joined: list[Action] = []
    for action in actions:
        last = joined[-1] if joined else None
        if (
            isinstance(action, Push)
            and isinstance(last, Push)
            and (last.source, last.now, last.metadata, last.timestamp)
            == (action.source, action.now, action.metadata, action.timestamp)
        ):
            joined[-1] = replace(last, values=[*last.values, *action.values])
        else:
            joined.append(action)
    if size is None:
        return joined
    cut: list[Action] = []
    for action in joined:
        if isinstance(action, Push):
            for start in range(0, len(action.values), size):
                cut.append(replace(action, values=action.values[start : start + size]))
        else:
            cut.append(action)
    return cut


def through_snapshot(program: Any, mask: int) -> Callable[[Any, int], Any]:
    """After the actions that the mask chooses: the state goes as JSON into a fresh kernel."""

    def between(kernel: Any, number: int) -> Any:
        if not _chosen(mask, number):
            return kernel
        fresh = program.kernel(secrets={})
        fresh.restore(json.loads(json.dumps(kernel.snapshot())))
        return fresh

    return between


def through_rows(program: Any, mask: int) -> Callable[[Any, int], Any]:
    """After every action its changed rows are kept; after some, a fresh kernel loads all that are there."""
    rows: dict[tuple[Any, ...], str] = {}

    def between(kernel: Any, number: int) -> Any:
        for node, key, window, part, text in kernel.changes():
            place = (node, key, window, part)
            if text is None:
                rows.pop(place, None)
            else:
                rows[place] = text
        if not _chosen(mask, number):
            return kernel
        fresh = program.kernel(secrets={})
        fresh.load([(*place, text) for place, text in rows.items()])
        return fresh

    return between


def by_deadlines(kernel: Any, action: Action) -> None:
    """Time passes deadline by deadline before the action."""
    now = getattr(action, "now", None)
    last = None
    while now is not None and (deadline := kernel.next_deadline()) is not None and deadline <= now:
        assert last is None or deadline > last, f"the next deadline after {last} is {deadline}"
        kernel.advance(deadline)
        last = deadline


def _chosen(mask: int, number: int) -> bool:
    return bool(mask >> number % 8 & 1)


def _actions(step: Any, interpreter: Interpreter, now: float) -> Iterable[Action]:
    if isinstance(step, (Push, Advance)):
        yield step
    elif isinstance(step, Finish):
        yield from _resolve_all(step, interpreter, now)
        yield End()
        yield from _resolve_all(step, interpreter, now)
    else:
        pending = interpreter.pending()
        if pending:
            yield Resolved(pending[step.pick % len(pending)].id, step.how, step.value, step.now)


def _resolve_all(step: Finish, interpreter: Interpreter, now: float) -> Iterable[Action]:
    while (pending := interpreter.pending()) or releases(interpreter) or retries(interpreter):
        yield Resolved(pending[step.pick % len(pending)].id, "run", None, now) if pending else Hurry()


def _found(key: Any) -> Any:
    """What a lookup says of a key: nothing, or one of a few values."""
    return [None, {"tags": ["x"]}, 4, "text"][len(repr(key)) % 4]


def _result(running: Coroutine[Any, Any, Any]) -> tuple[Any, BaseException | None]:
    """What a coroutine that waits for nothing returns or raises."""
    try:
        running.send(None)
    except StopIteration as end:
        return end.value, None
    except Exception as error:
        return None, error
    raise AssertionError("a function of the library waits for nothing")


def _failed(program: Any) -> tuple[str, str] | None:
    """Node and packet that have stopped a program."""
    if isinstance(program, Interpreter):
        return program.state.stopped and program.state.stopped[:2]
    stopped = getattr(program, "stopped", None)
    return None if stopped is None else (stopped["node"], stopped["packet"])


def _sinks(program: Any) -> list[str]:
    if isinstance(program, Interpreter):
        return sorted([*(name for name, node in program.nodes.items() if node.kind.startswith("sink.")), *program.taps])
    return sorted(program.outputs)


def _figures_text(node: dict[str, Any]) -> str:
    dropped = dict(sorted(node["packets_dropped"].items()))
    counts = f"{node['packets_processed']} processed, dropped {dropped}, {node['packets_rejected']} rejected"
    return f"{counts}, {node.get('retries', 0)} retries"
