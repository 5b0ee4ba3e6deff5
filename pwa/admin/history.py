"""Every text a page ever had: what changed between any two, and any of them back as a draft."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.editor import open_page, place_of
from pwa.admin.forms import whole_number
from pwa.admin.house import answer, now, requires, see_other, site, staff_of, words
from pwa.content import drafts, store
from pwa.content.difference import changed_numbers, compare

SHOWN = 50
"""Versions on one screen."""


@requires()
async def show(request: Request) -> Response:
    """The versions of a page, and what differs between two of them: at first the last two."""
    place = place_of(request)
    opened = await open_page(request, place)
    database = site(request).database
    versions = await store.versions(database, opened.page.id)
    numbers = [one.id for one in versions]
    first = numbers.index(_number(request, "older", numbers, numbers[0])) if numbers else 0
    after = _number(request, "to", numbers, numbers[0] if numbers else 0)
    earlier = [one for one in numbers if one < after]
    before = _number(request, "from", numbers, earlier[0] if earlier else after)
    texts = await store.revisions(database, [before, after])
    changes, figures = [], []
    if before in texts and after in texts:
        old, new = texts[before].text, texts[after].text
        changes = await asyncio.to_thread(compare, old, new)
        figures = await asyncio.to_thread(changed_numbers, old, new)
    return answer(
        request,
        "admin/history.html",
        title=words(request, "History"),
        place=place,
        opened=opened,
        versions=versions[first : first + SHOWN],
        older=numbers[first + SHOWN] if len(numbers) > first + SHOWN else None,
        before=before,
        after=after,
        texts=texts,
        changes=changes,
        figures=figures,
    )


@requires("author")
async def restore(request: Request) -> Response:
    """Make an earlier text the draft again."""
    place = place_of(request)
    opened = await open_page(request, place)
    number = request.path_params["number"]
    found = (await store.revisions(site(request).database, [number])).get(number)
    if found is None or found.page_id != opened.page.id:
        raise HTTPException(404)
    await drafts.restore(site(request).database, place.path, found.id, by=staff_of(request).name, now=now(request))
    message = words(request, "This text is the draft now. What it replaced stays in the history.")
    return see_other(request, "edit", message=message, kind=place.kind, slug=place.slug)


def _number(request: Request, name: str, known: list[int], default: int) -> int:
    asked = whole_number(request.query_params.get(name, ""))
    return asked if asked in known else default


ROUTES = (
    Route("/pages/{kind}/{slug}/history", show, name="history"),
    Route("/pages/{kind}/{slug}/history/{number:int}/draft", restore, methods=["POST"], name="restore"),
)
