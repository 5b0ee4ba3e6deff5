"""The journal checks itself and says on which day; with the neutral name neither tab nor manifest names anything."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import AXE
from tests.browser.engines import Chromium, Launch
from tests.browser.journal.person import begin_anew
from tests.browser.servers import Server

_DAMAGE = """
    async () => {
      const opening = indexedDB.open("kj");
      await new Promise((done) => { opening.onsuccess = done; });
      const store = opening.result.transaction("records", "readwrite").objectStore("records");
      const reading = store.getAll();
      await new Promise((done) => { reading.onsuccess = done; });
      const [row] = reading.result;
      row.env[40] ^= 1;
      const writing = store.put(row);
      await new Promise((done) => { writing.onsuccess = done; });
      opening.result.close();
    }
"""
_MANIFEST = """
    async () => (await fetch(document.querySelector("link[rel=manifest]").href)).json()
"""


@pytest.fixture(scope="module")
def phone(launch: Launch) -> Chromium:
    """A phone of the smallest kind."""
    return launch("chromium", viewport={"width": 320, "height": 640}, device_scale_factor=1)


@pytest.fixture
def page(phone: Chromium, server: Server) -> Iterator[Page]:
    """A journal with one entry, its settings on show."""
    begin_anew(phone, server.origin)
    page = phone.page
    page.goto(f"{server.origin}/journal/#/new/reflection")
    page.locator("[name=text]").fill("Some words")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#told [role=status]")).to_have_text("Saved")
    page.evaluate("location.hash = '#/settings'")
    expect(page.get_by_role("heading", name="Settings and self-check")).to_be_visible()
    yield page
    assert phone.complaints == []


def test_a_self_check_is_remembered_only_when_everything_is_whole(page: Page) -> None:
    check = page.locator("[data-part=check]")
    expect(check).to_have_text("not checked yet")
    page.evaluate(_DAMAGE)
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("1 part is damaged.")).to_be_visible()
    expect(check).to_have_text("not checked yet")
    page.evaluate(_DAMAGE)
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("Everything is there and opens")).to_be_visible()
    expect(check).to_have_text("Today")
    assert page.evaluate("localStorage.getItem('journal-check')") == str(
        page.evaluate("Math.floor((Date.now() - new Date().getTimezoneOffset() * 60000) / 86400000)")
    )
    page.get_by_role("link", name="Room and protection").click()
    expect(page.get_by_role("heading", name="Your journal")).to_be_visible()
    expect(page.locator("[data-fill=journal-check]")).to_contain_text("20")
    expect(page.locator("[data-fill=journal-backup]")).to_have_text("none yet")


def test_the_phone_page_says_nothing_of_a_journal_that_never_said_anything(page: Page) -> None:
    page.get_by_role("link", name="Room and protection").click()
    expect(page.get_by_role("heading", name="Room on this phone")).to_be_visible()
    expect(page.get_by_role("heading", name="Your journal")).to_be_hidden()


def test_the_neutral_name_is_on_the_tab_and_in_the_manifest_until_it_is_taken_back(page: Page) -> None:
    assert page.title() == "Journal"
    plain = page.evaluate(_MANIFEST)["name"]
    assert plain != "Notes"
    page.get_by_label("Call this page").check()
    expect(page).to_have_title("Notes")
    page.reload()
    expect(page.get_by_label("Call this page")).to_be_checked()
    expect(page).to_have_title("Notes")
    assert page.evaluate(_MANIFEST)["name"] == "Notes"
    icon = page.locator("link[rel=icon]").get_attribute("href") or ""
    touch = page.locator("link[rel=apple-touch-icon]").get_attribute("href") or ""
    for address in (icon, touch):
        assert address.startswith("/c/o/")
        assert page.evaluate("async (address) => (await fetch(address)).ok", address)
    page.get_by_label("Call this page").uncheck()
    expect(page).to_have_title("Journal")
    page.get_by_role("button", name="Undo").click()
    expect(page).to_have_title("Notes")
    expect(page.get_by_label("Call this page")).to_be_checked()
    page.get_by_label("Call this page").uncheck()
    assert page.evaluate(_MANIFEST)["name"] == plain


def test_the_settings_suit_a_screen_reader_and_a_small_phone(page: Page) -> None:
    page.evaluate(AXE)
    for theme in ("light", "dark", "dim"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        assert page.evaluate("() => audit()") == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
