"""Every release there was, is, or is planned: what it changed in words, taking it back, answering for it."""

import asyncio
from collections.abc import Iterable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.forms import BadForm, read_form, whole_number
from pwa.admin.house import answer, now, requires, see_other, served, site, staff_of, words
from pwa.admin.release import LONGEST_REASON, kilobytes, page_address
from pwa.content import release, store
from pwa.content.basket import only_signatures_miss
from pwa.content.basket import put_again as put_into_basket
from pwa.content.difference import Folded, Passage, compare
from pwa.content.model import Refused
from pwa.content.release import Difference
from pwa.database import Reader

SHOWN = 50


@requires()
async def show_all(request: Request) -> Response:
    """The latest releases, the last one first."""
    async with site(request).database.snapshot() as reader:
        found = await release.show_all(reader, now(request), SHOWN)
    return answer(
        request,
        "admin/releases.html",
        title=words(request, "Releases"),
        releases=found,
    )


@requires()
async def show(request: Request) -> Response:
    """One release: what it changed against the one before it, or against any other."""
    return await _page(request)


@requires("publisher")
async def preview_return(request: Request) -> Response:
    """What bringing this release's texts back would change for readers."""
    return await _return(request)


@requires("publisher")
async def bring_back(request: Request) -> Response:
    """Publish the texts of an earlier release again, if what was looked at is still live."""
    form = await read_form(request)
    return await _bring_back(request, reason=form.text("reason", limit=LONGEST_REASON))


@requires("publisher", fresh=True)
async def bring_back_alone(request: Request) -> Response:
    """The same with texts that nobody else has signed, for a reason; someone else has a day to answer for them."""
    form = await read_form(request)
    try:
        reason = form.text("reason", limit=LONGEST_REASON, required=True)
    except BadForm:
        fault = words(request, "Say why it cannot wait for a sign-off. Nothing was published.")
        return await _return(request, fault=fault, status=422)
    return await _bring_back(request, reason="", break_glass=reason)


@requires("publisher")
async def cancel(request: Request) -> Response:
    """Take a planned release back; its drafts stay."""
    number = request.path_params["id"]
    await release.cancel(site(request).database, number, by=staff_of(request).name, now=now(request))
    message = words(
        request, "It will not go out. Its drafts are as they were; put them in the next release if you like."
    )
    return see_other(request, "release-one", id=number, message=message)


@requires("publisher")
async def dismiss(request: Request) -> Response:
    """Settle a planned release that did not go out."""
    number = request.path_params["id"]
    await release.dismiss(site(request).database, number, by=staff_of(request).name, now=now(request))
    return see_other(request, "release-one", id=number, message=words(request, "It is off the first screen."))


@requires("publisher")
async def put_again(request: Request) -> Response:
    """Put what a failed release was to do into the next one."""
    number = request.path_params["id"]
    await put_into_basket(site(request).database, number, by=staff_of(request).name, now=now(request))
    return see_other(
        request, "release", message=words(request, "Its pages are in the next release. Plan it again here.")
    )


@requires("reviewer", "publisher")
async def approve(request: Request) -> Response:
    """Answer for a release that went out without a sign-off."""
    number = request.path_params["id"]
    await release.approve(site(request).database, number, by=staff_of(request).name, now=now(request))
    return see_other(request, "release-one", id=number, message=words(request, "You have answered for it."))


async def _return(request: Request, *, fault: str = "", status: int = 200) -> Response:
    wanted = request.path_params["id"]
    async with site(request).database.snapshot() as reader:
        shown = await release.show(reader, wanted, now(request))
        plan = await release.plan_rollback(reader, by=staff_of(request).name, to=wanted)
        changes = await release.differences(reader, plan.base.release_id or 0, wanted)
        faults = await release.recalled_or_unsigned(reader, plan)
    return answer(
        request,
        "admin/release_return.html",
        title=words(request, "Bring the texts of release {number} back").format(number=wanted),
        status=status,
        fault=fault,
        shown=shown,
        live=plan.base.release_id,
        changes=await _compared(changes),
        faults=faults,
        only_signatures_miss=only_signatures_miss(faults),
        page_address=page_address,
    )


async def _bring_back(request: Request, *, reason: str, break_glass: str = "") -> Response:
    form = await read_form(request)
    made = await release.rollback(
        site(request).database,
        site(request).renderer,
        by=staff_of(request).name,
        now=now(request),
        to=request.path_params["id"],
        seen=form.whole("live"),
        reason=reason,
        break_glass=break_glass,
    )
    await served(request)
    return see_other(
        request,
        "release-one",
        id=made.id,
        message=words(request, "The earlier texts are live again, as a new release."),
    )


async def _page(request: Request) -> Response:
    number = request.path_params["id"]
    async with site(request).database.snapshot() as reader:
        try:
            shown = await release.show(reader, number, now(request))
        except Refused:
            raise HTTPException(404) from None
        against = await _against(request, reader, shown.release)
        others = [one for one in await store.releases(reader, SHOWN) if one.published_at and one.id != number]
        changes = await release.differences(reader, against, number) if against is not None else ()
    one = shown.release
    return answer(
        request,
        "admin/release_one.html",
        title=one.title or words(request, "Release {number}").format(number=number),
        shown=shown,
        cost=(kilobytes(one.changed_bytes), kilobytes(one.total_bytes)) if one.published_at else None,
        against=against,
        others=others,
        changes=await _compared(changes),
        page_address=page_address,
        may_publish=staff_of(request).has("publisher"),
        may_approve=staff_of(request).has("publisher", "reviewer"),
    )


async def _compared(changes: Iterable[Difference]) -> list[tuple[Difference, list[Passage | Folded]]]:
    return [(one, await asyncio.to_thread(compare, one.before, one.after)) for one in changes]


async def _against(request: Request, reader: Reader, shown: store.Release) -> int | None:
    asked = whole_number(request.query_params.get("against", ""))
    if asked is not None:
        other = await store.release(reader, asked)
        if other is None or other.published_at is None:
            raise HTTPException(404)
        return other.id
    return shown.previous_id if shown.published_at else (await store.head(reader)).release_id


ROUTES = (
    Route("/releases", show_all, name="releases"),
    Route("/releases/{id:int}", show, name="release-one"),
    Route("/releases/{id:int}/return", preview_return, name="release-return"),
    Route("/releases/{id:int}/return", bring_back, methods=["POST"], name="release-bring-back"),
    Route(
        "/releases/{id:int}/return/break-glass",
        bring_back_alone,
        methods=["POST"],
        name="release-bring-back-alone",
    ),
    Route("/releases/{id:int}/cancellation", cancel, methods=["POST"], name="release-cancel"),
    Route("/releases/{id:int}/dismissal", dismiss, methods=["POST"], name="release-dismiss"),
    Route("/releases/{id:int}/basket", put_again, methods=["POST"], name="release-put-again"),
    Route("/releases/{id:int}/approval", approve, methods=["POST"], name="release-approve"),
)
