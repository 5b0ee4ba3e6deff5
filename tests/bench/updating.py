"""Updating: what a phone asks for and downloads when one word of one page has changed."""

import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.bench.answers import ask
from tests.bench.site import seeded
from tests.bench.table import Aim, Table
from tests.browser.bad_network import BadNetwork
from tests.browser.engines import CHROMIUM, Chromium
from tests.browser.reading import status, wait_until_saved
from tests.browser.servers import Server

PAGE = "/guide/iv"
ROOM = 8_000
"""Bytes for head and manifest beside the page."""


def measure() -> Table:
    """One saved guide, one changed word, everything the phone then asks for."""
    with (
        seeded() as folder,
        tempfile.TemporaryDirectory(prefix="bench-profile-") as profile,
        sync_playwright() as playwright,
    ):
        server = Server(folder)
        server.start()
        network = BadNetwork(server.port)
        browser = Chromium(playwright, Path(profile), CHROMIUM)
        try:
            browser.tab.open(network.origin + "/")
            before = wait_until_saved(browser.tab)
            _change_one_word(server, folder / "texts")
            after, manifest = server.manifest()
            assert after != before
            network.heal()
            status(browser.tab, "check")
            wait_until_saved(browser.tab, after)
            # A request that came late would be told as well.
            time.sleep(1)
            asked = list(network.paths)
        finally:
            browser.close()
            network.close()
            page = next(entry["object"] for entry in server.manifest()[1]["entries"] if entry["path"] == PAGE)
            sizes = {path: len(ask(server.port, path, {"accept-encoding": "br"}).body) for path in dict.fromkeys(asked)}
            server.stop()
    allowed = sizes.get(f"/c/o/{page}", 0) + ROOM
    total = sum(sizes[path] for path in asked)
    names = {"/c/head.json": "head", f"/c/m/{after}": "manifest", f"/c/o/{page}": f"page {PAGE}"}
    return Table(
        "updating",
        f"Updating after one word of {PAGE} changed, Brotli bodies",
        ("asked for", "bytes"),
        [[names.get(path, path), sizes[path]] for path in asked],
        (
            Aim("requests", "at most 3", str(len(asked)), len(asked) <= 3),
            Aim("bytes of bodies", f"at most {allowed:,}: the page and {ROOM:,}", f"{total:,}", total <= allowed),
        ),
        (f"Chromium; counted between browser and server; {len(manifest['entries'])} paths in the manifest",),
    )


def _change_one_word(server: Server, texts: Path) -> None:
    server.command("content", "export", str(texts))
    file = texts / "guide" / "iv.md"
    text = file.read_text("utf-8")
    head, fence, body = text.rpartition("\n---\n")
    assert fence
    assert " and " in body
    file.write_text(f"{head}{fence}{body.replace(' and ', ' plus ', 1)}", "utf-8")
    server.command("content", "import", str(texts), "--by", "bench")
    server.command("release", "publish", PAGE, "--by", "bench", "--break-glass", "measuring an update")


if __name__ == "__main__":
    measure().show()
