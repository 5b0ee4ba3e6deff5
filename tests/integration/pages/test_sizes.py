"""What the pages weigh on a phone's connection, rendered from the real texts and the built client."""

from hashlib import sha256

import brotli
import pytest

from pwa.content.build import build
from pwa.content.markdown import parse
from pwa.content.model import Edition, LivePage, Renderer, Snapshot
from pwa.pages.layout import Layout
from pwa.pages.render import make_renderer
from pwa.web.assets import Assets, load_assets
from tests.conftest import ROOT

FIRST_VIEW = 14_000
QUESTION = 5_000
INLINE_STYLES = 2_500
EVERYTHING = 350_000
"""The guide's pages and files, the manifest, the head and the worker: all that a phone keeps without the journal."""
FIRST_ENTRY = 60_000
HEAD = 200
"""Bytes of a head without notices, in round numbers; it is not compressed."""


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return make_renderer(load_assets(), site_name="Ketamine Companion")


@pytest.fixture(scope="module")
def assets() -> Assets:
    """Every file as it goes out."""
    return Layout(load_assets(), "Ketamine Companion").assets


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    pages = []
    for file in sorted((ROOT / "pwa" / "content" / "seed").glob("*/*.md")):
        text = file.read_text("utf-8")
        pages.append(LivePage(file.parent.name, file.stem, sha256(text.encode()).hexdigest(), parse(text)))  # type: ignore[arg-type]
    return Snapshot("en", tuple(pages))


@pytest.fixture(scope="module")
def edition(renderer: Renderer, snapshot: Snapshot) -> Edition:
    return renderer(snapshot)


@pytest.fixture(scope="module")
def sizes(edition: Edition, assets: Assets) -> dict[str, int]:
    """Bytes that travel for the guide, by path; the journal's own files are weighed apart."""
    own = {asset.path for name, asset in assets.by_name.items() if name.startswith(("journal", "kdf"))}
    everything = _sizes(edition)
    return {path: size for path, size in everything.items() if path != "/journal/" and path not in own}


def _sizes(edition: Edition) -> dict[str, int]:
    packed = {entry.path: len(brotli.compress(entry.body, quality=11)) for entry in edition.entries}
    return {entry.path: min(packed[entry.path], len(entry.body)) for entry in edition.entries}


def test_every_page_is_there_before_the_first_round_trips_are_over(sizes: dict[str, int]) -> None:
    pages = {path: size for path, size in sizes.items() if not path.startswith("/c/")}
    assert {path: size for path, size in pages.items() if size > FIRST_VIEW} == {}
    assert {path: size for path, size in pages.items() if path.startswith("/faq/") and size > QUESTION} == {}


def test_the_styles_in_every_page_stay_small() -> None:
    assert len(brotli.compress(load_assets()["inline.css"].body, quality=11)) <= INLINE_STYLES


def test_the_first_entry_of_the_journal_is_not_far(edition: Edition, assets: Assets) -> None:
    needed = ("journal.js", "guide.js")
    assert sum(_sizes(edition)[assets.path(name)] for name in needed) <= FIRST_ENTRY


def test_the_whole_guide_is_cheap_to_keep(
    sizes: dict[str, int], renderer: Renderer, snapshot: Snapshot, assets: Assets
) -> None:
    manifest = brotli.compress(build(snapshot, renderer).manifest, quality=10)
    worker = brotli.compress(assets["sw.js"].body, quality=9)
    whole = sum(sizes.values()) + len(manifest) + len(worker) + HEAD
    assert whole <= EVERYTHING, sorted(sizes.items(), key=lambda item: -item[1])[:10]
