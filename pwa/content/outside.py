"""Clinicians without an account: a link, bound to one exact text, through which they approve it or ask for changes."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pwa.content import review_store, store
from pwa.content.alone import reviews_alone
from pwa.content.model import Refused
from pwa.content.review import request_changes
from pwa.content.review_store import OutsideLink, Request
from pwa.content.signing import SHORTEST_DIGEST, draft_as_read, sign_text, signable, wrote
from pwa.content.store import Page, Revision, SignOff, named
from pwa.database import Database, Reader, Transaction
from pwa.staff import audit
from pwa.staff import store as staff_store
from pwa.staff.secret import make_secret, secret_hash

DAY = 24 * 3600 * 1000
GOOD_FOR_DAYS = 14
LONGEST_DAYS = 60
LONGEST_NAME = 80

State = Literal["open", "answered", "revoked", "expired", "edited"]

# What stands in a person's name or number: no line breaks, nothing that could pass for something else on a page.
_NAME = re.compile(r"[^\W\d_](?:[\w .,'’-]*[\w.])?")
# Letters that pass for Latin ones, in small or in capitals.
_LOOK_ALIKES = str.maketrans(
    "01iавекмнорстухіјѕԁԛԝѵαβεζηικμνορτυχ",
    "ollabekmhopctyxljsdqwvabezhlkmnoptyx",
)
_TOGETHER = ({"CJK", "HIRAGANA", "KATAKANA"}, {"CJK", "HANGUL"}, {"CJK", "BOPOMOFO"})
"""Scripts that stand in one name."""
_REGISTRATION = re.compile(r"(?=.*\d)[\w][\w ./:-]*")


@dataclass(frozen=True)
class Opened:
    """What a link leads to. Only an `open` one can be answered."""

    link: OutsideLink
    page: Page
    revision: Revision
    state: State


async def invite(
    database: Database,
    path: str,
    *,
    digest: str,
    by: str,
    now: int,
    meant_for: str = "",
    days: int = GOOD_FOR_DAYS,
    locale: str = "en",
    make: Callable[[], str] = make_secret,
) -> tuple[OutsideLink, str]:
    """A link for the draft at `path` of this SHA-256, and its secret, which is known to nobody afterwards.

    Raises Refused for another text, and for whoever wrote part of it: they could answer the link themselves. Where the
    clinic reviews alone they may.
    """
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused(f"A link is good for 1 to {LONGEST_DAYS} days.")
    secret = make()
    async with database.snapshot() as reader:
        page, read = await draft_as_read(reader, path, digest, locale)
    await signable(page, read)
    async with database.transaction() as transaction:
        await store.hold(transaction)
        page, revision = await draft_as_read(transaction, path, read.sha256, locale)
        if wrote(by, revision) and not await reviews_alone(transaction):
            raise Refused(f"{by} wrote part of this text, so someone else has to make the link for its reviewer.")
        meant_for = " ".join(meant_for.split())[:LONGEST_NAME]
        link = await review_store.add_outside_link(
            transaction,
            OutsideLink(0, page.id, revision.sha256, secret_hash(secret), meant_for, by, now, now + days * DAY),
        )
        await audit.record(
            transaction, by=by, action="outside.invite", subject=path, now=now, link=link.id,
            text=revision.sha256[:SHORTEST_DIGEST], days=days, meant_for=meant_for,
        )  # fmt: skip
    return link, secret


async def revoke(database: Database, link_id: int, *, by: str, now: int) -> None:
    """Make a link useless; what was answered through it stays. Doing it twice changes nothing."""
    async with database.transaction() as transaction:
        await store.hold(transaction)
        link = await review_store.outside_link_by_id(transaction, link_id)
        if link is None:
            raise Refused("There is no such link.")
        if link.revoked_at is None:
            await review_store.revoke_outside_link(transaction, link_id, by, now)
            page = await _page(transaction, link)
            await audit.record(transaction, by=by, action="outside.revoke", subject=page.path, now=now, link=link_id)


async def link_and_page(reader: Reader, link_id: int) -> tuple[Page, OutsideLink]:
    """The link with this number, and the page it is for; Refused when there is none."""
    link = await review_store.outside_link_by_id(reader, link_id)
    if link is None:
        raise Refused("There is no such link.")
    return await _page(reader, link), link


async def look(reader: Reader, secret: str, now: int) -> Opened:
    """What a secret leads to; Refused when it leads nowhere."""
    link = await review_store.outside_link(reader, secret_hash(secret))
    if link is None:
        raise Refused("This link leads nowhere. Ask whoever sent it for a new one.")
    page = await _page(reader, link)
    history = await store.history(reader, page.id)
    revision = next(one for one in history if one.sha256 == link.sha256)
    draft = next((one for one in history if one.id == page.draft_id), None)
    return Opened(link, page, revision, state_of(link, draft.sha256 if draft else None, now))


def state_of(link: OutsideLink, draft_sha256: str | None, now: int) -> State:
    """Whether a link can be answered, or why not; the page's draft has that hash now."""
    if link.answered_at is not None:
        return "answered"
    if link.revoked_at is not None:
        return "revoked"
    if now >= link.expires_at:
        return "expired"
    return "open" if draft_sha256 == link.sha256 else "edited"


async def approve(
    database: Database,
    secret: str,
    *,
    digest: str,
    name: str,
    registration: str,
    now: int,
    named_as: str = "",
    note: str = "",
) -> SignOff:
    """Answer for exactly the text a link is for. With `named_as`, a role, the page names them as its reviewer.

    Raises Refused for a link that was used, revoked, has expired or whose text was edited, for a name that is one of
    the writers' or of anyone with an account here, and for what is no name or number.
    """
    async with database.snapshot() as reader:
        opened, name, registration = await _answerable(reader, secret, digest, name, registration, now)
    text = await signable(opened.page, opened.revision, by=name, registration=registration, named_as=named_as, now=now)
    async with database.transaction() as transaction:
        await store.hold(transaction)
        opened, name, registration = await _answerable(transaction, secret, digest, name, registration, now)
        signed = await sign_text(
            transaction, opened.page, opened.revision, text=text, kind="outside", by=name, registration=registration,
            note=note, now=now,
        )  # fmt: skip
        await _answered(transaction, opened, "approved", named(name, registration), now)
    return signed


async def ask_for_changes(
    database: Database, secret: str, *, digest: str, name: str, registration: str, note: str, now: int
) -> Request:
    """Say through a link what should change; refused as an approval is."""
    async with database.transaction() as transaction:
        await store.hold(transaction)
        opened, name, registration = await _answerable(transaction, secret, digest, name, registration, now)
        shown = named(name, registration)
        asked = await request_changes(transaction, opened.page, opened.revision, by=shown, note=note, now=now)
        await _answered(transaction, opened, "changes", shown, now)
    return asked


async def _answerable(
    reader: Reader, secret: str, digest: str, name: str, registration: str, now: int
) -> tuple[Opened, str, str]:
    opened = await look(reader, secret, now)
    if opened.state != "open":
        raise Refused(REASONS[opened.state])
    if digest != opened.revision.sha256:
        raise Refused(REASONS["edited"])
    name, registration = " ".join(name.split()), " ".join(registration.split())
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise Refused(f"Write your name as it is registered, in letters, up to {LONGEST_NAME} of them.")
    if not _REGISTRATION.fullmatch(registration) or len(registration) > LONGEST_NAME:
        raise Refused("Write your professional registration number with the body that keeps it, such as GMC 1234567.")
    if not _one_script(name):
        raise Refused("Write your name in the letters of one script.")
    if any(_looks_like(name, one) for one in opened.revision.contributors):
        raise Refused(f"{name} wrote part of this text, so someone else has to review it.")
    if any(_looks_like(name, one.name) for one in await staff_store.everyone(reader)):
        raise Refused(f"{name} has an account here. Sign in and review it there.")
    return opened, name, registration


def _looks_like(one: str, other: str) -> bool:
    """Whether a reader could take one name for the other: only letters count, and those that look alike are one."""
    return _skeleton(one) == _skeleton(other)


def _skeleton(name: str) -> str:
    shown = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold()).translate(_LOOK_ALIKES)
    return "".join(_letters(shown))


def _one_script(name: str) -> bool:
    scripts = {
        unicodedata.name(letter, "").partition(" ")[0] for letter in _letters(unicodedata.normalize("NFKC", name))
    }
    return len(scripts) == 1 or any(scripts <= some for some in _TOGETHER)


def _letters(text: str) -> list[str]:
    return [one for one in text if unicodedata.category(one) in ("Lu", "Ll", "Lt", "Lo")]


async def _answered(transaction: Transaction, opened: Opened, answer: str, shown: str, now: int) -> None:
    await review_store.answer_outside_link(transaction, opened.link.id, answer, shown, now)
    await audit.record(
        transaction, by=shown, action="outside.answer", subject=opened.page.path, now=now, link=opened.link.id,
        answer=answer, made_by=opened.link.made_by,
    )  # fmt: skip


async def _page(reader: Reader, link: OutsideLink) -> Page:
    return next(one for one in await store.pages(reader) if one.id == link.page_id)


REASONS = {
    "answered": "This link was answered already. Nothing was changed; ask for a new one to answer again.",
    "revoked": "This link was taken back by the clinic. Nothing was changed.",
    "expired": "This link has expired. Nothing was changed; ask for a new one.",
    "edited": "The text was edited after this link was made, so it cannot be answered any more. Ask for a new link.",
}
