"""A call that can't be meant is one problem at its place, with what to write; never an exception of the compiler's."""

import pytest

from frontend.programs import problems_of
from streamflow.dsl.kinds import KINDS

PROGRAM = """
from streamflow import Graph, agg, edge, example, nodes
S = nodes.source("s", type="manual")
K = nodes.sink("k", type="log")
graph = {}
"""


def problem_of(tmp_path, monkeypatch, text):
    """The one problem of a program."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.py").write_text(PROGRAM.format(text))
    problems = problems_of("main.py")
    assert len(problems) == 1, [problem.render() for problem in problems]
    assert problems[0].span is not None and problems[0].span.file.endswith("main.py")
    return problems[0]


@pytest.mark.parametrize(
    ("written", "message", "help"),
    [
        ('Graph("G", [S, K], colour=1)', "`Graph` has no option `colour`", "its options are name, nodes, edges"),
        ('Graph("G", [S, K], guarante="at least once")', "no option `guarante`", "did you mean `guarantee`?"),
        ('Graph(nam="G", nodes=[S, K])', "`Graph` has no option `nam`", "did you mean `name`?"),
        ('Graph("G")', "`Graph` needs `nodes`", "write nodes=[nodes.source("),
        ("Graph(nodes=[S, K])", "`Graph` needs `name`", 'write name="Orders"'),
        ('Graph("G", [S, K], [("s", "k")], "continue")', "takes name, nodes, edges by position", "error_strategy=..."),
        ('Graph("G", nodes=5)', "`nodes` must be a list, not 5", "write nodes=["),
        ('Graph("G", nodes={"s": S})', "`nodes` must be a list", "write nodes=["),
        ('Graph("G", [S, K], taps=5)', "`taps` must be a list", 'write taps=["normalize"]'),
        ('Graph("G", [S, K], examples="x")', "`examples` must be a list", "write examples="),
        ('Graph("G", [S, K], limits={"body": 0})', "limit `body` must be greater", "write limits={'body': 8388608}"),
        ('Graph("G", [S, K], compatibility_date="soon")', "must be a day, not 'soon'", "compatibility_date="),
        ('Graph("G", [S, K], compatibility_date=20260601)', "must be a day, not 20260601", "compatibility_date="),
        ('Graph("G", [S, K], compatibility_date="2026-02-30")', "must be a day", "compatibility_date="),
        ('Graph("G", [S, K], edges=5)', "`edges` must be a list", "write edges="),
        ('Graph("G", [S, K], edges={"s": "k"})', "`edges` must be a list", "write edges="),
        ('Graph("G", [S, K], edges=("s", "k"))', "this is one path", 'write edges=[("s", "k")]'),
        ('Graph("G", [S, K], edges=[(S, "k")])', "is not an edge", 'write ("s", "k")'),
        ('Graph("G", [S, K], edges=[edge(S, "k")])', "an edge is between names", 'write "s"'),
        ('Graph("G", [S, K], edges=[edge("s")])', "`edge` needs `b`", "write edge("),
        ('Graph("G", [S, K], edges=[edge("s", "k", where=len)])', "no option `where`", "did you mean `when`?"),
        ('Graph("G", [S, K], edges=[edge("s", "k", when="x")])', "`when` must be a function", "write when=lambda"),
        ('Graph("G", [S, K], examples=[example("e", given={})])', "`example` needs `expect`", "write expect="),
        ('Graph("G", [S, nodes.transform("t", len), K])', "given by name", "nodes.transform('t', function=...)"),
        ('Graph("G", [nodes.source("s", "manual"), K])', "given by name", "nodes.source('s', type=...)"),
        ('Graph("G", [S, nodes.sink(type="log")])', "nodes.sink needs a name", 'nodes.sink("some-name"'),
        ('Graph("G", [S, nodes.filter(function=len), K])', "nodes.filter needs a name", "write nodes.filter("),
        ('Graph("G", [S, nodes.aggregate("a", window="time", durration=5, function=len), K])', "`durration`", "did"),
        ('Graph("G", [S, nodes.sink("k", type="http", urll="https://a.example")])', "`urll`", "did you mean `url`?"),
        ('Graph("G", [S, nodes.route("r", cases={}), K])', "`cases` is empty", None),
        ('Graph("G", [S, nodes.rate_limit("r", limit=0, per=1), K])', "`limit` must be", "write limit=100"),
        ('Graph("G", [S, nodes.rate_limit("r", limit=1, per=1, overflow="wait"), K])', "`overflow` must be", "write"),
        ('Graph("G", [nodes.source("s", type="webhook", cors="*"), K])', "`cors` must be a valid list", "write cors="),
        ('Graph("G", [S, nodes.aggregate("a", window="time", duration=None, function=len), K])', "None is not", "1h"),
    ],
)
def test_one_problem_with_what_to_write(tmp_path, monkeypatch, written, message, help):
    problem = problem_of(tmp_path, monkeypatch, written)
    assert message in problem.message
    assert help is None or help in problem.help


def test_a_misspelt_option_is_left_out_so_that_the_rest_is_checked_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.py").write_text(PROGRAM.format('Graph("G", [S, K], colour=1, taps=["x"])'))
    assert [problem.code for problem in problems_of("main.py")] == ["SF003", "SF020"]


def test_a_single_tap_needs_no_list(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.py").write_text(PROGRAM.format('Graph("G", [S, K], taps="sink")'))
    assert "`taps` names `sink`" in problems_of("main.py")[0].message


@pytest.mark.parametrize("kind", KINDS)
def test_every_option_shows_how_it_is_written(kind):
    bare = {name for name, field in KINDS[kind].model_fields.items() if not field.examples}
    assert bare <= {"subscribe"}  # anything may be sent on connect
