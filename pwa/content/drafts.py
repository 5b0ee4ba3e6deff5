"""Editing: one open draft over a page's live text, every version of it kept."""

import re
from collections.abc import Sequence

from pwa.content import front_matter, store
from pwa.content.markdown import MAX_TEXT_BYTES, load_yaml
from pwa.content.model import Conflict, Refused
from pwa.content.signing import SHORTEST_DIGEST, same_person
from pwa.content.store import Page, Release, Revision
from pwa.database import Database, Reader, Transaction
from pwa.staff import audit

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_KINDS = ("guide", "faq", "site")
_TAKEN = frozenset(
    (
        "guide",
        "faq",
        "search",
        "journal",
        "phone",
        "admin",
        "c",
        "v1",
        "healthz",
        "readyz",
        "metrics",
        "404",
        "unavailable",
    )
)
"""Addresses directly below `/` that the program answers itself."""


class Planned(Refused):
    """A scheduled release holds the draft, so it would go live although it was put away."""

    def __init__(self, path: str, planned: Release) -> None:
        super().__init__(
            f"The draft of {path} is planned: release {planned.id} makes it live at its time. It was not put away. "
            "Take that release back first."
        )
        self.release_id = planned.id


async def draft(
    database: Database,
    path: str,
    text: str,
    *,
    by: str,
    now: int,
    replaces: str | None = None,
    locale: str = "en",
) -> Revision:
    """Keep `text` as the open draft at `path`; a page that does not exist yet is made.

    `replaces` is the SHA-256 of the text the editor started from: if the page moved on since, Conflict is raised
    and nothing changes. The live text again closes the draft. Faults in the text are found when it is signed or
    published, so that half-finished work can be kept.
    """
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise Refused(f"This text is longer than {MAX_TEXT_BYTES // 1024} kB; nothing was saved.")
    text = text.replace("\r\n", "\n")
    async with database.transaction() as transaction:
        await hold_published(transaction)
        page = await store.page_at(transaction, path, locale)
        if page is None:
            page = await new_page(transaction, path, now, locale)
        return await keep_draft(transaction, page, text, by=by, now=now, replaces=replaces)


async def begin(database: Database, path: str, text: str, *, by: str, now: int, locale: str = "en") -> Revision:
    """Keep the first text of a page; Refused where there is a page with a text already."""
    async with database.transaction() as transaction:
        await hold_published(transaction)
        page = await store.page_at(transaction, path, locale)
        if page is None:
            page = await new_page(transaction, path, now, locale)
        elif await current_revision(transaction, page) is not None:
            raise Refused(f"There is a page at {path} already.")
        return await keep_draft(transaction, page, text, by=by, now=now)


async def new_page(transaction: Transaction, path: str, now: int, locale: str = "en") -> Page:
    """A page at an address that no other page has, nor is live under."""
    kind, slug = split_path(path)
    await _refuse_taken(transaction, path, locale)
    return await store.add_page(transaction, locale, kind, slug, now)


async def restore(database: Database, path: str, number: int, *, by: str, now: int, locale: str = "en") -> Revision:
    """Make an earlier text of a page its draft again.

    Whoever wrote it still counts as its writer: putting a discarded draft back must not let them sign it.
    """
    async with database.transaction() as transaction:
        await hold_published(transaction)
        page = await store.page_at(transaction, path, locale)
        earlier = (await store.revisions(transaction, [number])).get(number)
        if page is None or earlier is None or earlier.page_id != page.id:
            raise Refused(f"There is no such text of {path}.")
        return await keep_draft(transaction, page, earlier.text, by=by, now=now, writers=earlier.contributors)


async def keep_draft(
    transaction: Transaction,
    page: Page,
    text: str,
    *,
    by: str,
    now: int,
    replaces: str | None = None,
    writers: Sequence[str] = (),
) -> Revision:
    """The same inside a transaction that holds the head; `writers` are others whose words are in it."""
    live = await live_revision(transaction, page)
    current = await current_revision(transaction, page)
    if replaces is not None and current is not None and current.sha256 != replaces:
        raise Conflict(
            f"{current.written_by} changed {page.path} since you opened it ({current.sha256[:12]}). "
            "Nothing was overwritten: look at both texts and save again."
        )
    digest = store.sha256(text)
    if live is not None and live.sha256 == digest:
        if page.draft_id is not None and current is not None:
            await _close(transaction, page, current, by, now)
        return live
    if current is not None and current.sha256 == digest:
        return current
    earlier = current.contributors if current is not None and page.draft_id is not None else ()
    people = list(earlier)
    for one in (*writers, by):
        if not any(same_person(one, name) for name in people):
            people.append(one)
    revision = await store.add_revision(transaction, page.id, text, current.id if current else None, people, by, now)
    await store.set_draft(transaction, page.id, revision.id)
    await audit.record(transaction, by=by, action="draft.keep", subject=page.path, now=now, text=digest[:12])
    return revision


async def discard(database: Database, path: str, *, digest: str, by: str, now: int, locale: str = "en") -> None:
    """Close the draft at `path`; its versions stay in the history.

    `digest` is the SHA-256 (its first 12 characters are enough) of the draft that was looked at: Conflict when there
    is another one since. Raises Planned while a scheduled release holds it.
    """
    async with database.transaction() as transaction:
        await store.hold(transaction)
        page = await store.page_at(transaction, path, locale)
        if page is None or page.draft_id is None:
            raise Refused(f"There is no draft at {path}.")
        current = (await store.revisions(transaction, [page.draft_id]))[page.draft_id]
        if len(digest) < SHORTEST_DIGEST or not current.sha256.startswith(digest):
            raise Conflict(
                f"{current.written_by} kept another draft of {path} since you looked. "
                "Nothing was put away: read it first."
            )
        await _close(transaction, page, current, by, now)


async def _close(transaction: Transaction, page: Page, current: Revision, by: str, now: int) -> None:
    planned = await store.scheduled_with(transaction, current.id)
    if planned is not None:
        raise Planned(page.path, planned)
    await store.set_draft(transaction, page.id, None)
    await audit.record(
        transaction,
        by=by,
        action="draft.discard",
        subject=page.path,
        now=now,
        text=current.sha256[:SHORTEST_DIGEST],
    )


async def move(database: Database, path: str, slug: str, *, by: str, now: int, locale: str = "en") -> Page:
    """Give a page another slug; its next release moves it and leaves a redirect."""
    async with database.transaction() as transaction:
        await store.hold(transaction)
        page = await store.page_at(transaction, path, locale)
        if page is None:
            raise Refused(f"There is no page at {path}.")
        if page.kind == "site":
            raise Refused(f"{path} is a fixed address that other pages rely on; it cannot move.")
        new = Page(page.id, page.locale, page.kind, slug, page.draft_id)
        split_path(new.path)
        await _refuse_taken(transaction, new.path, locale, but=page.id)
        await store.set_slugs(transaction, {page.id: slug})
        await audit.record(transaction, by=by, action="page.move", subject=path, now=now, to=new.path)
    return new


async def check_number(
    database: Database, service: str, *, by: str, on: str, now: int, path: str = "/help-now", country: str | None = None
) -> Revision:
    """Note in the draft of the help page that `by` checked a number at its owner's site on day `on`."""
    async with database.transaction() as transaction:
        await store.hold(transaction)
        page = await store.page_at(transaction, path)
        current = await current_revision(transaction, page) if page else None
        if page is None or current is None:
            raise Refused(f"There is no page at {path}.")
        text = with_checked_number(current.text, service, country, by, on)
        revision = await keep_draft(transaction, page, text, by=by, now=now)
        await audit.record(transaction, by=by, action="number.check", subject=service, now=now, on=on)
    return revision


def with_checked_number(text: str, service: str, country: str | None, by: str, on: str) -> str:
    """The text with `checked_by` and `checked_on` of one help number set, and nothing else touched."""
    numbers = front_matter.read(text).get("numbers", [])
    found = [
        number
        for number in numbers
        if number.get("service") == service and country in (None, number.get("country"), number.get("code"))
    ]
    if len(found) != 1:
        raise Refused(f"{len(found) or 'no'} help numbers are named {service}; name the country too.")
    found[0] |= {"checked_by": by, "checked_on": load_yaml(on)}
    return front_matter.write(text, {"numbers": numbers})


async def hold_published(transaction: Transaction) -> None:
    """Hold the head; Refused before the first release, whose texts come with the software."""
    if (await store.hold(transaction)).release_id is None:
        raise Refused("Nothing is published yet. Start the server once, or run `python -m pwa init`.")


async def current_revision(reader: Reader, page: Page) -> Revision | None:
    """What an editor opens: the draft, or else the live text."""
    if page.draft_id is not None:
        return (await store.revisions(reader, [page.draft_id]))[page.draft_id]
    return await live_revision(reader, page)


async def live_revision(reader: Reader, page: Page) -> Revision | None:
    """The text readers have, if the page is published."""
    head = await store.head(reader)
    item = await store.item(reader, head.release_id, page.id) if head.release_id is not None else None
    if item is None or item.revision_id is None:
        return None
    return (await store.revisions(reader, [item.revision_id]))[item.revision_id]


async def _refuse_taken(reader: Reader, path: str, locale: str, but: int | None = None) -> None:
    # A page that is to move still answers at its old address until a release has moved it.
    head = await store.head(reader)
    live = await store.items(reader, head.release_id) if head.release_id is not None else {}
    taken = {(one.locale, one.path): number for number, one in live.items()}
    taken |= {(one.locale, one.path): one.id for one in await store.pages(reader)}
    if taken.get((locale, path), but) != but:
        raise Refused(f"There is a page at {path} already.")


def split_path(path: str) -> tuple[str, str]:
    """The kind and slug that make a path; Refused when it cannot be a page's."""
    _, *parts = path.split("/") if path.startswith("/") else ("",)
    kind, slug = ("site", parts[0]) if len(parts) == 1 else parts if len(parts) == 2 else ("", "")
    if kind not in _KINDS or not _SLUG.fullmatch(slug) or (kind == "site" and slug in _TAKEN):
        raise Refused(f"{path} cannot be a page's address: /guide/…, /faq/… or /…, in small letters and dashes.")
    return kind, slug
