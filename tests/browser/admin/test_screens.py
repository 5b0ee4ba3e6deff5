"""Every screen of the staff: axe finds nothing, nothing is too wide on 320 points, targets are large enough."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from starlette.routing import Match

from pwa.admin.routes import ROUTES
from tests.browser.admin.conftest import Phone, setup_link
from tests.browser.admin.staff import share_session
from tests.browser.admin.tour import Tour, walk
from tests.browser.axe import AXE, COLOUR_RULES, are_new
from tests.browser.servers import Server

NOT_SCREENS = {
    "static",
    "audit-export", "transfer-export",  # files to keep
    "release-cost", "source-list", "links", "media-list",  # answers for scripts
}  # fmt: skip
WIDTH = 320

# Rows of one list are alike; a dozen tells as much as all.
_SHORTEN = """() => {
    for (const list of document.querySelectorAll(".list, tbody, select, datalist"))
      for (const row of [...list.children].slice(12)) row.remove();
}"""
_OVERFLOW = """() => {
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    return wide <= 0 ? null : [...document.querySelectorAll("body *")]
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
      .slice(0, 3).map((element) => element.outerHTML.slice(0, 120));
}"""
# A link inside a sentence is as high as its line; what stands by itself is a target.
_TOO_LOW = """() => {
    const controls = "button, input:not([type=hidden]), select, textarea, summary, .top a, .button, .target";
    const isAlone = (link) => link.parentElement.textContent.trim() === link.textContent.trim();
    return [...document.querySelectorAll(controls), ...[...document.querySelectorAll("main a")].filter(isAlone)]
      .map((element) => [element.closest("label.choice") ?? element, element])
      .filter(([box, element]) => element.checkVisibility() && box.getBoundingClientRect().height < 47.5)
      .map(([, element]) => element.outerHTML.slice(0, 120));
}"""

# What only a script could bring to life must not be there without one.
_DEAD = """() => [...document.querySelectorAll("button[type=button], dialog, [role=toolbar]")]
    .filter((element) => element.checkVisibility()).map((element) => element.outerHTML.slice(0, 120))"""


def faults_of(page: Page, seen: set[str]) -> dict[str, Any]:
    """What is wrong with the screen that is open, in light and with text at 200 %; in the dark, if it was not seen."""
    faults: dict[str, Any] = {}
    faults["too wide"] = page.evaluate(_OVERFLOW)
    # A page as patients will see it runs no script here; published, it is looked at by tests of its own.
    if not page.locator("link[href$='admin.css']").count():
        return {name: found for name, found in faults.items() if found}
    page.evaluate(AXE)
    page.evaluate(_SHORTEN)
    faults["axe"] = page.evaluate("() => audit()")
    faults["too low"] = page.evaluate(_TOO_LOW)
    if are_new(page.evaluate("() => places()"), seen):
        page.emulate_media(color_scheme="dark")
        faults["axe in the dark"] = page.evaluate("rules => audit(rules)", COLOUR_RULES)
        page.emulate_media(color_scheme="light")
    page.evaluate("document.documentElement.style.fontSize = '212.5%'")
    faults["too wide at 200 %"] = page.evaluate(_OVERFLOW)
    page.evaluate("document.documentElement.style.fontSize = ''")
    return {name: found for name, found in faults.items() if found}


def audit(page: Page, address: str, seen: set[str]) -> dict[str, Any]:
    """What is wrong with the screen at this address."""
    answer = page.goto(address)
    if answer is None or answer.status != 200:
        return {"status": answer and answer.status}
    return faults_of(page, seen)


def test_no_screen_that_a_clinic_meets_has_a_fault(server: Server, phone: Phone, tmp_path: Path) -> None:
    faults: dict[str, Any] = {}
    places: set[str] = set()
    seen: dict[str | None, str] = {}
    looked_at = ""

    def look(page: Page, name: str) -> None:
        nonlocal looked_at
        seen.setdefault(route_of(page.url), page.url)
        shown = page.content()
        # Another part of the same screen comes into view: all of it has been looked at.
        if shown != looked_at and (found := faults_of(page, places)):
            faults[name] = found
        looked_at = page.content()

    ana, ben, outside = (phone(width=WIDTH) for _ in range(3))
    walk(Tour(server, ana, ben, outside, setup_link(server), look), tmp_path)
    assert faults == {}
    screens = {route.name for route in ROUTES if "GET" in (route.methods or ())} - NOT_SCREENS
    assert screens - seen.keys() == set(), "the tour has to go there, or it is no screen"

    plain = phone(script=False, width=WIDTH)
    share_session(ana, plain, server.origin)
    dead = {}
    for url in seen.values():
        plain.goto(url)
        dead[url] = plain.evaluate(_DEAD)
    assert {url: found for url, found in dead.items() if found} == {}


def route_of(url: str) -> str | None:
    """The name of the route that a screen's address is of."""
    scope = {"type": "http", "method": "GET", "path": "/" + url.partition("/admin/")[2].partition("?")[0].rstrip("#")}
    return next((route.name for route in ROUTES if route.matches(scope)[0] == Match.FULL), None)


def test_a_planted_fault_is_found(server: Server, phone: Phone) -> None:
    page = phone(width=WIDTH)
    page.goto(f"{server.origin}/admin/sign-in")
    assert faults_of(page, set()) == {}
    page.evaluate("""() => {
        const heading = document.querySelector("h1");
        heading.style.color = "color-mix(in srgb, currentColor 20%, transparent)";
        heading.style.width = "200vw";
        const button = document.querySelector("main button");
        button.style.minHeight = "20px";
        button.style.padding = "0";
    }""")
    found = faults_of(page, set())
    assert [rule for rule, _ in found["axe"]] == ["color-contrast"]
    assert [rule for rule, _ in found["axe in the dark"]] == ["color-contrast"]
    assert found["too wide"]
    assert found["too wide at 200 %"]
    assert "Use a passkey" in found["too low"][0]
