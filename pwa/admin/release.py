"""The next release: what goes out, what stands against it, what it costs a phone; publishing it, now or at a time."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.forms import BadForm, Form, read_form
from pwa.admin.house import answer, answer_json, now, path, requires, see_other, served, site, staff_of, today, words
from pwa.content import basket, release, states, store, trial_store
from pwa.content.alone import reviews_alone
from pwa.content.basket import Basket, Line
from pwa.content.check import PATHS_OF_THE_PROGRAM, Finding
from pwa.content.difference import Folded, Passage, compare
from pwa.content.model import Refused
from pwa.database import Reader
from pwa.staff.model import Role

LONGEST_NOTES = 2000
LONGEST_REASON = 500
FARTHEST = 366 * 24 * 3600 * 1000
"""Milliseconds ahead for which a release may be planned."""
SECONDS: tuple[Role, ...] = ("reviewer", "publisher")
"""Who may confirm that a page goes away."""


@dataclass(frozen=True)
class Shown:
    """A line of the basket as the screen shows it."""

    line: Line
    passages: list[Passage | Folded]
    """What changed in the text, word by word; empty for a page that is new or goes."""


@requires()
async def show(request: Request) -> Response:
    """The basket with its lights, and what could go into it."""
    return await _page(request)


@requires()
async def cost(request: Request) -> Response:
    """What the release weighs on a phone, for the screen's script; building it takes a second or two."""
    async with site(request).database.snapshot() as reader:
        seen = await basket.look(reader, now=now(request))
    said = await _cost(request, seen)
    return answer_json({"said": said})


@requires("publisher")
async def put_in(request: Request) -> Response:
    """Put a page's draft in."""
    form = await read_form(request)
    page = form.text("path", limit=300, required=True)
    await basket.put_in(site(request).database, page, by=staff_of(request).name, now=now(request))
    return see_other(request, "release", message=words(request, "It is in the next release."))


@requires("publisher")
async def take_out(request: Request) -> Response:
    """Leave a page out again."""
    form = await read_form(request)
    page = form.text("path", limit=300, required=True)
    await basket.take_out(site(request).database, page, by=staff_of(request).name, now=now(request))
    return see_other(request, "release", message=words(request, "It stays out of the next release; its draft is kept."))


@requires("publisher")
async def withdraw(request: Request) -> Response:
    """Have a page taken away."""
    form = await read_form(request)
    page = form.text("path", limit=300, required=True)
    await basket.withdraw(
        site(request).database,
        page,
        leads_to=form.text("leads_to", limit=300) or None,
        note=form.text("note", limit=basket.LONGEST_NOTE, required=True),
        by=staff_of(request).name,
        now=now(request),
    )
    message = words(request, "It goes away with the next release, once someone else has confirmed that.")
    return see_other(request, "release", message=message)


@requires(*SECONDS)
async def confirm(request: Request) -> Response:
    """Answer as the second person for taking a page away."""
    form = await read_form(request)
    await basket.confirm(
        site(request).database,
        form.text("path", limit=300, required=True),
        digest=form.text("withdrawal", limit=64, required=True),
        by=staff_of(request).name,
        now=now(request),
    )
    return see_other(request, "release", message=words(request, "You have confirmed that this page goes away."))


@requires("publisher")
async def publish(request: Request) -> Response:
    """Make exactly what was looked at live."""
    return await _publish(request, break_glass="")


@requires("publisher", fresh=True)
async def break_glass(request: Request) -> Response:
    """The same without sign-offs, for a reason; someone else has a day to answer for it."""
    form = await read_form(request)
    try:
        reason = form.text("reason", limit=LONGEST_REASON, required=True)
    except BadForm:
        fault = words(request, "Say why it cannot wait for a sign-off. Nothing was published.")
        return await _page(request, fault=fault, status=422)
    return await _publish(request, break_glass=reason)


@requires("publisher")
async def schedule(request: Request) -> Response:
    """Freeze exactly what was looked at, to go out at a time."""
    form = await read_form(request)
    try:
        at = due(form, now(request))
        chosen = await basket.choice(site(request).database)
        planned = await release.schedule(
            site(request).database,
            site(request).renderer,
            at=at,
            by=staff_of(request).name,
            now=now(request),
            paths=chosen.paths,
            withdraw=chosen.withdraw,
            title=form.text("title"),
            notes=notes_of(form),
            exactly=looked_at(form),
        )
    except (Refused, BadForm) as refusal:
        return await _page(request, fault=str(refusal), status=422 if isinstance(refusal, BadForm) else 409)
    return see_other(request, "release-one", id=planned.id, message=words(request, "It goes out at its time."))


async def _publish(request: Request, *, break_glass: str) -> Response:
    form = await read_form(request)
    try:
        chosen = await basket.choice(site(request).database)
        published = await release.publish(
            site(request).database,
            site(request).renderer,
            by=staff_of(request).name,
            now=now(request),
            paths=chosen.paths,
            withdraw=chosen.withdraw,
            title=form.text("title"),
            notes=notes_of(form),
            exactly=looked_at(form),
            break_glass=break_glass,
        )
    except (Refused, BadForm) as refusal:
        return await _page(request, fault=str(refusal), status=422 if isinstance(refusal, BadForm) else 409)
    await served(request)
    message = words(request, "It is live. Phones fetch it at their next look.")
    return see_other(request, "release-one", id=published.id, message=message)


def looked_at(form: Form) -> dict[str, str]:
    """What the screen showed when its form was sent, as `release.contents` says it; BadForm when there is none."""
    shown = dict(one.partition(" ")[::2] for one in form.many("page", limit=700))
    if not shown:
        raise BadForm("The basket was empty. Nothing was published.", "page")
    return shown


def notes_of(form: Form) -> tuple[str, ...]:
    """What changed in words, a line each."""
    lines = form.text("notes", limit=LONGEST_NOTES).split("\n")
    return tuple(line.strip() for line in lines if line.strip())


def due(form: Form, now: int) -> int:
    """When it should go out: `moment`, which a script set, or else the field's date and time in UTC."""
    if form.text("moment"):
        at = form.whole("moment")
    else:
        try:
            typed = datetime.fromisoformat(form.text("at", limit=40, required=True))
        except ValueError:
            raise BadForm("Write a date and a time. Nothing was planned.", "at") from None
        at = int((typed if typed.tzinfo else typed.replace(tzinfo=UTC)).timestamp() * 1000)
    if not now < at < now + FARTHEST:
        raise BadForm("Choose a time that is still to come, within a year. Nothing was planned.", "at")
    return at


def page_address(page: str, screen: str = "") -> str:
    """A page's own screens, by its path."""
    whole = f"/admin/pages{page}" if page.count("/") == 2 else f"/admin/pages/site{page}"
    return f"{whole}/{screen}" if screen else whole


def fault_address(found: Finding) -> str:
    """The screen where a fault is put right."""
    if not found.path:
        return "/admin/release"
    if found.rule == "sign-off":
        return page_address(found.path, "review")
    if found.rule == "withdrawal":
        # The confirmation stands beside the fault; what is to be read first is the page.
        return page_address(found.path)
    if found.rule == "number":
        return "/admin/help-numbers"
    if found.rule == "recalled":
        return "/admin/safety"
    # The editor lists its text's faults beside their lines.
    return page_address(found.path, "edit")


async def _page(request: Request, *, fault: str = "", status: int = 200) -> Response:
    form: Form = getattr(request.state, "form", Form(()))
    typed = form.text("notes", limit=256 * 1024)
    async with site(request).database.snapshot() as reader:
        seen = await basket.look(reader, now=now(request))
        lines = [Shown(line, passages) for line, passages in await _compared(reader, seen)]
        standing = {one.path: one for one in await states.page_states(reader, today=today(request))}
        left_out = [standing[one.path] for one in await basket.left_out(reader) if one.path in standing]
        trials = await trial_store.running(reader, now(request))
        alone = await reviews_alone(reader)
        coming = await basket.coming(reader, now=now(request))
        failed = await store.releases_that_are(reader, "failed")
    live = sorted((one.live_path, one.title) for one in standing.values() if one.live_path is not None)
    return answer(
        request,
        "admin/release.html",
        title=words(request, "Next release"),
        status=status,
        fault=fault,
        seen=seen,
        lines=lines,
        left_out=left_out,
        coming=coming,
        failed=failed,
        trials=trials,
        withdrawable=[one for one in live if one[0].count("/") == 2],
        targets=[*live, *((one, one) for one in PATHS_OF_THE_PROGRAM[:3])],
        typed={"title": form.text("title"), "notes": typed, "reason": form.text("reason", limit=256 * 1024)},
        publisher=staff_of(request).has("publisher"),
        seconds=SECONDS,
        alone=alone,
        longest_note=basket.LONGEST_NOTE,
        cost=await _cost(request, seen) if "cost" in request.query_params else "",
        page_address=page_address,
        fault_address=fault_address,
        here_address=path(request, "release"),
    )


async def _cost(request: Request, seen: Basket) -> str:
    if seen.plan is None:
        return ""
    builds = await release.build_plan(seen.plan, site(request).renderer)
    prepared = await release.compress_missing(site(request).database, builds)
    async with site(request).database.snapshot() as reader:
        changed, whole = await release.cost(reader, seen.plan, builds, prepared)
    said = words(request, "A phone that has the guide downloads {changed} kB; one that has nothing yet, {whole} kB.")
    return said.format(changed=kilobytes(changed), whole=kilobytes(whole))


def kilobytes(size: int) -> str:
    """Bytes in thousands, one decimal below ten."""
    return f"{size / 1000:.1f}" if size < 10_000 else f"{size / 1000:.0f}"


async def _compared(reader: Reader, seen: Basket) -> list[tuple[Line, list[Passage | Folded]]]:
    items = {item.path: item for item in seen.plan.changed.values()} if seen.plan else {}
    texts = await store.revisions(reader, _revisions(items.values()))
    return [(line, await asyncio.to_thread(_passages, items.get(line.change.path), texts)) for line in seen.lines]


def _revisions(items: Iterable[store.Item]) -> list[int]:
    return [one for item in items for one in (item.revision_id, item.replaces_id) if one is not None]


def _passages(item: store.Item | None, texts: Mapping[int, store.Revision]) -> list[Passage | Folded]:
    if item is None or item.revision_id is None or item.replaces_id is None:
        return []
    return compare(texts[item.replaces_id].text, texts[item.revision_id].text)


ROUTES = (
    Route("/release", show, name="release"),
    Route("/release/cost", cost, name="release-cost"),
    Route("/release/pages", put_in, methods=["POST"], name="release-put"),
    Route("/release/removals", take_out, methods=["POST"], name="release-take"),
    Route("/release/withdrawals", withdraw, methods=["POST"], name="release-withdraw"),
    Route("/release/confirmations", confirm, methods=["POST"], name="release-confirm"),
    Route("/release/publication", publish, methods=["POST"], name="release-publish"),
    Route("/release/schedule", schedule, methods=["POST"], name="release-schedule"),
    Route("/release/break-glass", break_glass, methods=["POST"], name="release-break-glass"),
)
