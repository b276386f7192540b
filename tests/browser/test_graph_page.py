"""The page of `GET /graph` in a real browser: Debian's chromium."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from conformance.services import TOKEN, InProcess
from streamflow import Graph, compile_graph, edge, nodes

LONG = "a-name-that-is-longer-than-any-box-of-the-page"
graph = Graph(
    name='Orders <b>"today"</b>',
    nodes=[
        nodes.source("orders", type="manual"),
        nodes.transform("priced", function=lambda data: {**data, "total": data["count"] * 2}),
        nodes.filter(LONG, function=lambda data: data["total"] > 2),
        nodes.sink("large", type="log"),
        nodes.sink("all", type="log"),
    ],
    edges=[
        ("orders", "priced", LONG, "large"),
        edge("priced", "all", when=lambda data: data["total"] >= 0),
        ("orders", "large"),
    ],
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    service = InProcess(compile_graph(graph), tmp_path_factory.mktemp("graph"), {"STREAMFLOW_TOKEN": TOKEN})
    service.start()
    yield service.url
    service.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    assert path is not None, "these tests need chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def troubles() -> list[str]:
    """What the browser complained about."""
    return []


@pytest.fixture
def page(browser: Browser, troubles: list[str]) -> Iterator[Page]:
    """A page of somebody who knows the token."""
    context = browser.new_context(http_credentials={"username": "", "password": TOKEN})
    page = context.new_page()
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    yield page
    context.close()


def test_the_page_draws_every_node_with_its_figures_and_keeps_them_fresh(
    url: str, page: Page, troubles: list[str], tmp_path: Path
) -> None:
    page.goto(f"{url}/graph")
    page.wait_for_selector("g.sink")
    assert page.inner_text("h1") == 'Orders <b>"today"</b>'
    assert page.locator("g").count() == 5
    assert figures(page, "orders") == "0 packets"
    inject(url, [{"count": 1}, {"count": 2}, {"count": None}])
    page.get_by_text("3 packets in, 1 dropped").wait_for()
    assert (figures(page, "orders"), figures(page, "priced"), figures(page, "all")) == (
        "3 packets",
        "3 packets",
        "2 packets",
    )
    assert page.locator("g", has=page.get_by_text("priced", exact=True)).locator(".failing").inner_html() == "1 dropped"
    assert troubles == []
    assert len(page.screenshot(path=tmp_path / "graph.png")) > 1000


def test_no_edge_runs_through_a_node(url: str, page: Page) -> None:
    page.goto(f"{url}/graph")
    page.wait_for_selector("g.sink")
    crossed = page.evaluate(
        """() => [...document.querySelectorAll("path")].flatMap(path => {
            const length = path.getTotalLength();
            const points = [...Array(200).keys()].map(n => path.getPointAtLength(length * n / 199));
            return [...document.querySelectorAll("rect")].filter(rect => {
                const { x, y, width, height } = rect.getBBox();
                return points.some(p => p.x > x + 1 && p.x < x + width - 1 && p.y > y + 1 && p.y < y + height - 1);
            }).map(rect => rect.parentNode.textContent);
        })"""
    )
    assert crossed == []


def test_without_the_token_there_is_no_page(url: str, browser: Browser) -> None:
    for context in (
        browser.new_context(),
        browser.new_context(http_credentials={"username": "", "password": "wrong"}),
    ):
        page = context.new_page()
        try:
            answer = page.goto(f"{url}/graph")
            assert answer is not None
            assert answer.status == 401
        except Exception as error:  # a browser that has nobody to ask for a password
            assert "ERR_INVALID_AUTH_CREDENTIALS" in str(error)
        assert page.locator("g").count() == 0
        context.close()


def figures(page: Page, node: str) -> str:
    """What a node's box says, but for its rate."""
    box = page.locator("g", has=page.get_by_text(node, exact=True))
    return box.locator("text").nth(2).inner_html().partition(",")[0]


def inject(url: str, events: list[Any]) -> None:
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    sent = urllib.request.Request(f"{url}/inject/orders", json.dumps(events).encode(), headers)
    with urllib.request.urlopen(sent) as answer:
        assert answer.status == 202
