"""Reading tells nobody: no request to anyone else, no cookie, nothing in the console, in any engine that can say so."""

from urllib.parse import urlsplit

from playwright.sync_api import Playwright

from tests.browser.engines import HEADLESS_CHROMIUM, Chromium, Firefox, Launch
from tests.browser.reading import pages_of, wait_until_saved, wait_until_settled
from tests.browser.servers import Server


def assert_quiet(engine: Chromium | Firefox, server: Server) -> None:
    """Fails if a page that the engine opened broke its policy, asked somebody else, or left a cookie."""
    assert engine.complaints == []
    assert {urlsplit(url).netloc for url in engine.requests} == {urlsplit(server.origin).netloc}
    assert engine.context.cookies() == []


def test_a_page_of_every_kind_is_quiet_in_firefox(launch: Launch, server: Server) -> None:
    """Chromium is heard while it looks at every page for faults (test_accessibility.py)."""
    engine = launch("firefox")
    kinds = {path.rpartition("/")[0] or path: path for path in pages_of(server.manifest()[1])}
    for path in [*kinds.values(), "/search?q=bladder", "/guide/iv"]:
        engine.tab.open(server.origin + path)
        wait_until_settled(engine.tab)
    wait_until_saved(engine.tab)
    assert_quiet(engine, server)
    engine.close()


def test_a_refused_script_is_heard(playwright: Playwright, server: Server) -> None:
    """What the test above would hear if a page broke its own policy."""
    browser = playwright.chromium.launch(executable_path=HEADLESS_CHROMIUM, args=["--no-sandbox"])
    page = browser.new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.goto(f"{server.origin}/")
    page.evaluate("() => document.head.append(Object.assign(document.createElement('style'), { textContent: 'p {}' }))")
    assert any("Content Security Policy" in text for text in heard)
    browser.close()
