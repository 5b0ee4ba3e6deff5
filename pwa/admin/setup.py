"""First ways in: the link of the first administrator, and the one by which everyone after makes their own way in."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.ceremony import ceremony_begins, party
from pwa.admin.forms import Form, read_form
from pwa.admin.house import (
    CEREMONY,
    answer,
    answer_json,
    anyone,
    device_secret,
    device_words,
    house,
    now,
    origin,
    path,
    read_cookie,
    set_session,
    site,
    words,
)
from pwa.admin.qr import qr_svg
from pwa.admin.sign_in import begin
from pwa.staff import links, passkeys, passwords, people
from pwa.staff.links import Opened
from pwa.staff.model import ROLES, Staff, StaffRefused
from pwa.staff.secret import make_secret


@dataclass(frozen=True)
class Door:
    """A link as its screen needs it: which of the two it is, its secret, and what it opens."""

    setup: bool
    secret: str
    opened: Opened


@anyone
async def show(request: Request) -> Response:
    """What the link opens: the choice of a way to sign in. Looking does not use it up."""
    return _page(request, await _door(request))


@anyone
async def with_password(request: Request) -> Response:
    """Use the link up: make the person if it is the first, set their password, and sign them in."""
    form = await read_form(request)
    door = await _door(request)
    try:
        name, email = _who(form, door)
        password = passwords.checked_password(form.raw("password", limit=passwords.LONGEST + 1), name, email)
        secret = passwords.checked_totp_secret(form.text("totp_secret"))
        step = passwords.totp_step(secret, form.text("code"), now(request))
        if step is None:
            raise StaffRefused(words(request, "This code does not match. Wait for the next one and type it."))
        hashed = await house(request).passwords.hash(password)
        codes = passwords.make_recovery_codes()
        device = device_secret(request)
        async with site(request).database.transaction() as transaction:
            opened = await links.use(transaction, door.secret, setup=door.setup, now=now(request))
            person = opened.person or await people.add_person(
                transaction, name=name, email=email, roles=ROLES, by=name, now=now(request)
            )
            await passwords.set_password(
                transaction, person, hashed=hashed, totp_secret=secret, codes=codes, now=now(request)
            )
            await passwords.use_code(transaction, person, form.text("code"), now(request))
            session = await begin(request, transaction, person, way="link", device=device)
    except StaffRefused as refusal:
        return _page(request, door, fault=str(refusal))
    return welcome(request, person, session, device, codes)


@anyone
async def passkey_options(request: Request) -> Response:
    """What a phone needs to make a passkey for whom the link lets in."""
    form = await read_form(request)
    door = await _door(request)
    try:
        name, email = _who(form, door)
    except StaffRefused as refusal:
        return answer_json({"fault": str(refusal)}, status=409)
    browser = make_secret()
    options = await passkeys.prepare_making(
        site(request).database,
        party(request),
        browser=browser,
        purpose=f"link {door.opened.link.sha256}",
        person=door.opened.person,
        name=email,
        shown=name,
        now=now(request),
    )
    return ceremony_begins(request, options, browser)


@anyone
async def with_passkey(request: Request) -> Response:
    """Use the link up: make the person if it is the first, add their passkey, and sign them in."""
    form = await read_form(request)
    door = await _door(request)
    try:
        name, email = _who(form, door)
        made = await passkeys.verify_making(
            site(request).database,
            party(request),
            browser=read_cookie(request, CEREMONY),
            purpose=f"link {door.opened.link.sha256}",
            answer=form.text("credential", limit=passkeys.LONGEST_ANSWER),
            now=now(request),
        )
        device = device_secret(request)
        async with site(request).database.transaction() as transaction:
            opened = await links.use(transaction, door.secret, setup=door.setup, now=now(request))
            person = opened.person or await people.add_person(
                transaction, name=name, email=email, roles=ROLES, by=name, now=now(request), handle=made.handle
            )
            await passkeys.add_passkey(transaction, person, made, name=device_words(request), now=now(request))
            session = await begin(request, transaction, person, way="link", device=device)
    except StaffRefused as refusal:
        return _page(request, door, fault=str(refusal))
    return welcome(request, person, session, device, ())


def welcome(request: Request, person: Staff, session: str, device: str, codes: tuple[str, ...]) -> Response:
    """Signed in for the first time; recovery codes are shown this once."""
    request.state.staff = person
    response = answer(request, "admin/welcome.html", title=words(request, "You are in"), codes=codes, person=person)
    set_session(request, response, session, device)
    return response


async def _door(request: Request) -> Door:
    setup = request.url.path.startswith("/admin/setup/")
    secret = request.path_params["secret"]
    opened = await links.look(site(request).database, secret, setup=setup, now=now(request))
    return Door(setup, secret, opened)


def _who(form: Form, door: Door) -> tuple[str, str]:
    if door.opened.person is not None:
        return door.opened.person.name, door.opened.person.email
    return (
        people.checked_name(form.text("name", limit=people.LONGEST_NAME)),
        people.checked_email(form.text("email", limit=people.LONGEST_EMAIL)),
    )


def _page(request: Request, door: Door, *, fault: str = "") -> Response:
    form: Form = getattr(request.state, "form", Form(()))
    running = site(request)
    # The secret goes to the page and back: it becomes anyone's only when the form is sent, so nothing is kept before.
    secret = form.text("totp_secret") or passwords.make_totp_secret()
    person = door.opened.person
    address = passwords.totp_address(
        passwords.checked_totp_secret(secret),
        name=person.email if person else running.settings.site_name,
        site_name=running.settings.site_name,
    )
    title = words(request, "Set up your sign-in") if person else words(request, "The first administrator")
    return answer(
        request,
        "admin/setup.html",
        title=title,
        status=409 if fault else 200,
        person=person,
        fault=fault,
        totp_secret=secret,
        totp_address=address,
        qr=qr_svg(address, label=words(request, "QR code for your code app")),
        origin=origin(request),
        action=path(request, "setup" if door.setup else "join", secret=door.secret),
    )


ROUTES = (
    Route("/setup/{secret}", show, name="setup"),
    Route("/setup/{secret}", with_password, methods=["POST"], name="setup-password"),
    Route("/setup/{secret}/passkey/options", passkey_options, methods=["POST"], name="setup-passkey-options"),
    Route("/setup/{secret}/passkey", with_passkey, methods=["POST"], name="setup-passkey"),
    Route("/join/{secret}", show, name="join"),
    Route("/join/{secret}", with_password, methods=["POST"], name="join-password"),
    Route("/join/{secret}/passkey/options", passkey_options, methods=["POST"], name="join-passkey-options"),
    Route("/join/{secret}/passkey", with_passkey, methods=["POST"], name="join-passkey"),
)
