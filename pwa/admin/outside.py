"""What a clinician outside sees behind their link: the page as patients will see it, what changed, and their answer."""

import asyncio
from collections.abc import Sequence
from typing import cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.editor import Place
from pwa.admin.forms import BadForm, read_form
from pwa.admin.house import answer, anyone, now, see_other, site, words
from pwa.admin.preview import previewed
from pwa.content import outside
from pwa.content.difference import ChangedNumber, Folded, Passage, changed_numbers, compare
from pwa.content.drafts import live_revision
from pwa.content.markdown import parse
from pwa.content.model import ContentError, PageKind, Refused
from pwa.content.signing import LONGEST_NOTE

LONGEST_ROLE = 80
_STATUS = {"open": 200, "answered": 200, "revoked": 410, "expired": 410, "edited": 410}


@anyone
async def show(request: Request) -> Response:
    """The text and the form of the answer, or why there is nothing to answer. Looking uses nothing up."""
    return await _screen(request)


@anyone
async def page(request: Request) -> Response:
    """The page as patients will see it, to stand in a frame that runs no script."""
    async with site(request).database.snapshot() as reader:
        opened = await outside.look(reader, request.path_params["secret"], now(request))
        if opened.state != "open":
            raise Refused(outside.REASONS[opened.state])
    return await previewed(request, Place(cast(PageKind, opened.page.kind), opened.page.slug), opened.revision.text)


@anyone
async def send(request: Request) -> Response:
    """Take the one answer."""
    form = await read_form(request)
    secret = request.path_params["secret"]
    database = site(request).database
    try:
        digest = form.text("text", required=True)
        name = form.text("name", limit=outside.LONGEST_NAME, required=True)
        registration = form.text("registration", limit=outside.LONGEST_NAME, required=True)
        note = form.text("note", limit=LONGEST_NOTE)
        if form.choice("answer", ("approve", "changes")) == "approve":
            named_as = form.text("role", limit=LONGEST_ROLE, required=True) if form.checked("named") else ""
            await outside.approve(
                database, secret, digest=digest, name=name, registration=registration, now=now(request),
                named_as=named_as, note=note,
            )  # fmt: skip
        else:
            await outside.ask_for_changes(
                database, secret, digest=digest, name=name, registration=registration, note=note, now=now(request)
            )
    except BadForm as fault:
        return await _screen(request, fault=words(request, str(fault)), status=422)
    except Refused as refusal:
        return await _screen(request, fault=words(request, str(refusal)), status=409)
    return see_other(request, "outside", secret=secret)


async def _screen(request: Request, *, fault: str = "", status: int = 0) -> Response:
    async with site(request).database.snapshot() as reader:
        opened = await outside.look(reader, request.path_params["secret"], now(request))
        live = await live_revision(reader, opened.page)
    before, after = live.text if live else "", opened.revision.text
    is_open = opened.state == "open"
    passages, numbers = await asyncio.to_thread(_differences, before, after) if is_open and live else ([], [])
    return answer(
        request,
        "admin/outside.html",
        title=await asyncio.to_thread(_title, after) or opened.page.path,
        status=status or _STATUS[opened.state],
        fault=fault,
        opened=opened,
        secret=request.path_params["secret"],
        sentence="" if is_open else words(request, outside.REASONS[opened.state]),
        site_name_in_words=site(request).settings.site_name,
        is_new=live is None,
        passages=passages,
        numbers=numbers,
    )


def _title(text: str) -> str:
    try:
        return parse(text).front.title
    except ContentError:
        return ""


def _differences(before: str, after: str) -> tuple[Sequence[Passage | Folded], Sequence[ChangedNumber]]:
    """What changed in the words that patients read; in everything, where those stayed the same. And in numbers."""
    passages = compare(_as_read(before), _as_read(after)) or compare(before, after)
    return passages, changed_numbers(before, after)


def _as_read(text: str) -> str:
    """The words of a page without its marks; what holds other passages would say them twice."""
    try:
        document = parse(text)
    except ContentError:
        return text
    words = (block.text for block in document.blocks if block.kind not in ("callout", "figure"))
    return "\n\n".join((document.front.title, *words))


ROUTES = (
    Route("/outside/{secret}", show, name="outside"),
    Route("/outside/{secret}", send, methods=["POST"], name="outside-answer"),
    Route("/outside/{secret}/page", page, name="outside-page"),
)
