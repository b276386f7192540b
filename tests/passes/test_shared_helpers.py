"""What functions call decides what they share: helpers, imports and captured lists."""

import ast
import asyncio
import copy
import math
import random
import re
from collections import defaultdict
from functools import partial
from math import floor

import pytest

from streamflow import Graph, compile_graph, nodes


def area(width, height):
    return width * height * 1.0


def grown(data):
    data["n"] += 1
    return data["n"]


def growing(data):
    for _ in range(2):
        data["n"] += 1
        yield data["n"]


def pair(data):
    return [data["n"], data["m"]]


READ = re.compile(r"works `data\['\w+'\]` out")
CASES = [
    ("pure helpers", lambda data: [area(data["n"], data["m"]) + 1, area(data["n"], data["m"])], 1),
    ("a helper that makes lists", lambda data: [pair(data), pair(data)], 0),
    ("functions of math", lambda data: [math.sqrt(data["n"]) + 1, math.sqrt(data["n"]), floor(1.5 * data["n"])], 1),
    ("a helper with effects", lambda data: [data["n"] * 2, grown(data), data["n"] * 2], 0),
    ("chance", lambda data: [data["n"] * 0 + random.random() < 2, data["n"] * 0 + random.random() < 2], 1),
    ("what changes nothing", lambda data: [data["n"] + 1 > 0, copy.deepcopy(data), data["n"] + 1], 1),
    ("a sort by a helper with effects", lambda data: [data["n"] * 2, max([data], key=grown)["n"], data["n"] * 2], 0),
]


@pytest.mark.parametrize(("function", "shared"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_a_call_may_do(function, shared):
    check(function, shared)


def test_a_generator_works_while_it_is_read():
    def reads(data):
        numbers = growing(data)
        a = data["n"] * 2
        b = [number for number in numbers][:1]
        c = data["n"] * 2
        for number in growing(data):
            a = a + number + data["n"] * 2 + data["n"] * 2
        more = growing(data)
        d = data["n"] * 2
        _, _ = more
        e = data["n"] * 2
        more = growing(data)
        f = data["n"] * 2
        return [a, b, c, d, e, f, *more, data["n"] * 2]

    check(reads, None)


def test_a_helper_that_is_called_later():
    def hands_on(data):
        known = defaultdict(partial(grown, data))
        a = data["n"] * 2
        b = known["x"]
        return [a, b, data["n"] * 2]

    check(hands_on, 0)


def test_a_lambda_that_is_called_later():
    def calls(data):
        grow = lambda: data.update(n=7)
        known = defaultdict(grow)
        a = data["n"] * 2
        b = known["x"]
        return [a, b, data["n"] * 2]

    check(calls, 0)


def test_a_function_that_others_run_beside():
    async def waits(data):
        a = data["n"] * 1.5
        await asyncio.sleep(0)
        return [a, data["n"] * 1.5 + data["n"] * 1.5]

    program = compile_graph(graph_of(waits), 1)
    assert ast.unparse(program.graph.by_name["t"].function.tree).endswith(
        "await asyncio.sleep(0)\n    return [a, (product := (data['n'] * 1.5)) + product]"
    )


def check(function, shared):
    """It gives what it gives at level 0, and `shared` of its expressions are worked out once."""
    results = []
    for level in (0, 1, 2):
        program = compile_graph(graph_of(function), level)
        kernel = program.kernel()
        kernel.push("in", [{"n": 3, "m": 2}], now=0.0)
        results.append([packet.data for packet in kernel.take("out")])
        remarks = [each for each in program.remarks if each.made_by == "share_subexpressions"]
        applied = [each.text for each in remarks if each.applied and not READ.match(each.text)]
        assert level == 0 or shared is None or len(applied) == shared, [each.sentence for each in remarks]
    assert results[0][0]
    assert results[1] == results[2] == results[0]


def graph_of(function):
    made = [nodes.source("in", type="manual"), nodes.transform("t", function=function), nodes.sink("out", type="log")]
    return Graph(name="g", nodes=made, edges=[("in", "t", "out")])
