"""A small guide to publish in tests: texts, a renderer that needs no templates, and a clock."""

import hashlib
from collections.abc import Callable
from html import escape
from pathlib import Path

from pwa.content.model import Edition, Rendered, Renderer, Snapshot

NOW = 1_795_348_800_000
"""22 November 2026, 12:00 UTC, in milliseconds."""
DAY = 24 * 3600 * 1000


def text(title: str = "Drip", body: str = "Plain words.", **front: str) -> str:
    """A whole text with a small front matter."""
    keys = {"title": title, "summary": f"About {title}.", "author": "Editors", "review_due": "2027-05-01"} | front
    return "---\n" + "".join(f"{key}: {value}\n" for key, value in keys.items()) + f"---\n\n{body}\n"


def write_seed(folder: Path, texts: dict[str, str] | None = None) -> Path:
    """A seed folder with a few pages; `texts` maps `guide/iv` to its text."""
    small = {
        "guide/iv": text("Drip", "A drip takes 40 minutes.\n\nIt can be stopped.", note="First version."),
        "guide/im": text("Injection", "An injection into a muscle.\n\nSee [the drip](/guide/iv)."),
        "faq/hurt": text("Does it hurt?", "A little."),
        "site/sources": text("Sources", "All of them.", sources='{ABC: {title: "A", publisher: "B"}}'),
    }
    for name, content in (texts or small).items():
        file = folder / f"{name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    return folder


def make_renderer(version: str = "1", fingerprint: str = "") -> Renderer:
    """A renderer that keeps the promises of docs/release-format.md; `version` stands in its script's bytes."""

    def render(snapshot: Snapshot) -> Edition:
        script = f"export const version = '{version}'".encode()
        name = hashlib.sha256(script).hexdigest()
        policies = {"page": {"cache-control": "no-cache"}, "asset": {"cache-control": "immutable"}}
        entries = [Rendered(f"/c/o/{name}", script, "text/javascript; charset=utf-8", "asset")]
        summaries = ""
        for page in snapshot.pages:
            front, document = page.document.front, page.document
            summary = escape(front.summary)
            facts = "".join(f'<p id="{one.id}">{escape(one.text)}</p>' for one in document.blocks if one.kind == "fact")
            html = (
                f'<!doctype html><title>{escape(front.title)}</title><meta name="description" content="{summary}">'
                f'<script src="/c/o/{name}" type="module"></script><article id="article"><h1>{escape(front.title)}</h1>'
                f'<p id="{document.summary_block}">{summary}</p>{facts}{document.html}</article>'
            )
            summaries += (
                f'<p data-block="{document.summary_block}">{summary}</p>{facts.replace(" id=", " data-block=")}'
            )
            entries.append(
                Rendered(
                    page.path, html.encode(), "text/html; charset=utf-8", "page", front.title, front.change,
                    page.sha256[:12],
                )
            )  # fmt: skip
        for path, body in (("/404", "Not found"), ("/unavailable", "Unavailable"), ("/", summaries)):
            entries.append(Rendered(path, f"<main>{body}</main>".encode(), "text/html; charset=utf-8", "page"))
        return Edition(tuple(entries), policies, dict(snapshot.redirects))

    return Renderer(render, fingerprint)


def recorder() -> tuple[list[str], Callable[[str], None]]:
    """A list, and a step hook that writes into it."""
    steps: list[str] = []
    return steps, steps.append
