"""The hub of one page: where it stands, who answers for it, what was asked, and where to go from here."""

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.house import answer, now, requires, site, staff_of, today
from pwa.content import basket, review_store, store
from pwa.content.alone import reviews_alone
from pwa.content.outside import State as LinkState
from pwa.content.outside import state_of
from pwa.content.review_store import OutsideLink
from pwa.content.signing import SHIPPED_BY, same_person
from pwa.content.states import PageState, page_states
from pwa.content.store import Page
from pwa.database import Reader
from pwa.staff import audit
from pwa.staff import store as staff_store

KINDS = ("guide", "faq", "site")
MOST_EVENTS = 40


@dataclass(frozen=True)
class Event:
    """Something that happened to a page; `text` is the hash of the text it happened to."""

    at: int
    by: str
    what: str
    text: str
    note: str = ""


@requires()
async def show(request: Request) -> Response:
    """State, sign-offs, requests and links of a page, and its last events."""
    async with site(request).database.snapshot() as reader:
        page = await page_of(request, reader)
        state = await state_of_page(request, reader, page)
        links = await links_of(reader, page, now(request))
        events = sorted(await _events(reader, page), key=lambda one: one.at, reverse=True)
        people = await staff_store.everyone(reader)
        alone = await reviews_alone(reader)
        chosen = await basket.choice(reader)
    staff = staff_of(request)
    mine = any(same_person(staff.name, name) for name in state.writers)
    return answer(
        request,
        "admin/page.html",
        title=state.title,
        page=page,
        state=state,
        links=links,
        events=events[:MOST_EVENTS],
        mine=mine,
        shipped=SHIPPED_BY,
        alone=alone,
        may_sign=may_sign(request, state, alone=alone),
        reviewers=[
            one.name
            for one in people
            if one.has("reviewer") and not one.disabled and not any(same_person(one.name, two) for two in state.writers)
        ],
        picked=page.path in {*chosen.paths, *chosen.withdraw},
    )


async def page_of(request: Request, reader: Reader) -> Page:
    """The page that the address names by kind and slug; 404 where there is none."""
    kind, slug = request.path_params["kind"], request.path_params["slug"]
    if kind not in KINDS:
        raise HTTPException(404)
    page = await store.page_at(reader, f"/{slug}" if kind == "site" else f"/{kind}/{slug}")
    if page is None:
        raise HTTPException(404)
    return page


async def state_of_page(request: Request, reader: Reader, page: Page) -> PageState:
    """Where one page stands."""
    return (await page_states(reader, today=today(request), page_id=page.id))[0]


async def links_of(reader: Reader, page: Page, at: int) -> list[tuple[OutsideLink, LinkState]]:
    """The links for clinicians outside that were made for a page, the last first, each with what has become of it."""
    draft = (await store.revisions(reader, [page.draft_id])).get(page.draft_id) if page.draft_id else None
    links = await review_store.outside_links(reader, page.id)
    return [(one, state_of(one, draft.sha256 if draft else None, at)) for one in links]


def may_sign(request: Request, state: PageState, *, alone: bool) -> bool:
    """Whether whoever asks may sign the draft: a reviewer without words in it, or its writer where that is enough."""
    staff = staff_of(request)
    mine = any(same_person(staff.name, name) for name in state.writers)
    if not state.has_draft:
        return False
    return (alone and staff.has("author", "reviewer")) if mine else staff.has("reviewer")


async def _events(reader: Reader, page: Page) -> list[Event]:
    events = [
        Event(one.written_at, one.written_by, "wrote", one.sha256) for one in await store.history(reader, page.id)
    ]
    events += [
        Event(one.signed_at, one.shown, "signed", one.sha256, one.note)
        for one in await review_store.sign_offs_of(reader, page.id)
    ]
    logged = await audit.rows(reader, audit.Filter(action="draft.discard", words=page.path), limit=MOST_EVENTS)
    events += [
        Event(one.at, one.by, "put the draft away", str(one.detail.get("text", "")))
        for one in logged
        if one.subject == page.path
    ]
    said = {"review": "asked for a review", "changes": "asked for changes"}
    return events + [
        Event(one.asked_at, one.asked_by, said[one.kind], one.sha256, one.note)
        for one in await review_store.requests_of(reader, page.id)
    ]


ROUTES = (Route("/pages/{kind}/{slug}", show, name="page"),)
