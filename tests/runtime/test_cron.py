"""Timers by cron: when they tick, against a library that knows; and what is no expression."""

from datetime import UTC, datetime
from random import Random

import pytest
from croniter import croniter

from streamflow import compile_graph, nodes
from streamflow.diagnostics import CompileError
from streamflow.dsl.graph import GraphDefinition
from streamflow_runtime.cron import Schedule

EXPRESSIONS = [
    "* * * * *", "*/5 * * * *", "5/20 * * * *", "0 0 29 2 *", "15 3 * * mon-fri", "0 12 1,15 * 3", "0 0 * * 7",
    "0 0 * * fri-sun", "59 23 31 12 *", "7-20/4 1-3,22 */3 * *", "0 0 1 jan,JUL *", "0 9-17/2 * * 1-5", "0 0 30 2 1",
    "@hourly", "@daily", "@weekly", "@monthly", "@yearly",
]  # fmt: skip


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_moments_are_those_of_a_library(expression):
    schedule, random = Schedule(expression), Random(expression)
    for _ in range(20):
        second = random.randrange(4_000_000_000)
        expected = croniter(expression, datetime.fromtimestamp(second, UTC)).get_next(float)
        assert schedule.after(second * 1000 + random.choice([0, 999])) == int(expected) * 1000


@pytest.mark.parametrize(
    "expression, reason",
    [
        ("61 * * * *", "minute that is not within 0-59: '61'"),
        ("* * *", "five fields"),
        ("", "five fields"),
        ("0 0 30 2 *", "never comes"),
        ("*/0 * * * *", "step '0'"),
        ("5-2 * * * *", "runs backwards"),
        ("* * * * mon#2", "day of the week that is not within 0-7: 'mon#2'"),
        ("\N{ARABIC-INDIC DIGIT THREE} * * * *", "minute"),
    ],
)
def test_what_is_no_expression_is_refused_where_it_is_written(expression, reason):
    with pytest.raises(CompileError, match=reason) as refused:
        nodes.source("tick", type="timer", cron=expression)
    assert "`cron`" in str(refused.value)
    assert 'write cron="30 6 * * mon-fri"' in str(refused.value)


@pytest.mark.parametrize("options", [{}, {"interval": 5, "cron": "* * * * *"}])
def test_a_timer_has_an_interval_or_an_expression(options):
    with pytest.raises(CompileError, match=r"needs `interval`.*or `cron`"):
        nodes.source("tick", type="timer", **options)


def test_what_is_missed_is_skipped_or_caught_up_with():
    noon = 1_700_000_000 // 86_400 * 86_400 + 12 * 3600
    for catch_up, expected in [(False, [0, 1]), (True, [0, 1, 2, 3])]:
        source = nodes.source("tick", type="timer", cron="0 * * * *", catch_up=catch_up)
        program = compile_graph(GraphDefinition("Ticks", [source, nodes.sink("out", type="log")]))
        kernel = program.kernel()
        kernel.advance(noon)
        assert kernel.next_deadline() == noon + 3600
        kernel.advance(noon + 3600)
        kernel.resume(noon + 3 * 3600 + 1)
        kernel.advance(noon + 4 * 3600)
        packets = kernel.take("out")
        assert [packet.data for packet in packets] == expected
        assert packets[-1].timestamp == noon + 4 * 3600
