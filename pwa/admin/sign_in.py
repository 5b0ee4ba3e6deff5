"""Signing in and out: a passkey, or a password with a code; whoever is asked to in between goes on where they were."""

import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.ceremony import ceremony_begins, party
from pwa.admin.forms import FORM_BYTES, STRANGER_BYTES, BadForm, Form, read_form, refuse_cross_origin
from pwa.admin.house import (
    CEREMONY,
    DEVICE,
    SESSION,
    answer,
    anyone,
    device_secret,
    device_words,
    drop_cookie,
    find_session,
    go_to,
    house,
    is_known_browser,
    now,
    own_address,
    read_cookie,
    see_other,
    set_session,
    signed_out_limit,
    site,
    words,
)
from pwa.database import Transaction
from pwa.database.limits import hit
from pwa.staff import passkeys, passwords, sessions, store
from pwa.staff.model import Staff, StaffRefused
from pwa.staff.people import LONGEST_EMAIL, folded
from pwa.staff.secret import make_secret, secret_hash

WINDOW = 15 * 60
FROM_ONE_ADDRESS = 60
FOR_ONE_PERSON = 10
IN_A_KNOWN_BROWSER = 20
_KEPT_BYTES = 4 * FORM_BYTES
"""A form's fields once more, percent-encoded."""


@anyone
async def show(request: Request) -> Response:
    """The two ways in."""
    wanted = own_address(request.query_params.get("next", "/admin/"))
    found = await find_session(request)
    return _page(request, wanted, again=found[1] if found else None)


@anyone
async def with_password(request: Request) -> Response:
    """A password and a code; what does not match is refused in the same words and time, whatever it was."""
    refuse_cross_origin(request)
    known = await is_known_browser(request)
    # Strangers are counted before anything they send is read.
    wait = 0 if known else await _count_address(request)
    if wait:
        return _wait(request, Form(()), wait)
    form = await read_form(request, limit=_KEPT_BYTES if known else STRANGER_BYTES)
    email = form.text("email", limit=LONGEST_EMAIL)
    wait = await _slow_down(request, email, known=known)
    if wait:
        return _wait(request, form, wait)
    database, time = site(request).database, now(request)
    password = form.raw("password", limit=passwords.LONGEST + 1)
    person = await passwords.person_with(database, house(request).passwords, email=email, password=password)
    device = device_secret(request)
    async with database.transaction() as transaction:
        way = await passwords.use_code(transaction, person, form.text("code", limit=40), time)
        secret = person and way and await begin(request, transaction, person, way=way, device=device)
    if person and secret:
        return go_on(request, form, person, secret, device)
    return _page(
        request,
        own_address(form.text("next", limit=2000)),
        status=401,
        fault=words(
            request,
            "These do not belong together. Check address and password, and wait for a new code: each is good once.",
        ),
    )


@anyone
async def passkey_options(request: Request) -> Response:
    """What a phone needs to offer its passkeys. It is not counted: a passkey cannot be guessed, and behind a proxy
    everyone has one address, from which a stranger could then keep the staff out.
    """
    await read_form(request, limit=await signed_out_limit(request, _KEPT_BYTES))
    browser = make_secret()
    options = await passkeys.prepare_sign_in(site(request).database, party(request), browser=browser, now=now(request))
    return ceremony_begins(request, options, browser)


@anyone
async def with_passkey(request: Request) -> Response:
    """A phone's answer to the challenge that this browser was given."""
    form = await read_form(request, limit=await signed_out_limit(request, _KEPT_BYTES))
    database, device = site(request).database, device_secret(request)
    try:
        answered = await passkeys.take_answer(
            database,
            browser=read_cookie(request, CEREMONY),
            answer=form.text("credential", limit=passkeys.LONGEST_ANSWER),
            now=now(request),
        )
        async with database.transaction() as transaction:
            person = await passkeys.verify_sign_in(transaction, party(request), answered, now(request))
            secret = await begin(request, transaction, person, way="passkey", device=device)
    except StaffRefused as refusal:
        return _page(request, own_address(form.text("next", limit=2000)), status=401, fault=str(refusal))
    return go_on(request, form, person, secret, device)


@anyone
async def sign_out(request: Request) -> Response:
    """End this session, if it goes on."""
    refuse_cross_origin(request)
    found = await find_session(request)
    if found is not None:
        async with site(request).database.transaction() as transaction:
            await sessions.end(transaction, found[0], by=found[1].name, now=now(request))
    response = see_other(request, "sign-in", message=words(request, "You are signed out."))
    drop_cookie(request, response, SESSION)
    return response


async def begin(request: Request, transaction: Transaction, person: Staff, *, way: str, device: str) -> str:
    """Begin a session of this browser, which is known by `device`, in the place of the one it had; its secret."""
    return await sessions.begin(
        transaction,
        person,
        way=way,
        device=device_words(request),
        device_secret=device,
        before=read_cookie(request, SESSION),
        now=now(request),
    )


def go_on(request: Request, form: Form, person: Staff, secret: str, device: str) -> Response:
    """Give the browser its session and bring the person back: to the screen, or to the form they had sent."""
    wanted = own_address(form.text("next", limit=2000))
    kept = form.raw("kept", limit=_KEPT_BYTES)
    if kept:
        request.state.staff = person
        response = answer(
            request,
            "admin/go_on.html",
            title=words(request, "You are signed in"),
            address=wanted,
            kept=_kept_fields(kept),
        )
    else:
        response = go_to(request, wanted)
    set_session(request, response, secret, device)
    return response


async def _slow_down(request: Request, email: str, *, known: bool) -> int:
    """Count an attempt to sign in; how many seconds to wait, 0 for none. A browser that nobody knows was counted by
    its address already.

    Nobody is locked out: a browser in which this person has signed in before is counted by itself, so that whoever
    guesses from elsewhere slows only others who have never signed in.
    """
    database, time = site(request).database, now(request)
    device = read_cookie(request, DEVICE)
    person = await store.by_email(database, folded(email))
    if person and device and await store.knows_device(database, secret_hash(device), person.id):
        return await hit(
            database, f"sign-in browser {secret_hash(device)} {person.id}", IN_A_KNOWN_BROWSER, WINDOW, time
        )
    wait = await _count_address(request) if known else 0
    return wait or await hit(database, f"sign-in person {folded(email)}", FOR_ONE_PERSON, WINDOW, time)


async def _count_address(request: Request) -> int:
    address = request.client.host if request.client else ""
    return await hit(site(request).database, f"sign-in address {address}", FROM_ONE_ADDRESS, WINDOW, now(request))


def _wait(request: Request, form: Form, seconds: int) -> Response:
    said = words(request, "There were many attempts. Wait {minutes} minutes, or use a passkey.")
    wanted = own_address(form.text("next", limit=2000))
    return _page(request, wanted, status=429, fault=said.format(minutes=-(-seconds // 60)))


def _page(request: Request, wanted: str, *, status: int = 200, fault: str = "", again: Staff | None = None) -> Response:
    form: Form = getattr(request.state, "form", Form(()))
    return answer(
        request,
        "admin/sign_in.html",
        title=words(request, "Sign in"),
        status=status,
        next=wanted,
        kept=form.raw("kept", limit=_KEPT_BYTES),
        fault=fault,
        again=again,
        lost_files=False,
    )


def _kept_fields(kept: str) -> list[tuple[str, str]]:
    try:
        pairs = json.loads(kept)
        json.dumps(pairs, ensure_ascii=False).encode()  # JSON can hold half a character, a page cannot
        return [(name, value) for name, value in pairs if isinstance(name, str) and isinstance(value, str)]
    except (ValueError, TypeError, RecursionError):
        raise BadForm("What was sent before could not be kept. Go back and send it again.") from None


ROUTES = (
    Route("/sign-in", show, name="sign-in"),
    Route("/sign-in", with_password, methods=["POST"], name="sign-in-password"),
    Route("/sign-in/passkey/options", passkey_options, methods=["POST"], name="sign-in-passkey-options"),
    Route("/sign-in/passkey", with_passkey, methods=["POST"], name="sign-in-passkey"),
    Route("/sign-out", sign_out, methods=["POST"], name="sign-out"),
)
