"""The first screen after signing in: what waits for this person, by what they may do, and how the guide stands."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.admin.house import answer, now, requires, site, staff_of, today, words
from pwa.admin.release import SECONDS, fault_address
from pwa.content import basket, release, store
from pwa.content.alone import reviews_alone
from pwa.content.check import Finding, check
from pwa.content.live import Live
from pwa.content.notice import waits
from pwa.content.signing import same_person
from pwa.content.states import PageState, page_states


@dataclass(frozen=True)
class Task:
    """A group of pages that wait for the same thing."""

    name: str
    words: str
    pages: tuple[PageState, ...]
    route: str
    """Where a page of it is dealt with."""


@requires()
async def show(request: Request) -> Response:
    """What waits for whoever is signed in, most urgent first; what is nobody's in particular below."""
    running = site(request)
    async with running.database.snapshot() as reader:
        states = await page_states(reader, today=today(request))
        recalled = [one for one in await store.recalled(reader) if one.part_of is None]
        red = await release.red(reader)
        coming = await basket.coming(reader, now=now(request))
        failed = await store.releases_that_are(reader, "failed")
        chosen = await basket.choice(reader)
        gathered = await basket.look(reader, now=now(request)) if chosen.paths or chosen.withdraw else None
        alone = await reviews_alone(reader)
    staff = staff_of(request)
    lines = gathered.lines if gathered and staff.has(*SECONDS) else ()
    found = await asyncio.to_thread(_check, running.live, today(request).isoformat())
    return answer(
        request,
        "admin/today.html",
        title=words(request, "Today"),
        tasks=[one for one in _tasks(request, states) if one.pages],
        going=[one for one in lines if one.waits_for(staff.name, alone=alone)],
        notices=[one for one in recalled if one.lifted_at is None],
        ended=[one for one in recalled if one.lifted_at is not None and waits(one)],
        red=red,
        coming=coming,
        failed=failed,
        publisher=staff.has("publisher"),
        basket=gathered,
        links=[one for one in found if one.rule == "link"],
        fault_address=fault_address,
        numbers=[one for one in found if one.rule == "number"],
    )


def _tasks(request: Request, states: Iterable[PageState]) -> list[Task]:
    """What this person can do something about, by their roles; what someone waits for comes first."""
    staff, pages = staff_of(request), list(states)
    mine = [one for one in pages if any(same_person(staff.name, name) for name in one.writers)]
    tasks = []
    if staff.has("reviewer"):
        waiting = tuple(one for one in pages if one.waits_for(staff.name))
        tasks.append(Task("sign", words(request, "Waiting for your signature"), waiting, "review"))
    asked = tuple(one for one in mine if one.state == "changes asked")
    tasks.append(Task("change", words(request, "Changes asked of you"), asked, "page"))
    if staff.has("publisher"):
        ready = tuple(one for one in pages if one.state == "signed and ready")
        tasks.append(Task("ready", words(request, "Signed and ready to go out"), ready, "page"))
    drafts = tuple(one for one in mine if one.state in ("draft", "waiting for sign-off"))
    tasks.append(Task("drafts", words(request, "Your drafts"), drafts, "page"))
    if staff.has("reviewer", "author"):
        due = tuple(one for one in pages if "review due" in one.marks and not one.has_draft)
        route = "unchanged" if staff.has("reviewer") else "page"
        tasks.append(Task("due", words(request, "Reviews that are due"), due, route))
    return tasks


def _check(live: Live, day: str) -> list[Finding]:
    """What the live text's links and help numbers need; its words were judged when they went out."""
    return check(live.snapshot, today=day, changed=())


ROUTES = (Route("/", show, name="today"),)
