"""Reading tells nobody: no request to anyone else, no cookie, nothing in the console, in any engine that can say so."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Playwright

from tests.browser.engines import Chromium, Engine, Firefox, Name
from tests.browser.reading import pages_of, wait_until_saved, wait_until_settled
from tests.browser.servers import Server


@pytest.mark.parametrize("name", ["chromium", "firefox"])
def test_every_page_is_quiet(name: Name, launch: Callable[[Name], Engine], make_server: Callable[[], Server]) -> None:
    server = make_server()
    engine = launch(name)
    assert isinstance(engine, Chromium | Firefox)
    pages = pages_of(server.manifest()[1])
    if name == "firefox":
        # Slow to open a page: one of each kind.
        pages = list({path.rpartition("/")[0] or path: path for path in pages}.values())
    for path in [*pages, "/search?q=bladder", "/guide/iv"]:
        engine.tab.open(server.origin + path)
        # Leaving a page in the middle of its requests is no fault of the page.
        wait_until_settled(engine.tab)
        if path.startswith("/search"):
            # It reads every page for its index.
            engine.page.wait_for_load_state("networkidle")
    wait_until_saved(engine.tab)
    assert engine.complaints == []
    assert {urlsplit(url).netloc for url in engine.requests} == {urlsplit(server.origin).netloc}
    assert engine.context.cookies() == []
    engine.close()


def test_a_refused_script_is_heard(playwright: Playwright, make_server: Callable[[], Server]) -> None:
    """What the test above would hear if a page broke its own policy."""
    server = make_server()
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    page = browser.new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.goto(f"{server.origin}/")
    page.evaluate("() => document.head.append(Object.assign(document.createElement('style'), { textContent: 'p {}' }))")
    assert any("Content Security Policy" in text for text in heard)
    browser.close()
