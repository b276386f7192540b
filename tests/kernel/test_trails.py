"""Trails of packets: what any part of them adds up to, with how much work, and the same after a state was saved."""

import random

import pytest

from streamflow_runtime.accumulators import Collect, Max, Sum
from streamflow_runtime.packet import Packet
from streamflow_runtime.values import AccumulatingTrails, Values


def test_any_part_adds_up_to_what_is_in_it():
    chance = random.Random(0)
    sums, trail = AccumulatingTrails(lambda: [Sum(), Max(), Collect()]), Values(None, "", 0, 0, 0)
    for number in range(700):
        _append(trail, chance.randint(number - 30, number), chance.randint(-50, 50), number)
        if chance.random() < 0.3:
            trail.forget(chance.randint(0, min(4, len(trail.packets) - 1)))
        after = number - chance.randint(0, 400)
        until = after + chance.randint(0, 400)
        inside = [packet for packet in trail.packets if after < packet.time <= until]
        total, largest, collected = (held.result() for held in sums.total(trail, after, until).held)
        values = [packet.values[0] for packet in inside]
        assert total == (sum(values) if inside else None)
        assert largest == max(values, default=None)
        assert collected == ([packet.values[2] for packet in sorted(inside, key=lambda one: one.time)] or None)
    assert all(start + length > trail.forgotten for start, length in trail.blocks)


def test_a_state_that_was_saved_gives_the_same_bits():
    chance = random.Random(1)
    sums, trail = AccumulatingTrails(lambda: [Sum()]), Values(None, "", 0, 0, 0)
    for number in range(300):
        _append(trail, number, chance.random() * 10 ** chance.randint(-9, 9), number, entries=1)
        trail.forget(number % 3 == 0)
        fresh = Values(None, "", *trail.header())
        fresh.take_over([trail.part(index) for index in range(len(trail.packets))])
        assert sums.total(fresh, 20, number).held[0].result() == sums.total(trail, 20, number).held[0].result()


@pytest.mark.parametrize("disorder", [0, 5])
def test_a_long_trail_costs_little(disorder, monkeypatch):
    steps = 0
    add, merge = Sum.add, Sum.merge

    def counting(method):
        def step(*arguments):
            nonlocal steps
            steps += 1
            method(*arguments)

        return step

    monkeypatch.setattr(Sum, "add", counting(add))
    monkeypatch.setattr(Sum, "merge", counting(merge))
    chance = random.Random(2)
    sums, trail = AccumulatingTrails(lambda: [Sum()]), Values(None, "", 0, 0, 0)
    for number in range(6000):
        _append(trail, number - chance.randint(0, disorder), 1, number, entries=1)
        trail.forget(max(len(trail.packets) - 4000, 0))
        sums.total(trail, number - 3500, number)
    assert steps < 6000 * 60


def _append(trail, time, value, number, entries=3):
    packet = Packet(None, time, "s", number, "", {})
    packet.arrival, packet.values = number, (value,) * entries
    trail.add(packet)
