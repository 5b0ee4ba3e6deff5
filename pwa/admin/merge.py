"""Two people's texts of one page side by side, to be put together passage by passage."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.editor import new_name, open_page, place_of
from pwa.admin.forms import Form, read_form
from pwa.admin.house import answer, now, requires, see_other, site, staff_of, words
from pwa.content import store, working
from pwa.content.merging import Choice, Pick, Same, choices, merge
from pwa.content.working import Elsewhere, Opened

PICKS: tuple[Pick, ...] = ("mine", "theirs", "both")


@requires("author")
async def show(request: Request) -> Response:
    """What this person typed beside what was saved meanwhile."""
    return await _show(request, Form(()))


@requires("author")
async def put_together(request: Request) -> Response:
    """Keep the chosen text as this person's, over the one saved meanwhile, and go back to the editor."""
    place = place_of(request)
    opened = await open_page(request, place)
    form = await read_form(request)
    mine, theirs = opened.unsaved, opened.current
    if mine is None or theirs is None:
        return see_other(request, "edit", kind=place.kind, slug=place.slug)
    if form.text("mine", limit=64) != mine.name or form.text("theirs", limit=64) != theirs.sha256:
        return await _show(request, Form(()), words(request, "One of the texts has changed again. Look once more."))
    picks: dict[int, Pick] = {}
    for run in await _runs(request, opened):
        if isinstance(run, Choice):
            pick = next((one for one in PICKS if one == form.text(f"pick-{run.number}")), None)
            if pick is None:
                return await _show(request, form, words(request, "Choose for each passage. Nothing is lost meanwhile."))
            picks[run.number] = pick
    text = await asyncio.to_thread(merge, mine.text, theirs.text, picks)
    try:
        await working.keep(
            site(request).database, place.path, text,
            base=theirs.sha256, name=new_name(), known=[mine.name], by=staff_of(request).name, now=now(request),
        )  # fmt: skip
    except Elsewhere as conflict:
        return await _show(request, Form(()), str(conflict))
    message = words(request, "Both texts are put together. Look it over, then save the draft.")
    return see_other(request, "edit", message=message, kind=place.kind, slug=place.slug)


async def _show(request: Request, form: Form, fault: str = "") -> Response:
    place = place_of(request)
    opened = await open_page(request, place)
    if opened.unsaved is None or opened.current is None or not opened.moved_on:
        return see_other(request, "edit", kind=place.kind, slug=place.slug)
    return answer(
        request,
        "admin/merge.html",
        title=words(request, "Put both texts together"),
        status=409 if fault else 200,
        place=place,
        mine=opened.unsaved,
        theirs=opened.current,
        runs=await _runs(request, opened),
        picked={key: value for key, value in form.fields if key.startswith("pick-")},
        fault=fault,
    )


async def _runs(request: Request, opened: Opened) -> list[Same | Choice]:
    mine, theirs = opened.unsaved, opened.current
    assert mine is not None  # noqa: S101  the caller looked
    assert theirs is not None  # noqa: S101
    base = await store.revision_of(site(request).database, opened.page.id, mine.base_sha256)
    return await asyncio.to_thread(choices, mine.text, theirs.text, base.text if base else None)


ROUTES = (
    Route("/pages/{kind}/{slug}/merge", show, name="merge"),
    Route("/pages/{kind}/{slug}/merge", put_together, methods=["POST"], name="put-together"),
)
