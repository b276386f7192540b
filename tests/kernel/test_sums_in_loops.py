"""Sums whose parts are local variables of a loop have the bits of a `RunningSum`, which has those of the builtin."""

import struct
from random import Random

import pytest

from streamflow import Graph, compile_graph, nodes
from streamflow.target.bundle import kernel_file
from streamflow_runtime.running_sum import RunningSum


def program(timestamp=None, **window):
    def figures(packets):
        return {
            "all": sum(p.data["n"] for p in packets),
            "large": sum(p.data["n"] * 0.1 for p in packets if p.data["n"] > 1),
            "count": len(packets),
        }

    made = [
        nodes.source("in", type="manual", **({"timestamp": timestamp} if timestamp else {})),
        nodes.aggregate("window", **window, function=figures),
        nodes.sink("out", type="log"),
        *([nodes.sink("late", type="log")] if timestamp else []),
    ]
    late = [("window.late", "late")] if timestamp else []
    return Graph(name="sums", nodes=made, edges=[("in", "window", "out"), *late])


def kernel_for(python, graph):
    """The kernel as a bundle for that Python has it."""
    text = kernel_file(compile_graph(graph).graph, python)[2]
    namespace = {"__name__": "kernel", "__file__": "src/kernel.py"}
    exec(compile(text, "src/kernel.py", "exec"), namespace)
    return namespace["Kernel"]


KINDS = {
    "count": program(window="count", size=6),
    "time": program("at", window="time", duration=6),
    "arrival": program(window="time", duration=6),
}


@pytest.fixture(scope="module")
def kernels():
    return {kind: kernel_for((3, 12), graph) for kind, graph in KINDS.items()}


def test_the_parts_are_local_where_sums_carry():
    for graph in KINDS.values():
        program = compile_graph(graph).graph
        assert ".add_to(" in kernel_file(program, (3, 12))[2]
        assert ".add_to(" not in kernel_file(program, (3, 11))[2]


def running_sum(values):
    figure = RunningSum()
    for value in values:
        figure.add(value)
    return figure.result()


def bits(value):
    return struct.pack("d", value) if isinstance(value, float) else (type(value), value)


def expected(values):
    """The sums of each six values that follow each other."""
    for at in range(0, len(values), 6):
        six = values[at : at + 6]
        yield bits(running_sum(six)), bits(running_sum([n * 0.1 for n in six if n > 1])), len(six)


FLOATS = [0.1, 0.2, 1e16, -1e16, 1.0, -0.0, 3.7, 1e-300, 1e308, -1e308]
NUMBERS = [*FLOATS, 3, 1, True, 2**63, -(2**70), float("inf"), float("nan"), 0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(80))
def test_sums_in_loops_are_running_sums(kernels, kind, seed):
    chance = Random(seed)
    values = [chance.choice(chance.choice([FLOATS, FLOATS, NUMBERS])) for _ in range(chance.randrange(1, 30))]
    values = values[: len(values) - len(values) % 6] if kind == "count" else values
    kernel, sent, at = kernels[kind](), [], 0
    while at < len(values):
        # Packets by arrival have the moment of their batch, a second each.
        size = 1 if kind == "arrival" else chance.randrange(1, 9)
        batch = [{"n": n, "at": float(second)} for second, n in enumerate(values[at : at + size], at)]
        kernel.push("in", batch, float(at))
        at += size
        if chance.random() < 0.3:
            saved, kernel, sent = kernel.snapshot(), kernels[kind](), [*sent, *kernel.take("out")]
            kernel.restore(saved)
    kernel.finish()
    sent += kernel.take("out")
    found = [(bits(packet.data["all"]), bits(packet.data["large"]), packet.data["count"]) for packet in sent]
    assert found == list(expected(values))


def test_a_value_that_cannot_be_added_spoils_its_window_alone(kernels):
    kernel = kernels["count"]()
    kernel.push("in", [{"n": n} for n in [0.1, 0.2, "text", 0.3, 1, 2, *[0.1] * 6]], 0.0)
    assert [packet.data["all"] for packet in kernel.take("out")] == [running_sum([0.1] * 6)]
    assert [failure.node for failure in kernel.failures()] == ["window"]


def test_what_enters_beside_the_loop_is_added_to_the_same_sum(kernels):
    kernel = kernels["time"]()
    kernel.push("in", [{"n": 0.1, "at": 0.0}, {"n": 1e16, "at": 1.0}], 0.0)
    kernel.push("in", [{"n": 1.0, "at": 1.0}, {"n": -1e16, "at": 7.0}], 0.0)
    kernel.push("in", [{"n": 5.0, "at": 2.0}], 0.0)
    kernel.finish()
    assert [packet.data["all"] for packet in kernel.take("out")] == [running_sum([0.1, 1e16, 1.0]), -1e16]
    assert [packet.data["n"] for packet in kernel.take("late")] == [5.0]
