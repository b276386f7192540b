"""`streamflow run` on streams: bounded memory, many batches, files of other shapes."""

import json
from io import BytesIO
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streamflow.cli import app, records
from streamflow.diagnostics import CompileError

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
