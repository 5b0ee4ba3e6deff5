"""Everything on a page is reached with the Tab key alone, in the order it is read, and the focus is always seen."""

from typing import Any

import pytest

from tests.browser.engines import Chromium, Launch
from tests.browser.reading import wait_until_saved, wait_until_settled
from tests.browser.servers import Server

# One page of every kind.
PATHS = (
    "/", "/guide/", "/guide/iv", "/guide/cost", "/guide/routes", "/guide/checklist", "/faq/", "/faq/driving-and-work",
    "/help-now", "/companion", "/our-clinic", "/glossary", "/search?q=bladder", "/phone", "/privacy", "/404",
)  # fmt: skip

# Controls that can be used now: shown, not switched off; of some radio buttons Tab reaches the chosen or first one.
CONTROLS = """
    const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")];
    const usable = all.filter((element) => !element.disabled && element.tabIndex >= 0
      && element.checkVisibility({ visibilityProperty: true }));
    const radios = new Set();
    return usable.filter((element) => {
      if (element.type !== "radio") return true;
      const group = all.filter((other) => other.type === "radio" && other.name === element.name);
      const chosen = group.find((other) => other.checked);
      if (chosen) return chosen === element;
      return !radios.has(element.name) && radios.add(element.name);
    }).map((element) => { element.dataset.stop ??= String(all.indexOf(element)); return element.dataset.stop; });
"""
FOCUS = """
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const { left, top, width, height } = element.getClientRects()[0] ?? element.getBoundingClientRect();
    const style = getComputedStyle(element);
    const x = Math.min(Math.max(left + width / 2, 1), innerWidth - 1);
    const on_top = document.elementFromPoint(x, Math.min(Math.max(top + height / 2, 1), innerHeight - 1));
    const inside = top + height > 0 && top < innerHeight && left + width > 0 && left < innerWidth;
    return {
      stop: element.dataset.stop ?? null,
      what: element.outerHTML.slice(0, 100),
      ring: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none",
      seen: inside && !!on_top && (element.contains(on_top) || on_top.contains(element)
        || [...(element.labels ?? [])].some((label) => label.contains(on_top))),
    };
"""


@pytest.fixture(scope="module")
def chromium(server: Server, launch: Launch) -> Chromium:
    engine = launch("chromium", viewport={"width": 360, "height": 740})
    engine.tab.open(server.origin)
    wait_until_saved(engine.tab)
    return engine


@pytest.mark.parametrize("path", PATHS)
def test_tab_reaches_every_control_and_shows_where_it_is(path: str, server: Server, chromium: Chromium) -> None:
    tab = chromium.tab
    tab.open(server.origin + path)
    if "?q=" in path:
        tab.wait_for("return document.querySelectorAll('#results a').length > 0")
    wait_until_settled(tab)
    controls = tab.run(CONTROLS)
    reached: list[dict[str, Any]] = []
    for _ in range(len(controls) + 5):
        chromium.page.keyboard.press("Tab")
        focus = tab.run(FOCUS)
        if focus is None or focus["stop"] in [one["stop"] for one in reached]:
            break
        reached.append(focus)
    assert [one["stop"] for one in reached if one["stop"]] == controls
    assert [one["what"] for one in reached if not one["ring"]] == []
    assert [one["what"] for one in reached if not one["seen"]] == []


def test_help_comes_first_and_the_text_next(server: Server, chromium: Chromium) -> None:
    chromium.tab.open(f"{server.origin}/guide/iv")
    wait_until_settled(chromium.tab)
    chromium.page.keyboard.press("Tab")
    assert chromium.tab.run("return document.activeElement.pathname") == "/help-now"
    chromium.page.keyboard.press("Tab")
    assert chromium.tab.run("return document.activeElement.hash") == "#main"
    chromium.page.keyboard.press("Enter")
    chromium.page.keyboard.press("Tab")
    assert chromium.tab.run("return document.activeElement.closest('main') !== null")


def test_a_section_is_opened_and_left_without_a_pointer(server: Server, chromium: Chromium) -> None:
    chromium.tab.open(f"{server.origin}/guide/")
    link = "document.querySelector('main a[href^=\"/guide/\"]')"
    wanted = chromium.tab.run(f"const link = {link}; link.focus(); return link.pathname")
    chromium.page.keyboard.press("Enter")
    chromium.page.wait_for_url(f"**{wanted}")
    chromium.page.go_back()
    assert chromium.tab.run("return location.pathname") == "/guide/"


def test_the_search_is_used_without_a_pointer(server: Server, chromium: Chromium) -> None:
    chromium.tab.open(f"{server.origin}/search")
    chromium.tab.run("document.querySelector('#q').focus()")
    chromium.page.keyboard.type("bladder")
    chromium.page.keyboard.press("Enter")
    chromium.tab.wait_for("return document.querySelectorAll('#results a').length > 0")


def test_targets_are_large_enough_for_a_shaky_thumb(server: Server, chromium: Chromium) -> None:
    small = {}
    for path in PATHS:
        chromium.tab.open(server.origin + path)
        wait_until_settled(chromium.tab)
        found = chromium.tab.run("""
            const own = [...document.querySelectorAll("nav a, button, summary, input, .bar a")];
            return own.filter((element) => element.checkVisibility({ visibilityProperty: true })
              && !element.classList.contains("skip"))
              .map((element) => element.closest("label") ?? element)
              .filter((element) => element.getBoundingClientRect().height < 44)
              .map((element) => [element.outerHTML.slice(0, 80), element.getBoundingClientRect().height]);
        """)
        if found:
            small[path] = found
    assert not small
