"""The way from a draft to a release with the keyboard alone, and by tapping without any script."""

from typing import Protocol

from playwright.sync_api import Page, expect

from tests.browser.admin.conftest import Phone
from tests.browser.admin.staff import share_session
from tests.browser.servers import Server
from tests.browser.test_keyboard import FOCUS

MOST_STOPS = 150
_NAME = """
    const element = document.activeElement;
    const words = element.labels?.[0]?.textContent ?? element.textContent;
    return words.replace(/\\s+/g, " ").trim();
"""


class Hands(Protocol):
    """How someone uses a screen."""

    page: Page

    def press(self, words: str) -> None:
        """Use the link or button with these words."""

    def write(self, label: str, text: str) -> None:
        """Write at the end of the field with this label."""


class Keys:
    """Only Tab, Enter and letters; every stop on the way must be seen."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, words: str) -> None:
        self._reach(words)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def write(self, label: str, text: str) -> None:
        self._reach(label)
        self.page.keyboard.press("Control+End")
        self.page.keyboard.insert_text(text)

    def _reach(self, words: str) -> None:
        self.page.wait_for_load_state()
        for _ in range(MOST_STOPS):
            self.page.keyboard.press("Tab")
            stop = self.page.evaluate(f"() => {{ {FOCUS} }}")
            if stop is None:
                continue
            assert stop["ring"], stop
            assert stop["seen"], stop
            if str(self.page.evaluate(f"() => {{ {_NAME} }}")).startswith(words):
                return
        raise AssertionError(f"no Tab leads to “{words}” at {self.page.url}")


class Taps:
    """A finger, in a browser that runs no script."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, words: str) -> None:
        found = self.page.locator("main a, button, summary", has_text=words)
        found.filter(visible=True).first.click()

    def write(self, label: str, text: str) -> None:
        field = self.page.get_by_label(label, exact=True)
        field.fill(f"{field.input_value().rstrip()}{text}")


def test_a_draft_is_published_with_the_keyboard_alone(server: Server, administrator: Page, phone: Phone) -> None:
    author = Keys(phone())
    author.page.goto(added(server, "Ana Author", "author"))
    author.press("Make a passkey")
    author.press("Begin")
    author.page.goto(f"{server.origin}/admin/account")
    author.press("Sign out")
    author.press("Use a passkey")
    expect(author.page.get_by_role("heading", name="Today")).to_be_visible()
    bring_to_readers(server, author, Keys(administrator), "iv")


def test_a_draft_is_published_without_any_script(server: Server, administrator: Page, phone: Phone) -> None:
    author, publisher = phone(), phone(script=False)
    author.goto(added(server, "Ben Writer", "author"))
    author.get_by_role("button", name="Make a passkey").click()
    author.get_by_role("link", name="Begin").wait_for()
    plain = phone(script=False)
    share_session(author, plain, server.origin)
    share_session(administrator, publisher, server.origin)
    bring_to_readers(server, Taps(plain), Taps(publisher), "im")


def bring_to_readers(server: Server, author: Hands, publisher: Hands, slug: str) -> None:
    """Write, look at it, save, ask; read, approve, put in, publish."""
    sentence = f"Written by hand for {slug}."
    page = author.page
    page.goto(f"{server.origin}/admin/pages/guide/{slug}")
    title = page.get_by_role("heading", level=1).inner_text()
    author.press("Edit")
    author.write("Words", f"\n\n{sentence}")
    author.press("Save draft")
    expect(page.get_by_text("The draft is saved.")).to_be_visible()
    author.press("Ask for a review")
    expect(page.get_by_text("will find it on their first screen")).to_be_visible()

    page = publisher.page
    page.goto(f"{server.origin}/admin/")
    publisher.press(title)
    expect(page.locator("ins").filter(has_text=sentence)).to_be_visible()
    publisher.press("Approve this exact text")
    expect(page.get_by_text("You have signed this text.")).to_be_visible()
    publisher.press("Put it into the next release")
    page.goto(f"{server.origin}/admin/release")
    publisher.press("Publish now")
    expect(page.get_by_text("This is what readers have")).to_be_visible()
    assert sentence in server.answer(f"/guide/{slug}").body.decode()


def added(server: Server, name: str, role: str) -> str:
    """Where someone who was just added comes in."""
    email = f"{name.replace(' ', '.').lower()}@clinic.example"
    said = server.command("staff", "add", name, email, "--role", role)
    return next(word for word in said.split() if "/admin/join/" in word)
