"""Opening offline: a saved page from our worker against the same page from a Workbox precache, taking turns."""

import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import CDPSession, Page, sync_playwright

from tests.bench.answers import Answer, ask
from tests.bench.site import seeded
from tests.bench.table import BUILD, ROOT, Aim, Table, median
from tests.browser.engines import CHROMIUM, Chromium
from tests.browser.reading import pages_of, wait_until_saved
from tests.browser.servers import Server, free_port

OPENINGS = 30
SETTLES = 400
"""Milliseconds of quiet before each measured opening."""
FIGURES = ("responseEnd", "domInteractive", "first paint")
COUNTS = "responseEnd"
"""What the worker does ends here; parsing and painting the same bytes comes after it."""


def measure() -> Table:
    """Both sites saved in one browser, both servers stopped, pages opened in turn with the worker warm and stopped."""
    with (
        seeded() as folder,
        tempfile.TemporaryDirectory(prefix="bench-workbox-") as copied,
        tempfile.TemporaryDirectory(prefix="bench-profile-") as profile,
        sync_playwright() as playwright,
    ):
        server = Server(folder)
        server.start()
        answers = _all(server)
        browser = Chromium(playwright, Path(profile), CHROMIUM)
        try:
            with _workbox(Path(copied), answers) as peer:
                browser.tab.open(server.origin + "/")
                wait_until_saved(browser.tab)
                browser.tab.open(peer + "/")
                browser.tab.wait_for(
                    "const names = await caches.keys(); const cache = names[0] && await caches.open(names[0]);"
                    "return navigator.serviceWorker.controller && cache && (await cache.keys()).length >= argument",
                    len(answers),
                )
            paths = [path for path in pages_of(server.manifest()[1]) if path.startswith("/guide/")][:OPENINGS]
            server.stop()
            measured = _open_in_turn(browser, {"ours": server.origin, "Workbox": peer}, paths)
        finally:
            browser.close()
            if server.process is not None:
                server.stop()
    return _table(measured)


Measured = dict[tuple[str, str], list[Mapping[str, float]]]


def _open_in_turn(browser: Chromium, origins: Mapping[str, str], paths: list[str]) -> Measured:
    page, devtools = browser.page, browser.devtools()
    devtools.send("ServiceWorker.enable")
    measured: Measured = {}
    for state in ("warm", "stopped"):
        for number in range(-2, OPENINGS):
            path = paths[number % len(paths)]
            for name, origin in sorted(origins.items(), reverse=number % 2 == 1):
                if state == "stopped":
                    _stop_workers(page, devtools)
                else:
                    # It has just answered, so it runs; what that page asked of it is over soon.
                    _open(page, f"{origin}{paths[(number + 1) % len(paths)]}")
                    page.wait_for_timeout(SETTLES)
                figures = _open(page, origin + path)
                if number >= 0:  # the first two warm the browser itself up
                    measured.setdefault((name, state), []).append(figures)
    return measured


def _open(page: Page, url: str) -> Mapping[str, float]:
    page.goto(url)
    while not (
        figures := page.evaluate(
            """() => {
              const [paint] = performance.getEntriesByName("first-contentful-paint");
              const [entry] = performance.getEntriesByType("navigation");
              if (!paint || !entry.loadEventEnd || !navigator.serviceWorker.controller) return null;
              return {
                "responseEnd": entry.responseEnd,
                "domInteractive": entry.domInteractive,
                "first paint": paint.startTime,
              };
            }"""
        )
    ):
        page.wait_for_timeout(5)
    return dict(figures)


def _stop_workers(page: Page, devtools: CDPSession) -> None:
    page.goto("about:blank")
    devtools.send("ServiceWorker.stopAllWorkers")
    # The command answers before the last one has gone.
    page.wait_for_timeout(SETTLES)


def _table(measured: Measured) -> Table:
    rows: list[list[str | float]] = []
    aims = []
    for state in ("warm", "stopped"):
        for figure in FIGURES:
            ours, peers = ([one[figure] for one in measured[name, state]] for name in ("ours", "Workbox"))
            ratio = median(ours) / median(peers)
            rows.append([state, figure, f"{median(ours):.1f}", f"{median(peers):.1f}", f"{ratio:.2f}"])
            if figure == COUNTS:
                aims.append(
                    Aim(f"worker {state}, {figure}, ratio of medians", "at most 1.05", f"{ratio:.2f}", ratio <= 1.05)
                )
    return Table(
        "opening",
        f"Opening a guide page offline, servers stopped, {OPENINGS} times each, ms from the start of the navigation",
        ("worker", "until", "ours", "Workbox", "ratio"),
        rows,
        aims,
        (
            "same pages, same headers, one Chromium, two origins in turn",
            f"{COUNTS} counts: the worker's work ends there",
        ),
    )


def _all(server: Server) -> dict[str, Answer]:
    answers = {entry["path"]: ask(server.port, entry["path"]) for entry in server.manifest()[1]["entries"]}
    # Workbox saves nothing that answers with an error, as /404 does.
    return {path: answer for path, answer in answers.items() if answer.status == 200}


@contextmanager
def _workbox(folder: Path, answers: Mapping[str, Answer]) -> Iterator[str]:
    """A site of the same pages whose worker is Workbox's; its origin."""
    for path, answer in answers.items():
        file = folder / _file_name(path, answer)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(answer.body)
    subprocess.run(
        ["node", str(ROOT / "tests/bench/workbox.mjs"), str(folder), str(BUILD / "bench-npm")],
        check=True,
        capture_output=True,
    )
    worker = (folder / "sw.js").read_bytes()
    by_file = {f"/{_file_name(path, answer)}": answer for path, answer in answers.items()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/sw.js":
                answer = Answer(200, (("content-type", "text/javascript"), ("cache-control", "no-store")), worker)
            else:
                answer = answers.get(path) or by_file.get(path) or Answer(404, (), b"")
            self.send_response_only(answer.status)
            for name, value in answer.headers:
                if name != "content-length":
                    self.send_header(name, value)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    port = free_port()
    http = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://localhost:{port}"
    finally:
        http.shutdown()
        http.server_close()


def _file_name(path: str, answer: Answer) -> str:
    if not answer.header("content-type").startswith("text/html") or path.startswith("/c/o/"):
        return path.lstrip("/")
    return path.lstrip("/") + "index.html" if path.endswith("/") else f"{path.lstrip('/')}.html"


if __name__ == "__main__":
    measure().show()
