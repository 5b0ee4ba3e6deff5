"""The switch by which a clinic of one person says, knowingly, that whoever writes a text also signs it."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.forms import read_form
from pwa.admin.house import answer, now, requires, see_other, site, staff_of, words
from pwa.content import alone, review_store
from pwa.content.model import Refused
from pwa.staff import store as staff_store


@requires("administrator")
async def show(request: Request) -> Response:
    """What it means, whether it is on, and who said so."""
    return await _screen(request)


@requires("administrator", fresh=True)
async def begin(request: Request) -> Response:
    """Let writers sign their own texts."""
    form = await read_form(request)
    try:
        await alone.review_alone(
            site(request).database, typed=form.text("typed"), by=staff_of(request).name, now=now(request)
        )
    except Refused as refusal:
        return await _screen(request, fault=str(refusal))
    return see_other(request, "reviewing-alone", message=words(request, "This clinic reviews alone now."))


@requires("administrator", fresh=True)
async def end(request: Request) -> Response:
    """Ask for a second person again."""
    await alone.review_together(site(request).database, by=staff_of(request).name, now=now(request))
    message = words(request, "Every text needs a second person again.")
    return see_other(request, "reviewing-alone", message=message)


async def _screen(request: Request, fault: str = "") -> Response:
    database = site(request).database
    people = await staff_store.everyone(database)
    return answer(
        request,
        "admin/alone.html",
        title=words(request, "Reviewing alone"),
        status=409 if fault else 200,
        fault=fault,
        on=await alone.reviews_alone(database),
        decided=await review_store.decision(database, alone.NAME),
        typed=alone.TYPED,
        reviewers=[one.name for one in people if one.has("reviewer") and not one.disabled],
    )


ROUTES = (
    Route("/reviewing-alone", show, name="reviewing-alone"),
    Route("/reviewing-alone", begin, methods=["POST"], name="reviewing-alone-begin"),
    Route("/reviewing-alone/end", end, methods=["POST"], name="reviewing-alone-end"),
)
