"""The editor on a phone: no word is lost to a dead network, a closed tab or another person; every tool is in reach."""

import asyncio
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from pwa.app import milliseconds
from pwa.content.migrations import FEATURES
from pwa.database import open_database
from pwa.staff import people, sessions
from tests.browser.engines import Chromium, Launch
from tests.browser.servers import Server

IV = "/admin/pages/guide/iv"
WRITERS = ("Ana Author", "Ben Writer")


@dataclass(frozen=True)
class Newsroom:
    """A server with two authors, and the phones that they are signed in on."""

    server: Server
    phones: dict[str, Page]

    def open(self, name: str, address: str = f"{IV}/edit") -> Page:
        """A tab of this author at a screen, started up."""
        page = self.phones[name].context.new_page()
        page.set_viewport_size({"width": 360, "height": 740})
        page.goto(self.server.origin + address)
        return page


@pytest.fixture(scope="module")
def newsroom(whole_guide: Path, tmp_path_factory: pytest.TempPathFactory, launch: Launch) -> Iterator[Newsroom]:
    server = Server(tmp_path_factory.mktemp("newsroom"))
    for file in whole_guide.glob("*.db*"):
        shutil.copy2(file, server.folder / file.name)
    # Playwright's loop runs in this thread already.
    with ThreadPoolExecutor() as pool:
        secrets = pool.submit(asyncio.run, sign_writers_in(server.folder)).result()
    server.start()
    phones: dict[str, Chromium] = {}
    for name in WRITERS:
        engine = launch("chromium")
        engine.page.context.add_cookies([{"name": "staff", "value": secrets[name], "url": server.origin}])
        phones[name] = engine
    yield Newsroom(server, {name: engine.page for name, engine in phones.items()})
    server.kill()
    # A refusal is an answer, and so is none from a server that was stopped. A preview must not run its page's scripts.
    expected = re.compile(
        r"status of (4\d\d|50[03])|ERR_CONNECTION_REFUSED|(/preview|about:blank)' because .* sandboxed"
    )
    assert [one for engine in phones.values() for one in engine.complaints if not expected.search(one)] == []


async def sign_writers_in(folder: Path) -> dict[str, str]:
    """Secrets of sessions, by name; the server must not run meanwhile."""
    secrets = {}
    database = await open_database(f"sqlite:///{folder / 'content.db'}", schema="content", migrations=FEATURES)
    async with database.transaction() as transaction:
        for name in WRITERS:
            email = f"{name.split()[0].lower()}@clinic.example"
            person = await people.add_person(
                transaction, name=name, email=email, roles=("author",), by="the test", now=milliseconds()
            )
            secrets[name] = await sessions.begin(
                transaction, person, way="the test", device="Test", device_secret="test", before="", now=milliseconds()
            )
    await database.close()
    return secrets


def test_what_is_typed_while_the_server_is_gone_survives_a_closed_tab(newsroom: Newsroom) -> None:
    page = newsroom.open("Ana Author")
    words = page.get_by_label("Words", exact=True)
    type_at_end(page, "\n\nTyped with a connection.")
    expect(page.locator("#status")).to_contain_text("Saved for you at", timeout=30_000)

    newsroom.server.stop()
    type_at_end(page, "\n\nTyped without one.")
    expect(page.locator("#status")).to_contain_text("No connection. Kept on this phone", timeout=30_000)
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#status")).to_contain_text("No connection. Kept on this phone")
    expect(words).to_have_value(re.compile("Typed without one"))
    page.close()

    newsroom.server.start()
    page = newsroom.open("Ana Author")
    words = page.get_by_label("Words", exact=True)
    expect(words).to_have_value(re.compile("Typed with a connection.$"))
    expect(page.get_by_text("On this phone is something you typed")).to_be_visible()
    page.get_by_role("button", name="Bring it back").click()
    expect(words).to_have_value(re.compile("Typed with a connection.\n\nTyped without one.$"))
    expect(page.locator("#status")).to_contain_text("Saved for you at", timeout=30_000)
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_url(re.compile(f"{IV}$"))
    expect(page.get_by_text("The draft is saved.")).to_be_visible()
    page.close()
    page = newsroom.open("Ana Author")
    expect(page.get_by_label("Words", exact=True)).to_have_value(re.compile("Typed without one.\n?$"))
    expect(page.get_by_text("On this phone is something you typed")).to_be_hidden()
    page.close()


def test_two_people_write_at_once_and_put_their_texts_together(newsroom: Newsroom) -> None:
    address = "/admin/pages/guide/im/edit"
    ana, ben = newsroom.open("Ana Author", address), newsroom.open("Ben Writer", address)
    expect(ben.get_by_text("Ana Author has this page open too.")).to_be_visible()
    type_at_end(ana, "\n\nAna's words.")
    type_at_end(ben, "\n\nBen's words.")
    ben.get_by_role("button", name="Save draft").click()
    ben.wait_for_url(re.compile("/guide/im$"))
    ana.get_by_role("button", name="Save draft").click()
    expect(ana.get_by_text("Ben Writer saved another text of /guide/im")).to_be_visible()
    ana.get_by_label("Both, one after the other").check()
    ana.get_by_role("button", name="Put together").click()
    words = ana.get_by_label("Words", exact=True)
    expect(words).to_have_value(re.compile("Ben's words.\n\nAna's words."))
    ana.get_by_role("button", name="Save draft").click()
    ana.wait_for_url(re.compile("/guide/im$"))
    ben.goto(newsroom.server.origin + address)
    expect(ben.get_by_label("Words", exact=True)).to_have_value(re.compile("Ben's words.\n\nAna's words."))
    ana.close()
    ben.close()


def test_two_tabs_of_one_person_do_not_overwrite_each_other(newsroom: Newsroom) -> None:
    address = "/admin/pages/guide/cost/edit"
    one, other = newsroom.open("Ana Author", address), newsroom.open("Ana Author", address)
    type_at_end(one, "\n\nFrom the first tab.")
    expect(one.locator("#status")).to_contain_text("Saved for you at", timeout=30_000)
    type_at_end(other, "\n\nFrom the second tab.")
    other.get_by_role("button", name="Save draft").click()
    expect(other.locator("#status")).to_contain_text("on another device or in another tab")
    other.get_by_role("button", name="Save draft").click()
    expect(other.get_by_role("heading", name="What differs from what you typed elsewhere")).to_be_visible()
    expect(other.locator(".diff")).to_contain_text("first")
    expect(other.get_by_label("Words", exact=True)).to_have_value(re.compile("From the second tab."))
    other.get_by_role("button", name="Save draft").click()
    other.wait_for_url(re.compile("/guide/cost$"))
    one.close()
    other.close()


def test_an_editor_says_what_another_tab_has_not_brought_to_the_server(newsroom: Newsroom) -> None:
    address = "/admin/pages/guide/history/edit"
    one, other = newsroom.open("Ana Author", address), newsroom.open("Ana Author", address)
    for page in (one, other):
        page.route("**/copy", lambda route: route.abort("connectionrefused"))
    left = other.get_by_text("On this phone is something you typed")
    expect(left).to_be_hidden()
    type_at_end(one, "\n\nTyped in the first tab.")
    expect(left).to_be_visible()
    other.get_by_text("Read what is not below").click()
    expect(other.locator("#left-words")).to_have_text("Typed in the first tab.")
    # Taking it up keeps what stood here.
    words = other.get_by_label("Words", exact=True)
    type_at_end(other, "\n\nTyped in the second tab.")
    other.get_by_role("button", name="Bring it back").click()
    expect(words).to_have_value(re.compile("Typed in the first tab.$"))
    expect(other.locator("#left-words")).to_have_text("Typed in the second tab.")
    other.get_by_role("button", name="Bring it back").click()
    expect(words).to_have_value(re.compile("Typed in the second tab.$"))
    expect(other.locator("#left-words")).to_have_text("Typed in the first tab.")
    other.get_by_role("button", name="Throw it away").click()
    expect(left).to_be_hidden()
    one.close()
    other.close()


def test_an_editor_says_what_has_reached_the_server_since_it_was_opened(newsroom: Newsroom) -> None:
    address = "/admin/pages/guide/law/edit"
    one, other = newsroom.open("Ana Author", address), newsroom.open("Ana Author", address)
    type_at_end(one, "\n\nTyped in the first tab.")
    expect(one.locator("#status")).to_contain_text("Saved for you at", timeout=30_000)
    newer = "has reached the server since this page was opened"
    for page in (one, other):
        with page.expect_response("**/contact"):
            page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(other.get_by_text(newer)).to_be_visible()
    expect(one.get_by_text(newer)).to_be_hidden()
    other.get_by_role("link", name="Show it").click()
    expect(other.get_by_label("Words", exact=True)).to_have_value(re.compile("Typed in the first tab.$"))
    expect(other.get_by_text(newer)).to_be_hidden()
    one.close()
    other.close()


@pytest.mark.parametrize(("status", "tries"), [(403, 1), (404, 1), (500, 2), (503, 2)])
def test_what_the_server_does_not_take_is_not_said_to_be_a_lost_connection(
    newsroom: Newsroom, status: int, tries: int
) -> None:
    page = newsroom.open("Ben Writer", "/admin/pages/guide/routes/edit")
    page.clock.install()
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=status, body="<p>No</p>")

    page.route("**/copy", refuse)
    type_at_end(page, "\n\nNot taken.")
    page.clock.run_for(3_000)
    expect(page.locator("#status")).to_contain_text("The server did not take this. It is kept on this phone")
    page.clock.run_for(11_000)
    expect(page.locator("#status")).to_contain_text("The server did not take this. It is kept on this phone")
    assert len(asked) == tries
    page.close()


def test_what_is_typed_after_the_session_ended_comes_back_after_signing_in(newsroom: Newsroom) -> None:
    page = newsroom.open("Ben Writer", "/admin/pages/guide/cost/edit")
    context = page.context
    (session,) = [one for one in context.cookies() if one["name"] == "staff"]
    context.clear_cookies(name="staff")
    type_at_end(page, "\n\nTyped signed out.")
    expect(page.locator("#status")).to_contain_text("You are signed out", timeout=30_000)
    page.close()
    context.add_cookies([{"name": "staff", "value": session["value"], "url": newsroom.server.origin}])
    page = newsroom.open("Ben Writer", "/admin/pages/guide/cost/edit")
    page.get_by_role("button", name="Bring it back").click()
    expect(page.get_by_label("Words", exact=True)).to_have_value(re.compile("Typed signed out.$"))
    expect(page.locator("#status")).to_contain_text("Saved for you at", timeout=30_000)
    page.close()


def test_marks_sources_findings_preview_and_keys_are_in_reach(newsroom: Newsroom) -> None:
    page = newsroom.open("Ben Writer", "/admin/pages/faq/addictive/edit")
    words = page.get_by_label("Words", exact=True)
    words.fill("A claim. See [more](/guide/nowhere).")
    words.evaluate("(field) => field.setSelectionRange(2, 7)")
    words.press("Control+b")
    expect(words).to_have_value("A **claim**. See [more](/guide/nowhere).")
    words.evaluate("(field) => field.setSelectionRange(11, 11)")
    page.get_by_role("button", name="Source", exact=True).click()
    page.get_by_label("Search").fill("nonpsychotic ect")
    page.locator("#picker-list button").first.click()
    expect(words).to_have_value(re.compile(r"A \*\*claim\*\* \[@[A-Z]+[0-9a-z]+\]\. See"))
    words.press("Control+z")
    expect(words).to_have_value("A **claim**. See [more](/guide/nowhere).")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="Warning").click()
    expect(words).to_have_value(re.compile("\n\n::: warning\n"))

    expect(page.locator("#findings")).to_contain_text("/guide/nowhere leads nowhere", timeout=30_000)
    page.get_by_role("button", name="Line 1").first.click()
    expect(words).to_be_focused()

    page.get_by_role("button", name="Preview").click()
    frame = page.frame_locator("iframe[name=preview]")
    expect(frame.get_by_role("strong").filter(has_text="claim")).to_be_visible()

    page.get_by_role("heading", name="As patients will see it").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    page.get_by_label("Use these keys on this device").uncheck()
    page.get_by_role("button", name="Close").click()
    words.focus()
    words.press("Control+i")
    expect(words).not_to_have_value(re.compile(r"\*\*\*"))
    page.close()


@pytest.mark.parametrize("width", [320, 360])
def test_every_mark_is_in_sight_or_behind_more(newsroom: Newsroom, width: int) -> None:
    page = newsroom.open("Ben Writer", "/admin/pages/faq/risks/edit")
    page.set_viewport_size({"width": width, "height": 740})
    bar = page.get_by_role("toolbar", name="Marks")
    more = bar.get_by_role("button", name="More", exact=True)
    expect(more).to_be_visible()
    few = marks_shown(page)
    assert bar.bounding_box()["height"] <= 2 * 48 + 2, "two rows, so that the words have room"  # type: ignore[index]
    more.focus()
    page.keyboard.press("Enter")
    expect(more).to_have_attribute("aria-expanded", "true")
    assert marks_shown(page) - few == {
        "Picture", "Note", "Warning", "Emergency", "Checklist", "Comparison", "Of 100", "Costs", "Drawing", "Keys",
    }  # fmt: skip

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Show a picture")).to_be_visible()
    assert marks_shown(page) == few
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
    page.keyboard.press("Space")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    words = page.get_by_label("Words", exact=True)
    expect(words).to_have_value(re.compile("\n\n::: note\n"))
    expect(words).to_be_focused()
    assert marks_shown(page) == few
    page.close()


def marks_shown(page: Page) -> set[str]:
    """The names of the marks above the words; each is whole in sight and large enough for a thumb."""
    page.wait_for_function("getComputedStyle(document.querySelector('.toolbar')).display === 'flex'")
    bar = page.locator(".toolbar").bounding_box()
    assert bar is not None
    found = set()
    for one in page.get_by_role("toolbar", name="Marks").get_by_role("button").all():
        box = one.bounding_box()
        assert box is not None
        assert bar["x"] <= box["x"], one
        assert box["x"] + box["width"] <= bar["x"] + bar["width"], one
        assert min(box["width"], box["height"]) >= 48, one
        found.add(one.inner_text().replace("▾", "").strip())
    return found


def type_at_end(page: Page, text: str) -> None:
    """Type into the words as a person does, after what is there."""
    words = page.get_by_label("Words", exact=True)
    words.evaluate(
        "(field) => { field.focus(); field.setSelectionRange(field.value.trimEnd().length, field.value.length); }"
    )
    page.keyboard.insert_text(text)
