"""The texts the software ships with: published once, as the first release of an empty database."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pwa.content import store
from pwa.content.bundle import SourceText, read_folder
from pwa.content.heads import Step, no_step
from pwa.content.markdown import parse
from pwa.content.model import ContentError, LivePage, Refused, Renderer, Snapshot
from pwa.content.release import Plan, build_plan, compress_missing, make_live
from pwa.content.signing import SHIPPED_BY
from pwa.content.store import Item, Release, SignOff
from pwa.database import Database

FOLDER = Path(__file__).parent / "seed"
NOTE = "As written by the software's editors; not reviewed by a clinician."


async def seed_if_empty(
    database: Database, renderer: Renderer, *, now: int, folder: Path = FOLDER, on_step: Step = no_step
) -> Release | None:
    """Import the texts of `folder` and make them release 1; None when something is published already.

    Pages, sign-offs and release are one transaction, so that of two servers that start at once one does all of it
    and the other finds it done.
    """
    empty = await store.head(database)
    if empty.release_id is not None:
        return None
    texts = read_folder(folder).texts
    snapshot = await asyncio.to_thread(seed_snapshot, texts)
    plan = Plan("seed", empty, {}, {}, (snapshot,), ())
    builds = await build_plan(plan, renderer)
    prepared = await compress_missing(database, builds)
    on_step("compressed")
    async with database.transaction() as transaction:
        head = await store.hold(transaction)
        on_step("held")
        if head.release_id is not None:
            return None
        items = {}
        for source in texts:
            page = await store.add_page(transaction, "en", source.kind, source.slug, now)
            revision = await store.add_revision(transaction, page.id, source.text, None, (), SHIPPED_BY, now)
            await store.add_sign_off(transaction, SignOff(page.id, revision.sha256, "shipped", SHIPPED_BY, now, NOTE))
            items[page.id] = Item(page.id, "en", source.kind, source.slug, revision.id, None)
        on_step("pages")
        release = await make_live(
            transaction, head, replace(plan, items=items), builds, prepared, by=SHIPPED_BY, now=now, on_step=on_step
        )
    on_step("committed")
    return release


def seed_snapshot(texts: Sequence[SourceText] | None = None) -> Snapshot:
    """The packaged texts as a snapshot, for the first release and for `content check`."""
    pages = []
    for source in read_folder(FOLDER).texts if texts is None else texts:
        try:
            document = parse(source.text)
        except ContentError as error:
            raise Refused(f"{source.path} cannot be read: {error}") from None
        pages.append(LivePage(source.kind, source.slug, store.sha256(source.text), document))  # type: ignore[arg-type]
    return Snapshot("en", tuple(pages))
