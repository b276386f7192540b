"""Packets that enter again fare alike at levels 0 and 1, at every place of generated graphs."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from fuzz.covered import Observed
from fuzz.graphs import graphs
from fuzz.running import Action, act, metrics, observe, run_reference
from fuzz.streams import Push, streams
from fuzz.test_levels import AROUND, ROUND, Run, compiled
from streamflow_runtime.packet import Packet
from streamflow_runtime.reentry import enter


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_entering_again_is_the_same_at_levels_0_and_1() -> None:
    entered: Counter[str] = Counter()
    for number, around in enumerate(AROUND):
        check_graphs(number, around, entered)
    assert sum(entered.values()) > 200
    assert {"edge", "transform", "filter", "aggregate.time", "aggregate.session", "join.within"} <= entered.keys()


def check_graphs(number: int, around: str, entered: Counter[str]) -> None:
    """A round of graphs built around one kind; counts where packets entered."""

    @settings(
        max_examples=ROUND,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def check(data: st.DataObject) -> None:
        graph = data.draw(graphs(errors=True, around=around), label="graph")
        stream = data.draw(streams(graph), label="stream")
        programs = compiled(graph, Run())
        _, actions = run_reference(Observed(graph.definition), stream, set())
        plain, fused = (programs[f"level {level}"].kernel(secrets={}) for level in (0, 1))
        places = sorted(plain.entries.keys() & fused.entries.keys())
        expected = run(plain, actions, places, stream.variant, Counter())
        assert run(fused, actions, places, stream.variant, entered) == expected

    seed(number)(check)()


def run(kernel: Any, actions: list[Action], places: list[str], variant: int, entered: Counter[str]) -> list[Any]:
    """Everything that can be seen of a kernel that also lets packets in, at some places between the actions."""
    values = [value for action in actions if isinstance(action, Push) for value in deepcopy(action.values)]
    rng, seen = Random(variant), list[Any]()
    for number, action in enumerate(actions):
        try:
            act(kernel, action)
        except (KeyError, RuntimeError, ValueError) as error:  # what entered has changed which calls are pending
            seen.append(type(error).__name__)
            continue
        seen.append(observe(kernel, set(kernel.kinds), []))
        if places and values and hasattr(action, "now") and rng.random() < 0.5:
            place = rng.choice(places)
            packet = Packet(deepcopy(rng.choice(values)), int(action.now * 1000), "again", number, "", {})
            packet.key = rng.choice(["a", 1])
            enter(kernel, place, packet, action.now)
            entered[kernel.kinds.get(place.partition(".")[0], "edge")] += 1
            seen.append(observe(kernel, set(kernel.kinds), []))
    return [*seen, metrics(kernel)]
