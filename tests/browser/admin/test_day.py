"""A whole day of three people on their phones, from a draft without a network to a patient's phone, and back."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.admin.conftest import Phone
from tests.browser.admin.staff import sign_in
from tests.browser.engines import Launch, Tab
from tests.browser.reading import blocks_shown, status, wait_until_saved
from tests.browser.servers import Server, refuses

PATH = "/guide/iv"
SENTENCE = "Plan on about two hours in all, and let someone drive you home."
SOON = 30_000


@dataclass(frozen=True)
class Clinic:
    """A server, the phones of an author and of a publisher, and of a patient who has the whole guide on it."""

    server: Server
    author: Page
    publisher: Page
    patient: Tab


@pytest.fixture
def clinic(whole_guide: Path, tmp_path: Path, launch: Launch, phone: Phone) -> Iterator[Clinic]:
    server = Server(tmp_path)
    for file in whole_guide.glob("*.db*"):
        shutil.copy2(file, server.folder / file.name)
    secrets = sign_in(server.folder, {"Ana Author": ("author",), "Pia Publisher": ("reviewer", "publisher")})
    server.start()
    patient = launch("chromium", viewport={"width": 360, "height": 740})
    try:
        staff = {name: phone() for name in secrets}
        for name, page in staff.items():
            page.context.add_cookies([{"name": "staff", "value": secrets[name], "url": server.origin}])
        patient.tab.open(server.origin + PATH)
        wait_until_saved(patient.tab)
        yield Clinic(server, staff["Ana Author"], staff["Pia Publisher"], patient.tab)
    finally:
        server.kill()


def test_three_people_bring_a_sentence_to_a_patients_phone_and_take_it_back(clinic: Clinic, phone: Phone) -> None:
    server, author, publisher, patient = clinic.server, clinic.author, clinic.publisher, clinic.patient

    write_without_a_network(server, author)
    author.get_by_role("button", name="Ask for a review", exact=True).click()
    expect(author.get_by_text("The reviewers will find it on their first screen.")).to_be_visible()

    publisher.goto(f"{server.origin}/admin/")
    expect(publisher.get_by_role("heading", name="Waiting for your signature")).to_be_visible()
    publisher.get_by_role("link", name="Drip into a vein (IV)").click()
    expect(publisher.locator("ins").filter(has_text=SENTENCE)).to_be_visible()
    publisher.get_by_text("Let a clinician outside review it").click()
    publisher.get_by_label("Who is it for?").fill("Dr Grey")
    publisher.get_by_role("button", name="Make the link").click()
    approve(phone(script=False), publisher.get_by_label("Send this link").input_value())

    publisher.goto(f"{server.origin}/admin/")
    expect(publisher.get_by_role("heading", name="Signed and ready to go out")).to_be_visible()
    publisher.get_by_role("link", name="Drip into a vein (IV)").click()
    expect(publisher.get_by_text("Jane Grey (GMC 1234567)").first).to_be_visible()
    publisher.get_by_role("button", name="Put it into the next release").click()
    publisher.goto(f"{server.origin}/admin/release")
    publisher.get_by_role("button", name="Publish now").click()
    expect(publisher.get_by_text("This is what readers have")).to_be_visible()

    follow(patient, server)
    patient.open(f"{server.origin}/guide/")
    assert patient.wait_for(SAID, "Updated: 1 section.")
    server.stop()
    assert refuses(server.port)
    patient.open(server.origin + PATH)
    assert SENTENCE in blocks_shown(patient).values()

    server.start()
    publisher.reload()
    publisher.get_by_role("link", name="Undo this release").click()
    publisher.get_by_label("Why").fill("The clinic has a driver after all")
    publisher.get_by_role("button", name="Take it back now").click()
    expect(publisher.get_by_text("Why: The clinic has a driver after all")).to_be_visible()
    follow(patient, server)
    server.stop()
    assert refuses(server.port)
    patient.open(server.origin + PATH)
    assert SENTENCE not in blocks_shown(patient).values()


SAID = "return document.querySelector('#status')?.innerText.includes(argument)"


def write_without_a_network(server: Server, page: Page) -> None:
    """Change the section while nobody answers; when the server is back, the draft gets there."""
    page.goto(f"{server.origin}/admin/contents")
    page.get_by_role("heading", name="Ways it is given").click()
    page.get_by_role("link", name="Drip into a vein (IV)").click()
    page.get_by_role("link", name="Edit").click()
    words = page.get_by_label("Words", exact=True)
    expect(words).to_have_value(re.compile("ketamine drip"))
    server.stop()
    assert refuses(server.port)
    words.evaluate("field => field.setSelectionRange(field.value.length, field.value.length)")
    words.focus()
    page.keyboard.insert_text(f"\n\n{SENTENCE}")
    expect(page.locator("#status")).to_contain_text("No connection. Kept on this phone", timeout=SOON)
    # As when the phone's browser is closed on the way to the next patient.
    page.goto("about:blank")

    server.start()
    page.goto(f"{server.origin}/admin{PATH.replace('/guide', '/pages/guide')}/edit")
    page.get_by_role("button", name="Bring it back").click()
    expect(words).to_have_value(re.compile(re.escape(SENTENCE)))
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("The draft is saved.")).to_be_visible()


def approve(page: Page, link: str) -> None:
    """Say yes as a clinician who has a phone, a registration and no account."""
    page.goto(link)
    expect(page.frame_locator("iframe").get_by_text(SENTENCE)).to_be_visible()
    page.get_by_label("Your name").fill("Jane Grey")
    page.get_by_label("Your registration number").fill("GMC 1234567")
    page.get_by_label("I approve exactly this text.").check()
    page.get_by_role("button", name="Send my answer").click()
    expect(page.get_by_text("Thank you. Your answer is with the clinic.")).to_be_visible()


def follow(patient: Tab, server: Server) -> None:
    """Let the patient's phone look for what is new, as it does by itself now and then, until it has all of it."""
    patient.open(f"{server.origin}/help-now")
    status(patient, "check")
    wait_until_saved(patient, server.manifest()[0])
