"""With scripts switched off the guide is read, walked through and searched, and the help numbers can be called."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Playwright

from tests.browser.engines import HEADLESS_CHROMIUM
from tests.browser.reading import pages_of
from tests.browser.servers import Server


@pytest.fixture(scope="module")
def page(playwright: Playwright) -> Iterator[Page]:
    browser = playwright.chromium.launch(executable_path=HEADLESS_CHROMIUM, args=["--no-sandbox"])
    yield browser.new_page(java_script_enabled=False, viewport={"width": 360, "height": 740})
    browser.close()


def test_every_page_has_its_words_and_offers_nothing_that_needs_a_script(server: Server, page: Page) -> None:
    for path in pages_of(server.manifest()[1]):
        page.goto(server.origin + path)
        assert page.locator("h1").is_visible(), path
        assert len(page.locator("main").inner_text()) > 60, path
        assert page.locator("button:not([type=submit]):visible").count() == 0, path
        assert page.locator("main input:not(form[action] input):visible").count() == 0, path


def test_a_reader_walks_from_home_through_a_section_to_the_next(server: Server, page: Page) -> None:
    page.goto(f"{server.origin}/")
    page.locator("nav a[href='/guide/']").click()
    page.locator("main a[href='/guide/iv']").first.click()
    assert page.locator("h1").inner_text() == "Drip into a vein (IV)"
    page.locator("a[rel=next]").first.click()
    assert page.url.startswith(f"{server.origin}/guide/")
    assert not page.url.endswith("/guide/iv")


def test_the_search_answers(server: Server, page: Page) -> None:
    page.goto(f"{server.origin}/search")
    page.locator("#q").fill("bladder")
    page.locator("form[action='/search'] button").click()
    assert page.locator("#results a").count() > 0
    page.locator("#results a").first.click()
    assert "bladder" in page.locator("main").inner_text().lower()


def test_a_search_that_finds_nothing_says_so(server: Server, page: Page) -> None:
    page.goto(f"{server.origin}/search?q=xylophone")
    assert page.locator("#results a").count() == 0
    assert "xylophone" in page.locator("#found").inner_text()


def test_each_help_number_is_printed_beside_its_link(server: Server, page: Page) -> None:
    page.goto(f"{server.origin}/help-now")
    links = page.locator("main a[href^='tel:'], main a[href^='sms:']").all()
    assert len(links) > 10
    for link in links:
        assert link.is_visible()
        number = (link.get_attribute("href") or "").split(":")[1].split("?")[0]
        beside = link.locator("xpath=ancestor::p[1]").inner_text()
        assert _digits(number) in _digits(beside), number


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())
