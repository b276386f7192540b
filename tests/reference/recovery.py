"""What becomes of a packet that fails: dropped, or tried again after a while, with those of its key behind it.

A place is where a packet enters again: `node.in`, `node.left`, `source.key`, a timer's name, or `origin -> target n`
for the n-th edge of the graph.
"""

from __future__ import annotations

import hashlib
import inspect
from typing import TYPE_CHECKING, Any

from reference.packet import Packet, milliseconds
from reference.state import Parked, Retrying
from streamflow.dsl.error_handling import RetryPolicy
from streamflow.dsl.graph import GraphDefinition

if TYPE_CHECKING:
    from reference.interpreter import Interpreter


def strategies_of(graph: GraphDefinition) -> dict[str, str]:
    """The strategy of each node. A connected `error` port comes before any, and sinks have none."""
    wired = {edge.origin.partition(".")[0] for edge in graph.edges if edge.origin.endswith(".error")}
    return {
        node.name: "continue"
        if node.name in wired or node.kind.startswith("sink.")
        else node.options.error_strategy or graph.error_strategy
        for node in graph.nodes
    }


def policies_of(graph: GraphDefinition) -> dict[str, RetryPolicy]:
    """The retry policy of each node: its own settings, then the graph's."""
    general = graph.retry_policy
    return {
        node.name: general
        if node.options.retry_policy is None
        else general.model_copy(update=node.options.retry_policy.model_dump(exclude_unset=True))
        for node in graph.nodes
    }


def waits(interpreter: Interpreter, name: str, place: str, packet: Packet) -> bool:
    """Whether one of the packet's key waits at the place: then it stands behind it."""
    line = [one for one in interpreter.state.retrying[name] if one.place == place and one.packet.key == packet.key]
    if not line or interpreter.trying is line[0]:
        return False
    _keep(interpreter, name, place, packet)
    interpreter.note("waited behind a retry")
    return True


def is_tried_again(interpreter: Interpreter, name: str, place: str, packet: Packet) -> bool:
    """Whether a packet that has failed at a place has a try left."""
    policy, tried = interpreter.policies[name], interpreter.trying
    if interpreter.strategies[name] != "retry":
        return False
    if tried is None or tried.place != place:
        if policy.max_retries == 0:
            return False
        tried = _keep(interpreter, name, place, packet)
    if tried.failures == policy.max_retries:
        interpreter.note("retries ran out")
        tried.over = True
        return False
    interpreter.note("retry")
    tried.failures += 1
    assert interpreter.state.clock is not None
    tried.due = interpreter.state.clock + _delay(policy, tried.failures, tried.packet.id)
    return True


def call_is_made_again(interpreter: Interpreter, name: str, parked: Parked) -> bool:
    """Whether a call that has failed has a try left."""
    policy = interpreter.policies[name]
    if interpreter.strategies[name] != "retry" or parked.failures == policy.max_retries:
        return False
    interpreter.note("call made again")
    parked.failures += 1
    assert interpreter.state.clock is not None
    parked.due = interpreter.state.clock + _delay(policy, parked.failures, parked.packet.id)
    return True


def retries(interpreter: Interpreter) -> list[int]:
    """The moments at which something is tried again."""
    waiting = [one for line in interpreter.state.retrying.values() for one in line]
    parked = [one for line in interpreter.state.parked.values() for one in line]
    return [one.due for one in (*waiting, *parked) if one.due is not None]


def try_again(interpreter: Interpreter, name: str) -> None:
    """What is due at a node now; what is through lets the next of its key go."""
    state = interpreter.state
    assert state.clock is not None
    for behind in (False, True) if _is_stage(interpreter, name) else (None,):
        while due := [
            one
            for one in state.retrying[name]
            if one.due is not None and one.due <= state.clock and behind in (None, " -> " in one.place)
        ]:
            tried = min(due, key=lambda one: (one.due, one.number))
            _try(interpreter, name, tried)
    for parked in state.parked[name]:
        if parked.due is not None and parked.due <= state.clock:
            parked.due = None
            state.counts[name].retries += 1


def held(interpreter: Interpreter, name: str, behind: bool) -> list[int]:
    """Timestamps of what waits in front of a node, or behind it."""
    if not _is_stage(interpreter, name):
        found = interpreter.state.retrying[name] if behind else []
    else:
        found = [one for one in interpreter.state.retrying[name] if (" -> " in one.place) == behind]
    return [milliseconds(one.packet.timestamp) for one in found]


def _try(interpreter: Interpreter, name: str, tried: Retrying) -> None:
    tried.due, interpreter.trying = None, tried
    interpreter.state.counts[name].retries += tried.failures > 0
    interpreter.enter_again(name, tried.place, tried.packet)
    interpreter.trying = None
    if tried.due is not None:
        return
    if tried.failures and not tried.over:
        interpreter.note("retried ok")
    line = interpreter.state.retrying[name]
    line.remove(tried)
    for other in line:
        if other.place == tried.place and other.packet.key == tried.packet.key:
            other.due = interpreter.state.clock
            break
    interpreter.fire_due()


def _keep(interpreter: Interpreter, name: str, place: str, packet: Packet) -> Retrying:
    interpreter.let_wait(name)
    kept = Retrying(place, packet, interpreter.state.kept)
    interpreter.state.kept += 1
    interpreter.state.retrying[name].append(kept)
    return kept


def _delay(policy: RetryPolicy, retry: int, id: str) -> int:
    """Milliseconds: longer each time, up to a share of `jitter` less by the packet's id."""
    delay = policy.initial_delay
    for _ in range(retry - 1):
        delay = int(delay * policy.backoff_multiplier)
    digest = hashlib.blake2b(f"{id}:{retry}".encode(), digest_size=4).hexdigest()
    return max(1, int(min(delay, policy.max_delay) * (1 - policy.jitter * (int(digest, 16) / 2**32))))


def _is_stage(interpreter: Interpreter, name: str) -> bool:
    node: Any = interpreter.nodes[name]
    calls = node.kind == "transform" and inspect.iscoroutinefunction(node.options.function)
    asks = node.kind == "transform.enrich" and not isinstance(node.options.lookup, dict)
    return node.kind.startswith(("aggregate.", "join.")) or calls or asks
