"""A clinician without an account reviews a page on a small phone without script, and the clinic sees the answer."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.admin.conftest import Phone
from tests.browser.admin.test_screens import audit
from tests.browser.servers import Server

PATH = "/guide/im"
SENTENCE = "Ask how long the staff stay with you."


def test_a_clinician_outside_approves_without_account_or_script(
    server: Server, administrator: Page, phone: Phone, tmp_path: Path
) -> None:
    server.command("content", "export", str(tmp_path))
    file = tmp_path / f"{PATH.lstrip('/')}.md"
    file.write_text(f"{file.read_text('utf-8').rstrip()}\n\n{SENTENCE} 20 mg.\n", "utf-8")
    server.command("content", "import", str(tmp_path), "--by", "Ada Writer")

    page = administrator
    page.set_viewport_size({"width": 320, "height": 640})
    hub = f"{server.origin}/admin/pages{PATH}"
    page.goto(hub)
    page.get_by_role("link", name="Review", exact=True).click()
    expect(page.locator("ins")).to_contain_text(SENTENCE)
    page.get_by_text("Let a clinician outside review it").click()
    page.get_by_label("Who is it for?").fill("Dr Grey")
    page.get_by_role("button", name="Make the link").click()
    link = page.get_by_label("Send this link").input_value()

    addresses = [link, f"{hub}/review", hub, f"{server.origin}/admin/pages/faq/age/unchanged"]
    assert {one: found for one in addresses if (found := audit(page, one, set()))} == {}

    clinician = phone(script=False, width=320)
    clinician.goto(link)
    seen = clinician.frame_locator("iframe")
    expect(seen.get_by_text(SENTENCE)).to_be_visible()
    clinician.get_by_label("Your name").fill("Jane Grey")
    clinician.get_by_label("Your registration number").fill("GMC 1234567")
    clinician.get_by_label("I approve exactly this text.").check()
    clinician.get_by_role("button", name="Send my answer").click()
    expect(clinician.get_by_text("Thank you. Your answer is with the clinic.")).to_be_visible()

    page.goto(hub)
    expect(page.get_by_text("signed and ready", exact=True)).to_be_visible()
    expect(page.get_by_text("approved by Jane Grey (GMC 1234567)")).to_be_visible()
