"""axe finds nothing on any daily screen, open or locked; nothing is too wide at 320 points; targets suit a thumb."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import AXE, looks_at
from tests.browser.engines import Chromium, Launch
from tests.browser.journal.person import press_save
from tests.browser.servers import Server

PASSPHRASE = "calm amber river stone"
STRETCHED = 30_000
OPEN = (
    "", "new/reflection", "new/checkin", "new/note", "new/vital/{session}", "new/effect", "new/lookback/{session}",
    "new/session", "edit/{session}", "entry/{session}", "scores/{session}", "day/{session}", "bin", "more", "card",
    "lock", "lock/set", "erase", "nowhere",
)  # fmt: skip
WITH_LOCK = ("lock", "lock/passphrase", "lock/sheet", "lock/passkey", "lock/remove")
LOCKED = ("", "code", "new/note", "day/{session}", "erase")

_AUDIT = """
    document.documentElement.dataset.theme = argument.theme;
    document.documentElement.style.fontSize = argument.size * 1.125 + "%";
    const violations = await audit(argument.rules);
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    delete document.documentElement.dataset.theme;
    document.documentElement.style.fontSize = "";
    return [...violations, ...(wide > 0 ? [["too wide by", wide]] : [])];
"""
# Links in running text are as high as its lines; everything else is a target of its own. A day of the calendar is as
# wide as a seventh of the screen.
_SMALL = """
    const targets = document.querySelectorAll(
      "#screen :is(a, button, summary, textarea, input), .top > button, #told button");
    return [...targets].flatMap((target) => {
      const box = (target.closest("label") ?? target).getBoundingClientRect();
      if (box.width === 0 || getComputedStyle(target).display === "inline") return [];
      const width = target.closest(".calendar") ? 40 : 48;
      const large = box.height >= 47.5 && box.width >= width - 0.5;
      return large ? [] : [[target.outerHTML.slice(0, 120), box.width, box.height]];
    });
"""


@pytest.fixture(scope="module")
def phone(launch: Launch, server: Server) -> Chromium:
    """A small phone with an entry, a tag, and a session with a value and a note."""
    # Not as a mobile: that one would zoom out of a page that is too wide, and nobody would notice.
    window = {"width": 320, "height": 640}
    engine = launch("chromium", viewport=window, device_scale_factor=1, is_mobile=False)
    engine.tab.open(f"{server.origin}/journal/")
    engine.tab.run(AXE)
    return engine


def test_every_screen_suits_a_thumb_and_an_eye_and_a_screen_reader(phone: Chromium) -> None:
    page = phone.page
    session = _filled(page)
    faults: dict[str, Any] = {}
    seen: set[str] = set()
    for place in OPEN:
        _go(page, place.format(session=session))
        faults |= _faults(phone, f"open: {place}", seen)
    _lock(page)
    faults |= _faults(phone, "the sheet", seen)
    _keep_the_sheet(page)
    for place in WITH_LOCK:
        _go(page, place)
        faults |= _faults(phone, f"with a lock: {place}", seen)
    page.locator("header [data-do=lock]").click()
    expect(page.get_by_role("heading", name="The journal is locked")).to_be_visible()
    phone.tab.run(AXE)
    for place in LOCKED:
        _go(page, place.format(session=session))
        faults |= _faults(phone, f"locked: {place}", seen)
    assert faults == {}


def _faults(phone: Chromium, screen: str, seen: set[str]) -> dict[str, Any]:
    page = phone.page
    page.evaluate("for (const folded of document.querySelectorAll('#screen details')) folded.open = true")
    if page.locator("#screen [data-do=calendar][aria-expanded=false]").is_visible():
        page.locator("#screen [data-do=calendar]").click()
    found: dict[str, Any] = {}
    if small := phone.tab.run(_SMALL):
        found[f"{screen} has small targets"] = small
    for theme, size, rules in looks_at(phone.tab.run("return places()"), seen):
        if wrong := phone.tab.run(_AUDIT, {"theme": theme, "size": size, "rules": rules}):
            found[f"{screen} {theme} {size} %"] = wrong
    return found


def _filled(page: Page) -> str:
    """Writes a little of everything; the id of the session."""
    _go(page, "new/reflection")
    page.locator("[name=text]").fill("Some words")
    page.locator("summary").click()
    page.get_by_label("New tag").fill("rest")
    page.get_by_role("button", name="Add tag").click()
    press_save(page)
    _go(page, "new/session")
    page.get_by_label("Who takes you home?").fill("Sam")
    page.get_by_label("Their phone").fill("+1 555 0100")
    page.get_by_label("New words").fill("Like a river")
    press_save(page)
    expect(page.locator("[data-screen=entry]")).to_be_visible()
    session = page.url.split("/")[-1]
    _go(page, f"scores/{session}")
    page.get_by_role("slider", name="Mood").click()
    press_save(page)
    _go(page, f"new/note/{session}")
    page.locator("[name=text]").fill("A note")
    press_save(page)
    return session


def _lock(page: Page) -> None:
    """Chooses a lock, as far as the sheet."""
    _go(page, "lock/set")
    page.locator("[name=passphrase]").fill(PASSPHRASE)
    page.locator("[name=again]").fill(PASSPHRASE)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Your recovery sheet")).to_be_visible()


def _keep_the_sheet(page: Page) -> None:
    """Types the groups that are asked for, and has a lock."""
    groups = page.locator("[data-part=code]").inner_text().split("-")
    for name in ("a", "b"):
        group = int(page.locator(f"[data-part=group-{name}]").inner_text().split()[-1])
        page.locator(f"[name={name}]").fill(groups[group - 1])
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("link", name="Write")).to_be_visible(timeout=STRETCHED)


def _go(page: Page, place: str) -> None:
    page.evaluate("document.querySelector('#screen > *')?.setAttribute('data-left', '')")
    page.evaluate(
        "place => { if (location.hash === place) dispatchEvent(new Event('hashchange')); else location.hash = place; }",
        f"#/{place}",
    )
    expect(page.locator("#screen > [data-screen]:not([data-left])")).to_be_visible()
