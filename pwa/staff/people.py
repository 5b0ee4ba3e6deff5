"""Adds people and says what they may do; the clinic is never left without someone who can do that."""

import re
import secrets
import unicodedata
from collections.abc import Iterable

from pwa.database import Transaction
from pwa.staff import store
from pwa.staff.audit import record
from pwa.staff.model import ROLES, Role, Staff, StaffRefused

NOT_NAMES = ("shipped with the software", "outside clinician", "the software", "the server")
"""What the program itself signs with."""
LONGEST_NAME = 60
LONGEST_EMAIL = 254
LONGEST_REGISTRATION = 60

_EMAIL = re.compile(r"[^@\s\"<>(),:;\\]+@[^@\s\"<>(),:;\\.]+(?:\.[^@\s\"<>(),:;\\.]+)*")


async def add_person(
    transaction: Transaction,
    *,
    name: str,
    email: str,
    roles: Iterable[str],
    by: str,
    now: int,
    registration: str = "",
    handle: bytes | None = None,
) -> Staff:
    """Add a person who cannot sign in yet: a link does that. `handle` is what a passkey made before knows them by.

    Raises StaffRefused for a name or address that someone has or had, and for what is none.
    """
    name, email, wanted = checked_name(name), checked_email(email), checked_roles(roles)
    registration = _one_line(registration, LONGEST_REGISTRATION, "registration number")
    await store.hold(transaction)
    if await store.by_name(transaction, folded(name)):
        raise StaffRefused(
            f"There is or was a {name} here already. Everyone signs by their name, so each is given once: "
            "add an initial or a role to this one."
        )
    if await store.by_email(transaction, folded(email)):
        raise StaffRefused(f"{email} is someone's address here already.")
    person = await store.add(
        transaction,
        Staff(0, name, email, wanted, registration),
        name_key=folded(name),
        email_key=folded(email),
        handle=handle or secrets.token_bytes(32),
        now=now,
    )
    await record(
        transaction, by=by, action="staff.add", subject=name, now=now, email=email, roles=_listed(wanted),
        **_if_any(registration=registration),
    )  # fmt: skip
    return person


async def change_roles(transaction: Transaction, staff_id: int, roles: Iterable[str], *, by: str, now: int) -> Staff:
    """Give a person exactly these roles. Raises StaffRefused where nobody would be left to administer."""
    wanted = checked_roles(roles)
    await store.hold(transaction)
    person = await known(transaction, staff_id)
    if wanted == person.roles:
        return person
    if "administrator" not in wanted:
        await _refuse_last_administrator(transaction, person)
    await store.set_roles(transaction, staff_id, wanted)
    await record(
        transaction, by=by, action="staff.change-roles", subject=person.name, now=now,
        before=_listed(person.roles), after=_listed(wanted),
    )  # fmt: skip
    return await known(transaction, staff_id)


async def change_registration(
    transaction: Transaction, staff_id: int, registration: str, *, by: str, now: int
) -> Staff:
    """Note a clinician's registration number, or "" that there is none."""
    registration = _one_line(registration, LONGEST_REGISTRATION, "registration number")
    await store.hold(transaction)
    person = await known(transaction, staff_id)
    if registration != person.registration:
        await store.set_registration(transaction, staff_id, registration)
        await record(
            transaction, by=by, action="staff.change-registration", subject=person.name, now=now,
            before=person.registration, after=registration,
        )  # fmt: skip
    return await known(transaction, staff_id)


async def disable(transaction: Transaction, staff_id: int, *, by: str, now: int) -> None:
    """Shut a person out at once: their sessions and links end; their name stays on what they signed.

    Raises StaffRefused where nobody would be left to administer.
    """
    await store.hold(transaction)
    person = await known(transaction, staff_id)
    if person.disabled:
        return
    await _refuse_last_administrator(transaction, person)
    await store.set_disabled(transaction, staff_id, now)
    await store.delete_sessions(transaction, staff_id)
    await store.delete_links(transaction, staff_id)
    await store.forget_devices(transaction, staff_id)
    await record(transaction, by=by, action="staff.disable", subject=person.name, now=now)


async def enable(transaction: Transaction, staff_id: int, *, by: str, now: int) -> None:
    """Let a person in again, with the passkeys and the password they had."""
    await store.hold(transaction)
    person = await known(transaction, staff_id)
    if not person.disabled:
        return
    await store.set_disabled(transaction, staff_id, None)
    await record(transaction, by=by, action="staff.enable", subject=person.name, now=now)


async def known(transaction: Transaction, staff_id: int) -> Staff:
    """The person with this number; StaffRefused when there is none."""
    person = await store.by_id(transaction, staff_id)
    if person is None:
        raise StaffRefused("There is no such person here.")
    return person


def checked_name(name: str) -> str:
    """The name with its spaces in order; StaffRefused for one that cannot sign anything."""
    name = _one_line(name, LONGEST_NAME, "name")
    if sum(character.isalpha() for character in name) < 2:
        raise StaffRefused("Write the name in letters, as it should stand under what they sign.")
    if folded(name) in NOT_NAMES:
        raise StaffRefused(f"{name} is how the software itself signs. Write the person's own name.")
    return name


def checked_email(email: str) -> str:
    """The address as given; StaffRefused for what is none."""
    email = _one_line(email, LONGEST_EMAIL, "e-mail address")
    if not _EMAIL.fullmatch(email):
        raise StaffRefused("This is no e-mail address. Write it like ana@clinic.example.")
    return email


def checked_roles(roles: Iterable[str]) -> frozenset[Role]:
    """The roles; StaffRefused for a word that is none."""
    given = set(roles)
    if unknown := sorted(given - set(ROLES)):
        raise StaffRefused(f"{unknown[0]} is not a role. The roles are {', '.join(ROLES)}.")
    return frozenset(role for role in ROLES if role in given)


def folded(text: str) -> str:
    """What names and addresses are compared by: neither case nor spaces nor width of letters make two of one."""
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


async def _refuse_last_administrator(transaction: Transaction, person: Staff) -> None:
    others = [
        one for one in await store.everyone(transaction) if one.id != person.id and one.has("administrator")
        and not one.disabled
    ]  # fmt: skip
    if person.has("administrator") and not person.disabled and not others:
        raise StaffRefused(
            f"{person.name} is the last administrator: without one nobody could let anyone in. "
            "Make someone else administrator first."
        )


def _one_line(text: str, longest: int, what: str) -> str:
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if len(text) > longest:
        raise StaffRefused(f"This {what} is longer than {longest} characters.")
    # Marks that cannot be seen would make two of what reads as one.
    if any(unicodedata.category(character).startswith("C") for character in text):
        raise StaffRefused(f"This {what} holds a character that cannot be seen. Type it anew.")
    return text


def _listed(roles: frozenset[Role]) -> str:
    return ", ".join(role for role in ROLES if role in roles) or "none"


def _if_any(**detail: str) -> dict[str, str]:
    return {name: value for name, value in detail.items() if value}
