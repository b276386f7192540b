"""A bundle is never written over what is not the compiler's."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest

from streamflow.target.write import NotOurs, write_bundle


def files(**texts: str) -> dict[str, str]:
    """A bundle of these files; `_` in a name stands for `/`."""
    made = {name.replace("_", "/"): text for name, text in texts.items()}
    digests = {path: sha256(text.encode()).hexdigest() for path, text in made.items()}
    return {**made, "streamflow.json": json.dumps({"made_by": "streamflow", "files": digests})}


def tree(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_writing_twice_writes_once(tmp_path: Path) -> None:
    bundle = files(a="1", src_b="2")
    assert sorted(write_bundle(bundle, tmp_path / "new")) == sorted(bundle)
    assert write_bundle(bundle, tmp_path / "new") == []
    assert tree(tmp_path / "new") == bundle


def test_the_next_bundle_replaces_the_last_one_and_only_that(tmp_path: Path) -> None:
    write_bundle(files(a="1", src_b="2", src_c="3"), tmp_path)
    (tmp_path / "src" / "mine").write_text("mine")
    (tmp_path / "src" / "c").write_text("changed by me")
    second = files(a="1 new", d="4")
    write_bundle(second, tmp_path)
    assert tree(tmp_path) == {**second, "src/mine": "mine", "src/c": "changed by me"}


@pytest.mark.parametrize("manifest", [None, "{", "[1]", '{"name": "something else"}'])
def test_a_stranger_in_the_way_stops_it_before_anything_is_written(tmp_path: Path, manifest: str | None) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "b").write_text("mine")
    if manifest is not None:
        (tmp_path / "streamflow.json").write_text(manifest)
    before = tree(tmp_path)
    with pytest.raises(NotOurs, match=re.escape(str(tmp_path))):
        write_bundle(files(a="1", src_b="2"), tmp_path)
    assert tree(tmp_path) == before


def test_a_file_of_ours_that_was_edited_is_not_ours_any_more(tmp_path: Path) -> None:
    write_bundle(files(a="1"), tmp_path)
    (tmp_path / "a").write_text("edited")
    with pytest.raises(NotOurs, match="a has been changed"):
        write_bundle(files(a="2"), tmp_path)
    assert (tmp_path / "a").read_text() == "edited"


def test_the_same_content_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    write_bundle(files(a="1"), tmp_path)
    assert tree(tmp_path) == files(a="1")


def test_a_run_that_was_cut_short_can_be_repeated(tmp_path: Path) -> None:
    write_bundle(files(a="1", b="1"), tmp_path)
    (tmp_path / "a").write_text("2")  # written by a run that did not come to the manifest
    write_bundle(files(a="2", b="2"), tmp_path)
    assert tree(tmp_path) == files(a="2", b="2")


def test_a_manifest_does_not_lead_outside(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("keep")
    digest = sha256(b"keep").hexdigest()
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "streamflow.json").write_text(
        json.dumps({"made_by": "streamflow", "files": {"../outside": digest, str(outside): digest}})
    )
    write_bundle(files(a="1"), inside)
    assert outside.read_text() == "keep"
