"""A preview is what a release of that text would hand out, byte for byte."""

import pytest

from pwa.app import create_app
from pwa.content.markdown import parse
from pwa.content.model import ContentError, LivePage, Snapshot
from pwa.content.preview import preview
from pwa.content.store import sha256
from pwa.settings import Settings


async def test_a_preview_has_the_bytes_its_release_would_have(seeded_sqlite: Settings) -> None:
    async with create_app(seeded_sqlite).site() as site, site.database.snapshot() as reader:
        item = next(one for one in site.live.items if one.path == "/guide/iv")
        text = site.live.texts[item.revision_id or 0].text.replace("40 minutes", "four minutes")
        seen = await preview(reader, site.live, site.renderer, "guide", "iv", text)
        page = LivePage("guide", "iv", sha256(text), parse(text))
        others = tuple(one for one in site.live.snapshot.pages if one.path != "/guide/iv")
        edition = site.renderer(Snapshot("en", (*others, page), site.live.redirects))
        assert seen == next(one.body for one in edition.entries if one.path == "/guide/iv")
        assert b"four minutes" in seen


async def test_a_new_page_without_a_part_can_be_seen_too(seeded_sqlite: Settings) -> None:
    text = "---\ntitle: New\nsummary: A page.\nauthor: Ana\nreview_due: 2027-01-01\n---\n\nWords.\n"
    async with create_app(seeded_sqlite).site() as site, site.database.snapshot() as reader:
        assert b"Words." in await preview(reader, site.live, site.renderer, "guide", "new-page", text)
        with pytest.raises(ContentError):
            await preview(reader, site.live, site.renderer, "guide", "new-page", "no front matter")
