"""Windows that a function assigns: what it may give, and what fails the packet."""

import pytest

import streamflow
from streamflow import Graph, nodes


def compiled(assigner, level=2):
    window = nodes.aggregate("w", window=assigner, function=lambda packets: [packet.data for packet in packets])
    listed = [nodes.source("in", type="manual", timestamp="at"), window, nodes.sink("out", type="log")]
    return streamflow.compile_graph(Graph("Case", listed), level=level).kernel(secrets={})


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize(
    ("given", "says"),
    [
        (None, "windows are a list of pairs (start, end) in seconds, not NoneType"),
        ({0: 10}, "windows are a list of pairs (start, end) in seconds, not dict"),
        ([3], "a window is a pair (start, end) in seconds, not 3"),
        ([[0, 10, 20]], "a window is a pair (start, end) in seconds, not [0, 10, 20]"),
        ([[0, "x"]], "a window's bounds are seconds, not str"),
        ([[True, 3]], "a window's bounds are seconds, not bool"),
        ([[0, 2e11]], "a window can't start or end at 200000000000.0"),
        ([[0, 10**400]], f"a window can't start or end at {10**400!r}"),
        ([[0, 10], [5, 5]], "a window ends after its start: 5 to 5 is none"),
        ([[1, 1.0001]], "a window ends after its start: 1 to 1.0001 is none"),
    ],
)
def test_what_is_no_window_fails_the_packet(given, says, level):
    kernel = compiled(lambda packet: packet.data["windows"], level)
    kernel.push("in", [{"at": 1, "windows": given}, {"at": 2, "windows": [(0, 10)]}], now=0)
    [failure] = kernel.failures()
    assert (failure.node, failure.error) == ("w", says)
    assert failure.data == {"at": 1, "windows": given}
    kernel.finish()
    assert [packet.data for packet in kernel.take("out")] == [[{"at": 2, "windows": [(0, 10)]}]]


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_function_that_raises_fails_the_packet_at_its_line(level):
    def missing(packet):
        return [(0, packet.data["missing"])]

    kernel = compiled(missing, level)
    kernel.push("in", [{"at": 1}], now=0)
    [failure] = kernel.failures()
    assert (failure.node, failure.type, failure.data) == ("w", "KeyError", {"at": 1})
    assert failure.line == missing.__code__.co_firstlineno + 1


@pytest.mark.parametrize("level", [0, 1, 2])
def test_what_the_function_changes_nobody_sees(level):
    kernel = compiled(lambda packet: [(0, packet.data.pop("until"))], level)
    kernel.push("in", [{"at": 1, "until": 5}], now=0)
    kernel.finish()
    assert [packet.data for packet in kernel.take("out")] == [[{"at": 1, "until": 5}]]


def test_the_same_window_twice_is_one():
    kernel = compiled(lambda packet: [(0, 10), (0, 10.0), (0.0001, 10)])
    kernel.push("in", [{"at": 1}], now=0)
    kernel.finish()
    assert [(packet.data, packet.window.end) for packet in kernel.take("out")] == [([{"at": 1}], 10.0)]
