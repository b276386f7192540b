"""docs/nodes/ is what the catalogue gives, and the catalogue says something about everything."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from golden import Golden
from streamflow.catalogue import entries
from streamflow.catalogue.entries import PAGES, built_in_page
from streamflow.catalogue.markdown import documents
from streamflow.dsl.kinds import KINDS

NODES = Path(__file__).parents[2] / "docs" / "nodes"
BUILT_IN = {entry.kind: entry for entry in entries() if not entry.origin}


@pytest.mark.parametrize("kind", KINDS)
def test_everything_about_a_kind_is_said(kind: str) -> None:
    entry = BUILT_IN[kind]
    file = f"compiler/streamflow/catalogue/pages/{entry.stem}.md"
    assert (PAGES / f"{entry.stem}.md").exists(), f"write {file}: text, options, an example; then `make docs`"
    assert entry.text and entry.summary, f"{file} doesn't say what the node is for"
    assert "assert" in entry.example, f"{file} has no example that asserts what it shows"
    silent = [option.name for option in entry.options if not option.meaning]
    assert not silent, f"{file} says nothing about the options {silent}: add lines like - `{silent[0]}`: what it means"
    vague = [option.name for option in entry.options if not option.type]
    assert not vague, f"{file} has to name the types of {vague}: - `{vague[0]}` (text): what it means"
    mute = [port for port, meaning in entry.outputs if not meaning]
    assert not mute, f"{file} says nothing about the outputs {mute}: add lines like - `.{mute[0]}`: what leaves there"


@pytest.mark.parametrize("file", sorted(PAGES.glob("*.md")), ids=lambda file: file.stem)
def test_a_page_is_of_a_kind(file: Path) -> None:
    family = file.stem.removeprefix("every_")
    if family != file.stem:
        assert family == "node" or family in {kind.partition(".")[0] for kind in KINDS}, f"nothing is a {family}"
        return
    kinds = {kind.replace(".", "_"): kind for kind in KINDS}
    assert file.stem in kinds, f"{file.name} is the page of no kind"


@pytest.mark.parametrize("file", sorted(PAGES.glob("*.md")), ids=lambda file: file.stem)
def test_a_page_speaks_of_nothing_that_is_not_there(file: Path) -> None:
    about = file.stem.removeprefix("every_")
    concerned = [entry for entry in BUILT_IN.values() if about in ("node", entry.family, entry.stem)]
    known = {option.name for entry in concerned for option in entry.options}
    known |= {f".{port}" for entry in concerned for port, _ in entry.outputs}
    strange = sorted(set(built_in_page(file.stem).items) - known)
    assert not strange, f"{file.name} speaks of {strange}, which nothing that it is about has"


def test_the_pages_are_what_the_catalogue_gives(golden: Golden) -> None:
    made = documents()
    NODES.mkdir(exist_ok=True)
    for name, text in made.items():
        golden.file(NODES / name, text)
    strays = sorted({path.name for path in NODES.iterdir()} - set(made))
    assert not strays, f"docs/nodes/ has {strays}, which no kind of node is behind: delete them"


def test_windows_and_joins_have_pictures_that_can_be_read() -> None:
    drawn = {name.removesuffix(".svg") for name in documents() if name.endswith(".svg")}
    wanted = {entry.stem for entry in BUILT_IN.values() if entry.family in ("join", "aggregate")}
    missing = wanted - drawn - {"aggregate_custom"}
    assert not missing, f"draw {sorted(missing)} in compiler/streamflow/catalogue/pictures.py"
    for name, text in documents().items():
        if name.endswith(".svg"):
            root = ElementTree.fromstring(text)
            assert [part.text for part in root.iter("{http://www.w3.org/2000/svg}title")]


def test_a_picture_shows_what_the_compiler_does() -> None:
    text = documents()["aggregate_session.svg"]
    labels = re.findall(r">([^<]+)</text>", text)
    assert "1 2 3 4" in labels and "5 6 7" in labels
