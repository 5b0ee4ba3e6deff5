"""Makes the pictures of docs/screenshots anew: `make screenshots`. Phones in several looks, desktop, journal, staff."""

import io
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, Playwright, sync_playwright

from tests.browser.admin import tour
from tests.browser.admin.conftest import AUTHENTICATOR, setup_link
from tests.browser.engines import Chromium
from tests.browser.journal import pictures
from tests.browser.reading import wait_until_saved, wait_until_settled
from tests.browser.servers import ROOT, Server

FOLDER = ROOT / "docs" / "screenshots"
OF_THE_JOURNAL = FOLDER / "journal"
OF_THE_STAFF = FOLDER / "admin"
COLOURS = 96
"""In a picture of a screen there are few; so it is a third as large."""
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}


@dataclass(frozen=True)
class Picture:
    """What one file shows."""

    name: str
    path: str
    theme: str = "light"
    size: int = 100


ON_A_PHONE = (
    Picture("home", "/"),
    Picture("section", "/guide/iv"),
    Picture("section-dark", "/guide/iv", theme="dark"),
    Picture("section-dim", "/guide/session", theme="dim"),
    Picture("large-text", "/guide/iv", size=200),
    Picture("help-now", "/help-now"),
    Picture("journal", "/journal/"),
    Picture("search", "/search?q=bladder"),
    Picture("journal-check-in-dark", "/journal/#/new/checkin", theme="dark"),
    Picture("this-phone", "/phone"),
)
ON_A_DESKTOP = (Picture("desktop", "/guide/routes"),)


def main() -> int:
    """Take every picture from a real server's whole guide; the phone is one that has the guide saved."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder = Path(temporary)
        server = Server(folder)
        server.start()
        try:
            phone = Chromium(playwright, folder / "phone", viewport=PHONE, device_scale_factor=1)
            take(phone, server, ON_A_PHONE)
            phone.close()
            desktop = Chromium(
                playwright,
                folder / "desktop",
                viewport=DESKTOP,
                device_scale_factor=1,
                is_mobile=False,
                has_touch=False,
            )
            take(desktop, server, ON_A_DESKTOP)
            desktop.close()
            take_the_journal(Chromium(playwright, folder / "journal", **pictures.LOOK), server, folder)
            # The last, for it publishes.
            take_the_staffs(playwright, server, folder)
        finally:
            server.stop()
    # What a browser shows where it offers to install.
    shutil.copyfile(FOLDER / "home.png", ROOT / "static" / "icons" / "screenshot-narrow.png")
    shutil.copyfile(FOLDER / "desktop.png", ROOT / "static" / "icons" / "screenshot-wide.png")
    return 0


def take(browser: Chromium, server: Server, wanted: tuple[Picture, ...]) -> None:
    """Take these pictures with a browser that has saved the guide and shows no passing message."""
    browser.tab.open(f"{server.origin}/")
    wait_until_saved(browser.tab)
    for picture in wanted:
        browser.tab.run(
            "localStorage.theme = argument.theme; localStorage['text-size'] = argument.size",
            {"theme": picture.theme, "size": picture.size},
        )
        browser.tab.open(server.origin + picture.path)
        wait_until_settled(browser.tab)
        keep(browser.page, FOLDER / f"{picture.name}.png")
    print(f"{len(wanted)} pictures in {FOLDER.relative_to(ROOT)}")


def take_the_journal(browser: Chromium, server: Server, folder: Path) -> None:
    """Take a picture of every screen of the journal; those of screens that are no more go."""
    shutil.rmtree(OF_THE_JOURNAL, ignore_errors=True)
    OF_THE_JOURNAL.mkdir()
    pictures.walk(browser, server, folder, lambda name: keep(browser.page, OF_THE_JOURNAL / f"{name}.png"))
    browser.close()
    print(f"{len(list(OF_THE_JOURNAL.iterdir()))} pictures in {OF_THE_JOURNAL.relative_to(ROOT)}")


def take_the_staffs(playwright: Playwright, server: Server, folder: Path) -> None:
    """Take a picture of every screen of the staff, on phones of three people."""
    shutil.rmtree(OF_THE_STAFF, ignore_errors=True)
    OF_THE_STAFF.mkdir()
    phones = [Chromium(playwright, folder / name, **tour.LOOK) for name in ("ana", "ben", "outside")]
    for phone in phones:
        session = phone.devtools()
        session.send("WebAuthn.enable")
        session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    ana, ben, outside = (phone.page for phone in phones)

    def look(page: Page, name: str) -> None:
        keep(page, OF_THE_STAFF / f"{name}.png")

    tour.walk(tour.Tour(server, ana, ben, outside, setup_link(server), look), folder)
    for phone in phones:
        phone.close()
    print(f"{len(list(OF_THE_STAFF.iterdir()))} pictures in {OF_THE_STAFF.relative_to(ROOT)}")


def keep(page: Page, file: Path) -> None:
    """Write what the page shows, in few colours."""
    shown = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide"))).convert("RGB")
    shown.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
