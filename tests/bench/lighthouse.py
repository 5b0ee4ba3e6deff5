"""Lighthouse on a phone: our pages, each in turn with a hand-written minimal page of the same text."""

import html
import json
import os
import subprocess
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import brotli

from tests.bench.answers import Answer, ask
from tests.bench.peers import nginx, our_server
from tests.bench.site import seeded
from tests.bench.table import BUILD, Aim, Table, median
from tests.browser.engines import CHROMIUM

PAGES = ("/", "/guide/iv", "/faq/")
ROUNDS = 3
LIGHTHOUSE = BUILD / "bench-npm" / "node_modules" / ".bin" / "lighthouse"
WANTED = {"performance": 99, "accessibility": 100, "best-practices": 100, "seo": 100}
BLOCKS = ("h1", "h2", "h3", "p", "li", "dt", "dd", "th", "td", "summary")


class _Words(HTMLParser):
    """The text of a page, block by block, in plain elements."""

    def __init__(self) -> None:
        super().__init__()
        self.title = ""
        self.blocks: list[tuple[str, str]] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.append(tag)
        if tag in BLOCKS:
            self.blocks.append((tag if tag in ("h1", "h2", "h3") else "p", ""))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            continue

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["title"]:
            self.title += data
        elif "main" in self._open and self.blocks and not {"script", "style", "svg"} & set(self._open):
            tag, text = self.blocks[-1]
            self.blocks[-1] = (tag, text + data)


def minimal(page: Answer) -> Answer:
    """The same words as somebody would write them by hand with nothing else, compressed as ours are."""
    words = _Words()
    words.feed(page.body.decode())
    body = "".join(f"<{tag}>{html.escape(text)}</{tag}>\n" for tag, text in words.blocks if text.strip())
    whole = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{html.escape(words.title)}</title><meta name="description" content="The same words.">'
        "<style>body{max-width:34rem;margin:auto;padding:16px;font:18px/1.6 serif}</style>\n"
        f"<main>{body}</main></html>"
    )
    headers = (("content-type", "text/html; charset=utf-8"), ("content-encoding", "br"), ("cache-control", "no-cache"))
    return Answer(200, headers, brotli.compress(whole.encode(), quality=11))


def measure() -> Table:
    """Every page and its minimal twin, several times in turn."""
    with (
        seeded() as folder,
        tempfile.TemporaryDirectory(prefix="bench-minimal-") as kept,
        our_server(folder, pinned=False) as ours,
        nginx({_twin(path): minimal(ask(ours.port, path)) for path in PAGES}, Path(kept), pinned=False) as twins,
    ):
        seen: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for _ in range(ROUNDS):
            for path in PAGES:
                for name, port, address in (("ours", ours.port, path), ("minimal", twins.port, _twin(path))):
                    seen.setdefault((name, path), []).append(_run(f"http://localhost:{port}{address}"))
    rows: list[list[str | float]] = []
    aims = []
    for path in PAGES:
        scores = {name: {one: _score(seen[name, path], one) for one in WANTED} for name in ("ours", "minimal")}
        lcp = {name: median([_lcp(one) for one in seen[name, path]]) for name in ("ours", "minimal")}
        observed = {name: median([_observed_lcp(one) for one in seen[name, path]]) for name in lcp}
        rows += [
            [path, name, *(f"{scores[name][one]:.0f}" for one in WANTED), f"{lcp[name]:.0f}", f"{observed[name]:.0f}"]
            for name in lcp
        ]
        met = all(scores["ours"][one] >= wanted for one, wanted in WANTED.items())
        aims.append(
            Aim(f"{path} scores", "99, 100, 100, 100", ", ".join(f"{x:.0f}" for x in scores["ours"].values()), met)
        )
        ratio = lcp["ours"] / lcp["minimal"]
        aims.append(Aim(f"{path} LCP to the minimal page's", "at most 1.10", f"{ratio:.2f}", ratio <= 1.1))
    failing = sorted({audit for path in PAGES for one in seen["ours", path] for audit in _failing(one)})
    return Table(
        "lighthouse",
        f"Lighthouse for phones (simulated slow 4G, slowed processor), medians of {ROUNDS} in turn",
        ("page", "whose", *WANTED, "simulated LCP ms", "observed LCP ms"),
        rows,
        aims,
        (
            "observed: unslowed; Cross-Origin-Opener-Policy has ours start in a new process",
            f"audits below the full score on ours: {', '.join(failing) or 'none'}",
        ),
    )


def _twin(path: str) -> str:
    # nginx takes an address that ends with a slash for a folder.
    return f"/minimal-{PAGES.index(path)}"


def _run(url: str) -> dict[str, Any]:
    # Its own clean-up of the profile can fail after the report is written, so the report decides.
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        done = subprocess.run(
            [str(LIGHTHOUSE), url, "--quiet", "--output=json", f"--output-path={report.name}",
             f"--only-categories={','.join(WANTED)}",
             f"--chrome-flags=--headless=new{' --no-sandbox' if os.geteuid() == 0 else ''}"],
            env=os.environ | {"CHROME_PATH": CHROMIUM}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        written = Path(report.name).read_text()
    assert written, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(written)
    assert "runtimeError" not in found, found["runtimeError"]
    return found


def _score(reports: list[dict[str, Any]], category: str) -> float:
    return median([(one["categories"][category]["score"] or 0) * 100 for one in reports])


def _lcp(report: dict[str, Any]) -> float:
    return float(report["audits"]["largest-contentful-paint"]["numericValue"])


def _observed_lcp(report: dict[str, Any]) -> float:
    return float(report["audits"]["metrics"]["details"]["items"][0]["observedLargestContentfulPaint"])


def _failing(report: dict[str, Any]) -> list[str]:
    weighed = {one["id"] for name in WANTED for one in report["categories"][name]["auditRefs"] if one["weight"]}
    return [name for name, audit in report["audits"].items() if name in weighed and (audit["score"] or 1) < 1]


if __name__ == "__main__":
    measure().show()
