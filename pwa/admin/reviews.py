"""Reviews: which live texts someone must look at again, and when; and saying that nothing has to change."""

from datetime import date

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.forms import BadForm, read_form
from pwa.admin.house import answer, now, requires, see_other, site, staff_of, today, words
from pwa.admin.page import page_of, state_of_page
from pwa.content import review
from pwa.content.check import REVIEW_SOON
from pwa.content.drafts import live_revision
from pwa.content.model import Refused
from pwa.content.states import page_states

LONGEST_ROLE = 80


@requires()
async def show(request: Request) -> Response:
    """Every live page by the day on which its review is due, what is overdue first."""
    async with site(request).database.snapshot() as reader:
        states = await page_states(reader, today=today(request))
    live = [one for one in states if one.live_path]
    return answer(
        request,
        "admin/reviews.html",
        title=words(request, "Reviews"),
        pages=sorted(live, key=lambda one: (one.review_due or date.max, one.path)),
        soon=REVIEW_SOON,
    )


@requires("reviewer")
async def look_again(request: Request) -> Response:
    """A live text to be read once more, and the form that says it is still right."""
    return await _screen(request)


@requires("reviewer")
async def keep(request: Request) -> Response:
    """The text is still right: its review is due later, from the next release on."""
    form = await read_form(request)
    staff = staff_of(request)
    async with site(request).database.snapshot() as reader:
        page = await page_of(request, reader)
    try:
        await review.keep_unchanged(
            site(request).database,
            page.path,
            digest=form.text("text", required=True),
            by=staff.name,
            now=now(request),
            registration=staff.registration,
            named_as=form.text("role", limit=LONGEST_ROLE, required=True) if form.checked("named") else "",
            due=_day(form.text("due")),
        )
    except Refused as refusal:
        return await _screen(request, fault=str(refusal))
    message = words(request, "Signed. The new day reaches readers with the next release.")
    return see_other(request, "page", message=message, kind=page.kind, slug=page.slug)


async def _screen(request: Request, fault: str = "") -> Response:
    async with site(request).database.snapshot() as reader:
        page = await page_of(request, reader)
        state = await state_of_page(request, reader, page)
        live = await live_revision(reader, page)
    return answer(
        request,
        "admin/unchanged.html",
        title=words(request, "Look again: %(title)s") % {"title": state.title},
        status=409 if fault else 200,
        fault=fault,
        page=page,
        state=state,
        latest=review.latest_review(live.text, today(request).isoformat()) if live else None,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadForm("Write the day as year-month-day, such as 2027-05-22. Nothing was changed.", "due") from None


ROUTES = (
    Route("/reviews", show, name="reviews"),
    Route("/pages/{kind}/{slug}/unchanged", look_again, name="unchanged"),
    Route("/pages/{kind}/{slug}/unchanged", keep, methods=["POST"], name="unchanged-keep"),
)
