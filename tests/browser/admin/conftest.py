"""A server that nobody keeps yet, and phones with a passkey in them."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import CDPSession, Page, Playwright

from tests.browser.engines import Chromium
from tests.browser.servers import Server

Phone = Callable[..., Page]
AUTHENTICATOR = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def phone(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    """Take a phone with a browser of its own and a fingerprint reader that always says yes; `script=False` has none.

    No page of any of them may complain of an error.
    """
    taken: list[Chromium] = []

    def take(*, script: bool = True, width: int = 360) -> Page:
        engine = Chromium(
            playwright,
            tmp_path_factory.mktemp("phone"),
            viewport={"width": width, "height": 740},
            device_scale_factor=2,
            # A mobile one would zoom out of a screen that is too wide, and nobody would notice.
            is_mobile=False,
            java_script_enabled=script,
        )
        taken.append(engine)
        if script:
            session: CDPSession = engine.devtools()
            session.send("WebAuthn.enable")
            session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        return engine.page

    yield take
    # Refusals are answers, and servers are stopped; what must not happen is an error of a script or a policy.
    refusal = re.compile(r"the server responded with a status of 4\d\d|net::ERR_CONNECTION_REFUSED")
    complaints = [one for engine in taken for one in engine.complaints if not refusal.search(one)]
    for engine in taken:
        engine.close()
    assert not complaints, complaints


@pytest.fixture(scope="module")
def administrator(server: Server, phone: Phone) -> Page:
    """The phone of the first administrator, who has every role and signed in a moment ago."""
    page = phone()
    page.goto(setup_link(server))
    page.get_by_label("Your name").fill("Ana Admin")
    page.get_by_label("E-mail address").fill("ana@clinic.example")
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_role("link", name="Begin").click()
    page.get_by_role("heading", name="Today").wait_for()
    return page


def setup_link(server: Server) -> str:
    """The link that the server printed when it started."""
    printed = Path(server.folder, "server.log").read_text("utf-8")
    links: list[str] = re.findall(r"http://\S+/admin/setup/\S+", printed)
    return links[-1]
