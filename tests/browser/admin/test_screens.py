"""Every screen of the staff: axe finds nothing, nothing is too wide on 320 points, targets are large enough."""

from typing import Any

from playwright.sync_api import Page

from pwa.admin.routes import ROUTES
from tests.browser.servers import ROOT, Server

AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8")
NOT_SCREENS = {"audit-export", "release-cost", "safety-prepare", "sign-out"}
BESIDE = (
    "people/1",
    "releases/1",
    "releases/1/return",
    "safety/pages/guide/iv",
    "safety/recall?path=/guide/iv",
    "safety/recall?path=/guide/iv&template=0",
    "safety?q=drip",
)
"""Screens of something; those of nothing in particular are found in the routes."""

_AUDIT = """async ({ size }) => {
    document.documentElement.style.fontSize = size * 1.0625 + "%";
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map((node) => node.html.slice(0, 160))]);
}"""
_OVERFLOW = """() => {
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    return wide <= 0 ? null : [...document.querySelectorAll("main *")]
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
      .slice(0, 3).map((element) => element.outerHTML.slice(0, 120));
}"""
# A link inside a sentence is as high as its line; what stands by itself is a target.
_CONTROLS = "button, input:not([type=hidden]), select, textarea, summary, nav a, .button"
_SMALL = """(controls) => [...document.querySelectorAll(controls)]
    .map((element) => [element.closest("label.choice") ?? element, element])
    .filter(([box, element]) => element.checkVisibility() && box.getBoundingClientRect().height < 47.5)
    .map(([, element]) => element.outerHTML.slice(0, 120))"""


def screens() -> list[str]:
    """The addresses of all screens that need no name of something."""
    found = [
        route.path.removeprefix("/")
        for route in ROUTES
        if "GET" in (route.methods or ()) and "{" not in route.path and route.name not in DOWNLOADS
    ]
    return [*found, *BESIDE]


def audit(page: Page, address: str) -> dict[str, Any]:
    """What is wrong with the screen at this address, in light and dark and with text at 200 %."""
    faults: dict[str, Any] = {}
    answer = page.goto(address)
    if answer is None or answer.status != 200:
        return {"status": answer and answer.status}
    if "text/html" not in answer.headers["content-type"]:
        return {}
    page.evaluate(AXE)
    for scheme, size in (("light", 100), ("dark", 100), ("light", 200)):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        if found := page.evaluate(_AUDIT, {"size": size}):
            faults[f"{scheme} {size} %"] = found
        if wide := page.evaluate(_OVERFLOW):
            faults[f"{scheme} {size} % is too wide"] = wide
        if size == 100 and (small := page.evaluate(_SMALL, _CONTROLS)):
            faults["too small"] = small
    return faults


def test_no_screen_has_a_fault(server: Server, administrator: Page) -> None:
    administrator.set_viewport_size({"width": 320, "height": 640})
    faults = {path: found for path in screens() if (found := audit(administrator, f"{server.origin}/admin/{path}"))}
    assert faults == {}


def test_a_planted_fault_is_found(server: Server, administrator: Page) -> None:
    administrator.goto(f"{server.origin}/admin/account")
    administrator.evaluate(AXE)
    administrator.evaluate("""() => {
        const heading = document.querySelector("h1");
        heading.style.color = "color-mix(in srgb, currentColor 20%, transparent)";
        heading.style.width = "200vw";
        document.querySelector("button").style.minHeight = "20px";
        document.querySelector("button").style.padding = "0";
    }""")
    assert [rule for rule, _ in administrator.evaluate(_AUDIT, {"size": 100})] == ["color-contrast"]
    assert administrator.evaluate(_OVERFLOW)
    assert administrator.evaluate(_SMALL, _CONTROLS)
