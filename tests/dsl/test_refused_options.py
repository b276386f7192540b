"""Options that say nothing that a node could do are refused where they are written."""

import pytest

from streamflow import nodes
from streamflow.diagnostics import CompileError


async def waits(data):
    return data


@pytest.mark.parametrize("columns", [["a", "a"], ("a", "b", "A")])
def test_a_column_is_named_once(columns):
    with pytest.raises(CompileError, match="twice"):
        nodes.sink("out", type="database", table="t", columns=columns)
    nodes.sink("out", type="database", table="t", columns=["a", "b"])


@pytest.mark.parametrize("option", [{"concurrency": 2}, {"ordered": False}, {"timeout": 1}])
def test_options_of_waiting_need_an_async_function(option):
    with pytest.raises(CompileError, match=f"`{next(iter(option))}`: only for an `async def`"):
        nodes.transform("t", function=lambda data: data, **option)
    nodes.transform("t", function=waits, **option)
