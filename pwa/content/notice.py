"""Recalls: wrong words covered for every reader at once, before any corrected text exists."""

import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pwa.content import store
from pwa.content.alone import reviews_alone
from pwa.content.check import is_recalled
from pwa.content.cover import repeats
from pwa.content.heads import Step, live_html, no_step, turn
from pwa.content.markdown import normalise
from pwa.content.model import Block, LivePage, Notice, Refused
from pwa.content.release import APPROVE_WITHIN, live_snapshots
from pwa.content.signing import same_person
from pwa.content.store import Head, StoredNotice
from pwa.database import Database, Reader, Transaction
from pwa.staff import audit

LONGEST_TEXT = 500
FEWEST_LETTERS = 8
"""Shorter words, such as 911, count only where they stand whole, and stand for their one passage."""


TEMPLATES = (
    "This part was wrong and is being corrected. Ask your clinic before acting on it.",
    "A number here was wrong. Do not use it. Ask your clinic for the right one.",
    "The advice here was wrong. Do not follow it. Ask your clinic what to do.",
    "This is out of date. Ask your clinic what is true now.",
    "A phone number here was wrong. In an emergency call your local emergency number.",
)
"""What readers may see instead: short, calm, and saying what to do."""


@dataclass(frozen=True)
class Place:
    """A live passage that holds words someone looks for."""

    page: LivePage
    block: Block


def new_id() -> str:
    """A fresh name for a notice."""
    return secrets.token_hex(4)


async def recall(
    database: Database,
    *,
    text: str,
    by: str,
    now: int,
    path: str | None = None,
    block: str | None = None,
    words: str | None = None,
    everywhere: bool = False,
    reason: str = "",
    locale: str = "en",
    make_id: Callable[[], str] = new_id,
    on_step: Step = no_step,
) -> list[StoredNotice]:
    """Cover live words with `text`, on the server now and on every phone at its next contact.

    It waits for nobody: one person recalls, with a `reason`, and it stays red until someone else has confirmed it.
    Either `path` with `block`, or `path` alone for its whole page, or the wrong `words` as they read, on `path` or
    anywhere: then they must stand in one place only, unless `everywhere` recalls each of them. Recalling a passage
    again changes what stands in its place. Raises Refused when nothing, or too much, is found.
    """
    text, words = normalise(text), words if words is None else normalise(words)
    if not text or len(text) > LONGEST_TEXT:
        raise Refused(f"Say in 1 to {LONGEST_TEXT} characters what readers should see instead of the wrong words.")
    async with database.transaction() as transaction:
        head = await store.hold(transaction)
        on_step("held")
        pages = [
            page for one in await live_snapshots(transaction) if one.locale == locale for page in one.pages
        ]  # fmt: skip
        if words is not None:
            found: list[tuple[LivePage, Block | None]] = [
                (place.page, place.block) for place in _places(pages, words, path, everywhere=everywhere)
            ]
        else:
            found = [_place(pages, path, block)]
        _refuse_every_number(found)
        known = await store.notices(transaction)
        issued = []
        for page, passage in found:
            named: list[str | None] = [passage.id.partition("-")[0]] if passage else [None]
            if passage is None:
                named += await _repeated(transaction, head, page)
            # Short words are right in other passages: what must not come back is this one.
            held = words if words and len(words) >= FEWEST_LETTERS else passage.text if passage else ""
            whole: str | None = None
            for name in named:
                made = Notice(make_id(), "recall", locale, page.path, name, text, store.utc_day(now))
                stored = StoredNotice(made, held, page.sha256, whole, by, now, None, None, reason)
                issued.append(await _keep(transaction, known, stored))
                whole = whole or issued[-1].notice.id
        on_step("notice")
        if any(one not in known for one in issued):
            await _turn(transaction, head, "recall", issued[0].notice.id, by, now, on_step)
        for one in issued:
            if one not in known and one.part_of is None:
                await _record(transaction, "recall", one, by, now)
    on_step("committed")
    return issued


async def lift(database: Database, notice_id: str, *, by: str, now: int, on_step: Step = no_step) -> None:
    """End a recall; refused while its wrong words are still live. Ending one that has ended changes nothing."""
    async with database.transaction() as transaction:
        head = await store.hold(transaction)
        stored = await _to_end(transaction, notice_id)
        if stored is None:
            return
        for snapshot in await live_snapshots(transaction):
            for page in snapshot.pages:
                if snapshot.locale == stored.notice.locale and is_recalled(page, stored):
                    raise Refused(
                        f"The recalled words are still live on {page.path}, so the recall stays. Publish the corrected "
                        "text first, then lift it. If the words were right after all, someone else can withdraw it "
                        "before it is confirmed."
                    )
        await _end(transaction, head, "lift", stored, by, now, on_step)
    on_step("committed")


async def withdraw(
    database: Database, notice_id: str, *, reason: str, by: str, now: int, on_step: Step = no_step
) -> None:
    """Show recalled words again, because a second person says with a `reason` that they were right after all.

    Whoever issued the recall cannot, unless the clinic reviews alone; nor can anyone once it is confirmed. Withdrawing
    one that has ended changes nothing.
    """
    reason = normalise(reason)
    async with database.transaction() as transaction:
        head = await store.hold(transaction)
        stored = await _to_end(transaction, notice_id)
        if stored is None:
            return
        if not reason:
            raise Refused("Say why the words were right after all. Nothing was changed.")
        if stored.confirmed_by is not None:
            raise Refused(
                f"{stored.confirmed_by} has confirmed this recall, so it stays until the corrected text is live."
            )
        if same_person(by, stored.issued_by) and not await reviews_alone(transaction):
            raise Refused(f"{by} issued this recall, so someone else has to say that the words were right.")
        await _end(transaction, head, "withdraw", stored, by, now, on_step, why=reason)
    on_step("committed")


async def confirm(database: Database, notice_id: str, *, by: str, now: int) -> None:
    """Answer as the second person for a recall that someone issued alone, also after it has ended. Twice is once."""
    async with database.transaction() as transaction:
        await store.hold(transaction)
        stored = next(
            (one for one in await store.notices(transaction, active=False) if one.notice.id == notice_id), None
        )
        if stored is None:
            raise Refused(f"There is no recall {notice_id}. Nothing was changed.")
        if stored.confirmed_by is not None:
            return
        if same_person(by, stored.issued_by):
            raise Refused(f"{by} issued this recall, so someone else has to confirm it.")
        await store.confirm_notice(transaction, stored.part_of or notice_id, by, now)
        await _record(transaction, "confirm", stored, by, now)


def waits(stored: StoredNotice) -> bool:
    """Whether a recall still waits for its second person; that it has ended does not change it."""
    return stored.confirmed_at is None


def is_overdue(stored: StoredNotice, now: int) -> bool:
    """Whether nobody has confirmed it within the time for that."""
    return waits(stored) and now > stored.issued_at + APPROVE_WITHIN


async def find_words(database: Database, words: str, *, path: str | None = None, locale: str = "en") -> list[Place]:
    """Where words stand in what readers have now, innermost passages only."""
    async with database.snapshot() as reader:
        pages = [page for one in await live_snapshots(reader) if one.locale == locale for page in one.pages]
    return search(pages, words, path)


def search(pages: Iterable[LivePage], words: str, path: str | None = None) -> list[Place]:
    """Passages of these pages that hold words as they read; inner ones before those around them."""
    found = []
    for page in pages:
        if path is not None and page.path != path:
            continue
        holding = [one for one in page.document.blocks if _is_in(words, one.text)]
        inner = [one for one in holding if one.kind not in ("callout", "figure")]
        # A callout holds its paragraphs' words too; it is meant only where the words run across them.
        outer = [one for one in holding if one.kind in ("callout", "figure")]
        found += [Place(page, one) for one in inner]
        found += [Place(page, one) for one in outer if not any(part.text in one.text for part in inner)]
    return found


async def _keep(transaction: Transaction, known: Iterable[StoredNotice], stored: StoredNotice) -> StoredNotice:
    """The notice that covers a passage from now on: this one in place of an earlier one, or that one where it stays."""
    old = next((one for one in known if _same_passage(one.notice, stored.notice)), None)
    if old is not None:
        # A passage that somebody recalled for itself keeps that when its page is recalled as well.
        if old.notice.text == stored.notice.text or (stored.part_of is not None and old.part_of is None):
            return old
        await store.lift_notice(transaction, old.notice.id, stored.issued_by, stored.issued_at)
    await store.add_notice(transaction, stored)
    return stored


async def _turn(
    transaction: Transaction, head: Head, verb: str, notice_id: str, by: str, now: int, on_step: Step
) -> None:
    live = await store.release(transaction, head.release_id or 0)
    await turn(
        transaction,
        head,
        release_id=head.release_id,
        manifests=live.manifests if live else {},
        verb=verb,
        by=by,
        now=now,
        notice_id=notice_id,
        on_step=on_step,
    )


async def _to_end(reader: Reader, notice_id: str) -> StoredNotice | None:
    """The recall that somebody wants to end; None when it has ended already."""
    stored = next((one for one in await store.notices(reader, active=False) if one.notice.id == notice_id), None)
    if stored is None:
        raise Refused(f"There is no notice {notice_id}.")
    if stored.lifted_at is not None:
        return None
    if stored.part_of is not None:
        raise Refused(f"{notice_id} is part of {stored.part_of}; end that one.")
    return stored


async def _end(
    transaction: Transaction,
    head: Head,
    verb: str,
    stored: StoredNotice,
    by: str,
    now: int,
    on_step: Step,
    **said: str,
) -> None:
    await store.lift_notice(transaction, stored.notice.id, by, now)
    on_step("notice")
    await _turn(transaction, head, verb, stored.notice.id, by, now, on_step)
    await _record(transaction, verb, stored, by, now, **said)


async def _record(transaction: Transaction, verb: str, stored: StoredNotice, by: str, now: int, **said: str) -> None:
    one = stored.notice
    await audit.record(
        transaction,
        by=by,
        action=f"notice.{verb}",
        subject=one.path,
        now=now,
        notice=one.id,
        block=one.block or "",
        words=stored.words,
        text=one.text,
        **said,
    )


def _place(pages: Iterable[LivePage], path: str | None, block: str | None) -> tuple[LivePage, Block | None]:
    page = next((one for one in pages if one.path == path), None)
    if page is None:
        raise Refused(f"There is no live page at {path}.")
    if block is None:
        return page, None
    passage = next((one for one in page.document.blocks if one.id == block), None)
    if passage is None:
        raise Refused(f"{path} has no passage {block} in the live text.")
    return page, passage


def _places(pages: Sequence[LivePage], words: str, path: str | None, *, everywhere: bool) -> list[Place]:
    if not words:
        raise Refused("Give the wrong words as they read on the page.")
    places = search(pages, words, path)
    if short := len(words) < FEWEST_LETTERS:
        whole = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)", re.IGNORECASE)
        places = [place for place in places if whole.search(place.block.text)]
    distinct = {place.block.id.partition("-")[0]: place for place in places}
    if not distinct:
        titled = [one.path for one in pages if path in (None, one.path) and _is_in(words, one.document.front.title)]
        if titled:
            raise Refused(
                f"These words stand in the title of {', '.join(titled)}, which a recall does not cover. "
                "Change the title and publish it."
            )
        raise Refused(f"These words stand nowhere in the live text{f' of {path}' if path else ''}: {words}")
    if len(distinct) > 1 and (short or not everywhere):
        listed = "\n".join(f"  {one.page.path} {one.block.id}: {one.block.text[:80]}" for one in distinct.values())
        others = "give more of the words" if short else "recall all of them with --everywhere"
        raise Refused(f"These words stand in {len(distinct)} passages; name one with --block, or {others}:\n{listed}")
    return list(distinct.values())


def _refuse_every_number(found: Iterable[tuple[LivePage, Block | None]]) -> None:
    """One wrong number may be covered by one person at once; every number that helps in danger may not."""
    by_page: dict[str, tuple[LivePage, set[str | None]]] = {}
    for page, passage in found:
        by_page.setdefault(page.path, (page, set()))[1].add(passage.id if passage else None)
    for page, passages in by_page.values():
        numbers = {block for name, block in page.document.fact_blocks.items() if name.startswith("numbers.")}
        if numbers and (None in passages or (len(numbers) > 1 and numbers <= passages)):
            raise Refused(
                f"This would take away every number to call on {page.path}, so it is refused. "
                "Recall the wrong number or passage there by itself."
            )


async def _repeated(reader: Reader, head: Head, page: LivePage) -> list[str]:
    """The blocks of a page whose words other pages repeat: its summary in a list, a clinic's number beside others."""
    live = await store.release(reader, head.release_id or 0)
    html = await live_html(reader, live.manifests if live else {})
    elsewhere = {block for path, one in html.items() if path != page.path for block in repeats(one)}
    return sorted(elsewhere & {one.id.partition("-")[0] for one in page.document.blocks})


def _is_in(words: str, text: str) -> bool:
    return normalise(words).casefold() in text.casefold()


def _same_passage(one: Notice, other: Notice) -> bool:
    if one.locale != other.locale or one.block != other.block:
        return False
    return one.block is not None or one.path == other.path
