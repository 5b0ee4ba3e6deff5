"""The editor of one text: opening, keeping what is typed, saving a draft, and who else is at it."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.forms import Form, read_form
from pwa.admin.house import answer, answer_json, now, requires, see_other, site, staff_of, today, words
from pwa.admin.typed import (
    FAQ_PARTS,
    GUIDE_PARTS,
    NEW_SLUG,
    fields_of,
    new_text,
    take_apart,
    typed_text,
)
from pwa.content import drafts, working
from pwa.content.check import Finding
from pwa.content.difference import Folded, Passage, compare
from pwa.content.model import PageKind, Refused, page_path
from pwa.content.proofread import proofread
from pwa.content.working import Elsewhere, MovedOn, Opened

KINDS = ("guide", "faq", "site")
_MOST_KNOWN = 200


@dataclass(frozen=True)
class Place:
    """The page that an address names."""

    kind: PageKind
    slug: str

    @property
    def path(self) -> str:
        """Where readers find it."""
        return page_path(self.kind, self.slug)


@dataclass(frozen=True)
class Sent:
    """What the editor's form says beside its text: what was typed over, and which copies this editor knows of."""

    text: str
    base: str
    known: Sequence[str]


@requires("author")
async def edit(request: Request) -> Response:
    """The editor with what this person typed last, or else with the page's draft or live text."""
    place = place_of(request)
    opened = await open_page(request, place)
    text = opened.unsaved.text if opened.unsaved else opened.current.text if opened.current else ""
    base = opened.unsaved.base_sha256 if opened.unsaved else opened.current_sha256
    known = [opened.copy.name] if opened.copy else []
    return _show(request, place, opened, Sent(text, base, known))


@requires("author")
async def check(request: Request) -> Response:
    """Keep what is typed, and show it with what the checks find; for browsers without script."""
    place = place_of(request)
    sent = read_sent(await read_form(request), place)
    name = new_name()
    try:
        await _keep(request, place, sent, name)
    except Elsewhere as conflict:
        return await _show_both(request, place, sent, conflict)
    findings = await _findings(request, place, sent.text)
    return _show(request, place, await open_page(request, place), Sent(sent.text, sent.base, [name]), findings)


@requires("author")
async def save(request: Request) -> Response:
    """Make what is typed the page's draft; where someone else did so first, keep both and have them put together."""
    place = place_of(request)
    sent = read_sent(await read_form(request), place)
    try:
        await working.save(
            site(request).database,
            place.path,
            sent.text,
            base=sent.base,
            name=new_name(),
            known=sent.known,
            by=staff_of(request).name,
            now=now(request),
        )
    except Elsewhere as conflict:
        return await _show_both(request, place, sent, conflict)
    except MovedOn as conflict:
        return see_other(request, "merge", message=str(conflict), kind=place.kind, slug=place.slug)
    except Refused as refusal:
        opened = await open_page(request, place)
        return _show(request, place, opened, sent, fault=str(refusal), status=409)
    message = words(request, "The draft is saved. Readers have it once it is signed and published.")
    return see_other(request, "page", message=message, kind=place.kind, slug=place.slug)


@requires("author")
async def keep(request: Request) -> Response:
    """Keep what is typed, for the editor's script; its answer names the copy that was kept."""
    place = place_of(request)
    form = await read_form(request)
    sent = read_sent(form, place)
    name = form.text("name", limit=64, required=True)
    try:
        await _keep(request, place, sent, name)
    except Elsewhere as conflict:
        return answer_json({"elsewhere": str(conflict)}, status=409)
    except Refused as refusal:
        return answer_json({"refused": str(refusal)}, status=422)
    return answer_json({"kept": name})


@requires("author")
async def drop(request: Request) -> Response:
    """Throw away what was typed and not saved."""
    place = place_of(request)
    form = await read_form(request)
    name = form.text("copy", limit=64, required=True)
    await working.drop(site(request).database, place.path, name=name, by=staff_of(request).name)
    message = words(request, "What you had typed is gone. This is the saved text.")
    return see_other(request, "edit", message=message, kind=place.kind, slug=place.slug)


@requires("author")
async def contact(request: Request) -> Response:
    """Note that this person has the page open, or has closed it; who else has, and what was saved or typed since.

    `copy` names what this person typed last and has not saved: the editor knows whether it was typed in it.
    """
    place = place_of(request)
    form = await read_form(request)
    name = staff_of(request).name
    if form.checked("leaving"):
        await working.leave(site(request).database, place.path, by=name)
        return answer_json({})
    opened = await working.contact(site(request).database, place.path, by=name, now=now(request))
    changed = ""
    if opened.current is not None and opened.current_sha256 != form.text("base", limit=64):
        changed = words(request, "%s has saved another text since you began. When you save, you can put both together.")
        changed %= opened.current.written_by
    copy = opened.unsaved.name if opened.unsaved else ""
    return answer_json({"others": _others_in_words(request, opened), "changed": changed, "copy": copy})


@requires("author")
async def findings(request: Request) -> Response:
    """What the checks say about the typed text, for the editor's script."""
    place = place_of(request)
    text = read_sent(await read_form(request), place).text
    found = await _findings(request, place, text)
    first = take_apart(text, place.kind, whole=request.query_params.get("whole") == "1").first_line
    return answer_json([_finding(one, first) for one in found])


@requires("author")
async def discard(request: Request) -> Response:
    """Close the draft; its versions stay in the history."""
    place = place_of(request)
    digest = (await read_form(request)).text("text", limit=64, required=True)
    await drafts.discard(site(request).database, place.path, digest=digest, by=staff_of(request).name, now=now(request))
    message = words(request, "The draft is put away. Its versions stay in the history and can be restored.")
    return see_other(request, "page", message=message, kind=place.kind, slug=place.slug)


@requires("author")
async def address(request: Request) -> Response:
    """The form for another address."""
    place = place_of(request)
    await open_page(request, place)
    return answer(request, "admin/address.html", title=words(request, "Another address"), place=place, fault="")


@requires("author")
async def move(request: Request) -> Response:
    """Give the page another address from its next release on."""
    place = place_of(request)
    slug = (await read_form(request)).text("slug", limit=80, required=True)
    try:
        page = await drafts.move(site(request).database, place.path, slug, by=staff_of(request).name, now=now(request))
    except Refused as refusal:
        title = words(request, "Another address")
        return answer(request, "admin/address.html", title=title, place=place, fault=str(refusal), status=409)
    message = words(request, "From its next release on the page is at %s; the old address leads there.") % page.path
    return see_other(request, "page", message=message, kind=page.kind, slug=page.slug)


@requires("author")
async def new(request: Request) -> Response:
    """The form for a new page."""
    return _show_new(request, "")


@requires("author")
async def begin(request: Request) -> Response:
    """Make a page with a title and no words yet, and open it."""
    form = await read_form(request)
    title = form.text("title", limit=200, required=True)
    slug = form.text("slug", limit=80) or NEW_SLUG.sub("-", title.casefold()).strip("-")[:60].strip("-")
    part = form.choice("part", tuple(one for one, _ in (*GUIDE_PARTS, *FAQ_PARTS)))
    kind: PageKind = "guide" if part in {one for one, _ in GUIDE_PARTS} else "faq"
    by = staff_of(request).name
    text = new_text(title, kind, part, author=by, today=today(request))
    try:
        await drafts.begin(site(request).database, page_path(kind, slug), text, by=by, now=now(request))
    except Refused as refusal:
        return _show_new(request, str(refusal), status=409)
    return see_other(request, "edit", kind=kind, slug=slug)


def place_of(request: Request) -> Place:
    """The page that the address names; 404 for what cannot be one."""
    kind, slug = request.path_params["kind"], request.path_params["slug"]
    if kind not in KINDS:
        raise HTTPException(404)
    return Place(cast("PageKind", kind), slug)


async def open_page(request: Request, place: Place) -> Opened:
    """The page as its editor finds it; 404 where there is none."""
    opened = await working.open_page(site(request).database, place.path, by=staff_of(request).name, now=now(request))
    if opened is None:
        raise HTTPException(404)
    return opened


def read_sent(form: Form, place: Place) -> Sent:
    """The editor's form."""
    known = form.many("known", limit=64)[:_MOST_KNOWN]
    return Sent(typed_text(form, place.kind), form.text("base", limit=64), known)


def new_name() -> str:
    """A fresh name for a kept copy."""
    return secrets.token_hex(8)


async def _keep(request: Request, place: Place, sent: Sent, name: str) -> None:
    await working.keep(
        site(request).database,
        place.path,
        sent.text,
        base=sent.base,
        name=name,
        known=sent.known,
        by=staff_of(request).name,
        now=now(request),
    )


async def _findings(request: Request, place: Place, text: str) -> list[Finding]:
    running = site(request)
    async with running.database.snapshot() as reader:
        return await proofread(reader, running.live, place.kind, place.slug, text, today=today(request))


async def _show_both(request: Request, place: Place, sent: Sent, conflict: Elsewhere) -> Response:
    """What was just sent, and what the same person typed elsewhere; saving now means that they have seen both."""
    changes = await asyncio.to_thread(compare, conflict.copy.text, sent.text)
    known = [*sent.known, conflict.copy.name]
    opened = await open_page(request, place)
    seen = Sent(sent.text, sent.base, known)
    return _show(request, place, opened, seen, fault=str(conflict), elsewhere=changes, status=409)


def _show(
    request: Request,
    place: Place,
    opened: Opened,
    sent: Sent,
    found: Sequence[Finding] | None = None,
    *,
    fault: str = "",
    elsewhere: Sequence[Passage | Folded] | None = None,
    status: int = 200,
) -> Response:
    typed = take_apart(sent.text, place.kind, whole=request.query_params.get("whole") == "1")
    return answer(
        request,
        "admin/edit.html",
        title=typed.values.get("title") or place.path,
        status=status,
        place=place,
        opened=opened,
        sent=sent,
        typed=typed,
        fields=fields_of(place.kind) if typed.head else (),
        findings=None if found is None else [_finding(one, typed.first_line) for one in found],
        fault=fault,
        elsewhere=elsewhere,
        others=_others_in_words(request, opened),
    )


def _show_new(request: Request, fault: str, *, status: int = 200) -> Response:
    parts = {"guide": GUIDE_PARTS, "faq": FAQ_PARTS}
    return answer(
        request,
        "admin/new.html",
        title=words(request, "A new page"),
        status=status,
        parts=parts,
        fault=fault,
    )


def _finding(finding: Finding, first_line: int) -> dict[str, str | int]:
    """A finding as the screen shows it: its line among the words, or 0 for one about the front matter or all of it."""
    inside = finding.line - first_line + 1 if finding.line >= first_line else 0
    return {"severity": finding.severity, "line": inside, "message": finding.message}


def _others_in_words(request: Request, opened: Opened) -> str:
    names = [one.person for one in opened.others]
    if not names:
        return ""
    if len(names) == 1:
        return words(request, "%s has this page open too.") % names[0]
    return words(request, "%s and others have this page open too.") % names[0]


ROUTES = (
    Route("/new", new, name="new"),
    Route("/new", begin, methods=["POST"], name="begin"),
    Route("/pages/{kind}/{slug}/edit", edit, name="edit"),
    Route("/pages/{kind}/{slug}/edit", check, methods=["POST"], name="check"),
    Route("/pages/{kind}/{slug}/draft", save, methods=["POST"], name="save"),
    Route("/pages/{kind}/{slug}/draft/end", discard, methods=["POST"], name="discard"),
    Route("/pages/{kind}/{slug}/copy", keep, methods=["POST"], name="keep"),
    Route("/pages/{kind}/{slug}/copy/end", drop, methods=["POST"], name="drop"),
    Route("/pages/{kind}/{slug}/contact", contact, methods=["POST"], name="contact"),
    Route("/pages/{kind}/{slug}/findings", findings, methods=["POST"], name="findings"),
    Route("/pages/{kind}/{slug}/address", address, name="address"),
    Route("/pages/{kind}/{slug}/address", move, methods=["POST"], name="move"),
)
