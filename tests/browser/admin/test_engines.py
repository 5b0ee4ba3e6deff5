"""The staff's main road in the engines that the other tests of this folder leave out: Firefox ESR and WebKitGTK."""

import re
import time
from collections.abc import Callable

import pyotp
import pytest

from tests.browser.admin.conftest import setup_link
from tests.browser.engines import Engine, Firefox, Launch, Name, Tab, WebKit
from tests.browser.servers import Server

PASSWORD = "four random words here"
WITH, WITHOUT = "Typed with a connection.", "Typed without one."


@pytest.mark.parametrize("name", ["firefox", "webkit"])
def test_a_day_on_the_staffs_main_road(name: Name, launch: Launch, make_server: Callable[[], Server]) -> None:
    server, engine = make_server(), launch(name)
    tab = engine.tab
    narrow(engine)

    tab.open(setup_link(server))
    with_password(tab)
    tab.type("#name", "Ana Admin")
    tab.type("#email", "ana@clinic.example")
    tab.type("#password", PASSWORD)
    secret = str(tab.run("return document.querySelector('code').textContent"))
    tab.type("#code", pyotp.TOTP(secret).now())
    press(tab, "Use a password")
    arrive(tab, "link", "Begin")
    tab.open(f"{server.origin}/admin/account")
    press(tab, "Sign out")
    arrive(tab, "heading", "Sign in")
    with_password(tab)
    tab.type("#email", "ana@clinic.example")
    tab.type("#password", PASSWORD)
    # The code of the next half minute: the one of now was used up above.
    tab.type("#code", pyotp.TOTP(secret).at(int(time.time()) + 30))
    press(tab, "Sign in")
    arrive(tab, "heading", "Today")

    for place, heading in (("contents", "Contents"), ("release", "Next release"), ("safety", "Safety")):
        tab.open(f"{server.origin}/admin/{place}")
        arrive(tab, "heading", heading)

    tab.open(f"{server.origin}/admin/pages/guide/iv/edit")
    look(tab)
    type_at_end(tab, f"\n\n{WITH}")
    says(tab, "Saved for you at")
    press(tab, "Preview")
    tab.wait_for("return document.querySelector('iframe').contentDocument?.body?.textContent.includes(argument)", WITH)
    server.stop()
    type_at_end(tab, f"\n\n{WITHOUT}")
    says(tab, "No connection. Kept on this phone")
    look(tab)
    server.start()
    tab.reload()
    tab.wait_for("return !document.querySelector('#left-here').hidden")
    press(tab, "Bring it back")
    tab.wait_for("return document.querySelector('#body').value.includes(argument)", WITHOUT)
    says(tab, "Saved for you at")
    press(tab, "Save draft")
    tab.wait_for("return document.body.textContent.includes('The draft is saved.')")
    look(tab)
    press(tab, "Ask for a review")
    tab.wait_for("return document.body.textContent.includes('will find it on their first screen')")
    look(tab)
    # A server that was stopped answers nothing, and a preview must not run its page's scripts.
    expected = re.compile(r"NetworkError|ERR_CONNECTION|Could not connect|sandboxed|/preview|status of 4\d\d")
    assert [one for one in engine.complaints if not expected.search(one)] == []


def narrow(engine: Engine) -> None:
    """Make the window as wide as a small phone."""
    if isinstance(engine, Firefox):
        engine.page.set_viewport_size({"width": 360, "height": 740})
    if isinstance(engine, WebKit):
        engine.driver.set_window_size(360, 740)


def arrive(tab: Tab, kind: str, words: str) -> None:
    """Wait for the screen with this heading or link, and look at it."""
    tags = {"heading": "h1", "link": "a"}[kind]
    tab.wait_for(
        "return [...document.querySelectorAll(argument[0])].some(one => one.textContent.trim() === argument[1])",
        [tags, words],
    )
    look(tab)


def look(tab: Tab) -> None:
    """Nothing stands out at the side, and from now on the page's own errors count."""
    width = tab.run("return [document.documentElement.scrollWidth, innerWidth, location.pathname]")
    assert width[0] <= width[1] == 360, width
    assert tab.run(_HEAR) == [], width


_HEAR = """
const told = window.told ?? [];
if (!window.told) {
  window.told = told;
  addEventListener("error", (event) => told.push(String(event.message)));
  addEventListener("unhandledrejection", (event) => told.push(String(event.reason)));
  addEventListener("securitypolicyviolation", (event) => told.push(event.violatedDirective));
}
return told;
"""


def with_password(tab: Tab) -> None:
    """Open the other way in, which is folded where there are passkeys, once the page's scripts have run."""
    tab.wait_for("return document.readyState === 'complete'")
    tab.run("for (const one of document.querySelectorAll('details')) one.open = true")


def press(tab: Tab, words: str) -> None:
    """Press the button of exactly these words that can be seen."""
    tab.run(
        """
        const all = [...document.querySelectorAll("button")];
        const found = all.find((one) => one.textContent.trim() === argument && one.getClientRects().length > 0);
        if (!found) throw new Error(`no button ${argument} among ${all.map((one) => one.textContent.trim())}`);
        // Not before this script has answered: it may lead to another page.
        setTimeout(() => found.click(), 0);
        """,
        words,
    )


def type_at_end(tab: Tab, text: str) -> None:
    """Type below what stands in the editor."""
    tab.run(
        "const body = document.querySelector('#body'); body.setSelectionRange(body.value.length, body.value.length)"
    )
    tab.type("#body", text)


def says(tab: Tab, words: str) -> None:
    """Wait until the editor's status says so."""
    tab.wait_for("return document.querySelector('#status')?.textContent.includes(argument)", words)
