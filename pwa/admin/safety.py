"""Recalls: find the wrong words, say what readers should see instead, look at it covered, and out; then its end."""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.forms import read_form, whole_number
from pwa.admin.house import answer, now, requires, see_other, served, site, staff_of, words
from pwa.admin.release import page_address
from pwa.content import notice, store
from pwa.content.alone import reviews_alone
from pwa.content.cover import recalled_label
from pwa.content.markdown import normalise
from pwa.content.model import Block, LivePage, Notice, Refused, Snapshot
from pwa.content.notice import LONGEST_TEXT, TEMPLATES, Place
from pwa.content.signing import same_person
from pwa.content.store import StoredNotice

LONGEST_QUERY = 200
LONGEST_REASON = 500
MOST_FOUND = 30
AROUND = 2
"""Passages shown before and after the covered one."""
_OUTER = ("callout", "figure")


@dataclass(frozen=True)
class Recall:
    """A recall as the screen lists it."""

    stored: StoredNotice
    title: str
    waits: bool
    overdue: bool
    own: bool
    """Issued by whoever looks, who therefore cannot confirm it."""


@dataclass(frozen=True)
class Passage:
    """A block as the preview shows it; `covered` when readers would see the new words."""

    block: Block
    covered: bool


@requires()
async def show(request: Request) -> Response:
    """What is recalled now, and the ways to wrong words: searching, or opening the page they stand on."""
    return await _page(request)


@requires()
async def show_page(request: Request) -> Response:
    """A live page, every passage of which leads to its recall."""
    page = _page_at(await _snapshot(request), f"/{request.path_params['path']}")
    return answer(
        request,
        "admin/safety_page.html",
        title=words(request, "Tap the wrong words"),
        page=page,
        blocks=[one for one in page.document.blocks if one.kind not in _OUTER],
    )


@requires("publisher")
async def prepare(request: Request) -> Response:
    """What readers should see instead of a passage, or of a whole page; and, once that is chosen, the page with it."""
    asked = request.query_params
    return await _prepare(
        request,
        path=asked.get("path", "")[:300],
        block=asked.get("block", "")[:20],
        text=_text(asked.get("template", ""), asked.get("text", "")),
        reason=asked.get("reason", "")[:LONGEST_REASON],
    )


@requires("publisher")
async def recall(request: Request) -> Response:
    """Cover the words, for every reader at once."""
    form = await read_form(request)
    path, block = form.text("path", limit=300, required=True), form.text("block", limit=20)
    text = form.text("text", limit=LONGEST_TEXT, required=True)
    reason = form.text("reason", limit=LONGEST_REASON)
    try:
        await notice.recall(
            site(request).database,
            path=path,
            block=block or None,
            text=text,
            reason=reason,
            by=staff_of(request).name,
            now=now(request),
        )
    except Refused as refusal:
        return await _prepare(request, path=path, block=block, text=text, reason=reason, fault=str(refusal))
    await served(request)
    message = words(request, "Covered. Readers online see it now, phones at their next contact. Correct the text next.")
    return see_other(request, "safety", message=message)


@requires("reviewer", "publisher")
async def confirm(request: Request) -> Response:
    """Answer as the second person."""
    number = request.path_params["id"]
    await notice.confirm(site(request).database, number, by=staff_of(request).name, now=now(request))
    return see_other(request, "safety", message=words(request, "You have confirmed the recall."))


@requires("reviewer", "publisher")
async def withdraw(request: Request) -> Response:
    """Say as the second person that the recalled words were right."""
    number = request.path_params["id"]
    form = await read_form(request)
    reason = form.text("reason", limit=LONGEST_REASON)
    try:
        await notice.withdraw(
            site(request).database, number, reason=reason, by=staff_of(request).name, now=now(request)
        )
    except Refused as refusal:
        return await _page(request, fault=str(refusal), status=409)
    await served(request)
    return see_other(request, "safety", message=words(request, "The recall is withdrawn; readers see the words again."))


@requires("publisher")
async def lift(request: Request) -> Response:
    """End a recall whose corrected text is live."""
    number = request.path_params["id"]
    try:
        await notice.lift(site(request).database, number, by=staff_of(request).name, now=now(request))
    except Refused as refusal:
        return await _page(request, fault=str(refusal), status=409)
    await served(request)
    return see_other(request, "safety", message=words(request, "The recall has ended; readers see the corrected text."))


async def _page(request: Request, *, fault: str = "", status: int = 200) -> Response:
    snapshot = await _snapshot(request)
    titles = {page.path: page.document.front.title for page in snapshot.pages}
    stored = await store.recalled(site(request).database)
    recalls = [
        Recall(
            one,
            titles.get(one.notice.path, one.notice.path),
            notice.waits(one),
            notice.is_overdue(one, now(request)),
            same_person(one.issued_by, staff_of(request).name),
        )
        for one in stored
        if one.part_of is None
    ]
    query = normalise(request.query_params.get("q", "")[:LONGEST_QUERY])
    found = await run_in_threadpool(find, snapshot, query) if query else []
    return answer(
        request,
        "admin/safety.html",
        title=words(request, "Safety"),
        status=status,
        fault=fault,
        recalls=[one for one in recalls if one.stored.lifted_at is None],
        ended=sorted(
            (one for one in recalls if one.stored.lifted_at is not None),
            key=lambda one: (not one.waits, -(one.stored.lifted_at or 0)),
        ),
        query=query,
        found=found[:MOST_FOUND],
        many=len(found) > MOST_FOUND,
        titled=[one for one in titles.values() if query and query.casefold() in one.casefold()],
        pages=sorted(titles.items(), key=lambda one: one[1].casefold()),
        page_address=page_address,
        publisher=staff_of(request).has("publisher"),
        second=staff_of(request).has("publisher", "reviewer"),
        alone=await reviews_alone(site(request).database),
        longest=LONGEST_REASON,
    )


async def _prepare(request: Request, *, path: str, block: str, text: str, reason: str, fault: str = "") -> Response:
    snapshot = await _snapshot(request)
    page = _page_at(snapshot, path)
    passage = next((one for one in page.document.blocks if one.id == block), None)
    if block and passage is None:
        raise HTTPException(404)
    if len(text) > LONGEST_TEXT:
        fault, text = words(request, "Say it in {most} characters or less.").format(most=LONGEST_TEXT), ""
    label = recalled_label(Notice("", "recall", "en", path, block or None, text, store.utc_day(now(request))))
    return answer(
        request,
        "admin/safety_recall.html",
        title=words(request, "Recall these words" if passage else "Recall this page"),
        status=409 if fault else 200,
        fault=fault,
        page=page,
        passage=passage,
        text=text,
        reason=reason,
        label=label,
        preview=around(page, passage) if text and passage else [],
        elsewhere=elsewhere(snapshot, page, passage) if passage else [],
        templates=TEMPLATES,
        longest=LONGEST_TEXT,
    )


def find(snapshot: Snapshot, query: str) -> list[Place]:
    """Passages that hold the words as they read, or else all of them in any order."""
    if found := notice.search(snapshot.pages, query):
        return found
    parts = query.casefold().split()
    return [
        Place(page, block)
        for page in snapshot.pages
        for block in page.document.blocks
        if block.kind not in _OUTER and all(one in block.text.casefold() for one in parts)
    ]


def around(page: LivePage, passage: Block) -> list[Passage]:
    """The passage with its neighbours, as readers will see them."""
    if passage.kind in _OUTER:
        return [Passage(passage, covered=True)]
    blocks = [one for one in page.document.blocks if one.kind not in _OUTER]
    at = next((number for number, one in enumerate(blocks) if one.id == passage.id), 0)
    near = blocks[max(0, at - AROUND) : at + AROUND + 1]
    return [Passage(one, covered=_same_words(one, passage)) for one in near]


def elsewhere(snapshot: Snapshot, page: LivePage, passage: Block) -> list[str]:
    """Titles of other pages on which exactly this passage stands, and is covered too."""
    return [
        one.document.front.title
        for one in snapshot.pages
        if one.path != page.path and any(_same_words(block, passage) for block in one.document.blocks)
    ]


def _same_words(one: Block, other: Block) -> bool:
    return one.id.partition("-")[0] == other.id.partition("-")[0]


def _text(template: str, typed: str) -> str:
    """What was typed, or else the template that was chosen."""
    if own := normalise(typed[: LONGEST_TEXT + 1]):
        return own
    number = whole_number(template)
    return TEMPLATES[number] if number is not None and number < len(TEMPLATES) else ""


async def _snapshot(request: Request) -> Snapshot:
    live = site(request).live
    # Parsed when first asked for, which takes a moment after each publication.
    return await run_in_threadpool(lambda: live.snapshot)


def _page_at(snapshot: Snapshot, path: str) -> LivePage:
    page = next((one for one in snapshot.pages if one.path == path), None)
    if page is None:
        raise HTTPException(404)
    return page


ROUTES = (
    Route("/safety", show, name="safety"),
    Route("/safety/pages/{path:path}", show_page, name="safety-page"),
    Route("/safety/recall", prepare, name="safety-prepare"),
    Route("/safety/recalls", recall, methods=["POST"], name="safety-recall"),
    Route("/safety/recalls/{id}/confirmation", confirm, methods=["POST"], name="safety-confirm"),
    Route("/safety/recalls/{id}/withdrawal", withdraw, methods=["POST"], name="safety-withdraw"),
    Route("/safety/recalls/{id}/end", lift, methods=["POST"], name="safety-lift"),
)
