"""Passkeys: each ceremony is a pair, prepared here, answered by the person's phone, and verified here once."""

import asyncio
import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pwa.database import Database, Transaction
from pwa.staff import store
from pwa.staff.audit import record
from pwa.staff.model import Staff, StaffRefused
from pwa.staff.secret import secret_hash
from pwa.staff.store import Passkey

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

CEREMONY_LASTS = 5 * 60_000
MOST = 20
"""Passkeys of one person."""
LONGEST_NAME = 60
LONGEST_ANSWER = 16 * 1024
"""Characters of what a phone answers: some 2,000 are usual."""
SIGN_IN = "sign in"
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""What parsers raise beside their own errors at an answer that no phone gave."""
NOT_FITTING = "This passkey did not fit, or it took longer than five minutes. Nothing was changed. Try again."


@dataclass(frozen=True)
class Party:
    """The site as passkeys know it; they work on this origin alone, which is what makes them safe from copies of it."""

    origin: str
    name: str

    @property
    def id(self) -> str:
        """The host."""
        return urlsplit(self.origin).hostname or ""


@dataclass(frozen=True)
class Made:
    """A new passkey as its ceremony proved it, and the handle under which the phone keeps it."""

    id: str
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]
    handle: bytes


async def prepare_making(
    database: Database,
    party: Party,
    *,
    browser: str,
    purpose: str,
    person: Staff | None,
    name: str,
    shown: str,
    now: int,
) -> dict[str, Any]:
    """Begin the making of a passkey in the browser that holds the secret `browser`; the options for its phone.

    `purpose` has to be named again when it is verified. `person` is None for the first administrator, who is made
    together with their passkey; `name` and `shown` are what the phone lists it under.
    """
    webauthn = await _library()
    structs = webauthn.helpers.structs
    challenge = secrets.token_bytes(32)
    existing = await store.passkeys(database, person.id) if person else []
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_id=await store.handle(database, person.id) if person else _handle(challenge),
        user_name=name,
        user_display_name=shown,
        challenge=challenge,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[_descriptor(structs, one) for one in existing],
    )
    await _begin(database, browser, purpose, challenge, now)
    return _plain(webauthn.options_to_json(options))


async def verify_making(database: Database, party: Party, *, browser: str, purpose: str, answer: str, now: int) -> Made:
    """What the phone made; StaffRefused for what does not answer this very ceremony, which ends either way."""
    webauthn = await _library()
    challenge = await _end(database, browser, purpose, now)
    try:
        verified = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (webauthn.helpers.exceptions.WebAuthnException, *_UNREADABLE) as error:
        raise StaffRefused(NOT_FITTING) from error
    return Made(
        _encoded(verified.credential_id),
        verified.credential_public_key,
        verified.sign_count,
        _transports(answer),
        _handle(challenge),
    )


async def prepare_sign_in(database: Database, party: Party, *, browser: str, now: int) -> dict[str, Any]:
    """Begin a sign-in; the phone offers whichever passkeys it has for this site, so nothing is told of anyone's."""
    webauthn = await _library()
    challenge = secrets.token_bytes(32)
    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        user_verification=webauthn.helpers.structs.UserVerificationRequirement.REQUIRED,
    )
    await _begin(database, browser, SIGN_IN, challenge, now)
    return _plain(webauthn.options_to_json(options))


@dataclass(frozen=True)
class Answered:
    """A phone's answer to a sign-in, and the challenge that it has to be an answer to."""

    passkey_id: str
    text: str
    challenge: bytes


async def take_answer(database: Database, *, browser: str, answer: str, now: int) -> Answered:
    """Take the challenge that this answers; from here on it is used up, whatever the answer is worth."""
    await _library()
    challenge = await _end(database, browser, SIGN_IN, now)
    try:
        passkey_id = json.loads(answer)["id"]
    except _UNREADABLE:
        raise StaffRefused(NOT_FITTING) from None
    # JSON can hold characters that no database takes, such as half of one.
    if not isinstance(passkey_id, str) or not passkey_id.isascii() or not passkey_id.isprintable():
        raise StaffRefused(NOT_FITTING)
    return Answered(passkey_id, answer, challenge)


async def verify_sign_in(transaction: Transaction, party: Party, answered: Answered, now: int) -> Staff:
    """Whose passkey this was; StaffRefused in the same words for one that is unknown, shut out, copied or forged."""
    webauthn = await _library()
    known = await store.passkey(transaction, answered.passkey_id)
    person = await store.by_id(transaction, known.staff_id) if known else None
    if known is None or person is None or person.disabled:
        raise StaffRefused(NOT_FITTING)
    try:
        verified = webauthn.verify_authentication_response(
            credential=answered.text,
            expected_challenge=answered.challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=known.public_key,
            # A counter that does not rise tells of a copied authenticator; most synced passkeys keep it at zero.
            credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        )
    except (webauthn.helpers.exceptions.WebAuthnException, *_UNREADABLE) as error:
        raise StaffRefused(NOT_FITTING) from error
    if not _is_of(await store.handle(transaction, person.id), answered.text):
        raise StaffRefused(NOT_FITTING)
    await store.use_passkey(transaction, known.id, verified.new_sign_count, now)
    return person


async def add_passkey(transaction: Transaction, person: Staff, made: Made, *, name: str, now: int) -> None:
    """Give a person a further way in."""
    await store.hold(transaction)
    name = " ".join(name.split())[:LONGEST_NAME] or "Passkey"
    if len(await store.passkeys(transaction, person.id)) >= MOST:
        raise StaffRefused(f"{MOST} passkeys are the most that one person has. Remove one first.")
    if await store.passkey(transaction, made.id):
        raise StaffRefused("This passkey is here already.")
    await store.add_passkey(
        transaction,
        Passkey(made.id, person.id, name, made.public_key, made.sign_count, made.transports, now),
    )
    await record(transaction, by=person.name, action="passkey.add", subject=person.name, now=now, passkey=name)


async def remove_passkey(transaction: Transaction, person: Staff, passkey_id: str, *, now: int) -> None:
    """Take a passkey away; StaffRefused when it is the last way in."""
    await store.hold(transaction)
    own = {one.id: one for one in await store.passkeys(transaction, person.id)}
    if passkey_id not in own:
        raise StaffRefused("This passkey is gone already.")
    if len(own) == 1 and await store.password(transaction, person.id) is None:
        raise StaffRefused("This is the only way you can sign in. Add another passkey or a password first.")
    await store.delete_passkey(transaction, person.id, passkey_id)
    name = own[passkey_id].name
    await record(transaction, by=person.name, action="passkey.remove", subject=person.name, now=now, passkey=name)


async def _begin(database: Database, browser: str, purpose: str, challenge: bytes, now: int) -> None:
    async with database.transaction() as transaction:
        await store.add_ceremony(
            transaction, secret_hash(browser), purpose, challenge, now=now, expires_at=now + CEREMONY_LASTS
        )


async def _end(database: Database, browser: str, purpose: str, now: int) -> bytes:
    async with database.transaction() as transaction:
        challenge = await store.take_ceremony(transaction, secret_hash(browser), purpose, now)
    if challenge is None:
        raise StaffRefused(NOT_FITTING)
    return challenge


def _handle(challenge: bytes) -> bytes:
    """The handle of someone who is made together with their passkey: nothing need be kept between the two steps."""
    return hashlib.sha256(b"ketamine-companion staff handle" + challenge).digest()


def _descriptor(structs: Any, one: Passkey) -> "PublicKeyCredentialDescriptor":
    known = {transport.value for transport in structs.AuthenticatorTransport}
    descriptor: PublicKeyCredentialDescriptor = structs.PublicKeyCredentialDescriptor(
        id=_decoded(one.id),
        transports=[structs.AuthenticatorTransport(name) for name in one.transports if name in known],
    )
    return descriptor


def _is_of(handle: bytes, answer: str) -> bool:
    """Whether the handle that the phone named, if it named one, is this person's."""
    named = json.loads(answer)["response"].get("userHandle")
    return named is None or named == _encoded(handle)


def _transports(answer: str) -> tuple[str, ...]:
    named = json.loads(answer).get("response", {}).get("transports", [])
    return tuple(name for name in named if isinstance(name, str) and name.isascii() and name.isalpha())[:8]


def _plain(options: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(options)
    return read


def _encoded(body: bytes) -> str:
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def _library() -> Any:
    """The WebAuthn library, loaded in a thread at its first use: with its cryptography it takes 20 MB and a while."""
    return await asyncio.to_thread(import_module, "webauthn")
