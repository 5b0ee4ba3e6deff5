"""The first administrator, someone they invite, and everyone after: in by passkey, or without script by password."""

import re
import time

import pyotp
from playwright.sync_api import Page, expect

from tests.browser.admin.conftest import Phone, setup_link
from tests.browser.servers import Server

PASSWORD = "four random words here"


def test_the_printed_link_makes_the_first_administrator_once(server: Server, administrator: Page, phone: Phone) -> None:
    expect(administrator.get_by_role("link", name="Ana Admin")).to_be_visible()
    other = phone()
    other.goto(setup_link(server))
    expect(other.get_by_role("heading", name="This was not done")).to_be_visible()


def test_a_passkey_signs_in_again(server: Server, administrator: Page) -> None:
    administrator.goto(f"{server.origin}/admin/account")
    administrator.get_by_role("button", name="Sign out", exact=True).click()
    administrator.goto(f"{server.origin}/admin/people")
    administrator.get_by_role("button", name="Use a passkey").click()
    # Brought back to where they wanted to go.
    expect(administrator.get_by_role("heading", name="People")).to_be_visible()


def test_a_second_passkey_can_be_added_and_removed(server: Server, administrator: Page, phone: Phone) -> None:
    page = administrator
    page.goto(f"{server.origin}/admin/account/ways")
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    page.get_by_label("What to call it").fill("Key in the drawer")
    # This phone has one already, and phones make no second one for the same person.
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_text("No passkey was made. Nothing was changed.")).to_be_visible()
    page.get_by_role("button", name=re.compile("Remove")).click()
    expect(page.get_by_role("alert")).to_contain_text("only way you can sign in")


def test_someone_invited_joins_and_signs_in_without_script(server: Server, administrator: Page, phone: Phone) -> None:
    page = administrator
    page.goto(f"{server.origin}/admin/people/new")
    page.get_by_label("Name, as it stands").fill("Ben Reviewer")
    page.get_by_label("E-mail address").fill("ben@clinic.example")
    page.get_by_label(re.compile("^reviewer")).check()
    page.get_by_role("button", name="Make the link").click()
    address = page.get_by_label("The address").input_value()

    ben = phone(script=False, width=320)
    ben.goto(address)
    expect(ben.get_by_role("button", name="Make a passkey")).to_be_hidden()
    secret = ben.locator("code").inner_text()
    ben.get_by_label("Password").fill(PASSWORD)
    ben.get_by_label("The six digits").fill(pyotp.TOTP(secret).now())
    ben.get_by_role("button", name="Use a password").click()
    recovery = ben.locator(".codes code").first.inner_text()
    ben.get_by_role("link", name="Begin").click()
    expect(ben.get_by_role("link", name="Ben Reviewer")).to_be_visible()
    ben.goto(f"{server.origin}/admin/people")
    expect(ben.get_by_role("heading", name="This is not yours to do")).to_be_visible()

    ben.goto(f"{server.origin}/admin/account")
    ben.get_by_role("button", name="Sign out").click()
    ben.get_by_label("E-mail address").fill("ben@clinic.example")
    ben.get_by_label("Password").fill(PASSWORD)
    # The code of the next half minute: the one of now was used up when joining.
    ben.get_by_label("Six-digit code").fill(pyotp.TOTP(secret).at(int(time.time()) + 30))
    ben.get_by_role("button", name="Sign in", exact=True).click()
    expect(ben.get_by_role("link", name="Ben Reviewer")).to_be_visible()
    assert re.fullmatch(r"(?:[a-z2-7]{4}-){3}[a-z2-7]{4}", recovery)
