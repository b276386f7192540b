"""The listed faults can be planted: each text stands once where it is said to, and what takes its place is Python."""

import ast
from collections import Counter

import pytest

from fuzz.test_levels import AROUND
from mutants.planting import ROOT, mutants

LISTED = mutants()


@pytest.mark.parametrize("mutant", LISTED, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_a_mutant_can_be_planted(mutant):
    text = (ROOT / mutant.file).read_text()
    assert text.count(mutant.old) == 1, f"{mutant.file} has this {text.count(mutant.old)} times:\n{mutant.old}"
    assert mutant.new != mutant.old
    assert mutant.around in ("", *AROUND)
    ast.parse(text.replace(mutant.old, mutant.new))


def test_there_are_many_and_each_has_a_name_of_its_own():
    assert len(LISTED) >= 30
    assert max(Counter(mutant.name for mutant in LISTED).values()) == 1
