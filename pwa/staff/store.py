"""Every question that staff ask of their tables, and every change they make to them; the audit log has its own file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from pwa.database import Reader, Row, Transaction
from pwa.staff.model import ROLES, Role, Staff

MOST_CEREMONIES = 10_000
"""Challenges under way for one purpose: who asks for them without end costs a few megabytes."""


@dataclass(frozen=True)
class Passkey:
    """One passkey of a person: its public half, and how often its authenticator says it has signed."""

    id: str
    """The credential's id in base64url."""
    staff_id: int
    name: str
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]
    created_at: int
    used_at: int | None = None


@dataclass(frozen=True)
class Password:
    """The second way in: an Argon2id hash, the secret of the six-digit codes, and the last step a code was used of."""

    hash: str
    totp_secret: str
    totp_step: int


@dataclass(frozen=True)
class Link:
    """A one-time link that lets in whoever opens it: a person of the clinic, or the first of them all (None)."""

    sha256: str
    staff_id: int | None
    created_by: str
    created_at: int
    expires_at: int


@dataclass(frozen=True)
class Session:
    """A browser that is signed in. `name` is what it is called in lists; only a hash of its secret is kept."""

    sha256: str
    name: str
    staff_id: int
    device: str
    created_at: int
    signed_in_at: int
    seen_at: int


async def hold(transaction: Transaction) -> None:
    """Make every other change of staff wait until this transaction has ended."""
    await transaction.fetch("SELECT number FROM audit_end FOR UPDATE")


async def everyone(reader: Reader) -> list[Staff]:
    """All people, the earliest first."""
    return [_staff(row) for row in await reader.fetch("SELECT * FROM staff ORDER BY id")]


async def anyone(reader: Reader) -> bool:
    """Whether there is a first administrator already."""
    return await reader.fetch_one("SELECT id FROM staff LIMIT 1") is not None


async def by_id(reader: Reader, staff_id: int) -> Staff | None:
    """The person with this number."""
    row = await reader.fetch_one("SELECT * FROM staff WHERE id = $1", staff_id)
    return _staff(row) if row else None


async def by_email(reader: Reader, email_key: str) -> Staff | None:
    """The person with this folded address."""
    row = await reader.fetch_one("SELECT * FROM staff WHERE email_key = $1", email_key)
    return _staff(row) if row else None


async def by_name(reader: Reader, name_key: str) -> Staff | None:
    """The person with this folded name."""
    row = await reader.fetch_one("SELECT * FROM staff WHERE name_key = $1", name_key)
    return _staff(row) if row else None


async def handle(reader: Reader, staff_id: int) -> bytes:
    """The random bytes by which passkeys know a person."""
    row = await reader.fetch_one("SELECT handle FROM staff WHERE id = $1", staff_id)
    if row is None:
        raise LookupError(f"there is no person {staff_id}")
    return bytes(row["handle"])


async def add(
    transaction: Transaction, staff: Staff, *, name_key: str, email_key: str, handle: bytes, now: int
) -> Staff:
    """Add a person under the next number; the one given is not looked at."""
    row = await transaction.fetch_one("SELECT MAX(id) AS last FROM staff")
    number = int(row["last"] or 0) + 1 if row else 1
    await transaction.execute(
        "INSERT INTO staff (id, name, name_key, email, email_key, roles, registration, handle, totp_step, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9)",
        number, staff.name, name_key, staff.email, email_key, _written(staff.roles), staff.registration, handle, now,
    )  # fmt: skip
    return Staff(number, staff.name, staff.email, staff.roles, staff.registration)


async def set_roles(transaction: Transaction, staff_id: int, roles: frozenset[Role]) -> None:
    """Give a person exactly these roles."""
    await transaction.execute("UPDATE staff SET roles = $2 WHERE id = $1", staff_id, _written(roles))


async def set_registration(transaction: Transaction, staff_id: int, registration: str) -> None:
    """Note a person's professional registration number."""
    await transaction.execute("UPDATE staff SET registration = $2 WHERE id = $1", staff_id, registration)


async def set_disabled(transaction: Transaction, staff_id: int, at: int | None) -> None:
    """Shut a person out from this moment on, or let them in again."""
    await transaction.execute("UPDATE staff SET disabled_at = $2 WHERE id = $1", staff_id, at)


async def password(reader: Reader, staff_id: int) -> Password | None:
    """A person's password, if they have one."""
    row = await reader.fetch_one("SELECT password, totp_secret, totp_step FROM staff WHERE id = $1", staff_id)
    if row is None or row["password"] is None:
        return None
    return Password(row["password"], row["totp_secret"], row["totp_step"])


async def set_password(transaction: Transaction, staff_id: int, hashed: str | None, totp_secret: str | None) -> None:
    """Set both halves of the second way in, or take it away."""
    await transaction.execute(
        "UPDATE staff SET password = $2, totp_secret = $3, totp_step = 0 WHERE id = $1", staff_id, hashed, totp_secret
    )


async def use_totp_step(transaction: Transaction, staff_id: int, step: int) -> bool:
    """Note that a code of this time step was used; False when it, or a later one, was before."""
    sql = "UPDATE staff SET totp_step = $2 WHERE id = $1 AND totp_step < $2"
    return bool(await transaction.execute(sql, staff_id, step))


async def set_recovery_codes(transaction: Transaction, staff_id: int, hashes: Sequence[str]) -> None:
    """Replace a person's recovery codes."""
    await transaction.execute("DELETE FROM staff_recovery_code WHERE staff_id = $1", staff_id)
    await transaction.execute_many(
        "INSERT INTO staff_recovery_code (staff_id, sha256) VALUES ($1, $2)", [(staff_id, one) for one in hashes]
    )


async def use_recovery_code(transaction: Transaction, staff_id: int, sha256: str) -> bool:
    """Take a recovery code away; False when there is none."""
    sql = "DELETE FROM staff_recovery_code WHERE staff_id = $1 AND sha256 = $2"
    return bool(await transaction.execute(sql, staff_id, sha256))


async def recovery_codes_left(reader: Reader, staff_id: int) -> int:
    """How many recovery codes a person has not used."""
    sql = "SELECT COUNT(*) AS number FROM staff_recovery_code WHERE staff_id = $1"
    row = await reader.fetch_one(sql, staff_id)
    return int(row["number"]) if row else 0


async def passkeys(reader: Reader, staff_id: int) -> list[Passkey]:
    """A person's passkeys, the oldest first."""
    rows = await reader.fetch("SELECT * FROM staff_passkey WHERE staff_id = $1 ORDER BY created_at, id", staff_id)
    return [_passkey(row) for row in rows]


async def passkey(reader: Reader, passkey_id: str) -> Passkey | None:
    """The passkey with this credential id."""
    row = await reader.fetch_one("SELECT * FROM staff_passkey WHERE id = $1 FOR UPDATE", passkey_id)
    return _passkey(row) if row else None


async def add_passkey(transaction: Transaction, one: Passkey) -> None:
    """Add a passkey."""
    await transaction.execute(
        "INSERT INTO staff_passkey (id, staff_id, name, public_key, sign_count, transports, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        one.id, one.staff_id, one.name, one.public_key, one.sign_count, " ".join(one.transports), one.created_at,
    )  # fmt: skip


async def use_passkey(transaction: Transaction, passkey_id: str, sign_count: int, now: int) -> None:
    """Note a passkey's use and its counter."""
    await transaction.execute(
        "UPDATE staff_passkey SET sign_count = $2, used_at = $3 WHERE id = $1", passkey_id, sign_count, now
    )


async def delete_passkey(transaction: Transaction, staff_id: int, passkey_id: str) -> bool:
    """Take a passkey away; False when the person has none of this id."""
    sql = "DELETE FROM staff_passkey WHERE id = $1 AND staff_id = $2"
    return bool(await transaction.execute(sql, passkey_id, staff_id))


async def add_link(transaction: Transaction, link: Link) -> None:
    """Add a one-time link; expired ones go."""
    await transaction.execute("DELETE FROM staff_link WHERE expires_at <= $1", link.created_at)
    await transaction.execute(
        "INSERT INTO staff_link (sha256, staff_id, created_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        link.sha256, link.staff_id, link.created_by, link.created_at, link.expires_at,
    )  # fmt: skip


async def link(reader: Reader, sha256: str, now: int) -> Link | None:
    """The link of this hash that still opens."""
    row = await reader.fetch_one("SELECT * FROM staff_link WHERE sha256 = $1 AND expires_at > $2", sha256, now)
    if row is None:
        return None
    return Link(row["sha256"], row["staff_id"], row["created_by"], row["created_at"], row["expires_at"])


async def with_a_way_in(reader: Reader) -> set[int]:
    """The numbers of those who have a passkey or a password."""
    rows = await reader.fetch(
        "SELECT staff_id AS id FROM staff_passkey UNION SELECT id FROM staff WHERE password <> ''"
    )
    return {row["id"] for row in rows}


async def links_of(reader: Reader, now: int) -> dict[int, int]:
    """When the open link of each person who has one expires."""
    rows = await reader.fetch(
        "SELECT staff_id, MAX(expires_at) AS expires_at FROM staff_link "
        "WHERE staff_id IS NOT NULL AND expires_at > $1 GROUP BY staff_id",
        now,
    )
    return {row["staff_id"]: row["expires_at"] for row in rows}


async def delete_link(transaction: Transaction, sha256: str) -> bool:
    """Take one link away; False when it was gone already."""
    return bool(await transaction.execute("DELETE FROM staff_link WHERE sha256 = $1", sha256))


async def delete_links(transaction: Transaction, staff_id: int | None) -> int:
    """Take away every link of a person, or every one for the first administrator (None)."""
    if staff_id is None:
        return await transaction.execute("DELETE FROM staff_link WHERE staff_id IS NULL")
    return await transaction.execute("DELETE FROM staff_link WHERE staff_id = $1", staff_id)


async def session(reader: Reader, sha256: str) -> tuple[Session, Staff] | None:
    """The session of this hash and whose it is."""
    row = await reader.fetch_one(
        "SELECT staff_session.sha256 AS session_sha256, staff_session.name AS session_name, device, "
        "staff_session.created_at AS session_created_at, signed_in_at, seen_at, "
        "staff.id, staff.name, email, roles, registration, disabled_at "
        "FROM staff_session JOIN staff ON staff.id = staff_session.staff_id WHERE staff_session.sha256 = $1",
        sha256,
    )
    if row is None:
        return None
    found = Session(
        row["session_sha256"], row["session_name"], row["id"], row["device"], row["session_created_at"],
        row["signed_in_at"], row["seen_at"],
    )  # fmt: skip
    return found, _staff(row)


async def sessions(reader: Reader, staff_id: int) -> list[Session]:
    """A person's sessions, the one used last first."""
    rows = await reader.fetch("SELECT * FROM staff_session WHERE staff_id = $1 ORDER BY seen_at DESC, name", staff_id)
    return [
        Session(
            row["sha256"], row["name"], row["staff_id"], row["device"], row["created_at"], row["signed_in_at"],
            row["seen_at"],
        )
        for row in rows
    ]  # fmt: skip


async def add_session(transaction: Transaction, one: Session) -> None:
    """Add a session."""
    await transaction.execute(
        "INSERT INTO staff_session (sha256, name, staff_id, device, created_at, signed_in_at, seen_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        one.sha256, one.name, one.staff_id, one.device, one.created_at, one.signed_in_at, one.seen_at,
    )  # fmt: skip


async def see_session(transaction: Transaction, sha256: str, now: int) -> None:
    """Note that a session is in use."""
    await transaction.execute("UPDATE staff_session SET seen_at = $2 WHERE sha256 = $1", sha256, now)


async def delete_session(transaction: Transaction, sha256: str) -> bool:
    """End a session; False when it has ended already."""
    return bool(await transaction.execute("DELETE FROM staff_session WHERE sha256 = $1", sha256))


async def delete_sessions(transaction: Transaction, staff_id: int, but: str = "") -> int:
    """End every session of a person, but for the one with this hash."""
    sql = "DELETE FROM staff_session WHERE staff_id = $1 AND sha256 <> $2"
    return await transaction.execute(sql, staff_id, but)


async def delete_old_sessions(transaction: Transaction, seen_before: int, created_before: int) -> None:
    """Take away sessions that have expired."""
    sql = "DELETE FROM staff_session WHERE seen_at <= $1 OR created_at <= $2"
    await transaction.execute(sql, seen_before, created_before)


async def add_ceremony(
    transaction: Transaction, sha256: str, purpose: str, challenge: bytes, *, now: int, expires_at: int
) -> None:
    """Begin a passkey ceremony in a browser, in the place of one it had begun; expired ones go.

    Of those with the same purpose the `MOST_CEREMONIES` latest stay.
    """
    await transaction.execute("DELETE FROM staff_ceremony WHERE expires_at <= $1 OR sha256 = $2", now, sha256)
    await transaction.execute(
        "DELETE FROM staff_ceremony WHERE sha256 IN (SELECT sha256 FROM staff_ceremony WHERE purpose = $1 "
        "ORDER BY expires_at DESC LIMIT $2 OFFSET $3)",
        purpose, MOST_CEREMONIES, MOST_CEREMONIES - 1,
    )  # fmt: skip
    await transaction.execute(
        "INSERT INTO staff_ceremony (sha256, purpose, challenge, expires_at) VALUES ($1, $2, $3, $4)",
        sha256, purpose, challenge, expires_at,
    )  # fmt: skip


async def take_ceremony(transaction: Transaction, sha256: str, purpose: str, now: int) -> bytes | None:
    """The challenge of a ceremony under way, which ends with this; None where there is none for this purpose."""
    row = await transaction.fetch_one(
        "DELETE FROM staff_ceremony WHERE sha256 = $1 RETURNING purpose, challenge, expires_at", sha256
    )
    if row is None or row["purpose"] != purpose or row["expires_at"] <= now:
        return None
    return bytes(row["challenge"])


async def knows_device(reader: Reader, sha256: str, staff_id: int) -> bool:
    """Whether the person has signed in in this browser before."""
    sql = "SELECT seen_at FROM staff_device WHERE sha256 = $1 AND staff_id = $2"
    return await reader.fetch_one(sql, sha256, staff_id) is not None


async def knows_browser(reader: Reader, sha256: str) -> bool:
    """Whether anyone has signed in in this browser before."""
    return await reader.fetch_one("SELECT seen_at FROM staff_device WHERE sha256 = $1 LIMIT 1", sha256) is not None


async def remember_device(transaction: Transaction, sha256: str, staff_id: int, *, now: int, since: int) -> None:
    """Note that a person signs in in this browser; those not seen `since` then are forgotten."""
    await transaction.execute("DELETE FROM staff_device WHERE seen_at < $1", since)
    await transaction.execute(
        "INSERT INTO staff_device (sha256, staff_id, seen_at) VALUES ($1, $2, $3) "
        "ON CONFLICT (sha256, staff_id) DO UPDATE SET seen_at = excluded.seen_at",
        sha256, staff_id, now,
    )  # fmt: skip


async def forget_devices(transaction: Transaction, staff_id: int) -> None:
    """Take away a person's known browsers."""
    await transaction.execute("DELETE FROM staff_device WHERE staff_id = $1", staff_id)


def _written(roles: frozenset[Role]) -> str:
    return " ".join(role for role in ROLES if role in roles)


def _staff(row: Row) -> Staff:
    roles = frozenset(cast(list[Role], [role for role in row["roles"].split() if role in ROLES]))
    return Staff(row["id"], row["name"], row["email"], roles, row["registration"], row["disabled_at"] is not None)


def _passkey(row: Row) -> Passkey:
    return Passkey(
        row["id"], row["staff_id"], row["name"], bytes(row["public_key"]), row["sign_count"],
        tuple(row["transports"].split()), row["created_at"], row["used_at"],
    )  # fmt: skip
