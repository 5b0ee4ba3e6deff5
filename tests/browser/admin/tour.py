"""Walks every screen of the staff as a small clinic would on a morning, and has each of them looked at."""

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import Page

from tests.browser.servers import Server

LOOK: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740}, "device_scale_factor": 1, "is_mobile": False,
    "locale": "en-GB", "timezone_id": "Europe/London",
}  # fmt: skip
"""The phones on which pictures are taken."""
IV = "pages/guide/iv"
NEW_WORDS = (
    "\n\n## After the drip\n\nPlan on two hours in all. Sit up slowly, and let staff see you walk before you leave."
)
LOOK_SENTENCE = "let staff see you walk before you leave"
PASSWORD = "harbour kettle violin meadow"
Look = Callable[[Page, str], None]
"""Looks at the screen that a phone shows; the word names it."""


@dataclass(frozen=True)
class Tour:
    """Three phones: of the administrator, who has every role; of an author; and of someone without an account."""

    server: Server
    ana: Page
    ben: Page
    outside: Page
    setup_link: str
    look: Look

    def opens(self, page: Page, path: str, name: str, *, at: str = "", status: int = 200) -> None:
        """Goes to a screen and has it looked at."""
        answer = page.goto(f"{self.server.origin}/admin/{path}")
        assert answer is not None
        assert answer.status == status, (path, answer.status)
        self.looks(page, name, at=at)

    def looks(self, page: Page, name: str, *, at: str = "") -> None:
        """Has the screen looked at, scrolled to what the selector finds."""
        page.wait_for_load_state()
        page.evaluate(
            "at => { const to = at && document.querySelector(at); document.activeElement?.blur();"
            "if (to) { to.scrollIntoView(); scrollBy(0, -16); } else scrollTo(0, 0); }",
            at,
        )
        self.look(page, name)


def walk(tour: Tour, folder: Path) -> None:
    """The whole tour; `folder` takes the files that are brought in."""
    gets_in(tour)
    invites(tour)
    writes(tour)
    reviews(tour)
    gathers(tour)
    publishes(tour)
    recalls(tour)
    looks_again(tour)
    keeps_facts(tour)
    keeps_pictures(tour)
    moves_archives(tour, folder)
    keeps_the_account(tour)
    is_refused(tour)


def gets_in(tour: Tour) -> None:
    """The first administrator, by the printed link."""
    page = tour.ana
    tour.opens(page, "sign-in", "sign-in")
    page.goto(tour.setup_link)
    tour.looks(page, "set-up")
    page.get_by_label("Your name").fill("Ana Keller")
    page.get_by_label("E-mail address").fill("ana@clinic.example")
    _presses(page, "Make a passkey")
    page.get_by_role("link", name="Begin").wait_for()
    tour.looks(page, "first-time-in")
    page.get_by_role("link", name="Begin").click()
    page.get_by_role("heading", name="Today").wait_for()
    tour.looks(page, "today-nothing")
    _unfolds(page)
    tour.looks(page, "places")


def invites(tour: Tour) -> None:
    """An author and clinician is invited and comes in."""
    page, ben = tour.ana, tour.ben
    page.goto(f"{tour.server.origin}/admin/people/new")
    page.get_by_label("Name, as it stands").fill("Ben Okafor")
    page.get_by_label("E-mail address").fill("ben@clinic.example")
    page.get_by_label(re.compile("^author")).check()
    page.get_by_label(re.compile("^reviewer")).check()
    page.get_by_label("Professional registration number").fill("GMC 7654321")
    tour.looks(page, "invitation")
    _presses(page, "Make the link")
    address = page.get_by_label("The address")
    tour.looks(page, "invitation-link")
    ben.goto(address.input_value())
    tour.looks(ben, "join")
    _presses(ben, "Make a passkey")
    ben.get_by_role("link", name="Begin").click()
    tour.opens(page, "people", "people")
    page.get_by_role("link", name="Ben Okafor").click()
    page.get_by_role("heading", name="Ben Okafor").wait_for()
    tour.looks(page, "person")


def writes(tour: Tour) -> None:
    """The author changes a section, begins another, and cites something new."""
    page = tour.ben
    tour.opens(page, "contents", "contents")
    tour.opens(page, "contents?q=cannula&state=live", "contents-search", at="[role=status]")
    tour.opens(page, IV, "page")
    tour.opens(page, f"{IV}/edit", "editor")
    _unfolds(page, "#about")
    page.get_by_label("What changed, in words for readers").fill("How long to stay after the drip")
    tour.looks(page, "editor-about", at="#about")
    words = page.get_by_label("Words", exact=True)
    words.fill(words.input_value().rstrip() + NEW_WORDS)
    page.locator("#status").filter(has_text="Saved for you").wait_for()
    page.locator("#findings li").first.wait_for()
    tour.looks(page, "editor-words", at=".words")
    tour.looks(page, "editor-found", at="[aria-labelledby=found]")
    _presses(page, "Preview")
    page.frame_locator("iframe[name=preview]").get_by_role("heading", level=1).wait_for()
    tour.looks(page, "editor-preview", at="#preview-part")
    page.get_by_role("button", name="Link", exact=True).click()
    page.locator("#picker-list button").first.wait_for()
    tour.look(page, "editor-link")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.get_by_role("button", name="More", exact=True).click()
    tour.looks(page, "editor-more", at=".words")
    page.get_by_role("button", name="Keys").click()
    tour.look(page, "editor-keys")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    _presses(page, "Save draft")
    page.get_by_text("The draft is saved.").wait_for()
    tour.looks(page, "page-saved")
    _unfolds(page, "#draft ~ details")
    page.get_by_label("A word to them").fill("Is two hours right for our clinic?")
    tour.looks(page, "page-ask", at="#draft ~ details")
    _presses(page, "Ask like this")
    page.get_by_text("will find it on their first screen").wait_for()
    tour.looks(page, "page-waiting")
    tour.opens(page, f"{IV}/history", "history")
    tour.opens(page, f"{IV}/preview", "preview")
    tour.opens(page, f"{IV}/address", "address")
    tour.opens(page, "sources", "sources")
    tour.opens(page, "sources/new", "source-new")
    page.goto(f"{tour.server.origin}/admin/new")
    page.get_by_label("Title").fill("Can I eat before the visit?")
    page.get_by_label("Where it belongs").select_option("The treatment")
    tour.looks(page, "new")
    _presses(page, "Begin")
    page.wait_for_url(re.compile("/edit$"))
    tour.looks(page, "new-editor")
    _writes_at_once(tour)
    tour.opens(page, "", "today-author")


def _writes_at_once(tour: Tour) -> None:
    """Two people change one page; the second puts both texts together."""
    ana, ben = tour.ana, tour.ben
    for page in (ana, ben):
        page.goto(f"{tour.server.origin}/admin/pages/guide/preparing/edit")
    _types(ana, "Bring your glasses in their case.")
    ana.wait_for_url(re.compile("/preparing$"))
    _types(ben, "Leave contact lenses at home.")
    ben.wait_for_url(re.compile("/merge$"))
    tour.looks(ben, "merge")
    ben.get_by_label("Both, one after the other").check()
    _presses(ben, "Put together and go on editing")
    ben.wait_for_url(re.compile("/edit$"))
    ben.wait_for_load_state()
    tour.looks(ana, "page-own-draft")


def _types(page: Page, sentence: str) -> None:
    words = page.get_by_label("Words", exact=True)
    words.fill(f"{words.input_value().rstrip()}\n\n{sentence}")
    _presses(page, "Save draft")


def reviews(tour: Tour) -> None:
    """The draft is read, sent to someone outside, approved by them, and signed here."""
    page, outside = tour.ana, tour.outside
    tour.opens(page, "", "today")
    tour.opens(page, f"{IV}/review", "review")
    tour.looks(page, "review-changes", at=".diff")
    tour.looks(page, "review-approve", at="form.card")
    tour.opens(page, f"{IV}/review?show=all", "review-all", at=".diff")
    _unfolds(page, "details.card:last-of-type")
    page.get_by_label("Who is it for?").fill("Dr Imani Shah")
    tour.looks(page, "review-outside", at="details.card:last-of-type")
    _presses(page, "Make the link")
    address = page.get_by_label("Send this link").input_value()
    tour.looks(page, "outside-link")
    outside.goto(address)
    tour.looks(outside, "outside")
    tour.looks(outside, "outside-answer", at="form.card")
    tour.opens(outside, address.split("/admin/")[1] + "/page", "outside-page")
    outside.goto(address)
    outside.get_by_label("Your name").fill("Imani Shah")
    outside.get_by_label("Your registration number").fill("GMC 1234567")
    outside.get_by_label("I approve exactly this text.").check()
    _presses(outside, "Send my answer")
    outside.get_by_text("Thank you.").wait_for()
    tour.looks(outside, "outside-thanks")
    tour.opens(page, IV, "page-approved")
    page.goto(f"{tour.server.origin}/admin/{IV}/review")
    _presses(page, re.compile("Approve this exact text"))
    page.get_by_text("You have signed this text.").wait_for()
    tour.looks(page, "page-signed")


def gathers(tour: Tour) -> None:
    """The next release, with what is ready and what is not."""
    page = tour.ana
    tour.opens(page, "release", "release-empty")
    page.get_by_role("button", name=re.compile("Put it in Drip")).click()
    page.get_by_role("button", name=re.compile("Put it in .*[Pp]repar")).click()
    page.get_by_text("Cannot go out yet").wait_for()
    tour.looks(page, "release-blocked")
    page.get_by_role("button", name=re.compile("Leave it out .*[Pp]repar")).click()
    page.get_by_role("button", name="Publish now").wait_for()
    page.get_by_text("A phone that has the guide downloads").wait_for()
    tour.looks(page, "release")
    tour.looks(page, "release-send", at="form.send")
    tour.opens(page, "", "today-release")
    page.goto(f"{tour.server.origin}/admin/release")
    _presses(page, "Try it on my phone")
    page.get_by_role("link", name="Open it on this phone").wait_for()
    tour.looks(page, "trying")


def publishes(tour: Tour) -> None:
    """It goes out, is looked back at, and could be undone."""
    page = tour.ana
    page.goto(f"{tour.server.origin}/admin/release")
    _presses(page, "Publish now")
    page.wait_for_url(re.compile(r"/releases"))
    tour.looks(page, "release-out")
    out = page.url
    tour.opens(page, "releases", "releases")
    page.goto(out)
    page.get_by_role("link", name="Undo this release").click()
    page.get_by_role("button", name="Take it back now").wait_for()
    tour.looks(page, "release-return")


def recalls(tour: Tour) -> None:
    """Wrong words are found, covered, and confirmed by someone else."""
    page = tour.ana
    tour.opens(page, "safety", "safety-nothing")
    page.get_by_label("Words that are wrong").fill(LOOK_SENTENCE)
    _presses(page, "Find them")
    page.locator("a.passage").first.wait_for()
    tour.looks(page, "safety-found")
    page.locator("a.passage").first.click()
    page.get_by_role("button", name="See it covered").wait_for()
    tour.looks(page, "safety-instead")
    _presses(page, "See it covered")
    page.get_by_role("button", name="Recall now").wait_for()
    tour.looks(page, "safety-covered")
    _presses(page, "Recall now")
    page.get_by_text("Covered. Readers online see it now").wait_for()
    tour.looks(page, "safety")
    tour.opens(page, "safety/pages/guide/iv", "safety-page")
    tour.opens(page, "", "today-recall")


def looks_again(tour: Tour) -> None:
    """What has to be read again by its day, and who may sign what."""
    page = tour.ana
    tour.opens(page, "reviews", "reviews")
    tour.opens(tour.ben, "pages/guide/side-effects/unchanged", "unchanged")
    tour.opens(page, "reviewing-alone", "reviewing-alone")


def keeps_facts(tour: Tour) -> None:
    """The clinic's own answers and the help numbers."""
    page = tour.ben
    tour.opens(page, "clinic", "clinic")
    tour.opens(page, "help-numbers", "help-numbers")
    page.get_by_role("link", name="Change or remove").first.click()
    page.get_by_role("button", name="Remove this number").wait_for()
    tour.looks(page, "help-number")
    tour.opens(page, "help-numbers/new", "help-number-new")
    tour.opens(page, "redirects", "redirects")


def keeps_pictures(tour: Tour) -> None:
    """A photograph is taken, described and kept."""
    page = tour.ben
    tour.opens(page, "media", "pictures-none")
    page.get_by_label("Picture", exact=True).set_input_files(
        {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": _photograph()}
    )
    page.locator("img.preview").wait_for()
    page.get_by_label("Its name").fill("Front door")
    page.get_by_label("What it shows").fill("The clinic's door, green, with a ramp on the left")
    tour.looks(page, "picture-new")
    _presses(page, "Keep this picture")
    page.get_by_role("heading", name="Front door").wait_for()
    tour.looks(page, "picture")
    tour.opens(page, "media", "pictures")


def moves_archives(tour: Tour, folder: Path) -> None:
    """Everything is taken out, and brought in again with one change."""
    page = tour.ana
    tour.opens(page, "transfer", "transfer")
    archive = folder / "guide.zip"
    exported = page.request.get(f"{tour.server.origin}/admin/transfer/export/drafts.zip").body()
    with zipfile.ZipFile(io.BytesIO(exported)) as there, zipfile.ZipFile(archive, "w") as changed:
        for name in there.namelist():
            text = there.read(name)
            changed.writestr(name, text.replace(b"loose", b"soft") if name.endswith("preparing.md") else text)
    page.get_by_label("Archive").set_input_files(archive)
    _presses(page, "See what would change")
    page.get_by_role("heading", name="What this archive would change").wait_for()
    tour.looks(page, "archive")


def keeps_the_account(tour: Tour) -> None:
    """Ways to sign in, sessions, the audit log."""
    page = tour.ana
    tour.opens(page, "account", "account")
    tour.opens(page, "account/ways", "ways")
    tour.opens(page, "audit", "audit")
    tour.opens(page, "audit/verification", "audit-verified")


def is_refused(tour: Tour) -> None:
    """What is said to someone who may not, who is signed out while typing, and where nothing is."""
    page = tour.ben
    tour.opens(page, "people", "refused", status=403)
    tour.opens(page, "nothing", "not-found", status=404)
    page.goto(f"{tour.server.origin}/admin/sources/new")
    page.get_by_label("Title").fill("A study of two hours")
    page.get_by_label("Journal or publisher").fill("A journal")
    page.context.clear_cookies()
    _presses(page, "Add it")
    page.get_by_role("heading", name="Sign in to go on").wait_for()
    tour.looks(page, "sign-in-kept")
    _presses(page, "Use a passkey")
    page.get_by_role("button", name="Send it now").wait_for()
    tour.looks(page, "go-on")


def _presses(page: Page, name: str | re.Pattern[str]) -> None:
    page.get_by_role("button", name=name, exact=isinstance(name, str)).click()


def _unfolds(page: Page, selector: str = "details") -> None:
    page.evaluate("s => { for (const one of document.querySelectorAll(s)) one.open = true; }", selector)


def _photograph() -> bytes:
    """A door in a wall, as a phone would have taken it."""
    drawn = Image.new("RGB", (1600, 1200), "#c9b79c")
    pen = ImageDraw.Draw(drawn)
    pen.rectangle((0, 1000, 1600, 1200), fill="#7d7468")
    pen.rectangle((620, 300, 1000, 1010), fill="#2f5d46")
    pen.ellipse((940, 640, 970, 670), fill="#e0c060")
    pen.polygon(((120, 1120), (620, 1000), (620, 1120)), fill="#9a9186")
    written = io.BytesIO()
    drawn.save(written, "JPEG")
    return written.getvalue()
