"""One-time links: the first administrator's, and each person's own first way in or way back."""

from dataclasses import dataclass

from pwa.database import Database, Reader, Transaction
from pwa.staff import store
from pwa.staff.audit import record
from pwa.staff.model import Staff, StaffRefused
from pwa.staff.people import known
from pwa.staff.secret import make_secret, secret_hash
from pwa.staff.store import Link

SETUP_LASTS = 24 * 3_600_000
JOINING_LASTS = 7 * 24 * 3_600_000
NOT_OPEN = "This link has been used, has expired or was replaced by a newer one. Nothing was changed."


@dataclass(frozen=True)
class Opened:
    """A link that opens, and whom it lets in: nobody yet for the first administrator's."""

    link: Link
    person: Staff | None


async def setup_path(database: Database, now: int) -> str | None:
    """`/admin/setup/<secret>` for the first administrator, or None when there is one; links made before still open."""
    async with database.transaction() as transaction:
        await store.hold(transaction)
        if await store.anyone(transaction):
            return None
        secret = make_secret()
        link = Link(secret_hash(secret), None, "the server", now, now + SETUP_LASTS)
        await store.add_link(transaction, link)
        await record(
            transaction, by="the server", action="staff.make-setup-link", subject="first administrator", now=now
        )
    return f"/admin/setup/{secret}"


async def joining_path(transaction: Transaction, staff_id: int, *, by: str, now: int) -> str:
    """`/admin/join/<secret>`, with which this person makes themselves a way to sign in; links made before close."""
    await store.hold(transaction)
    person = await known(transaction, staff_id)
    if person.disabled:
        raise StaffRefused(f"{person.name} is shut out. Let them in again first.")
    secret = make_secret()
    await store.delete_links(transaction, staff_id)
    await store.add_link(transaction, Link(secret_hash(secret), staff_id, by, now, now + JOINING_LASTS))
    await record(transaction, by=by, action="staff.make-link", subject=person.name, now=now)
    return f"/admin/join/{secret}"


async def close_links(transaction: Transaction, staff_id: int, *, by: str, now: int) -> None:
    """Close a person's open link."""
    await store.hold(transaction)
    person = await known(transaction, staff_id)
    if await store.delete_links(transaction, staff_id):
        await record(transaction, by=by, action="staff.close-link", subject=person.name, now=now)


async def look(reader: Reader, secret: str, *, setup: bool, now: int) -> Opened:
    """What a link opens, without using it up; StaffRefused where it opens nothing."""
    found = await store.link(reader, secret_hash(secret), now)
    if found is None or (found.staff_id is None) != setup:
        raise StaffRefused(NOT_OPEN)
    if found.staff_id is None:
        if await store.anyone(reader):
            raise StaffRefused(NOT_OPEN)
        return Opened(found, None)
    person = await store.by_id(reader, found.staff_id)
    if person is None or person.disabled:
        raise StaffRefused(NOT_OPEN)
    return Opened(found, person)


async def use(transaction: Transaction, secret: str, *, setup: bool, now: int) -> Opened:
    """The same, and the link opens no more."""
    await store.hold(transaction)
    opened = await look(transaction, secret, setup=setup, now=now)
    if opened.person is None:
        await store.delete_links(transaction, None)
    else:
        await store.delete_link(transaction, opened.link.sha256)
    return opened
