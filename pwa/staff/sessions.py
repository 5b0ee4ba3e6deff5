"""Who is signed in where: sessions begin with a new secret, end by themselves, and can be ended from elsewhere."""

import secrets

from pwa.database import Database, Transaction
from pwa.staff import store
from pwa.staff.audit import record
from pwa.staff.model import Staff, StaffRefused
from pwa.staff.secret import make_secret, secret_hash
from pwa.staff.store import Session

IDLE = 12 * 3_600_000
"""Milliseconds without a request after which a session has ended: a working day."""
LONGEST = 7 * 24 * 3_600_000
FRESH = 10 * 60_000
"""How long after signing in someone may do what is dangerous."""
_SEEN_EVERY = 5 * 60_000
_DEVICE_KNOWN = 180 * 24 * 3_600_000


async def begin(
    transaction: Transaction, person: Staff, *, way: str, device: str, device_secret: str, before: str, now: int
) -> str:
    """Begin a session after a person has proven who they are; the answer is its secret, for the cookie.

    `way` is how they did ("passkey", "password", "recovery code", "link"), `device` the browser in words, and
    `before` the secret of the session this browser had, if any: it ends, so that no secret outlives a sign-in.
    """
    secret = make_secret()
    if before:
        await store.delete_session(transaction, secret_hash(before))
    await store.delete_old_sessions(transaction, now - IDLE, now - LONGEST)
    name = secrets.token_hex(6)
    await store.add_session(transaction, Session(secret_hash(secret), name, person.id, device, now, now, now))
    await store.remember_device(transaction, secret_hash(device_secret), person.id, now=now, since=now - _DEVICE_KNOWN)
    await record(transaction, by=person.name, action="session.begin", subject=name, now=now, way=way, device=device)
    return secret


async def find(database: Database, secret: str, now: int) -> tuple[Session, Staff] | None:
    """The session of this secret and whose it is; None when it has ended or its person is shut out."""
    found = await store.session(database, secret_hash(secret))
    if found is None:
        return None
    session, person = found
    if person.disabled or not alive(session, now):
        return None
    if now - session.seen_at >= _SEEN_EVERY:
        async with database.transaction() as transaction:
            await store.see_session(transaction, session.sha256, now)
    return session, person


def alive(session: Session, now: int) -> bool:
    """Whether a session has not expired; a clock set back does not make it last longer than it would."""
    return now - session.seen_at < IDLE and now - session.created_at < LONGEST


def fresh(session: Session, now: int) -> bool:
    """Whether its person has proven who they are in the last ten minutes."""
    return 0 <= now - session.signed_in_at < FRESH


async def listed(database: Database, staff_id: int, now: int) -> list[Session]:
    """The sessions of a person that go on, the one used last first."""
    return [one for one in await store.sessions(database, staff_id) if alive(one, now)]


async def end(transaction: Transaction, session: Session, *, by: str, now: int) -> None:
    """End a session: signing out."""
    if await store.delete_session(transaction, session.sha256):
        await record(transaction, by=by, action="session.end", subject=session.name, now=now)


async def end_named(transaction: Transaction, staff_id: int, name: str, *, by: str, now: int) -> None:
    """End one of a person's sessions from elsewhere; StaffRefused when they have none of this name."""
    found = next((one for one in await store.sessions(transaction, staff_id) if one.name == name), None)
    if found is None:
        raise StaffRefused("That browser is signed out already.")
    await end(transaction, found, by=by, now=now)


async def end_all(transaction: Transaction, person: Staff, *, by: str, now: int) -> None:
    """End every session of a person."""
    ended = await store.delete_sessions(transaction, person.id)
    if ended:
        await record(transaction, by=by, action="session.end-all", subject=person.name, now=now, sessions=ended)


async def end_others(transaction: Transaction, person: Staff, session: Session, *, now: int) -> int:
    """End every session of a person but this one; the answer is how many there were."""
    ended = await store.delete_sessions(transaction, person.id, but=session.sha256)
    if ended:
        await record(
            transaction, by=person.name, action="session.end-others", subject=person.name, now=now, sessions=ended
        )
    return ended
