"""Constants that functions capture are folded, by value; where one is only read, its name stays."""

import ast
import asyncio

from streamflow import Graph, compile_graph, nodes, secret
from streamflow.testing import run

HOUR = 60 * 60
DAYS = 7
REGION = "eu"
VERBOSE = False
RATES = {"eu": 2}
TOKEN = secret("TOKEN")


def test_arithmetic_with_captured_constants():
    function = lambda data: {"week": data["n"] // (DAYS * 24 * HOUR), "day": data["n"] // DAYS}
    assert folded(function) == "{'week': data['n'] // 604800, 'day': data['n'] // DAYS}"


def test_captured_conditions_and_texts():
    function = lambda data: {"id": f"{REGION}-{data['n']}", **({"all": data} if VERBOSE else {})}
    assert folded(function) == "{'id': f\"eu-{data['n']}\", **{}}"


def test_a_name_that_the_function_binds_is_no_constant():
    function = lambda data: [[DAYS * 2 for DAYS in data["n"]], DAYS * 2]
    assert folded(function) == "[[DAYS * 2 for DAYS in data['n']], DAYS * 2]"


def test_containers_and_secrets_stay():
    function = lambda data: [RATES["eu"] * 2, TOKEN + "2", len(data)]
    assert folded(function) == "[RATES['eu'] * 2, TOKEN + '2', len(data)]"


def test_which_of_equal_values_are_one_is_not_settled():
    function = lambda data: [data["n"], HOUR is DAYS, HOUR is None]
    assert folded(function) == "[data['n'], HOUR is DAYS, False]"


def test_an_f_string_in_which_as_many_parts_are_left():
    function = lambda data: f"{DAYS}{data['n']}"
    assert folded(function) == "f\"7{data['n']}\""
    outputs = run(graph_of(nodes.transform("t", function=function)), {"in": [{"n": 3}]})
    assert [packet.data for packet in outputs["out"]] == ["73"]


def test_a_function_goes_on_being_asynchronous():
    async def waits(data):
        await asyncio.sleep(0) if VERBOSE else None
        return data["n"] * (2 * DAYS)

    program = compile_graph(graph_of(nodes.transform("t", function=waits)))
    tree = program.graph.by_name["t"].function.tree
    assert "await" in ast.unparse(tree)
    assert "data['n'] * 14" in ast.unparse(tree)


def test_remarks_name_line_and_value():
    function = lambda data: [data["n"] * (DAYS * 2), DAYS / (DAYS - 7)]
    remarks = compile_graph(graph_of(nodes.transform("t", function=function))).remarks
    said = [remark for remark in remarks if remark.made_by == "fold_constants"]
    assert [remark.sentence for remark in said] == [
        "`t` has `DAYS * 2` worked out beforehand, as `14`",
        "`t` has `DAYS - 7` worked out beforehand, as `0`",
        "`t` works `DAYS / (DAYS - 7)` out for each packet because it raises ZeroDivisionError",
    ]
    assert said[-1].line == function.__code__.co_firstlineno


def folded(function):
    graph = graph_of(nodes.transform("t", function=function))
    program = compile_graph(graph, 1, without=["share_subexpressions"])
    return ast.unparse(program.graph.by_name["t"].function.expression)


def graph_of(node):
    made = [nodes.source("in", type="manual"), node, nodes.sink("out", type="log")]
    return Graph(name="g", nodes=made, edges=[("in", node.name, "out")])
