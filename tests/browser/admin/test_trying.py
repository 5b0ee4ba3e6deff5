"""Trying a release: a phone takes it by the real update, reads it offline, and goes back with one tap, offline too."""

from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.browser.engines import Launch
from tests.browser.reading import blocks_shown, wait_until_saved
from tests.browser.servers import Server, refuses

PATH = "/guide/iv"
SENTENCE = "This sentence is only being tried."


def draft(server: Server, folder: Path) -> None:
    """Leave a draft with one more sentence."""
    server.command("content", "export", str(folder))
    file = folder / f"{PATH.lstrip('/')}.md"
    file.write_text(f"{file.read_text('utf-8').rstrip()}\n\n{SENTENCE}\n", "utf-8")
    server.command("content", "import", str(folder), "--by", "Ada Writer")


def test_no_button_moves_when_the_cost_has_been_worked_out(server: Server, administrator: Page, tmp_path: Path) -> None:
    draft(server, tmp_path / "texts")
    page = administrator
    page.set_viewport_size({"width": 320, "height": 640})
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/release/cost", hold)
    page.goto(f"{server.origin}/admin/release")
    with page.expect_request("**/release/cost"):
        page.get_by_role("button", name="Put it in").click()
    button = page.get_by_role("button", name="Try it on my phone")
    before = button.bounding_box()
    held[0].continue_()
    page.get_by_text("A phone that has the guide downloads").wait_for()
    assert button.bounding_box() == before
    page.get_by_role("button", name="Leave it out").click()


def test_a_phone_tries_a_release_offline_and_goes_back(
    server: Server, administrator: Page, launch: Launch, tmp_path: Path
) -> None:
    draft(server, tmp_path / "texts")
    page = administrator
    page.goto(f"{server.origin}/admin/release")
    page.get_by_role("button", name="Put it in").click()
    page.get_by_role("button", name="Try it on my phone").click()
    address = page.get_by_role("link", name="Open it on this phone").get_attribute("href")
    assert address is not None

    engine = launch("chromium")
    phone = engine.page
    engine.tab.open(f"{server.origin}/")
    live = wait_until_saved(engine.tab)
    engine.tab.open(address)
    phone.get_by_role("button", name="Try it on this phone").click()
    expect(phone.locator("[data-trying=here]")).to_be_visible(timeout=30_000)
    assert SENTENCE not in server.answer(PATH).body.decode()

    server.stop()
    assert refuses(server.port)
    engine.tab.open(server.origin + PATH)
    assert SENTENCE in blocks_shown(engine.tab).values()
    banner = phone.get_by_text("You are trying a release that is not published.")
    expect(banner).to_be_visible()
    engine.tab.open(f"{server.origin}/journal/")
    expect(banner).to_be_visible()

    engine.tab.open(server.origin + PATH)
    phone.get_by_role("button", name="Back to the published guide").click()
    expect(banner).to_have_count(0)
    engine.tab.open(server.origin + PATH)
    assert SENTENCE not in blocks_shown(engine.tab).values()
    assert wait_until_saved(engine.tab) == live
    server.start()
