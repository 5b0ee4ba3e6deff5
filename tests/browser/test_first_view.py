"""One HTML request and nothing else stands before the first paint: with all the rest stalled, the page is there."""

from collections.abc import Callable

import pytest

from tests.browser.bad_network import BadNetwork, Fault, Pass, Stall
from tests.browser.engines import Chromium, Engine, Name
from tests.browser.fixtures import ENGINES
from tests.browser.servers import Server

PATHS = ("/", "/guide/iv", "/faq/", "/help-now", "/search", "/phone")


@pytest.mark.parametrize("name", ENGINES)
def test_a_page_paints_while_everything_but_its_html_stalls(
    name: Name, launch: Callable[[Name], Engine], make_server: Callable[[], Server]
) -> None:
    server = make_server()
    engine = launch(name)
    for path in PATHS:
        network = BadNetwork(server.port)

        def only_the_page(asked: str, page: str = path) -> Fault:
            return Pass() if asked == page else Stall()

        network.plan = only_the_page
        engine.tab.begin(network.origin + path)
        engine.tab.wait_for("return performance.getEntriesByName('first-contentful-paint').length === 1")
        assert engine.tab.run("return document.querySelector('h1').innerText.length > 0"), path
        assert network.paths[0] == path
        # Firefox and Safari look for the web manifest only once.
        assert name == "chromium" or engine.tab.run("return !!document.querySelector('head > link[rel=manifest]')")
        network.close()
    engine.close()


def test_chromium_calls_nothing_render_blocking(
    launch: Callable[[Name], Engine], make_server: Callable[[], Server]
) -> None:
    server = make_server()
    tab = launch("chromium").tab
    for path in PATHS:
        tab.open(server.origin + path)
        assert tab.run("""
            return performance.getEntriesByType("resource")
              .filter((entry) => entry.renderBlockingStatus === "blocking").map((entry) => entry.name);
        """) == [], path  # fmt: skip


def test_chromium_finds_the_web_manifest_that_waited_for_the_paint(
    launch: Callable[[Name], Engine], make_server: Callable[[], Server]
) -> None:
    server, engine = make_server(), launch("chromium")
    assert isinstance(engine, Chromium)
    for path in ("/", "/phone", "/journal/"):
        engine.tab.open(server.origin + path)
        engine.tab.wait_for("return document.querySelectorAll('head > link[rel=manifest]').length === 1")
        found = engine.devtools().send("Page.getAppManifest")
        assert (found["url"], found["errors"]) == (f"{server.origin}/manifest.webmanifest", []), path
