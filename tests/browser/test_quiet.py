"""Reading tells nobody: no request to anyone else, no cookie; and who breaks a page's policy is heard."""

from urllib.parse import urlsplit

from playwright.sync_api import Playwright

from tests.browser.engines import HEADLESS_CHROMIUM, Chromium, Firefox
from tests.browser.servers import Server


def assert_tells_nobody(engine: Chromium | Firefox, server: Server) -> None:
    """Fails if a page that the engine opened asked somebody else or left a cookie; for tests that open every page."""
    asked = {urlsplit(url).netloc for url in engine.requests if not url.startswith("blob:")}
    assert asked == {urlsplit(server.origin).netloc}
    assert engine.context.cookies() == []


def test_a_refused_script_is_heard(playwright: Playwright, server: Server) -> None:
    """What tests that look at `complaints` would hear if a page broke its own policy."""
    browser = playwright.chromium.launch(executable_path=HEADLESS_CHROMIUM, args=["--no-sandbox"])
    page = browser.new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.goto(f"{server.origin}/")
    page.evaluate("() => document.head.append(Object.assign(document.createElement('style'), { textContent: 'p {}' }))")
    assert any("Content Security Policy" in text for text in heard)
    browser.close()
