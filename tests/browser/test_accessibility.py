"""axe finds nothing on any page: light, dark and dim, at 320 points, text at 200 %; nothing is too wide or loud."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.browser.axe import AXE, COLOUR_RULES, Look, looks_at
from tests.browser.engines import Chromium, Launch, Tab
from tests.browser.reading import pages_of, wait_until_settled
from tests.browser.servers import Server
from tests.browser.test_quiet import assert_tells_nobody

THEMES = ("light", "dark", "dim")

_RUN = """
    const root = document.documentElement;
    root.dataset.theme = argument.theme;
    root.style.fontSize = argument.size * 1.125 + "%";
    return await audit(argument.rules);
"""
_OVERFLOW = """
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    return wide <= 0 ? null : [...document.querySelectorAll("body *")]
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
      .slice(0, 3).map((element) => element.outerHTML.slice(0, 120));
"""


@pytest.fixture(scope="module")
def hears_workers() -> bool:
    return True


@pytest.fixture(scope="module")
def engine(launch: Launch) -> Chromium:
    """A small phone; its pixels are few so that the audits are quick."""
    # Not as a mobile: that one would zoom out of a page that is too wide, and nobody would notice.
    window = {"width": 320, "height": 640}
    return launch("chromium", viewport=window, device_scale_factor=1, is_mobile=False)


@pytest.fixture
def tab(engine: Chromium) -> Tab:
    return engine.tab


def test_no_page_has_a_fault_in_any_theme_or_with_text_at_200_percent(server: Server, engine: Chromium) -> None:
    seen: set[str] = set()
    assert _audit(server, engine.tab, lambda places: looks_at(places, seen)) == {}
    # It has seen every page: a walk of its own would take as long once more.
    assert engine.complaints == []
    assert_tells_nobody(engine, server)


def test_a_planted_fault_is_found(server: Server, tab: Tab) -> None:
    tab.open(f"{server.origin}/guide/iv")
    wait_until_settled(tab)
    tab.run(AXE)
    tab.run("""
        const heading = document.querySelector("h1");
        heading.style.color = "color-mix(in srgb, currentColor 20%, transparent)";
        heading.style.width = "200vw";
    """)
    for theme in THEMES:
        found = tab.run(_RUN, {"theme": theme, "size": 100, "rules": COLOUR_RULES})
        assert [rule for rule, _ in found] == ["color-contrast"], theme
    assert tab.run(_OVERFLOW)


def test_each_theme_has_colours_of_its_own(server: Server, tab: Tab) -> None:
    tab.open(f"{server.origin}/guide/iv")
    colours = {
        tab.run(
            "document.documentElement.dataset.theme = argument;"
            "return getComputedStyle(document.documentElement).backgroundColor",
            theme,
        )
        for theme in THEMES
    }
    assert len(colours) == len(THEMES)


@pytest.mark.soak
def test_no_page_has_a_fault_in_every_theme_at_every_size(server: Server, tab: Tab) -> None:
    looks = [(theme, size, None) for theme in THEMES for size in (100, 125, 150, 175, 200)]
    assert _audit(server, tab, lambda _: looks) == {}


def _audit(server: Server, tab: Tab, looks: Callable[[list[str]], Iterable[Look]]) -> dict[str, Any]:
    """What axe finds, and what is wider than the window, by page and look."""
    faults: dict[str, Any] = {}
    for path in pages_of(server.manifest()[1]):
        tab.open(server.origin + path)
        wait_until_settled(tab)
        tab.run(AXE)
        for theme, size, rules in looks(tab.run("return places()")):
            found = tab.run(_RUN, {"theme": theme, "size": size, "rules": rules})
            if found:
                faults[f"{path} {theme} {size} %"] = found
            if wide := tab.run(_OVERFLOW):
                faults[f"{path} {theme} {size} % is too wide"] = wide
    return faults
