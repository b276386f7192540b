"""What pytest gets from an installed Streamflow: the fixture `stream`, and messages of failing asserts on outputs."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from streamflow.dsl.graph import GraphDefinition
from streamflow.testing.blocking import BlockingStream
from streamflow.testing.outputs import Outputs
from streamflow.testing.stream import TestStream

_explained: list[str] = []  # what the asserts of the present test had to say


@pytest.fixture
def stream() -> Iterator[Callable[..., BlockingStream]]:
    """`stream(graph, secrets=, lookups=, level=, now=)`: the graph in virtual time, ready for `inject` and `output`."""
    with ExitStack() as opened:

        def open_stream(graph: GraphDefinition, **options: Any) -> BlockingStream:
            return opened.enter_context(TestStream(graph, **options))

        yield open_stream


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    """The difference in short; the paths of packets follow in a section of the report, which is never cut off."""
    outputs, expected = (left, right) if isinstance(left, Outputs) else (right, left)
    if op != "==" or not isinstance(outputs, Outputs) or not isinstance(expected, (list, tuple)):
        return None
    text = outputs.explain(expected)
    _explained.append(text)
    short, _, _ = text.partition("\n\n")
    return short.splitlines()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the paths of packets to the report of a test that failed on outputs."""
    report = yield
    if report.failed and _explained:
        report.sections.append(("the paths of packets", "\n\n".join(_explained)))
    _explained.clear()
    return report
