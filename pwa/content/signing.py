"""Who answers for a text: sign-offs bound to its exact bytes."""

import asyncio
from collections.abc import Mapping
from datetime import date

from pwa.content import front_matter, review_store, store
from pwa.content.alone import reviews_alone
from pwa.content.check import Finding
from pwa.content.markdown import parse
from pwa.content.model import ContentError, FrontMatter, Refused
from pwa.content.store import Item, Page, Revision, SignOff, named
from pwa.database import Database, Reader, Transaction
from pwa.staff import audit
from pwa.staff.people import folded

SHIPPED_BY = "shipped with the software"
"""Signs the first texts: the software's makers answer for them, no clinician has."""
SHORTEST_DIGEST = 12
"""Characters of a SHA-256 by which people name a text."""
LONGEST_NOTE = 2000
WITHDRAWN = "Takes the page away."
"""The note of a signature for a page that goes."""


async def sign_off(
    database: Database,
    path: str,
    *,
    digest: str,
    by: str,
    now: int,
    note: str = "",
    registration: str = "",
    named_as: str = "",
    locale: str = "en",
) -> SignOff:
    """Answer for the draft at `path`, whose exact text has this SHA-256 (its first 12 characters are enough).

    `registration` is a clinician's number. With `named_as`, their role ("anaesthetist"), the page names them as its
    reviewer: what is signed then is the same text with that line, and becomes the draft. Raises Refused for another
    text, a text that cannot be read, and anyone whose words are in it, unless the clinic reviews alone. Signing the
    same text again changes nothing.
    """
    async with database.snapshot() as reader:
        page, read = await draft_as_read(reader, path, digest, locale)
    named_as = "" if wrote(by, read) else named_as
    text = await signable(page, read, by=by, registration=registration, named_as=named_as, now=now)
    async with database.transaction() as transaction:
        await store.hold(transaction)
        page, revision = await draft_as_read(transaction, path, read.sha256, locale)
        kind = "reviewed"
        if wrote(by, revision):
            if not await reviews_alone(transaction):
                raise Refused(f"{by} wrote part of this text, so someone else has to sign it.")
            kind, text = "own", revision.text
        return await sign_text(
            transaction, page, revision, text=text, kind=kind, by=by, registration=registration, note=note, now=now
        )


async def signable(
    page: Page, revision: Revision, *, by: str = "", registration: str = "", named_as: str = "", now: int = 0
) -> str:
    """What is signed of a draft: its text, with `named_as` the same with the lines that name `by` as its reviewer.

    Raises Refused for one that cannot be a page yet. Reading the longest text takes seconds, so it is done in a thread,
    and before the transaction that signs: whoever saves something else waits for nobody who signs.
    """
    return await asyncio.to_thread(_signable, page.path, revision.text, by, registration, named_as, now)


def _signable(path: str, text: str, by: str, registration: str, named_as: str, now: int) -> str:
    try:
        parse(text)
    except ContentError as error:
        raise Refused(f"{path} cannot be signed while it has faults: {error}") from None
    if not named_as:
        return text
    if not registration:
        raise Refused("A page names only a clinician with a registration number as its reviewer.")
    try:
        text = with_reviewer(text, named(by, registration), " ".join(named_as.split()), store.utc_day(now))
        parse(text)
    except ContentError as error:
        raise Refused(f"{path} cannot name its reviewer so: {error}") from None
    return text


async def sign_text(
    transaction: Transaction,
    page: Page,
    revision: Revision,
    *,
    text: str,
    kind: str,
    by: str,
    registration: str,
    note: str,
    now: int,
) -> SignOff:
    """The same inside a transaction that holds the head, once it is known that `by` may sign this draft.

    `text` is what `signable` made of it.
    """
    if text != revision.text:
        # Whoever reviews adds no words of their own, so the writers stay the same.
        revision = await store.add_revision(transaction, page.id, text, revision.id, revision.contributors, by, now)
        await store.set_draft(transaction, page.id, revision.id)
    for signed in await store.sign_offs(transaction, page.id, revision.sha256):
        if signed.signed_by == by and signed.registration == registration:
            return signed
        if same_person(signed.signed_by, by):
            raise Refused(f"{signed.shown} has signed this text already.")
    signed = SignOff(page.id, revision.sha256, kind, by, now, note[:LONGEST_NOTE], registration)
    await store.add_sign_off(transaction, signed)
    asked = await review_store.open_requests(transaction, page.id, revision.sha256)
    own_names = (by, named(by, registration))
    mine = [one.id for one in asked if one.kind == "changes" and one.asked_by in own_names]
    await review_store.withdraw_requests(transaction, mine, by, now)
    await audit.record(
        transaction, by=by, action="sign-off.give", subject=page.path, now=now,
        text=signed.sha256[:SHORTEST_DIGEST], kind=kind, **_if_any(registration=registration, note=note),
    )  # fmt: skip
    return signed


async def draft_as_read(reader: Reader, path: str, digest: str, locale: str = "en") -> tuple[Page, Revision]:
    """The page at `path` and its draft, if that is still the text someone has read; else Refused."""
    page = await store.page_at(reader, path, locale)
    if page is None or page.draft_id is None:
        raise Refused(f"There is no draft at {path} to sign.")
    revision = (await store.revisions(reader, [page.draft_id]))[page.draft_id]
    if len(digest) < SHORTEST_DIGEST or not revision.sha256.startswith(digest):
        raise Refused(
            f"The draft at {path} is now {revision.sha256[:SHORTEST_DIGEST]}, not {digest[:SHORTEST_DIGEST]}: it was "
            "edited since you read it. Read it again, then sign."
        )
    return page, revision


async def missing_sign_offs(reader: Reader, item: Item, *, back: bool = False) -> list[Finding]:
    """What stands against publishing an item's text, as far as people go.

    Nobody signed exactly it, or only those who wrote it; someone asks for changes to it; it names a clinician as
    its reviewer who has not signed it. A text that comes `back` may have only its writer's signature if that was
    enough when it went live, and the last rule was kept then.
    """
    if item.revision_id is None:
        return []
    revision = (await store.revisions(reader, [item.revision_id]))[item.revision_id]
    short = revision.sha256[:SHORTEST_DIGEST]
    signed = await store.sign_offs(reader, item.page_id, revision.sha256)
    seconds = [one for one in signed if not wrote(one.signed_by, revision)]
    found: list[tuple[str, str]] = []
    own = any(one.kind == "own" for one in signed)
    own_counts = own and (await reviews_alone(reader) or (back and await _went_live_signed(reader, revision)))
    if not seconds and not own_counts:
        found.append(("sign-off", f"nobody but its writers has signed this exact text ({short})"))
    found += [
        ("sign-off", f"{one.asked_by} asks for changes to this exact text ({short}): {one.note}")
        for one in await review_store.open_requests(reader, item.page_id, revision.sha256)
        if one.kind == "changes"
    ]
    front = await asyncio.to_thread(_front, revision)
    if not back and front and front.reviewed_by and not any(_is_named(one, front) for one in seconds):
        before = (await store.revisions(reader, [item.replaces_id]))[item.replaces_id] if item.replaces_id else None
        live = await asyncio.to_thread(_front, before) if before else None
        if front.change != "wording" or live is None or _claim(live) != _claim(front):
            message = (
                f"it says that {front.reviewed_by} reviewed it, who has not signed this exact text ({short}). "
                "Ask them to, or take reviewed_by, reviewed_role and reviewed_on away"
            )
            found.append(("reviewer", message))
    return [Finding("blocker", rule, item.path, 0, message) for rule, message in found]


async def _went_live_signed(reader: Reader, revision: Revision) -> bool:
    first = await store.first_release_of(reader, revision.page_id, revision.id)
    return first is not None and not first.break_glass


def withdrawal_digest(path: str, sha256: str, leads_to: str | None) -> str:
    """What is signed when a page goes away: which text, from which address, and where its readers are sent."""
    return store.sha256(f"{path} {sha256} → {leads_to or 'nowhere'}")


async def sign_withdrawal(
    transaction: Transaction, page: Page, digest: str, *, proposed_by: str, by: str, now: int
) -> None:
    """Answer for taking a page away as `withdrawal_digest` says; Refused for whoever proposed it. Twice is once.

    Where the clinic reviews alone, who proposed it may sign too.
    """
    own = same_person(by, proposed_by)
    if own and not await reviews_alone(transaction):
        raise Refused(f"{by} put this in, so someone else has to answer for taking {page.path} away.")
    signed = SignOff(page.id, digest, "own" if own else "reviewed", by, now, WITHDRAWN)
    await store.add_sign_off(transaction, signed)
    await audit.record(
        transaction, by=by, action="withdrawal.sign", subject=page.path, now=now, text=digest[:SHORTEST_DIGEST],
        kind=signed.kind,
    )  # fmt: skip


async def missing_withdrawal(reader: Reader, page_id: int, digest: str, *, proposed_by: str) -> bool:
    """Whether nobody but who proposed it answers for taking a page away exactly so."""
    signed = await store.sign_offs(reader, page_id, digest)
    if any(not same_person(one.signed_by, proposed_by) for one in signed):
        return False
    return not signed or not await reviews_alone(reader)


async def reviewed_alone(reader: Reader, revisions: Mapping[int, Revision]) -> set[int]:
    """Which of these revisions only their own writers have signed: their pages say so to readers."""
    own = await review_store.own_sign_offs(reader)
    alone = set()
    for revision in revisions.values():
        if (revision.page_id, revision.sha256) in own:
            signed = await store.sign_offs(reader, revision.page_id, revision.sha256)
            if all(wrote(one.signed_by, revision) for one in signed):
                alone.add(revision.id)
    return alone


def wrote(name: str, revision: Revision) -> bool:
    """Whether someone's words are in a text."""
    return any(same_person(name, one) for one in revision.contributors)


def same_person(one: str, other: str) -> bool:
    """Whether two names are the same but for case, spaces and width of letters."""
    return folded(one) == folded(other)


def with_reviewer(text: str, shown: str, role: str, day: str) -> str:
    """The text with the lines that make its page name who reviewed it, and nothing else touched."""
    return front_matter.write(
        text, {"reviewed_by": shown, "reviewed_role": role, "reviewed_on": date.fromisoformat(day)}
    )


def _front(revision: Revision) -> FrontMatter | None:
    try:
        return parse(revision.text).front
    except ContentError:
        return None


def _claim(front: FrontMatter) -> tuple[str, str, date | None]:
    return front.reviewed_by, front.reviewed_role, front.reviewed_on


def _is_named(signed: SignOff, front: FrontMatter) -> bool:
    return bool(signed.registration) and same_person(signed.shown, front.reviewed_by)


def _if_any(**detail: str) -> dict[str, str]:
    return {name: value for name, value in detail.items() if value}
