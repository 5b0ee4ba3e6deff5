"""One's own account: the ways to sign in, and the browsers that are signed in."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.ceremony import ceremony_begins, party
from pwa.admin.forms import read_form
from pwa.admin.house import (
    CEREMONY,
    answer,
    device_words,
    house,
    now,
    read_cookie,
    requires,
    see_other,
    session_of,
    site,
    staff_of,
    words,
)
from pwa.admin.qr import qr_svg
from pwa.staff import passkeys, passwords, sessions, store
from pwa.staff.model import StaffRefused
from pwa.staff.secret import make_secret


@requires()
async def show(request: Request) -> Response:
    """Who they are here, how they sign in, and where they are signed in."""
    database, person = site(request).database, staff_of(request)
    return answer(
        request,
        "admin/account.html",
        title=words(request, "Your account"),
        person=person,
        passkeys=await store.passkeys(database, person.id),
        password=await store.password(database, person.id) is not None,
        codes_left=await store.recovery_codes_left(database, person.id),
        sessions=await sessions.listed(database, person.id, now(request)),
        current=session_of(request).name,
    )


@requires()
async def end_session(request: Request) -> Response:
    """Sign one browser out."""
    form = await read_form(request)
    person = staff_of(request)
    async with site(request).database.transaction() as transaction:
        await sessions.end_named(transaction, person.id, form.text("name"), by=person.name, now=now(request))
    return see_other(request, "account", message=words(request, "That browser is signed out."))


@requires()
async def end_other_sessions(request: Request) -> Response:
    """Sign every browser out but this one."""
    async with site(request).database.transaction() as transaction:
        await sessions.end_others(transaction, staff_of(request), session_of(request), now=now(request))
    return see_other(request, "account", message=words(request, "Only this browser is signed in now."))


@requires(fresh=True)
async def show_ways(request: Request) -> Response:
    """Everything that can be changed about one's ways to sign in."""
    return await _ways(request)


@requires(fresh=True)
async def passkey_options(request: Request) -> Response:
    """What the phone needs to make a further passkey."""
    person, browser = staff_of(request), make_secret()
    options = await passkeys.prepare_making(
        site(request).database,
        party(request),
        browser=browser,
        purpose=f"add {session_of(request).name}",
        person=person,
        name=person.email,
        shown=person.name,
        now=now(request),
    )
    return ceremony_begins(request, options, browser)


@requires(fresh=True)
async def add_passkey(request: Request) -> Response:
    """Keep the passkey that the phone made."""
    form = await read_form(request)
    database = site(request).database
    try:
        made = await passkeys.verify_making(
            database,
            party(request),
            browser=read_cookie(request, CEREMONY),
            purpose=f"add {session_of(request).name}",
            answer=form.text("credential", limit=passkeys.LONGEST_ANSWER),
            now=now(request),
        )
        name = form.text("passkey_name", limit=passkeys.LONGEST_NAME) or device_words(request)
        async with database.transaction() as transaction:
            await passkeys.add_passkey(transaction, staff_of(request), made, name=name, now=now(request))
    except StaffRefused as refusal:
        return await _ways(request, fault=str(refusal))
    return see_other(request, "ways", message=words(request, "The passkey is added."))


@requires(fresh=True)
async def remove_passkey(request: Request) -> Response:
    """Take one passkey away."""
    form = await read_form(request)
    try:
        async with site(request).database.transaction() as transaction:
            await passkeys.remove_passkey(
                transaction, staff_of(request), form.text("passkey", limit=2000), now=now(request)
            )
    except StaffRefused as refusal:
        return await _ways(request, fault=str(refusal))
    return see_other(request, "ways", message=words(request, "The passkey is removed. Remove it from your phone too."))


@requires(fresh=True)
async def set_password(request: Request) -> Response:
    """Set a password with a code app, in the place of the one before; recovery codes are shown once."""
    form = await read_form(request)
    person, time = staff_of(request), now(request)
    try:
        password = passwords.checked_password(
            form.raw("password", limit=passwords.LONGEST + 1), person.name, person.email
        )
        secret = passwords.checked_totp_secret(form.text("totp_secret"))
        if passwords.totp_step(secret, form.text("code"), time) is None:
            raise StaffRefused(words(request, "This code does not match. Wait for the next one and type it."))
        hashed = await house(request).passwords.hash(password)
        codes = passwords.make_recovery_codes()
        async with site(request).database.transaction() as transaction:
            await passwords.set_password(transaction, person, hashed=hashed, totp_secret=secret, codes=codes, now=time)
            await passwords.use_code(transaction, person, form.text("code"), time)
            await sessions.end_others(transaction, person, session_of(request), now=time)
    except StaffRefused as refusal:
        return await _ways(request, fault=str(refusal))
    return answer(request, "admin/codes.html", title=words(request, "Your recovery codes"), codes=codes)


@requires(fresh=True)
async def remove_password(request: Request) -> Response:
    """Sign in with passkeys alone."""
    try:
        async with site(request).database.transaction() as transaction:
            await passwords.remove_password(transaction, staff_of(request), now(request))
    except StaffRefused as refusal:
        return await _ways(request, fault=str(refusal))
    return see_other(request, "ways", message=words(request, "The password is removed."))


@requires(fresh=True)
async def replace_recovery_codes(request: Request) -> Response:
    """Make new recovery codes; those before are void."""
    person, codes = staff_of(request), passwords.make_recovery_codes()
    try:
        async with site(request).database.transaction() as transaction:
            await passwords.replace_recovery_codes(transaction, person, codes, now(request))
    except StaffRefused as refusal:
        return await _ways(request, fault=str(refusal))
    return answer(request, "admin/codes.html", title=words(request, "Your recovery codes"), codes=codes)


async def _ways(request: Request, fault: str = "") -> Response:
    database, person, running = site(request).database, staff_of(request), site(request).settings
    form = await read_form(request) if request.method == "POST" else None
    secret = (form.text("totp_secret") if form else "") or passwords.make_totp_secret()
    address = passwords.totp_address(
        passwords.checked_totp_secret(secret), name=person.email, site_name=running.site_name
    )
    return answer(
        request,
        "admin/ways.html",
        title=words(request, "Ways to sign in"),
        status=409 if fault else 200,
        fault=fault,
        person=person,
        passkeys=await store.passkeys(database, person.id),
        password=await store.password(database, person.id) is not None,
        codes_left=await store.recovery_codes_left(database, person.id),
        device=device_words(request),
        totp_secret=secret,
        totp_address=address,
        qr=qr_svg(address, label=words(request, "QR code for your code app")),
    )


ROUTES = (
    Route("/account", show, name="account"),
    Route("/account/sessions/ending", end_session, methods=["POST"], name="session-ending"),
    Route("/account/other-sessions/ending", end_other_sessions, methods=["POST"], name="other-sessions-ending"),
    Route("/account/ways", show_ways, name="ways"),
    Route("/account/passkeys/options", passkey_options, methods=["POST"], name="passkey-options"),
    Route("/account/passkeys", add_passkey, methods=["POST"], name="passkey-add"),
    Route("/account/passkeys/removal", remove_passkey, methods=["POST"], name="passkey-removal"),
    Route("/account/password", set_password, methods=["POST"], name="password-set"),
    Route("/account/password/removal", remove_password, methods=["POST"], name="password-removal"),
    Route("/account/recovery-codes", replace_recovery_codes, methods=["POST"], name="recovery-codes"),
)
