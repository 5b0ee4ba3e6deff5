"""The review of a draft: old and new, what was found; signing it, asking for changes, a link for someone outside."""

import asyncio
from typing import cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.forms import read_form
from pwa.admin.house import answer, now, origin, path, refuse, requires, see_other, site, staff_of, today, words
from pwa.admin.page import may_sign, page_of, state_of_page
from pwa.admin.qr import qr_svg
from pwa.content import outside, review, store
from pwa.content.alone import reviews_alone
from pwa.content.check import Finding
from pwa.content.difference import CONTEXT, changed_numbers, compare
from pwa.content.drafts import current_revision, live_revision
from pwa.content.model import PageKind, Refused
from pwa.content.proofread import proofread
from pwa.content.signing import LONGEST_NOTE, same_person, sign_off
from pwa.content.store import Page, Revision
from pwa.database import Reader

LONGEST_ROLE = 80


@requires()
async def show(request: Request) -> Response:
    """The draft beside what is live, and what whoever looks may do with it."""
    return await _screen(request)


@requires("reviewer", "author")
async def sign(request: Request) -> Response:
    """Answer for the exact text that was shown."""
    form = await read_form(request)
    digest = form.text("text", required=True)
    async with site(request).database.snapshot() as reader:
        page = await page_of(request, reader)
        state = await state_of_page(request, reader, page)
    staff = staff_of(request)
    # Writers who may not sign their own text are told why below; others need the role.
    if not staff.has("reviewer") and not any(same_person(staff.name, name) for name in state.writers):
        return refuse(request, ("reviewer",))
    try:
        await sign_off(
            site(request).database,
            page.path,
            digest=digest,
            by=staff.name,
            now=now(request),
            note=form.text("note", limit=LONGEST_NOTE),
            registration=staff.registration,
            named_as=form.text("role", limit=LONGEST_ROLE, required=True) if form.checked("named") else "",
        )
    except Refused as refusal:
        return await _screen(request, fault=str(refusal))
    return see_other(request, "page", message=words(request, "You have signed this text."), **_names(page))


@requires("reviewer")
async def ask_for_changes(request: Request) -> Response:
    """Ask the writer for another text."""
    form = await read_form(request)
    async with site(request).database.snapshot() as reader:
        page = await page_of(request, reader)
        state = await state_of_page(request, reader, page)
    try:
        await review.ask_for_changes(
            site(request).database,
            page.path,
            digest=form.text("text", required=True),
            by=staff_of(request).name,
            now=now(request),
            note=form.text("note", limit=LONGEST_NOTE),
        )
    except Refused as refusal:
        return await _screen(request, fault=str(refusal))
    message = words(request, "The writer is asked for changes.")
    if state.state == "scheduled":
        message += " " + words(request, "This text is planned: it does not go out at its time while you ask.")
    return see_other(request, "page", message=message, **_names(page))


@requires("author")
async def ask_for_review(request: Request) -> Response:
    """Ask for a sign-off of the draft as it is."""
    form = await read_form(request)
    async with site(request).database.snapshot() as reader:
        page = await page_of(request, reader)
    asked = await review.ask_for_review(
        site(request).database,
        page.path,
        digest=form.text("text", required=True),
        by=staff_of(request).name,
        now=now(request),
        addressee=form.text("addressee"),
        note=form.text("note", limit=LONGEST_NOTE),
    )
    whom = asked.addressee or words(request, "The reviewers")
    said = words(request, "%(whom)s will find it on their first screen.") % {"whom": whom}
    return see_other(request, "page", message=said, **_names(page))


@requires()
async def take_request_back(request: Request) -> Response:
    """Take back what one asked for oneself."""
    number = request.path_params["number"]
    asked = await review.withdraw_request(site(request).database, number, by=staff_of(request).name, now=now(request))
    page = next(one for one in await store.pages(site(request).database) if one.id == asked.page_id)
    return see_other(request, "page", message=words(request, "Taken back."), **_names(page))


@requires("reviewer", "administrator", "author")
async def make_link(request: Request) -> Response:
    """Make a link for a clinician outside and show it, this once."""
    form = await read_form(request)
    staff = staff_of(request)
    async with site(request).database.snapshot() as reader:
        page = await page_of(request, reader)
        alone = await reviews_alone(reader)
    # Where nobody else is there to do it, the writer sends the link; otherwise writing gives no right to it.
    if not staff.has("reviewer", "administrator") and not alone:
        return refuse(request, ("reviewer", "administrator"))
    try:
        link, secret = await outside.invite(
            site(request).database,
            page.path,
            digest=form.text("text", required=True),
            by=staff.name,
            now=now(request),
            meant_for=form.text("meant_for", limit=outside.LONGEST_NAME),
            days=form.whole("days", lowest=1, highest=outside.LONGEST_DAYS),
        )
    except Refused as refusal:
        return await _screen(request, fault=str(refusal))
    target = origin(request) + path(request, "outside", secret=secret)
    return answer(
        request,
        "admin/outside_link.html",
        title=words(request, "A link for a clinician outside"),
        page=page,
        link=link,
        target=target,
        qr=qr_svg(target, label=words(request, "QR code of the link")),
    )


@requires("reviewer", "administrator", "author")
async def take_link_back(request: Request) -> Response:
    """Make a link useless: reviewers and administrators any, others their own."""
    number = request.path_params["number"]
    staff = staff_of(request)
    page, link = await outside.link_and_page(site(request).database, number)
    if not staff.has("reviewer", "administrator") and not same_person(link.made_by, staff.name):
        return refuse(request, ("reviewer", "administrator"))
    await outside.revoke(site(request).database, number, by=staff.name, now=now(request))
    return see_other(request, "page", message=words(request, "The link leads nowhere now."), **_names(page))


async def _screen(request: Request, *, fault: str = "") -> Response:
    """The review as it stands now; after a refusal with the reason, and with what was typed."""
    running, staff = site(request), staff_of(request)
    async with running.database.snapshot() as reader:
        page = await page_of(request, reader)
        state = await state_of_page(request, reader, page)
        draft = await current_revision(reader, page) if page.draft_id is not None else None
        live = await live_revision(reader, page)
        alone = await reviews_alone(reader)
        found = await _findings(request, reader, page, draft)
    before, after = live.text if live else "", draft.text if draft else ""
    everything = request.query_params.get("show") == "all"
    passages, numbers = [], []
    if draft:
        passages = await asyncio.to_thread(compare, before, after, None if everything else CONTEXT)
        numbers = await asyncio.to_thread(changed_numbers, before, after) if live else []
    return answer(
        request,
        "admin/review.html",
        title=words(request, "Review: %(title)s") % {"title": state.title},
        status=409 if fault else 200,
        fault=fault,
        page=page,
        state=state,
        is_new=live is None,
        mine=any(same_person(staff.name, name) for name in state.writers),
        alone=alone,
        may_sign=may_sign(request, state, alone=alone),
        signed_by_me=any(same_person(staff.name, one.signed_by) for one in state.signed),
        passages=passages,
        everything=everything,
        numbers=numbers,
        findings=found,
        good_for=outside.GOOD_FOR_DAYS,
        longest_days=outside.LONGEST_DAYS,
    )


async def _findings(request: Request, reader: Reader, page: Page, draft: Revision | None) -> list[Finding]:
    if draft is None:
        return []
    running, kind = site(request), cast(PageKind, page.kind)
    found = await proofread(reader, running.live, kind, page.slug, draft.text, today=today(request))
    return [one for one in found if one.rule != "number-changed"]


def _names(page: Page) -> dict[str, str]:
    return {"kind": page.kind, "slug": page.slug}


ROUTES = (
    Route("/pages/{kind}/{slug}/review", show, name="review"),
    Route("/pages/{kind}/{slug}/sign-offs", sign, methods=["POST"], name="sign-offs"),
    Route("/pages/{kind}/{slug}/review-requests", ask_for_review, methods=["POST"], name="review-requests"),
    Route("/pages/{kind}/{slug}/change-requests", ask_for_changes, methods=["POST"], name="change-requests"),
    Route("/pages/{kind}/{slug}/outside-links", make_link, methods=["POST"], name="outside-links"),
    Route("/requests/{number:int}/withdrawal", take_request_back, methods=["POST"], name="request-withdrawal"),
    Route("/outside-links/{number:int}/revocation", take_link_back, methods=["POST"], name="outside-link-revocation"),
)
