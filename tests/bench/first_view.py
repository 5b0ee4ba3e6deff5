"""First view: what a phone downloads of each guide section before it can paint it, and what the whole guide costs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.bench.answers import ask
from tests.bench.peers import our_server
from tests.bench.site import seeded
from tests.bench.table import Aim, Table
from tests.browser.engines import CHROMIUM
from tests.browser.servers import Server

SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
FIRST_VIEW = 14_000
OFFLINE_SET = 350_000
_JOURNAL = "the journal's page and what only it uses"


def measure() -> Table:
    """Every guide section in a browser that has never been here, on a slow phone network."""
    with seeded() as folder, our_server(folder, pinned=False) as ours, sync_playwright() as playwright:
        server = Server(folder)
        server.port = ours.port
        paths = [one["path"] for one in server.manifest()[1]["entries"] if one["path"].startswith("/guide/")]
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        seen = {path: _look(browser, f"http://localhost:{ours.port}{path}") for path in paths}
        browser.close()
        parts = _offline_set(server)
    rows: list[list[str | float]] = [
        [path, needed, count, whole]
        for path, (needed, count, whole) in sorted(seen.items(), key=lambda one: -one[1][0])
    ]
    rows += [[f"offline set: {name}", size, "", ""] for name, size in parts.items()]
    most, requests = max(one[0] for one in seen.values()), max(one[1] for one in seen.values())
    offline = sum(parts.values()) - parts[_JOURNAL]
    return Table(
        "first view",
        f"First view of {len(paths)} guide pages, bytes over the network (headers and Brotli bodies)",
        ("path", "until first paint", "requests", "whole first visit without the worker's saving"),
        rows,
        (
            Aim("most bytes until first paint", f"{FIRST_VIEW:,}", f"{most:,}", most <= FIRST_VIEW),
            Aim("most requests until first paint", "1", str(requests), requests == 1),
            Aim(
                "offline set of the guide, without the journal, bytes",
                f"{OFFLINE_SET:,}",
                f"{offline:,}",
                offline <= OFFLINE_SET,
            ),
        ),
        (
            "Chromium, fresh profile, 150 ms and 1.6 Mbit/s",
            "until first paint: all but the document is held back until the page has painted, so it needs nothing else",
            "offline set: bodies as served with `Accept-Encoding: br`, each object once, without headers",
        ),
    )


def _look(browser: Browser, url: str) -> tuple[int, int, int]:
    """Bytes and requests until the first paint with all the rest held back; then the bytes of the whole visit."""
    with _fresh(browser) as (page, devtools):
        came: dict[str, int] = {}

        def paused(event: dict[str, Any]) -> None:
            if event["resourceType"] == "Document":
                devtools.send("Fetch.continueRequest", {"requestId": event["requestId"]})

        def finished(event: dict[str, Any]) -> None:
            came[event["requestId"]] = int(event["encodedDataLength"])

        devtools.on("Fetch.requestPaused", paused)
        devtools.on("Network.loadingFinished", finished)
        devtools.send("Network.enable")
        devtools.send("Network.emulateNetworkConditions", SLOW_4G)
        devtools.send("Fetch.enable")
        page.goto(url, wait_until="commit")
        while not page.evaluate("() => performance.getEntriesByName('first-contentful-paint').length"):
            page.wait_for_timeout(20)
        while not came:
            page.wait_for_timeout(20)
        needed, requests = sum(came.values()), len(came)
        devtools.send("Fetch.disable")
        page.wait_for_load_state("load")
        return needed, requests, sum(came.values())


@contextmanager
def _fresh(browser: Browser) -> Iterator[tuple[Page, CDPSession]]:
    context = browser.new_context(
        viewport={"width": 412, "height": 839}, device_scale_factor=2.625, is_mobile=True, service_workers="block"
    )
    page = context.new_page()
    yield page, context.new_cdp_session(page)
    context.close()


def _offline_set(server: Server) -> dict[str, int]:
    name, manifest = server.manifest()
    entries = manifest["entries"]
    texts = {one["path"]: ask(server.port, one["path"]).body for one in entries if one["type"].startswith("text/")}
    own = texts.pop("/journal/", b"")
    shared = b"".join(texts.values())
    parts = {"pages": 0, "scripts and styles": 0, "icons and the rest": 0, _JOURNAL: 0}
    for digest, (path, kind) in {one["object"]: (one["path"], one["type"]) for one in entries}.items():
        if path == "/journal/" or (path.encode() in own and path.encode() not in shared):
            part = _JOURNAL
        elif kind.startswith("text/html"):
            part = "pages"
        else:
            part = "scripts and styles" if "javascript" in kind or "css" in kind else "icons and the rest"
        parts[part] += _size(server, f"/c/o/{digest}")
    parts["manifest and head"] = _size(server, f"/c/m/{name}") + _size(server, "/c/head.json")
    parts["worker"] = _size(server, "/sw.js")
    return parts


def _size(server: Server, path: str) -> int:
    return len(ask(server.port, path, {"accept-encoding": "br"}).body)


if __name__ == "__main__":
    measure().show()
