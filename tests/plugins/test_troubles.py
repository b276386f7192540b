"""Broken, outdated and conflicting plugins: each says what is wrong with it, and the others work."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from plugins.packages import declaring, package
from streamflow import CompileError, Graph, compile_graph, nodes
from streamflow.cli import app
from streamflow.dsl.plugins import API, NodeKind, plugins
from streamflow.plugin import Give, Keep, Operator, Options
from streamflow.testing import run


def graph_of(*middle):
    return Graph("Plugged", [nodes.source("in", type="manual"), *middle, nodes.sink("out", type="log")])


def said(make):
    with pytest.raises(CompileError) as caught:
        make()
    (diagnostic,) = caught.value.diagnostics
    return diagnostic.code, diagnostic.message, diagnostic.help


def test_a_plugin_that_can_not_be_imported_leaves_the_others_alone(installed):
    package(installed, "broken-nodes", {"broken_nodes": "import no_such_thing\n"}, halve="broken_nodes:NODE")
    package(installed, "good-nodes", {"good_nodes": declaring("times")}, times="good_nodes:NODE")
    code, message, help = said(lambda: nodes.halve("x"))
    assert code == "SF040"
    assert message == (
        "`nodes.halve` can't be used: broken-nodes 1.0 can't be loaded: "
        "ModuleNotFoundError: No module named 'no_such_thing'"
    )
    assert "other nodes are not concerned" in help
    outputs = run(graph_of(nodes.times("x", by=3)), {"in": [1, 2]})
    assert [packet.data for packet in outputs["out"]] == [3, 6]


def test_two_plugins_of_one_name_are_both_named_and_only_where_it_is_used(installed):
    package(installed, "first-nodes", {"first_nodes": declaring("times")}, times="first_nodes:NODE")
    package(installed, "second-nodes", {"second_nodes": declaring("times")}, times="second_nodes:NODE")
    assert said(lambda: nodes.times("x")) == (
        "SF041",
        "`nodes.times` can't be used: first-nodes 1.0 and second-nodes 1.0 both bring a node of that name",
        "uninstall one of them: pip uninstall second-nodes",
    )
    assert compile_graph(graph_of(nodes.transform("x", function=lambda data: data)))


def test_a_built_in_node_stays_what_it_is(installed):
    package(installed, "rival-nodes", {"rival_nodes": declaring("filter")}, filter="rival_nodes:NODE")
    assert nodes.filter("x", function=lambda data: data > 1).kind == "filter"
    (plugin,) = plugins()
    assert (plugin.distribution, plugin.problem) == ("rival-nodes 1.0", "`nodes.filter` is Streamflow's own node")


@pytest.mark.parametrize("api, age, updated", [(API + 1, "newer", "streamflow-edge"), (API - 1, "older", "the plugin")])
def test_a_plugin_for_another_interface_says_what_to_update(installed, api, age, updated):
    package(installed, "other-nodes", {"other_nodes": declaring("times", api)}, times="other_nodes:NODE")
    assert said(lambda: nodes.times("x")) == (
        "SF040",
        f"`nodes.times` can't be used: other-nodes 1.0 is made for plugin interface {api}, {age} than this "
        f"compiler's {API}",
        f"update {updated}",
    )


def test_a_declaration_that_can_not_be_is_refused_before_it_runs(installed):
    package(installed, "odd-nodes", {"odd_nodes": "NODE = 5\n"}, five="odd_nodes:NODE")
    package(installed, "named-nodes", {"named_nodes": declaring("times")}, twice="named_nodes:NODE")
    assert "declares odd_nodes:NODE, which is no NodeKind" in said(lambda: nodes.five("x"))[1]
    assert "calls its kind 'transform.times'" in said(lambda: nodes.twice("x"))[1]

    class TwiceOptions(Options):
        kind = "transform.twice"

    without = NodeKind(TwiceOptions, api=API)
    assert "doesn't say how it runs" in said(lambda: without.node("x", {}))[1]
    misspelt = NodeKind(TwiceOptions, api=API, operator=Operator(Give("dta * 2")))
    assert said(lambda: misspelt.node("x", {}))[1] == "the kind of `x`, TwiceOptions, has `dta` in its template"

    portless = NodeKind(TwiceOptions, api=API, operator=Operator(Keep("data")))
    assert "lets packets leave by `rejected`" in said(lambda: portless.node("x", {}))[1]

    class SinkOptions(Options):
        kind = "sink.twice"

    sink = NodeKind(SinkOptions, api=API, operator=Operator(Give("data * 2")))
    assert "calls its kind 'sink.twice'" in said(lambda: sink.node("x", {}))[1]

    class OwnOptions(Options):
        kind = "filter.dedupe"

    own = NodeKind(OwnOptions, api=API, operator=Operator(Give("data * 2")))
    assert "takes the kind 'filter.dedupe', which is Streamflow's own" in said(lambda: own.node("x", {}))[1]


def test_an_unknown_node_is_told_from_what_is_there(installed):
    package(installed, "good-nodes", {"good_nodes": declaring("times")}, times="good_nodes:NODE")
    with pytest.raises(AttributeError, match=r"there is no `nodes.tims`.*did you mean `times`\?"):
        _ = nodes.tims


@pytest.mark.parametrize(
    "runtime, problem",
    [
        ("import aiohttp\nclass Kept: ...\n", "sums_runtime imports aiohttp"),
        ("from sums_runtime import nothing\nfrom streamflow.plugin import Node\n", "sums_runtime imports streamflow"),
    ],
)
def test_a_runtime_that_the_platform_could_not_run_is_refused(installed, runtime, problem):
    declared = declaring("sums").replace("data * by", "state.add(data)").replace('by"))', 'by"), STATE)')
    declared = declared.replace('add(data)"))', 'add(data)"), State("sums_runtime:Kept"))')
    package(installed, "sum-nodes", {"sum_nodes": declared, "sums_runtime": runtime}, sums="sum_nodes:NODE")
    code, message, _ = said(lambda: compile_graph(graph_of(nodes.sums("x"))))
    assert code == "SF042" and problem in message


def test_a_runtime_that_is_not_there_is_refused(installed):
    declared = declaring("sums").replace('by"))', 'by"), State("no_such_runtime:Kept"))')
    package(installed, "sum-nodes", {"sum_nodes": declared}, sums="sum_nodes:NODE")
    assert "there is no module no_such_runtime" in said(lambda: compile_graph(graph_of(nodes.sums("x"))))[1]


def test_the_catalogue_lists_what_works_and_warns_of_the_rest(installed):
    package(installed, "broken-nodes", {"broken_nodes": "import no_such_thing\n"}, halve="broken_nodes:NODE")
    package(installed, "good-nodes", {"good_nodes": declaring("times")}, times="good_nodes:NODE")
    package(installed, "rival-nodes", {"rival_nodes": declaring("filter")}, filter="rival_nodes:NODE")
    done = CliRunner().invoke(app, ["nodes"])
    assert done.exit_code == 0
    assert re.search(r"  nodes\.times +Multiplies\. \(good-nodes 1\.0\)\n", done.stdout)
    assert "the plugin `halve`: broken-nodes 1.0 can't be loaded" in done.stderr
    assert "the plugin `filter`: `nodes.filter` is Streamflow's own node" in done.stderr
