"""The golden texts' own rules: what is rewritten, what is refused, what a missing one says."""

import pytest

from golden import Golden, cases_of

TEXT = "[case one]\nx = [1]\n\n[out]\nold\n\n[case two]\ny\n\n[events]\ne\n"


@pytest.fixture
def cases(tmp_path):
    (tmp_path / "some.test").write_text(TEXT)
    return cases_of(tmp_path / "some.test")


def test_sections(cases):
    assert [(case.name, case.sections) for case in cases] == [
        ("one", {"case": "x = [1]\n\n", "out": "old\n\n"}),
        ("two", {"case": "y\n\n", "events": "e\n"}),
    ]


def test_the_same_text_passes_and_another_fails(cases):
    Golden(False, "t").section(cases[0], "out", "old")
    with pytest.raises(pytest.fail.Exception, match=r"(?s)\n- old\n\+ new\n.*--update-golden"):
        Golden(False, "t").section(cases[0], "out", "new")
    assert cases[0].file.read_text() == TEXT


def test_a_missing_text_is_shown_with_the_command(cases):
    with pytest.raises(pytest.fail.Exception, match=r"(?s)would be:\n\nnew\n.*pytest 't' --update-golden"):
        Golden(False, "t").section(cases[1], "out", "new")


def test_an_empty_text_is_a_missing_one(tmp_path, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    (tmp_path / "empty.test").write_text("[case one]\nx\n\n[out]\n\n[case two]\ny\n")
    [case, _] = cases_of(tmp_path / "empty.test")
    with pytest.raises(pytest.fail.Exception, match="no golden text"):
        Golden(False, "t").section(case, "out", "new")
    Golden(True, "t").section(case, "out", "new")
    assert case.file.read_text() == "[case one]\nx\n\n[out]\nnew\n\n[case two]\ny\n"


def test_an_update_rewrites_what_differs_and_nothing_else(cases, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    Golden(True, "t").section(cases[0], "out", "new")
    assert cases[0].file.read_text() == TEXT.replace("old\n\n", "new\n\n")
    Golden(True, "t").section(cases[1], "out", "more")
    assert cases[0].file.read_text() == TEXT.replace("old\n\n", "new\n\n") + "\n[out]\nmore\n"


def test_an_update_is_refused_in_ci(cases, monkeypatch):
    monkeypatch.setenv("CI", "1")
    with pytest.raises(pytest.fail.Exception, match="refused"):
        Golden(True, "t").section(cases[0], "out", "new")
    assert cases[0].file.read_text() == TEXT
