"""What is typed and not saved yet: kept for each person, and never overwritten or lost unseen."""

from collections.abc import Sequence
from dataclasses import dataclass

from pwa.content import store, working_store
from pwa.content.drafts import current_revision, hold_published, keep_draft, live_revision
from pwa.content.markdown import MAX_TEXT_BYTES
from pwa.content.model import Conflict, Refused
from pwa.content.store import Page, Revision
from pwa.content.working_store import Editing, WorkingCopy
from pwa.database import Database, Reader

EDITING_FOR = 60_000
"""Milliseconds for which someone counts as editing after their editor was last heard of."""


class Elsewhere(Conflict):
    """The same person has typed something else here, on another device or in another tab; `copy` is that."""

    def __init__(self, copy: WorkingCopy) -> None:
        super().__init__(
            "You have typed something else here on another device or in another tab. Nothing was overwritten: "
            "look at both texts."
        )
        self.copy = copy


class MovedOn(Conflict):
    """Someone saved another text since; what was typed is kept beside it, to be put together with it."""

    def __init__(self, current: Revision | None) -> None:
        who = f"{current.written_by} saved another text" if current else "The text was taken away"
        super().__init__(f"{who} since you began. Yours is kept beside it: put both together.")
        self.current = current


@dataclass(frozen=True)
class Opened:
    """A page as its editor finds it."""

    page: Page
    current: Revision | None
    """The draft, or else the live text."""
    live: Revision | None
    copy: WorkingCopy | None
    """What this person typed here last, without saving it."""
    others: tuple[Editing, ...]
    """Who else has it open now."""

    @property
    def current_sha256(self) -> str:
        """Of the text that is saved; empty for none."""
        return self.current.sha256 if self.current else ""

    @property
    def unsaved(self) -> WorkingCopy | None:
        """The same, if it says something else than what is saved."""
        return self.copy if self.copy and store.sha256(self.copy.text) != self.current_sha256 else None

    @property
    def moved_on(self) -> bool:
        """Whether someone saved another text since this person began to type."""
        return self.unsaved is not None and self.unsaved.base_sha256 != self.current_sha256


async def open_page(database: Database, path: str, *, by: str, now: int, locale: str = "en") -> Opened | None:
    """Everything an editor needs to know of the page at `path`; None where there is none."""
    async with database.snapshot() as reader:
        page = await store.page_at(reader, path, locale)
        if page is None:
            return None
        live = await live_revision(reader, page)
        return Opened(
            page,
            await current_revision(reader, page) if page.draft_id is not None else live,
            live,
            await working_store.working_copy(reader, page.id, by),
            await _others(reader, page, by, now),
        )


async def keep(
    database: Database,
    path: str,
    text: str,
    *,
    base: str,
    name: str,
    known: Sequence[str],
    by: str,
    now: int,
    locale: str = "en",
) -> None:
    """Keep what `by` has typed over the text with SHA-256 `base`, under a fresh `name`; no version is made of it.

    `known` are the names that this editor gave before, answered or not, so that it may be repeated after a lost
    answer. Raises Elsewhere when another device of the same person kept something else meanwhile.
    """
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise Refused(f"This text is longer than {MAX_TEXT_BYTES // 1024} kB; it was not kept here.")
    async with database.transaction() as transaction:
        page = await _page(transaction, path, locale)
        copy = WorkingCopy(page.id, by, name, _our_line_ends(text), base, now)
        kept = await working_store.keep_working_copy(transaction, copy, known)
        other = None if kept else await working_store.working_copy(transaction, page.id, by)
        await working_store.note_editing(transaction, page.id, by, now, now - EDITING_FOR)
    if other is not None:
        raise Elsewhere(other)


async def save(
    database: Database,
    path: str,
    text: str,
    *,
    base: str,
    name: str,
    known: Sequence[str],
    by: str,
    now: int,
    locale: str = "en",
) -> Revision:
    """Make a version of what `by` typed over `base`, the page's draft from now on; nothing typed is left unsaved.

    Raises MovedOn when the page has another text by now: what was typed is then kept beside it, as `keep` does.
    """
    text = _our_line_ends(text)
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise Refused(f"This text is longer than {MAX_TEXT_BYTES // 1024} kB; nothing was saved.")
    async with database.transaction() as transaction:
        await hold_published(transaction)
        page = await _page(transaction, path, locale)
        current = await current_revision(transaction, page)
        digest = store.sha256(text)
        moved_on = (current.sha256 if current else "") not in (base, digest)
        copy = WorkingCopy(page.id, by, name, text, base, now)
        if not await working_store.keep_working_copy(transaction, copy, known):
            other = await working_store.working_copy(transaction, page.id, by)
            assert other is not None  # noqa: S101  it is what stood in the way
            raise Elsewhere(other)
        if not moved_on:
            revision = await keep_draft(transaction, page, text, by=by, now=now)
            await working_store.drop_working_copy(transaction, page.id, by)
            return revision
    raise MovedOn(current)


async def drop(database: Database, path: str, *, name: str, by: str, locale: str = "en") -> None:
    """Throw away what `by` typed and did not save, if it is still what this name stands for."""
    async with database.transaction() as transaction:
        page = await _page(transaction, path, locale)
        copy = await working_store.working_copy(transaction, page.id, by)
        if copy is not None and copy.name != name:
            raise Elsewhere(copy)
        await working_store.drop_working_copy(transaction, page.id, by)


async def contact(database: Database, path: str, *, by: str, now: int, locale: str = "en") -> Opened:
    """Note that `by` has the page open; who else has, and what is saved by now."""
    async with database.transaction() as transaction:
        page = await _page(transaction, path, locale)
        await working_store.note_editing(transaction, page.id, by, now, now - EDITING_FOR)
    opened = await open_page(database, path, by=by, now=now, locale=locale)
    if opened is None:
        raise Refused(f"There is no page at {path} any more.")
    return opened


async def leave(database: Database, path: str, *, by: str, locale: str = "en") -> None:
    """Note that `by` has closed the page."""
    async with database.transaction() as transaction:
        page = await _page(transaction, path, locale)
        await working_store.end_editing(transaction, page.id, by)


async def _others(reader: Reader, page: Page, by: str, now: int) -> tuple[Editing, ...]:
    seen = await working_store.editing(reader, page.id, now - EDITING_FOR)
    return tuple(one for one in seen if one.person != by)


async def _page(reader: Reader, path: str, locale: str) -> Page:
    page = await store.page_at(reader, path, locale)
    if page is None:
        raise Refused(f"There is no page at {path} any more; it may have moved to another address.")
    return page


def _our_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
