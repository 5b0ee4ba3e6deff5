"""The journal by keyboard alone, and quietly: every control is reached and seen, nobody is asked, nothing complains."""

from typing import Any

import pytest

from tests.browser.engines import Chromium, Launch
from tests.browser.journal.person import Person
from tests.browser.servers import Server
from tests.browser.test_keyboard import CONTROLS, FOCUS
from tests.browser.test_quiet import assert_tells_nobody

PLACES = (
    "#/", "#/new/reflection", "#/new/checkin", "#/new/session", "#/new/note", "#/new/effect", "#/new/vital", "#/more",
    "#/card", "#/lock", "#/lock/set", "#/bin", "#/erase", "#/measures", "#/trends", "#/plan", "#/medicines", "#/people",
    "#/questions", "#/out", "#/summary", "#/in",
)  # fmt: skip


@pytest.fixture(scope="module")
def hears_workers() -> bool:
    return True


@pytest.fixture(scope="module")
def chromium(launch: Launch) -> Chromium:
    return launch("chromium", viewport={"width": 360, "height": 740}, device_scale_factor=1)


def test_an_entry_is_written_without_a_pointer(server: Server, chromium: Chromium) -> None:
    person = Person(chromium.tab, server)
    person.opens()
    keyboard = chromium.page.keyboard
    _tab_to(chromium, "main a[href='#/new/reflection']")
    keyboard.press("Enter")
    person.sees("new")
    assert person.asks("return document.activeElement.name") == "text"
    keyboard.type("Only keys.")
    _tab_to(chromium, "#screen form [type=submit]")
    keyboard.press("Enter")
    person.is_told("Saved")
    assert person.entries() == ["Only keys."]
    _tab_to(chromium, "#told button")
    keyboard.press("Enter")
    person.is_told("Undone")
    assert person.entries() == []


def test_tab_reaches_every_control_of_every_screen_and_nothing_complains(server: Server, chromium: Chromium) -> None:
    person = Person(chromium.tab, server)
    person.opens()
    person.writes("Something to list.")
    wrong: dict[str, Any] = {}
    for place in PLACES:
        person.goes(place)
        # A screen begins in its heading or its first field: from there down to the last control, then up to the first.
        # Not around: at the end of the page the focus leaves it, and comes back when the browser gets to it.
        person.tab.wait_for("return document.activeElement?.closest('#screen') !== null")
        person.tab.run(
            "for (const old of document.querySelectorAll('[data-stop]')) delete old.dataset.stop;"
            "document.lastBegun = document.activeElement;"
        )
        controls = person.asks(CONTROLS)
        reached: dict[str, dict[str, Any]] = {}
        # Controls for days and times have up to six stops inside, of which the last, a button, shows a ring of its own.
        dates = person.asks("return document.querySelectorAll('#screen :is([type*=date], [type=time])').length")
        for key, end in (("Tab", controls[-1]), ("Shift+Tab", controls[0])):
            person.tab.run("document.lastBegun.focus()")
            for _ in range(len(controls) + 6 * dates + 1):
                focus = person.asks(FOCUS)
                if focus is not None and focus["stop"] is not None:
                    reached.setdefault(focus["stop"], focus)
                if end in reached:
                    break
                chromium.page.keyboard.press(key)
        missed = set(controls) - set(reached)
        unseen = [one["what"] for one in reached.values() if not (one["ring"] and one["seen"])]
        if missed or unseen:
            wrong[place] = ([_control(person, stop) for stop in missed], unseen)
    assert wrong == {}
    assert chromium.complaints == []
    assert_tells_nobody(chromium, server)


def _tab_to(chromium: Chromium, selector: str) -> None:
    for _ in range(60):
        chromium.page.keyboard.press("Tab")
        if chromium.tab.run("return document.activeElement.matches(argument)", selector):
            return
    raise AssertionError(f"Tab never came to {selector}")


def _control(person: Person, stop: str) -> str:
    return str(person.asks("return document.querySelector(`[data-stop='${argument}']`)?.outerHTML.slice(0, 120)", stop))
