"""A pass's docstring is its first test: Before goes through the pass and After comes out."""

import importlib
import pkgutil
import re

import pytest

import streamflow.passes
from streamflow.ir.parser import parse
from streamflow.ir.printer import text_of
from streamflow.ir.remarks import Remarks
from streamflow.ir.verifier import verify

PASSES = [module.name for module in pkgutil.iter_modules(streamflow.passes.__path__)]


@pytest.mark.parametrize("stem", PASSES)
def test_before_becomes_after(stem):
    module = importlib.import_module(f"streamflow.passes.{stem}")
    doc = module.__doc__
    before, after = (_section(doc, name) for name in ("Before", "After"))
    assert re.search(r"^Why: ", doc, re.MULTILINE)
    assert re.search(r"^Not done when: ", doc, re.MULTILINE)
    result = getattr(module, stem)(verify(parse(before)), Remarks())
    assert text_of(verify(result, stem)) == text_of(parse(after))
    assert text_of(result) != text_of(parse(before))


def test_every_pass_runs_at_some_level():
    used = {run.__name__ for passes in streamflow.passes.LEVELS.values() for run in passes}
    assert used == set(PASSES)


def _section(doc, name):
    (text,) = re.findall(rf"^{name}:\n((?:    .*\n)+)", doc, re.MULTILINE)
    return text
