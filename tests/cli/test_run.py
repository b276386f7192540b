"""`streamflow run` on streams: bounded memory, many batches, files of other shapes."""

import json
from io import BytesIO
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streamflow import compile_graph, nodes
from streamflow.cli import app, records
from streamflow.diagnostics import CompileError
from streamflow.dsl.graph import GraphDefinition
from streamflow.host.replay import Replay
from streamflow.testing import run as replayed
from streamflow.testing import run_every_way

PROGRAM = """
from streamflow import Graph, nodes

graph = Graph(
    name="Pass",
    nodes=[nodes.source("in", type="manual"), nodes.sink("out", type="log")],
    taps=["in"],
)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("program.py").write_text(PROGRAM)


def run(*arguments, **more):
    return CliRunner().invoke(app, ["run", "program.py", *arguments], **more)


def test_what_goes_in_comes_out_in_order():
    lines = [json.dumps({"n": n, "text": "ø \\ \u2028"}) for n in range(4321)]
    Path("in.ndjson").write_text("\n".join(lines))
    assert run("--input", "in.ndjson", "--output", "out").exit_code == 0
    assert Path("out/out.ndjson").read_text().splitlines() == lines
    assert [path.name for path in Path("out").iterdir()] == ["out.ndjson"]  # and no tap


def test_memory_is_bounded_by_reading_as_it_goes():
    """A record is handed out before lines far behind it are read."""
    lines = (b'{"n": 1}\n' for _ in range(1_000_000))

    class Stream:
        read = 0

        def __iter__(self):
            return self

        def __next__(self):
            self.read += 1
            return next(lines)

    stream = Stream()
    found = records.records(stream, "big.ndjson", 64, lambda size: None)
    for _ in range(1000):
        next(found)
    assert stream.read <= 2000


@pytest.mark.parametrize(
    "text", ['[{"a": 1}, 2, "three", null]', '{"a": 1}', '\n{"a": 1}\n{"a": 2}\n'], ids=["array", "object", "lines"]
)
def test_a_json_file_holds_an_array_an_object_or_lines(text):
    Path("in.json").write_text(text)
    assert run("--input", "in.json", "--output", "out").exit_code == 0
    values = [json.loads(line) for line in Path("out/out.ndjson").read_text().splitlines()]
    assert values == {"[": [{"a": 1}, 2, "three", None], "{": [{"a": 1}]}.get(text[0], [{"a": 1}, {"a": 2}])


@pytest.mark.parametrize("name", ["in.json", "in.ndjson"])
def test_a_byte_order_mark_is_refused_as_in_requests(name):
    Path(name).write_text('\ufeff{"a": 1}\n{"a": 2}\n', encoding="utf-8")
    result = run("--input", name, "--output", "out")
    assert result.exit_code != 0
    assert "byte order mark" in result.output


def test_a_line_may_be_an_array_and_is_one_record():
    assert run(input='[1, 2]\r\n\n{"a": 1}').stdout == 'out: [1, 2]\nout: {"a": 1}\n'


@pytest.mark.parametrize(
    "line",
    [
        b"x",
        b"1",
        b"null",
        b'"text"',
        b'{"a": NaN}',
        b'{"a": 1e400}',
        b'{"a": ' + b"9" * 400 + b"}",
        b'{"a": \xff}',
        b'{"a": 1} {"a": 2}',
        b"[" * 70 + b"]" * 70,
    ],
)
def test_malformed_lines_name_their_place(line):
    stream = BytesIO(b'{"a": 1}\n' * 700 + line + b"\n")
    with pytest.raises(CompileError, match=r"SF302.* in\.ndjson:701: "):
        list(records.records(stream, "in.ndjson", 64, lambda size: None))


def test_large_but_finite_numbers_pass():
    assert run(input='{"a": 1e300, "b": 2e-999}\n').stdout == 'out: {"a": 1e+300, "b": 0.0}\n'


def test_nothing_to_read():
    done = run(input="")
    assert done.exit_code == 0
    assert done.stderr.startswith("0 events")


MERGED = """
from streamflow import Graph, nodes

graph = Graph(
    name="Merged",
    nodes=[
        nodes.source("orders", type="manual", timestamp="at"),
        nodes.source("views", type="manual"),
        nodes.transform("seen", function=lambda data, packet: [data["id"], packet.timestamp]),
        nodes.sink("out", type="log"),
    ],
    edges=[("orders", "seen", "out"), ("views", "seen")],
)
"""


def test_inputs_merge_by_event_time_and_by_the_field_of_arrival():
    Path("program.py").write_text(MERGED)
    Path("orders.ndjson").write_text('{"id": 1, "at": 5}\n{"id": 2, "at": 3}\n{"id": 3, "at": 9}\n')
    Path("views.ndjson").write_text('{"id": 4, "seen": 5}\n{"id": 5}\n{"id": 6, "seen": "1970-01-01T00:00:07Z"}\n')
    arguments = ["--input", "views=views.ndjson", "--input", "orders=orders.ndjson"]
    refused = run(*arguments)
    assert refused.exit_code != 0
    assert "SF310" in refused.stderr
    assert "--arrival" in refused.stderr
    done = run(*arguments, "--arrival", "seen")
    seen = [json.loads(line.removeprefix("out: ")) for line in done.stdout.splitlines()]
    assert seen == [[4, 5.0], [5, 5.0], [1, 5.0], [2, 3.0], [6, 7.0], [3, 9.0]]


def test_nodes_that_go_by_the_clock_see_when_each_record_came():
    clicks = [{"id": 1, "at": at} for at in (0, 4, 9, 10, 12)]
    source = nodes.source("clicks", type="manual", timestamp="at")
    graph = GraphDefinition("Once", [source, nodes.dedupe("once", key="id", within=10), nodes.sink("out", type="log")])
    assert [packet.data["at"] for packet in replayed(graph, {"clicks": clicks})["out"]] == [0, 10]
    source = nodes.source("clicks", type="manual", timestamp="at", dedupe_key="id", dedupe_within=5)
    graph = GraphDefinition("Once", [source, nodes.sink("out", type="log")])
    assert [packet.data["at"] for packet in replayed(graph, {"clicks": clicks})["out"]] == [0, 9]


def test_batches_end_where_a_source_falls_silent():
    source = nodes.source("clicks", type="manual", timestamp="at", idle_timeout=5, out_of_orderness=100)
    window = nodes.aggregate(
        "ten", window="time", duration=10, function=lambda packets: [p.data["at"] for p in packets]
    )
    sinks = [nodes.sink("out", type="log"), nodes.sink("late", type="log")]
    graph = GraphDefinition("Ten", [source, window, *sinks], [("clicks", "ten", "out"), ("ten.late", "late")])
    times = [0, 3, 1, 7, 11, 200, 109, 101, 202]  # silent from 16 on
    outputs = run_every_way(graph, {"clicks": [{"at": at} for at in times]})
    assert [packet.data["at"] for packet in outputs["late"]] == []
    assert [packet.data for packet in outputs["out"]] == [[0, 1, 3, 7], [11], [101, 109], [200, 202]]
    replay = Replay(compile_graph(graph), {})
    batches = batches_of(replay, {"clicks": [{"at": at} for at in times]})
    assert [len(batch) for _, batch, _ in batches] == [1, 2, 1, 1, 3, 1]


def batches_of(replay, inputs):
    for batch in replay.batches(inputs):
        replay.kernel.push(*batch)
        yield batch
