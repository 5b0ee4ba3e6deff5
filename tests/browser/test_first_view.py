"""One HTML request and nothing else stands before the first paint: with all the rest stalled, the page is there."""

from collections.abc import Iterator

import pytest

from tests.browser.bad_network import BadNetwork, Fault, Pass, Stall
from tests.browser.engines import Chromium, Engine, Launch
from tests.browser.fixtures import ENGINES
from tests.browser.servers import Server

_SAID = """
    const isShown = (said) => getComputedStyle(said).visibility === "visible" && said.getClientRects().length > 0;
    return [...document.querySelectorAll("[data-state]")].filter(isShown).map((said) => said.dataset.state);
"""
PATHS = ("/", "/guide/iv", "/faq/", "/help-now", "/search", "/phone")


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, launch: Launch) -> Iterator[Engine]:
    """A browser for all tests of its kind: each visit is to an address of its own, where nobody has been."""
    engine = launch(request.param)
    yield engine
    engine.close()


def test_a_page_paints_while_everything_but_its_html_stalls(engine: Engine, server: Server) -> None:
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
        assert isinstance(engine, Chromium) or engine.tab.run(
            "return !!document.querySelector('head > link[rel=manifest]')"
        )
        network.close()


def test_chromium_calls_nothing_render_blocking(launch: Launch, server: Server) -> None:
    tab = launch("chromium").tab
    for path in PATHS:
        tab.open(server.origin + path)
        assert tab.run("""
            return performance.getEntriesByType("resource")
              .filter((entry) => entry.renderBlockingStatus === "blocking").map((entry) => entry.name);
        """) == [], path  # fmt: skip


def test_chromium_finds_the_web_manifest_that_waited_for_the_paint(launch: Launch, server: Server) -> None:
    engine = launch("chromium")
    for path in ("/", "/phone", "/journal/"):
        engine.tab.open(server.origin + path)
        engine.tab.wait_for("return document.querySelectorAll('head > link[rel=manifest]').length === 1")
        found = engine.devtools().send("Page.getAppManifest")
        assert (found["url"], found["errors"]) == (f"{server.origin}/manifest.webmanifest", []), path


def test_the_page_about_this_phone_looks_before_it_says_that_nothing_is_saved(engine: Engine, server: Server) -> None:
    network = BadNetwork(server.port)
    network.plan = lambda asked: Pass() if asked == "/phone" else Stall()
    engine.tab.begin(f"{network.origin}/phone")
    engine.tab.wait_for("return performance.getEntriesByName('first-contentful-paint').length === 1")
    assert engine.tab.run(_SAID) == ["looking"]
    # Without an answer it does not go on looking for ever.
    engine.tab.wait_for(f"const said = (() => {{ {_SAID} }})(); return said.join() === 'none'")
    network.close()
    engine.tab.open(f"{server.origin}/phone")
    engine.tab.wait_for(f"const said = (() => {{ {_SAID} }})(); return said.join() === 'ready'")
