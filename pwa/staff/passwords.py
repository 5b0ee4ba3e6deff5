"""The second way in: a password with a six-digit code from an app, and recovery codes on paper."""

import asyncio
import base64
import re
import secrets
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from pwa.database import Database, Transaction
from pwa.staff import store
from pwa.staff.audit import record
from pwa.staff.model import Staff, StaffRefused
from pwa.staff.people import folded
from pwa.staff.secret import secret_hash

if TYPE_CHECKING:
    from argon2 import PasswordHasher

T = TypeVar("T")

SHORTEST = 12
LONGEST = 200
RECOVERY_CODES = 8
STEP = 30
"""Seconds that a six-digit code stands for."""
MOST_WAITING = 16

_TOTP_SECRET = re.compile(r"[A-Z2-7]{32}")
_CODE = re.compile(r"[0-9]{6}")
_RECOVERY_CODE = re.compile(r"[a-z2-7]{16}")


class TooBusy(Exception):
    """More passwords wait to be checked than this server takes on; nothing was checked."""


class Passwords:
    """Hashes and checks passwords one after another in a thread, with a bounded number waiting.

    One takes 64 MiB and a tenth of a second: a flood of attempts must take neither the memory nor the processor that
    readers need.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)
        self._asked = 0

    async def hash(self, password: str) -> str:
        """The Argon2id hash to keep of a password."""
        return await self._run(lambda: _hasher().hash(password))

    async def match(self, hashed: str | None, password: str) -> bool:
        """Whether this is the password; where there is none, saying no takes as long."""
        return await self._run(lambda: _match(hashed, password))

    async def _run(self, work: Callable[[], T]) -> T:
        if self._asked >= MOST_WAITING:
            raise TooBusy
        self._asked += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(work)
        finally:
            self._asked -= 1


def checked_password(password: str, person_name: str, email: str) -> str:
    """The password; StaffRefused for one that is guessed soon. Length is what counts, not kinds of characters."""
    if len(password) < SHORTEST:
        raise StaffRefused(f"The password is too short: {SHORTEST} characters at least. Four random words are good.")
    if len(password) > LONGEST:
        raise StaffRefused(f"The password is too long: {LONGEST} characters at most.")
    plain = folded(password)
    known = [*folded(person_name).split(), folded(email), folded(email).partition("@")[0], "ketamine", "password"]
    left = plain
    for word in sorted(known, key=len, reverse=True):
        left = left.replace(word, "") if len(word) > 2 else left
    if len(set(plain)) < 6 or len(left) < 6:
        raise StaffRefused("This password is guessed too easily. Four random words are good.")
    return password


def make_totp_secret() -> str:
    """160 random bits in base32, for an app that shows six-digit codes."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def checked_totp_secret(secret: str) -> str:
    """A secret that the form has carried from its page and back; StaffRefused for what none of ours looks like."""
    if not _TOTP_SECRET.fullmatch(secret):
        raise StaffRefused("The secret of the code app was damaged on its way. Open the page again.")
    return secret


def totp_address(secret: str, *, name: str, site_name: str) -> str:
    """The `otpauth://` address that a code app reads from a QR code."""
    import pyotp  # noqa: PLC0415  only those who sign in with a password need it

    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=site_name)


def totp_step(secret: str, code: str, now: int) -> int | None:
    """The time step that a six-digit code belongs to: the current one, or one beside it; None for a wrong code."""
    import pyotp  # noqa: PLC0415

    code = "".join(code.split())
    if not _CODE.fullmatch(code):
        return None
    totp = pyotp.TOTP(secret)
    current = now // 1000 // STEP
    matching = [step for step in (current - 1, current, current + 1) if _same(totp.generate_otp(step), code)]
    return max(matching, default=None)


def make_recovery_codes() -> tuple[str, ...]:
    """Eight codes of 80 random bits, as they are printed: `abcd-efgh-ijkl-mnop`."""
    made = (base64.b32encode(secrets.token_bytes(10)).decode().lower() for _ in range(RECOVERY_CODES))
    return tuple("-".join(re.findall("....", code)) for code in made)


async def set_password(
    transaction: Transaction, person: Staff, *, hashed: str, totp_secret: str, codes: tuple[str, ...], now: int
) -> None:
    """Give a person a password, a code app and recovery codes, in the place of those they had."""
    await store.hold(transaction)
    await store.set_password(transaction, person.id, hashed, totp_secret)
    await store.set_recovery_codes(transaction, person.id, [secret_hash(_plain(code)) for code in codes])
    await record(transaction, by=person.name, action="password.set", subject=person.name, now=now)


async def replace_recovery_codes(transaction: Transaction, person: Staff, codes: tuple[str, ...], now: int) -> None:
    """Make a person's earlier recovery codes void."""
    await store.hold(transaction)
    await store.set_recovery_codes(transaction, person.id, [secret_hash(_plain(code)) for code in codes])
    await record(transaction, by=person.name, action="recovery-codes.replace", subject=person.name, now=now)


async def remove_password(transaction: Transaction, person: Staff, now: int) -> None:
    """Take a person's password, code app and recovery codes away; StaffRefused when it is their only way in."""
    await store.hold(transaction)
    if await store.password(transaction, person.id) is None:
        raise StaffRefused("There is no password to remove.")
    if not await store.passkeys(transaction, person.id):
        raise StaffRefused("The password is the only way you can sign in. Add a passkey first.")
    await store.set_password(transaction, person.id, None, None)
    await store.set_recovery_codes(transaction, person.id, ())
    await record(transaction, by=person.name, action="password.remove", subject=person.name, now=now)


async def person_with(database: Database, passwords: Passwords, *, email: str, password: str) -> Staff | None:
    """Whose address and password these are, shut out people excepted.

    Takes as long and answers the same for an address that nobody has, and for someone who has no password.
    """
    person = await store.by_email(database, folded(email))
    known = await store.password(database, person.id) if person else None
    right = await passwords.match(known.hash if known else None, password)
    return person if right and person and not person.disabled else None


async def use_code(transaction: Transaction, person: Staff | None, code: str, now: int) -> str | None:
    """Use up a six-digit code or a recovery code: "password" or "recovery code", and None when it is neither.

    A six-digit code, and every one before it, is good once. Nobody (None) has no code, which takes as long to find
    as a wrong one: how long a sign-in takes must not tell that its password was right.
    """
    await store.hold(transaction)
    known = await store.password(transaction, person.id if person else 0)
    if person is None or known is None:
        totp_step(make_totp_secret(), code, now)
        return None
    step = totp_step(known.totp_secret, code, now)
    if step is not None:
        return "password" if await store.use_totp_step(transaction, person.id, step) else None
    if _RECOVERY_CODE.fullmatch(_plain(code)):
        used = await store.use_recovery_code(transaction, person.id, secret_hash(_plain(code)))
        return "recovery code" if used else None
    return None


def _plain(code: str) -> str:
    return re.sub(r"[\s-]", "", code).lower()


def _same(one: str, other: str) -> bool:
    return secrets.compare_digest(one, other)


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher  # noqa: PLC0415  only those who sign in with a password need it

    return PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)


@cache
def _nobodys() -> str:
    """The hash of a password that nobody has, checked where there is none."""
    return _hasher().hash(secrets.token_urlsafe(32))


def _match(hashed: str | None, password: str) -> bool:
    from argon2.exceptions import VerificationError  # noqa: PLC0415

    nobodys = _nobodys()  # made in either case, so that not even the first attempt tells them apart
    try:
        _hasher().verify(hashed or nobodys, password[: LONGEST + 1])
    except VerificationError:
        return False
    return hashed is not None
