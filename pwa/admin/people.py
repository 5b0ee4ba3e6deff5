"""The people of the clinic: who they are, what they may do, and the links that let them in."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.forms import read_form
from pwa.admin.house import answer, now, origin, requires, see_other, site, staff_of, words
from pwa.admin.qr import qr_svg
from pwa.staff import links, people, sessions, store
from pwa.staff.model import ROLES, Staff, StaffRefused


@requires("administrator")
async def show_all(request: Request) -> Response:
    """Everyone, with what they may do."""
    database = site(request).database
    everyone = await store.everyone(database)
    return answer(
        request,
        "admin/people.html",
        title=words(request, "People"),
        everyone=sorted(everyone, key=lambda one: (one.disabled, one.name.casefold())),
        links=await store.links_of(database, now(request)),
        with_a_way=await store.with_a_way_in(database),
        all_roles=ROLES,
    )


@requires("administrator", fresh=True)
async def show_new(request: Request) -> Response:
    """The form for inviting someone."""
    return _invitation(request)


@requires("administrator", fresh=True)
async def invite(request: Request) -> Response:
    """Add a person and show the link that lets them in, once."""
    form = await read_form(request)
    try:
        async with site(request).database.transaction() as transaction:
            person = await people.add_person(
                transaction,
                name=form.text("name", limit=1000),
                email=form.text("email", limit=1000),
                roles=form.many("roles"),
                registration=form.text("registration", limit=1000),
                by=staff_of(request).name,
                now=now(request),
            )
            path = await links.joining_path(transaction, person.id, by=staff_of(request).name, now=now(request))
    except StaffRefused as refusal:
        return _invitation(request, fault=str(refusal))
    return _link(request, person, path)


@requires("administrator", fresh=True)
async def show(request: Request) -> Response:
    """One person, and everything that can be changed about them."""
    return await _person(request)


@requires("administrator", fresh=True)
async def change_roles(request: Request) -> Response:
    """Give them exactly the roles that are ticked."""
    form = await read_form(request)
    try:
        async with site(request).database.transaction() as transaction:
            await people.change_roles(
                transaction, _number(request), form.many("roles"), by=staff_of(request).name, now=now(request)
            )
    except StaffRefused as refusal:
        return await _person(request, fault=str(refusal))
    return see_other(request, "person", number=_number(request), message=words(request, "The roles are changed."))


@requires("administrator", fresh=True)
async def change_registration(request: Request) -> Response:
    """Note their registration number, or that there is none."""
    form = await read_form(request)
    try:
        async with site(request).database.transaction() as transaction:
            await people.change_registration(
                transaction,
                _number(request),
                form.text("registration", limit=1000),
                by=staff_of(request).name,
                now=now(request),
            )
    except StaffRefused as refusal:
        return await _person(request, fault=str(refusal))
    return see_other(request, "person", number=_number(request), message=words(request, "The number is noted."))


@requires("administrator", fresh=True)
async def make_link(request: Request) -> Response:
    """Show a new link for them, once; the one before closes."""
    person = await _known(request)
    try:
        async with site(request).database.transaction() as transaction:
            path = await links.joining_path(transaction, person.id, by=staff_of(request).name, now=now(request))
    except StaffRefused as refusal:
        return await _person(request, fault=str(refusal))
    return _link(request, person, path)


@requires("administrator", fresh=True)
async def close_link(request: Request) -> Response:
    """Close their open link."""
    async with site(request).database.transaction() as transaction:
        await links.close_links(transaction, _number(request), by=staff_of(request).name, now=now(request))
    return see_other(request, "person", number=_number(request), message=words(request, "The link opens nothing now."))


@requires("administrator", fresh=True)
async def sign_out_everywhere(request: Request) -> Response:
    """End all their sessions."""
    async with site(request).database.transaction() as transaction:
        await sessions.end_all(transaction, await _known(request), by=staff_of(request).name, now=now(request))
    return see_other(request, "person", number=_number(request), message=words(request, "They are signed out."))


@requires("administrator", fresh=True)
async def change_access(request: Request) -> Response:
    """Shut them out, or let them in again."""
    form = await read_form(request)
    shut = form.choice("access", ("shut", "open")) == "shut"
    change = people.disable if shut else people.enable
    try:
        async with site(request).database.transaction() as transaction:
            await change(transaction, _number(request), by=staff_of(request).name, now=now(request))
    except StaffRefused as refusal:
        return await _person(request, fault=str(refusal))
    message = words(request, "They are shut out.") if shut else words(request, "They may come in again.")
    return see_other(request, "people", message=message)


def _invitation(request: Request, fault: str = "") -> Response:
    return answer(
        request,
        "admin/invitation.html",
        title=words(request, "Invite someone"),
        status=409 if fault else 200,
        fault=fault,
        all_roles=ROLES,
    )


def _link(request: Request, person: Staff, path: str) -> Response:
    address = f"{origin(request)}{path}"
    return answer(
        request,
        "admin/link.html",
        title=words(request, "A link for {name}").format(name=person.name),
        person=person,
        address=address,
        qr=qr_svg(address, label=words(request, "QR code of the link")),
    )


async def _person(request: Request, fault: str = "") -> Response:
    person = await _known(request)
    database = site(request).database
    open_links = await store.links_of(database, now(request))
    return answer(
        request,
        "admin/person.html",
        title=person.name,
        status=409 if fault else 200,
        fault=fault,
        person=person,
        all_roles=ROLES,
        open_until=open_links.get(person.id),
        sessions=await sessions.listed(database, person.id, now(request)),
        passkeys=len(await store.passkeys(database, person.id)),
        password=await store.password(database, person.id) is not None,
    )


async def _known(request: Request) -> Staff:
    person = await store.by_id(site(request).database, _number(request))
    if person is None:
        raise HTTPException(404)
    return person


def _number(request: Request) -> int:
    number: int = request.path_params["number"]
    return number


ROUTES = (
    Route("/people", show_all, name="people"),
    Route("/people/new", show_new, name="invitation"),
    Route("/people/new", invite, methods=["POST"], name="invitation-send"),
    Route("/people/{number:int}", show, name="person"),
    Route("/people/{number:int}/roles", change_roles, methods=["POST"], name="person-roles"),
    Route("/people/{number:int}/registration", change_registration, methods=["POST"], name="person-registration"),
    Route("/people/{number:int}/link", make_link, methods=["POST"], name="person-link"),
    Route("/people/{number:int}/link/closing", close_link, methods=["POST"], name="person-link-closing"),
    Route("/people/{number:int}/sessions/ending", sign_out_everywhere, methods=["POST"], name="person-sessions-ending"),
    Route("/people/{number:int}/access", change_access, methods=["POST"], name="person-access"),
)
