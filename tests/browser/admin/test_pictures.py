"""A picture and a move from the staff's phone to a patient's: seen and followed there without any network."""

import io

from PIL import Image
from playwright.sync_api import Page

from tests.browser.engines import Launch
from tests.browser.reading import wait_until_saved
from tests.browser.servers import Server, refuses

_PICTURE = """
const image = document.querySelector("picture img");
if (!image) return null;
image.scrollIntoView();
return image.complete && image.naturalWidth > 0
  ? [Math.round(image.getBoundingClientRect().width), new URL(image.currentSrc).pathname, image.alt] : null;
"""
_KEPT = "return document.querySelector('picture img').getAttribute('src')"


def photograph() -> bytes:
    written = io.BytesIO()
    Image.linear_gradient("L").resize((1600, 1200)).convert("RGB").save(written, "JPEG")
    return written.getvalue()


def keep_picture(page: Page, server: Server) -> None:
    """Take a picture as an author does."""
    page.goto(f"{server.origin}/admin/media")
    page.get_by_label("Picture", exact=True).set_input_files(
        {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": photograph()}
    )
    page.locator("img.preview").wait_for()
    page.get_by_label("Its name").fill("Front door")
    page.get_by_label("What it shows").fill("The green door of the clinic")
    page.get_by_role("button", name="Keep this picture").click()
    page.get_by_role("heading", name="Front door").wait_for()


def put_picture_in(page: Page, server: Server, path: str) -> None:
    """Show it on a page, from the editor's list."""
    page.goto(f"{server.origin}/admin/pages{path}/edit")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="Picture", exact=True).click()
    page.get_by_role("button", name="Front door").click()
    assert '"The green door of the clinic"\n:::' in page.get_by_label("Words", exact=True).input_value()
    with page.expect_navigation():
        page.get_by_role("button", name="Save draft").click()


def test_a_picture_and_an_old_address_work_on_a_phone_without_a_network(
    server: Server, administrator: Page, launch: Launch
) -> None:
    keep_picture(administrator, server)
    put_picture_in(administrator, server, "/guide/iv")
    server.command("content", "move", "/guide/iv", "drip", "--by", "Ada Writer")
    server.command("release", "publish", "--by", "Ada Writer", "--break-glass", "a test of browsers")

    patient = launch("chromium")
    patient.tab.open(f"{server.origin}/guide/iv")
    assert patient.tab.run("return location.pathname") == "/guide/drip"
    width, large, words = patient.tab.wait_for(_PICTURE)
    kept = patient.tab.run(_KEPT)
    assert large != kept, "with a network a phone gets the size and kind its screen deserves"
    assert words == "The green door of the clinic"
    wait_until_saved(patient.tab)
    server.stop()
    assert refuses(server.port)
    # As after some weeks: what the browser happened to keep by itself is gone, what the phone saved is not.
    patient.devtools().send("Network.clearBrowserCache")
    patient.tab.open(f"{server.origin}/guide/iv#top")
    assert patient.tab.run("return location.pathname") == "/guide/drip"
    assert patient.tab.wait_for(_PICTURE) == [width, kept, words]
    server.start()
