"""A person who keeps a journal in one tab: opens it, writes, saves, locks, comes back; in any engine."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.engines import Engine, Tab
from tests.browser.reading import wait_until_saved
from tests.browser.servers import Server

PASSPHRASE = "quiet amber lantern drift"

_SHOWN = """
    const on = document.querySelector("#screen > [data-screen]");
    return on?.checkVisibility?.() !== false && argument.includes(on?.dataset.screen) && on.dataset.screen;
"""
_TAP = """
    const seen = [...document.querySelectorAll(argument)].filter((one) => one.getClientRects().length > 0);
    if (seen.length !== 1) return false;
    seen[0].click();
    return true;
"""
_FILL = """
    for (const [selector, text] of Object.entries(argument)) {
      const control = document.querySelector(selector);
      if (!control) throw new Error(`no ${selector}`);
      control.focus({ preventScroll: true });
      control.value = text;
      control.dispatchEvent(new Event("input", { bubbles: true }));
      control.dispatchEvent(new Event("change", { bubbles: true }));
    }
"""
_FORGET = """
    localStorage.clear();
    const deleted = indexedDB.deleteDatabase("kj");
    await new Promise((done, failed) => { deleted.onsuccess = done; deleted.onerror = deleted.onblocked = failed; });
"""


class Person:
    """One tab with the journal; `tab` is for what is not named here."""

    def __init__(self, tab: Tab, server: Server) -> None:
        self.tab = tab
        self.journal = f"{server.origin}/journal/"

    def opens(self, place: str = "#/", screen: str | None = None) -> None:
        """Loads the journal anew at a place (`#/new/note`) and waits for its screen, or the lock's."""
        self.tab.open("about:blank")
        self.tab.open(self.journal + place)
        self.sees(screen or (place.split("/")[1] or "home"), *(() if screen else ("unlock",)))

    def goes(self, place: str, screen: str | None = None) -> None:
        """Goes to a place of the open journal and waits for its screen."""
        wanted = screen or (place.split("/")[1] or "home")
        self.tab.run(
            "const there = document.querySelector('#screen > *'); there?.setAttribute('data-left', '');"
            "if (location.hash === argument) dispatchEvent(new Event('hashchange')); else location.hash = argument;",
            place,
        )
        self.tab.wait_for("return !document.querySelector('#screen > [data-left]')")
        self.sees(wanted)

    def sees(self, *screens: str) -> str:
        """Waits until one of these screens is shown; its name."""
        return str(self.tab.wait_for(_SHOWN, list(screens)))

    def reads(self, words: str, within: str = "#screen") -> None:
        """Waits until these words are visible there."""
        self.tab.wait_for(
            "return document.querySelector(argument[1])?.innerText.includes(argument[0])", [words, within]
        )

    def said(self, within: str = "#screen") -> str:
        """All visible words there."""
        return str(self.tab.run("return document.querySelector(argument)?.innerText ?? ''", within))

    def taps(self, selector: str) -> None:
        """Waits for the one visible control the selector finds, and presses it."""
        self.tab.wait_for(_TAP, selector)

    def does(self, name: str) -> None:
        """Presses the visible control that does this."""
        self.taps(f"#screen [data-do={name}]")

    def types(self, text: str, selector: str = "#screen form [name=text]") -> None:
        """Types key by key."""
        self.tab.type(selector, text)

    def fills(self, controls: dict[str, str]) -> None:
        """Puts texts into controls at once, as pasting does; names select by `name`."""
        self.tab.run(
            _FILL,
            {f'#screen [name="{name}"]' if name[0] not in "#[." else name: text for name, text in controls.items()},
        )

    def sends(self) -> None:
        """Presses the form's own button."""
        self.taps("#screen form [type=submit]")

    def is_told(self, words: str = "Saved") -> None:
        """Waits until the page says so."""
        self.tab.wait_for(
            "return document.querySelector('#told [role=status]').textContent.startsWith(argument)", words
        )

    def saves(self) -> None:
        """Presses Save and waits for "Saved"."""
        self.tab.run("document.querySelector('#told [role=status]').textContent = ''")
        self.sends()
        self.is_told("Saved")

    def writes(self, text: str, place: str = "#/new/reflection") -> None:
        """Writes an entry and waits for "Saved"."""
        self.goes(place)
        self.fills({"text": text})
        self.saves()

    def chooses_a_lock(self, passphrase: str = PASSPHRASE) -> str:
        """Chooses a passphrase, copies the sheet and types it back; the recovery code."""
        self.goes("#/lock/set", "lock")
        self.fills({"passphrase": passphrase, "again": passphrase})
        self.sends()
        return self.takes_the_sheet()

    def takes_the_sheet(self) -> str:
        """Types back the two groups that the sheet's form asks for, and finishes; the code."""
        self.tab.wait_for("return document.querySelector('#screen [data-part=code]')")
        code = str(self.tab.run("return document.querySelector('#screen [data-part=code]').textContent"))
        groups = code.split("-")
        for name in "ab":
            label = self.tab.run("return document.querySelector(argument).textContent", f"[data-part=group-{name}]")
            self.fills({name: groups[int(label.split()[-1]) - 1]})
        self.tab.run("document.querySelector('#told [role=status]').textContent = ''")
        self.sends()
        self.is_told("Saved")
        return code

    def locks(self) -> None:
        """Presses Lock; the page starts anew."""
        self.taps("header [data-do=lock]")
        self.sees("unlock")

    def unlocks(self, passphrase: str = PASSPHRASE) -> None:
        """Types the passphrase on the lock's screen."""
        self.fills({"passphrase": passphrase})
        self.sends()
        self.tab.wait_for("return document.querySelector('#screen > [data-screen]:not([data-screen=unlock])')")

    def is_refused(self) -> str:
        """Waits until the form says what is wrong; its words."""
        return str(
            self.tab.wait_for(
                "const wrong = document.querySelector('#screen .wrong:not([hidden])');return wrong?.textContent"
            )
        )

    def entries(self) -> list[str]:
        """Titles of the entries home lists."""
        self.goes("#/", "home")
        titles = "[...document.querySelectorAll('[data-part=entries] .entry-title')]"
        return list(self.tab.run(f"return {titles}.map((one) => one.textContent)"))

    def waits_for_the_copy(self) -> None:
        """Waits until the whole guide with the journal is on the phone."""
        wait_until_saved(self.tab)

    def asks(self, script: str, argument: Any = None) -> Any:
        """What a script in the page returns."""
        return self.tab.run(script, argument)


def begin_anew(phone: Engine, origin: str) -> None:
    """Makes of a phone that other tests had one with an empty new tab, on which nothing was written or chosen yet.

    The guide it has stays: a phone of its own for each test would fetch that each time.
    """
    phone.tab.open(f"{origin}/help-now")
    phone.tab.run(_FORGET)
    used, phone.tab = phone.tab, phone.new_tab()
    used.close()
    phone.complaints.clear()


def press_save(page: Page) -> None:
    """Presses Save, and waits until this step, not the one before, is said to be saved."""
    page.evaluate("document.querySelector('#told [role=status]').textContent = ''")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#told [role=status]")).to_contain_text("Saved")
