"""The sample of a plugin, installed by pip: its own tests, and its nodes in process, in a bundle and on workerd."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from conformance.conftest import require_workerd
from conformance.services import TOKEN, InProcess, OnWorkerd
from plugins.conftest import SAMPLE
from streamflow import Graph, compile_graph, nodes
from streamflow.catalogue import entries
from streamflow.cli import app

HOSTS = [pytest.param(InProcess, id="in-process"), pytest.param(OnWorkerd, id="workerd", marks=pytest.mark.workerd)]


def ovens() -> Graph:
    return Graph(
        "Ovens",
        [
            nodes.source("readings", type="manual"),
            nodes.smooth("smooth", field="celsius", weight=0.5, key="oven"),
            nodes.hysteresis("too-hot", value="mean", on=220, off=200, key="oven"),
            nodes.sink("alarms", type="endpoint", keep=10),
        ],
    )


def test_its_own_tests_pass(sample):
    path = os.pathsep.join([str(sample), *sys.path])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(SAMPLE)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_is_fused_as_a_built_in_node_is(sample):
    code = compile_graph(ovens(), level=2).files["src/kernel.py"]
    (loop,) = (part for part in code.split("    def ") if part.startswith("run_readings"))
    assert 'data = too_hot.step(checked_key(data["oven"]), data["mean"], data)' in loop
    assert "alarms.append(" in loop


def test_what_stands_for_its_nodes_is_compiled_and_traced_to_the_package(sample):
    files = compile_graph(ovens()).files
    assert "return (mean, {**data, into: mean})" in files["src/kernel.py"]
    assert "'streamflow_alarms/smooth.py'" in files["src/kernel.py"]
    assert "streamflow_alarms/" not in " ".join(files)


def test_it_stands_in_the_catalogue(sample):
    listed = CliRunner().invoke(app, ["nodes"])
    assert listed.exit_code == 0 and listed.stderr == ""
    assert "nodes.hysteresis " in listed.stdout and "(streamflow-alarms 1.0.0)" in listed.stdout
    page = CliRunner().invoke(app, ["nodes", "hysteresis"]).stdout.splitlines()
    assert page[1:3] == ["nodes.hysteresis", "kind transform.hysteresis, brought by streamflow-alarms 1.0.0"]
    for entry in entries():
        assert all(option.meaning and option.type for option in entry.options), entry.kind


@pytest.mark.parametrize("host", HOSTS)
async def test_it_runs_where_graphs_run_and_its_state_survives(sample, host, tmp_path):
    import aiohttp

    if host is OnWorkerd:
        require_workerd()
    service = host(compile_graph(ovens()), tmp_path, {"STREAMFLOW_TOKEN": TOKEN})
    headers = {"Authorization": f"Bearer {TOKEN}"}

    async def inject(*celsius):
        events = [{"oven": 1, "celsius": each} for each in celsius]
        async with aiohttp.ClientSession(headers=headers) as http:
            async with http.post(f"{service.url}/inject/readings", json=events) as answer:
                assert answer.status == 202, await answer.text()
            async with http.get(f"{service.url}/outputs/alarms") as answer:
                return await answer.json()

    service.start()
    try:
        assert await inject(230, 240) == [{"oven": 1, "celsius": 230, "mean": 230, "alarm": True}]
        service.stop()
        service.start()
        assert (await inject(220, 160))[1:] == [{"oven": 1, "celsius": 160, "mean": 193.75, "alarm": False}]
    finally:
        service.stop()
