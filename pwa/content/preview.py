"""A page as readers would get it, made of a text that is not published."""

import asyncio
from dataclasses import replace

from pwa.content import media, store
from pwa.content.live import Live
from pwa.content.markdown import parse
from pwa.content.model import LivePage, PageKind, Refused, Renderer, Snapshot
from pwa.database import Reader


async def preview(
    reader: Reader, live: Live, renderer: Renderer, kind: PageKind, slug: str, text: str, *, locale: str = "en"
) -> bytes:
    """The bytes a release of this one text would hand out; ContentError for a text that cannot be read.

    One page is rendered, among the live ones: they are read from memory, and parsed once for each release.
    """
    if renderer.render_page is None:
        raise Refused("This site's pages can only be made all at once; publish to see them.")
    document = await asyncio.to_thread(parse, text)
    page = LivePage(kind, slug, store.sha256(text), document)
    around = await asyncio.to_thread(_snapshot, live, locale)
    others = tuple(one for one in around.pages if one.path != page.path)
    alone = await media.with_pictures(reader, Snapshot(locale, (page,)))
    snapshot = replace(around, pages=(*others, page), pictures=alone.pictures)
    return await asyncio.to_thread(renderer.render_page, snapshot, page)


def _snapshot(live: Live, locale: str) -> Snapshot:
    return live.snapshots.get(locale) or Snapshot(locale, ())
