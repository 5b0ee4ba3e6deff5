"""Browsers without workers and windows that keep nothing: the guide is read online, and nothing else is claimed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from tests.browser.engines import CHROMIUM, Chromium, Engine, Launch
from tests.browser.servers import Server

# What Firefox says by itself when a page asks whether it may keep anything.
OWN_WORDS = ("Storage access is restricted in this context due to user settings or private browsing mode.",)
PATHS = ("/", "/guide/", "/guide/iv", "/faq/", "/help-now", "/search?q=bladder", "/phone")


def _firefox_without_workers(launch: Launch, *_: object) -> Engine:
    return launch("firefox", preferences={"dom.serviceWorkers.enabled": False})


def _firefox_private(launch: Launch, *_: object) -> Engine:
    return launch("firefox", preferences={"browser.privatebrowsing.autostart": True})


def _firefox_that_keeps_nothing(launch: Launch, *_: object) -> Engine:
    return launch("firefox", preferences={"network.cookie.cookieBehavior": 2})


def _chromium_that_keeps_nothing(_: Launch, playwright: Playwright, profile: Path) -> Engine:
    (profile / "Default").mkdir()
    (profile / "Default/Preferences").write_text(
        '{"profile": {"default_content_setting_values": {"cookies": 2}}}', "utf-8"
    )
    return Chromium(playwright, profile, CHROMIUM)


@pytest.mark.parametrize(
    "start",
    [_firefox_without_workers, _firefox_private, _firefox_that_keeps_nothing, _chromium_that_keeps_nothing],
)
def test_the_guide_is_read_as_it_comes(
    start: Callable[[Launch, Playwright, Path], Engine],
    launch: Launch,
    playwright: Playwright,
    server: Server,
    tmp_path: Path,
) -> None:
    engine = start(launch, playwright, tmp_path)
    if start is _chromium_that_keeps_nothing or start is _firefox_that_keeps_nothing:
        engine.tab.open(f"{server.origin}/")
        assert engine.tab.run("try { localStorage.x = 1; return 'kept' } catch { return 'refused' }") == "refused"
    for path in PATHS:
        engine.tab.open(server.origin + path)
        assert len(engine.tab.run("return document.querySelector('main').innerText")) > 80, path
    if start is not _firefox_private:
        # A private window of this engine has workers while it is open; the others have none and do not pretend.
        assert engine.tab.run("return document.documentElement.dataset.offline") in ("none", "failed")
        shown = "return document.querySelector('[data-state=none]').checkVisibility()"
        engine.tab.wait_for(shown)
    assert [line for line in engine.complaints if line not in OWN_WORDS] == []
    engine.close()
