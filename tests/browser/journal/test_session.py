"""A session from its plan to looking back, with one thumb: every step is saved, every step can be taken back."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.editing import fill_in_clinic
from tests.browser.engines import Chromium, Launch
from tests.browser.journal.person import begin_anew
from tests.browser.reading import status
from tests.browser.servers import Server

# The smallest target in session-day mode, in CSS pixels.
LARGE = 64


@pytest.fixture(scope="module")
def phone(launch: Launch) -> Chromium:
    """A small phone."""
    return launch("chromium", viewport={"width": 360, "height": 740}, device_scale_factor=1)


@pytest.fixture
def page(phone: Chromium, server: Server) -> Iterator[Page]:
    """A journal in which one session is planned, with its screen on show."""
    begin_anew(phone, server.origin)
    page = phone.page
    page.goto(f"{server.origin}/journal/#/new/session")
    page.get_by_label("Who takes you home?").fill("Sam")
    page.get_by_label("Their phone").fill("+1 555 0100")
    page.get_by_label("New words").fill("Like a river")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Today is the day")).to_be_visible()
    yield page
    assert phone.complaints == []


def test_the_day_is_lived_with_single_taps_and_looked_back_on(page: Page) -> None:
    page.get_by_role("button", name="Today is the day").click()
    expect(page.get_by_text("Before it begins")).to_be_visible()
    page.get_by_role("button", name="It begins now").click()
    expect(page.get_by_text("Since it began")).to_be_visible()
    expect(page.get_by_role("timer")).to_have_text("0 min")
    page.get_by_role("button", name="Like a river").click()
    expect(page.locator(".day-told")).to_contain_text("Saved")
    page.get_by_role("button", name="Pain").click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator(".day-told")).to_have_text("Undone")
    expect(page.get_by_role("link", name="Call Sam")).to_have_attribute("href", "tel:+15550100")
    page.get_by_role("button", name="Put the phone down").click()
    page.get_by_role("button", name="Tap to come back").click()
    page.get_by_role("button", name="It has ended").click()
    page.get_by_role("link", name="Close this screen").click()
    page.get_by_role("link", name="Open the session-day screen").click()
    expect(page.get_by_text("Resting since it ended")).to_be_visible()
    page.get_by_role("link", name="Close this screen").click()
    page.get_by_role("button", name="The session is over").click()
    expect(page.get_by_role("link", name="Like a river")).to_be_visible()
    expect(page.get_by_role("link", name="Pain")).to_be_hidden()
    page.get_by_role("link", name="Looking back after a day").click()
    expect(page.get_by_role("radio", name="after a day")).to_be_checked()


def test_a_questionnaire_is_filled_in_for_the_session(page: Page) -> None:
    session = page.url.split("/")[-1]
    page.get_by_role("link", name="Questionnaire", exact=True).click()
    expect(page.get_by_role("link", name="Filled in for: Session")).to_have_attribute("href", f"#/entry/{session}")
    page.get_by_role("link", name="Fill in PHQ-2").click()
    for item in page.locator(".likert").all():
        item.get_by_role("radio").nth(1).check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="2 of 6")).to_be_visible()
    page.evaluate("place => { location.hash = place; }", f"#/entry/{session}")
    expect(page.locator("[data-part=timeline]").get_by_role("link", name="PHQ-2")).to_be_visible()


def test_own_values_of_a_session_are_seen_over_time_in_a_picture_and_a_table(page: Page) -> None:
    session = page.url.split("/")[-1]
    for moment in ("before", "after"):
        page.evaluate("place => { location.hash = place; }", f"#/scores/{session}")
        page.get_by_role("radio", name=moment, exact=True).check()
        page.get_by_role("slider", name="Mood").click()
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator("[data-part=scores]").get_by_role("cell", name=moment)).to_be_visible()
    page.evaluate("location.hash = '#/trends'")
    block = page.locator(".trend", has=page.get_by_role("heading", name="Mood before, during and after sessions"))
    expect(block.locator(".chart-point")).to_have_count(2)
    expect(block.locator(".chart-hollow")).to_have_count(1)
    block.get_by_text("As a table").click()
    expect(block.locator("tbody tr")).to_have_count(2)
    expect(page.get_by_role("heading", name="Anxiety before")).to_have_count(0)


def test_a_backup_is_remembered_after_a_month_and_put_away_for_another(page: Page) -> None:
    due = page.get_by_role("heading", name="A backup, when it suits you")
    page.get_by_role("link", name="Journal").first.click()
    page.get_by_role("button", name="Not now").click()
    expect(page.get_by_role("link", name="Write")).to_be_visible()
    expect(due).to_be_hidden()
    day = 86_400_000
    _moves(page, 31 * day)
    expect(due).to_be_visible()
    page.get_by_role("button", name="Not this month").click()
    expect(due).to_be_hidden()
    _moves(page, 60 * day)
    expect(due).to_be_hidden()
    _moves(page, 61 * day)
    expect(due).to_be_visible()
    page.get_by_role("link", name="Session ·").click()
    page.get_by_role("button", name="Today is the day").click()
    page.get_by_role("link", name="Close this screen").click()
    page.get_by_role("link", name="Journal", exact=True).first.click()
    expect(page.get_by_role("link", name="Write")).to_be_visible()
    expect(due).to_be_hidden()


@pytest.mark.parametrize("whole", [False, True], ids=["the number", "the whole page"])
def test_a_recalled_number_of_the_clinic_is_not_called(
    launch: Launch, make_server: Callable[[], Server], tmp_path: Path, whole: bool
) -> None:
    server = make_server()
    fill_in_clinic(server, tmp_path / "texts", phone="+1 (555) 010-0199")
    engine = launch("chromium", viewport={"width": 360, "height": 740})
    page = engine.page
    page.goto(f"{server.origin}/journal/#/new/session")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Today is the day").click()
    call = page.get_by_role("link", name="Call +1 (555) 010-0199")
    expect(call).to_have_attribute("href", "tel:+15550100199")
    engine.tab.wait_for("return document.documentElement.dataset.offline === 'ready'")
    words = () if whole else ("--words", "+1 (555) 010-0199")
    server.command("notice", "recall", "/our-clinic", *words, "--text", "Look it up.", "--by", "Ada Writer")
    status(engine.tab, "check")
    expect(page.locator("#clinic-phone[data-recalled]")).to_have_count(1)
    expect(call).to_be_hidden(timeout=10_000)
    page.reload()
    expect(page.get_by_text("Before it begins")).to_be_visible()
    expect(page.locator("[data-part=call]")).to_be_hidden()
    assert "010-0199" not in page.content()
    engine.close()


def _moves(page: Page, milliseconds: int) -> None:
    """Sets the page's clock so much later than it really is, and draws home anew."""
    page.evaluate(
        "shift => { globalThis.realNow ??= Date.now; Date.now = () => globalThis.realNow.call(Date) + shift; }",
        milliseconds,
    )
    page.evaluate("document.querySelector('#screen > *').setAttribute('data-left', '')")
    page.evaluate("dispatchEvent(new Event('hashchange'))")
    expect(page.locator("#screen > [data-screen]:not([data-left])")).to_be_visible()


def test_targets_of_the_day_are_large_and_its_words_clear_nobody(page: Page) -> None:
    page.get_by_role("button", name="Today is the day").click()
    expect(page.get_by_text("Before it begins")).to_be_visible()
    heights = page.locator(".day button, .day a").evaluate_all(
        "all => all.filter(one => one.offsetParent).map(one => Math.min(one.offsetHeight, one.offsetWidth))"
    )
    assert heights
    assert min(heights) >= LARGE
    said = page.inner_text("main")
    assert "It does not tell when you are fit to get up, leave or drive" in said
    assert "not before tomorrow, after a full night’s sleep; longer if your clinic says so" in said
    assert "Nobody is watching this screen" in said
    assert page.evaluate("document.documentElement.dataset.theme") == "dim"


def test_nothing_that_lasts_is_asked_for_on_the_day(page: Page) -> None:
    page.get_by_role("link", name="Journal").first.click()
    expect(page.get_by_role("link", name="Choose a lock")).to_be_visible()
    page.get_by_role("link", name="Session ·").click()
    page.get_by_role("button", name="Today is the day").click()
    page.get_by_role("link", name="Close this screen").click()
    page.get_by_role("link", name="Journal", exact=True).first.click()
    expect(page.get_by_role("link", name="Write")).to_be_visible()
    expect(page.get_by_role("link", name="Choose a lock")).to_be_hidden()
    page.evaluate("location.hash = '#/lock/set'")
    expect(page.get_by_role("heading", name="Tomorrow is better")).to_be_visible()
