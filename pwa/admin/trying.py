"""A release on the staff's own phones: making it, its QR code, and ending it."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.forms import BadForm, read_form
from pwa.admin.house import answer, now, origin, requires, see_other, site, staff_of, words
from pwa.admin.qr import qr_svg
from pwa.admin.release import notes_of
from pwa.content import basket, trial


@requires("author", "reviewer", "publisher")
async def start(request: Request) -> Response:
    """Build the basket as it stands, for phones that get its address."""
    form = await read_form(request)
    chosen = await basket.choice(site(request).database)
    secret = await trial.start(
        site(request).database,
        site(request).renderer,
        paths=chosen.paths,
        withdraw=chosen.withdraw,
        notes=notes_of(form),
        by=staff_of(request).name,
        now=now(request),
    )
    return see_other(request, "trying-one", secret=secret)


@requires("author", "reviewer", "publisher")
async def show(request: Request) -> Response:
    """The address of a trial, as a QR code and as a link."""
    secret = request.path_params["secret"]
    found = await trial.find(site(request).database, secret, now(request))
    if found is None:
        raise HTTPException(404)
    address = f"{origin(request)}/try/{secret}"
    return answer(
        request,
        "admin/trying.html",
        title=words(request, "Try it on your phone"),
        trial=found,
        address=address,
        qr=qr_svg(address, label=words(request, "QR code that opens the trial on a phone")),
    )


@requires("author", "reviewer", "publisher")
async def end(request: Request) -> Response:
    """End a trial; phones go back at their next look."""
    form = await read_form(request)
    name = form.text("name", limit=64, required=True)
    if len(name) != 64:
        raise BadForm("There is no such trial. Nothing was changed.", "name")
    await trial.end(site(request).database, name, by=staff_of(request).name, now=now(request))
    message = words(
        request, "The trial has ended. Phones that try it go back to the published guide at their next look."
    )
    return see_other(request, "release", message=message)


ROUTES = (
    Route("/try", start, methods=["POST"], name="trying"),
    Route("/try/ended", end, methods=["POST"], name="trying-end"),
    Route("/try/{secret}", show, name="trying-one"),
)
