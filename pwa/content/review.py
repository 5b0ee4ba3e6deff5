"""Asking for a review, asking for changes, and looking at a live text again when its review is due."""

import asyncio
from datetime import date, timedelta

from pwa.content import front_matter, review_store, store
from pwa.content.alone import reviews_alone
from pwa.content.check import LONGEST_REVIEW, is_recalled
from pwa.content.drafts import hold_published, live_revision
from pwa.content.markdown import parse
from pwa.content.model import LivePage, Refused
from pwa.content.review_store import Request, RequestKind
from pwa.content.signing import LONGEST_NOTE, SHORTEST_DIGEST, draft_as_read, same_person, sign_text, signable, wrote
from pwa.content.store import Page, Revision, SignOff
from pwa.database import Database, Reader, Transaction
from pwa.staff import audit
from pwa.staff import store as staff_store
from pwa.staff.people import folded

CHECKED = "Looked at again; nothing else changed."
"""The note of a text whose dates alone are new."""


async def ask_for_review(
    database: Database,
    path: str,
    *,
    digest: str,
    by: str,
    now: int,
    addressee: str = "",
    note: str = "",
    locale: str = "en",
) -> Request:
    """Ask for a sign-off of this exact draft: of `addressee`, or of anyone who may. An edit makes it void.

    Asking the same again changes nothing; asking someone else takes the place of the one before. Raises Refused for
    another text, and for an addressee who may not sign it.
    """
    async with database.transaction() as transaction:
        await hold_published(transaction)
        page, revision = await draft_as_read(transaction, path, digest, locale)
        if addressee:
            addressee = await _may_sign(transaction, addressee, revision)
        return await _ask(transaction, page, revision, "review", by=by, addressee=addressee, note=note, now=now)


async def ask_for_changes(
    database: Database, path: str, *, digest: str, by: str, now: int, note: str, locale: str = "en"
) -> Request:
    """Ask the writer for another text, saying why. It holds this exact text back until it changes or is taken back."""
    async with database.transaction() as transaction:
        await hold_published(transaction)
        page, revision = await draft_as_read(transaction, path, digest, locale)
        if wrote(by, revision):
            raise Refused(f"{by} wrote part of this text: change it instead of asking for changes.")
        return await request_changes(transaction, page, revision, by=by, note=note, now=now)


async def request_changes(
    transaction: Transaction, page: Page, revision: Revision, *, by: str, note: str, now: int
) -> Request:
    """The same inside a transaction that holds the head."""
    if not note.strip():
        raise Refused("Say in a few words what should change. Nothing was sent.")
    return await _ask(transaction, page, revision, "changes", by=by, addressee="", note=note, now=now)


async def withdraw_request(database: Database, request_id: int, *, by: str, now: int) -> Request:
    """Take back what `by` asked for; Refused for anyone else. Taking it back twice changes nothing."""
    async with database.transaction() as transaction:
        await store.hold(transaction)
        asked = await review_store.request(transaction, request_id)
        if asked is None:
            raise Refused("There is no such request.")
        if not same_person(asked.asked_by, by):
            raise Refused(f"Only {asked.asked_by} can take this back; a change of the text also ends it.")
        if asked.withdrawn_at is None:
            await review_store.withdraw_requests(transaction, [request_id], by, now)
            await _record(transaction, "withdraw", asked, by, now)
    return asked


async def keep_unchanged(
    database: Database,
    path: str,
    *,
    digest: str,
    by: str,
    now: int,
    registration: str = "",
    named_as: str = "",
    due: date | None = None,
    locale: str = "en",
) -> SignOff:
    """Someone looked at the live text of this SHA-256 again and found nothing to change: its review is due later.

    Makes and signs a draft in which only dates and the note of what changed are new; the next release brings it to
    readers. `due` is as late as the rules allow, unless it is given. Raises Refused where there is a draft already,
    where another text is live, for recalled words, and for whoever wrote what is live unless the clinic reviews alone.
    """
    async with database.transaction() as transaction:
        await hold_published(transaction)
        page = await store.page_at(transaction, path, locale)
        live = await live_revision(transaction, page) if page else None
        if page is None or live is None:
            raise Refused(f"There is no live page at {path}.")
        if page.draft_id is not None:
            raise Refused(f"Someone is changing {path} already: review that draft instead.")
        if len(digest) < SHORTEST_DIGEST or not live.sha256.startswith(digest):
            raise Refused(f"The text of {path} is another one since you opened it. Read it again, then say so.")
        await _refuse_recalled(transaction, page, live)
        own = wrote(by, live)
        if own and not await reviews_alone(transaction):
            raise Refused(f"{by} wrote what is live, so someone else has to look at it again.")
        latest = await asyncio.to_thread(latest_review, live.text, store.utc_day(now))
        wanted = due or latest
        if not date.fromisoformat(store.utc_day(now)) < wanted <= latest:
            raise Refused(f"The next review of {path} is at the latest on {latest}, and later than today.")
        text = front_matter.write(live.text, {"review_due": wanted, "change": "wording", "note": CHECKED})
        if text == live.text:
            raise Refused(f"{path} says so already; nothing was changed.")
        # None of its words are new. Only who wrote what is live, and may look at it alone, still counts as its writer.
        checked = await store.add_revision(transaction, page.id, text, live.id, (by,) if own else (), by, now)
        await store.set_draft(transaction, page.id, checked.id)
        await audit.record(transaction, by=by, action="review.unchanged", subject=path, now=now, due=wanted.isoformat())
        text = await signable(
            page, checked, by=by, registration=registration, named_as="" if own else named_as, now=now
        )
        return await sign_text(
            transaction, page, checked, text=text, kind="own" if own else "reviewed", by=by, registration=registration,
            note=CHECKED, now=now,
        )  # fmt: skip


def latest_review(text: str, today: str) -> date:
    """The latest day on which someone must look at a text again, by its risk."""
    return date.fromisoformat(today) + timedelta(days=LONGEST_REVIEW[parse(text).front.risk])


async def _ask(
    transaction: Transaction,
    page: Page,
    revision: Revision,
    kind: RequestKind,
    *,
    by: str,
    addressee: str,
    note: str,
    now: int,
) -> Request:
    note = note.strip().replace("\r\n", "\n")
    if len(note) > LONGEST_NOTE:
        raise Refused(f"A note has at most {LONGEST_NOTE} characters. Nothing was sent.")
    before = [
        one
        for one in await review_store.open_requests(transaction, page.id, revision.sha256)
        if one.kind == kind and same_person(one.asked_by, by)
    ]
    for one in before:
        if (one.addressee, one.note) == (addressee, note):
            return one
    await review_store.withdraw_requests(transaction, [one.id for one in before], by, now)
    asked = Request(0, page.id, revision.sha256, kind, by, now, addressee, note)
    asked = await review_store.add_request(transaction, asked)
    await _record(transaction, "ask", asked, by, now, page.path)
    return asked


async def _record(transaction: Transaction, verb: str, asked: Request, by: str, now: int, path: str = "") -> None:
    said = {"addressee": asked.addressee, "note": asked.note}
    path = path or next(one.path for one in await store.pages(transaction) if one.id == asked.page_id)
    await audit.record(
        transaction, by=by, action=f"{asked.kind}.{verb}", subject=path, now=now,
        text=asked.sha256[:SHORTEST_DIGEST], **{name: words for name, words in said.items() if words},
    )  # fmt: skip


async def _may_sign(reader: Reader, name: str, revision: Revision) -> str:
    person = await staff_store.by_name(reader, folded(name))
    if person is None or person.disabled or not person.has("reviewer"):
        raise Refused(f"{name} is not among the reviewers. Choose one of them, or leave it open to all.")
    if wrote(person.name, revision):
        raise Refused(f"{person.name} wrote part of this text, so someone else has to sign it.")
    return person.name


async def _refuse_recalled(reader: Reader, page: Page, live: Revision) -> None:
    document = await asyncio.to_thread(parse, live.text)
    standing = LivePage(page.kind, page.slug, live.sha256, document)  # type: ignore[arg-type]
    if any(is_recalled(standing, one) for one in await store.recalled(reader)):
        raise Refused(f"Words of {page.path} are recalled: correct them first.")
