"""axe finds nothing on any page: light, dark and dim, on 320 points and with text at 200 %; nothing is too wide."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright

from tests.browser.engines import Chromium, Tab
from tests.browser.reading import pages_of
from tests.browser.servers import ROOT, Server

AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8")
THEMES = ("light", "dark", "dim")
# Only these look at colours; all other rules see the same page whatever the theme is.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]

_RUN = """
    const root = document.documentElement;
    root.dataset.theme = argument.theme;
    root.style.fontSize = argument.size * 1.125 + "%";
    // Transitions would be measured half-way.
    for (const animation of document.getAnimations()) animation.finish();
    const options = { resultTypes: ["violations"] };
    if (argument.rules) options.runOnly = { type: "rule", values: argument.rules };
    const { violations } = await axe.run(document, options);
    return violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map((node) => node.target.join(" "))]);
"""
_OVERFLOW = """
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    return wide <= 0 ? null : [...document.querySelectorAll("body *")]
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
      .slice(0, 3).map((element) => element.outerHTML.slice(0, 120));
"""


@pytest.fixture(scope="module")
def server(make_server: Callable[[], Server]) -> Server:
    return make_server()


@pytest.fixture(scope="module")
def tab(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """A small phone; its pixels are few so that the audits are quick."""
    profile: Path = tmp_path_factory.mktemp("small-phone")
    engine = Chromium(playwright, profile, viewport={"width": 320, "height": 640}, device_scale_factor=1)
    yield engine.tab
    engine.close()


def test_no_page_has_a_fault_in_any_theme_or_with_large_text(server: Server, tab: Tab) -> None:
    faults = _audit(server, tab, [(theme, 100, None if theme == "light" else COLOUR_RULES) for theme in THEMES])
    assert not faults


def test_no_page_has_a_fault_with_text_at_200_percent(server: Server, tab: Tab) -> None:
    faults = _audit(server, tab, [("light", 200, None)])
    assert not faults


@pytest.mark.soak
def test_no_page_has_a_fault_in_every_theme_at_every_size(server: Server, tab: Tab) -> None:
    faults = _audit(server, tab, [(theme, size, None) for theme in THEMES for size in (100, 125, 150, 175, 200)])
    assert not faults


def _audit(server: Server, tab: Tab, looks: list[tuple[str, int, list[str] | None]]) -> dict[str, Any]:
    """What axe finds, and what is wider than the window, by page and look."""
    faults: dict[str, Any] = {}
    for path in pages_of(server.manifest()[1]):
        tab.open(server.origin + path)
        tab.run(f"{AXE};")
        for theme, size, rules in looks:
            found = tab.run(_RUN, {"theme": theme, "size": size, "rules": rules})
            if found:
                faults[f"{path} {theme} {size} %"] = found
            if wide := tab.run(_OVERFLOW):
                faults[f"{path} {theme} {size} % is too wide"] = wide
    return faults
