"""The next release's basket: what staff picked to go out together, and how that stands now, in words."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from pwa.content import basket_store, store
from pwa.content.basket_store import Picked
from pwa.content.check import PATHS_OF_THE_PROGRAM, Finding, blockers
from pwa.content.markdown import normalise, parse
from pwa.content.model import ContentError, Problem, Refused
from pwa.content.release import (
    SIGNATURES,
    Change,
    Plan,
    contents,
    describe,
    dismiss_held,
    judge,
    plan_publication,
    plan_scheduled,
    withdrawals,
)
from pwa.content.signing import SHORTEST_DIGEST, same_person, sign_withdrawal
from pwa.content.store import Page, Release
from pwa.database import Database, Reader, Transaction
from pwa.staff import audit

Light = Literal["ready", "hint", "blocked"]
LONGEST_NOTE = 200


@dataclass(frozen=True)
class Line:
    """One page of the basket: what happens to it, and what was found."""

    change: Change
    content: str
    """The SHA-256 of the text that goes out; for a page that is taken away, where its readers are sent."""
    findings: tuple[Finding, ...]
    put_by: str
    withdrawal: str = ""
    """What the second person signs when a page is taken away."""

    @property
    def light(self) -> Light:
        """Whether this page may go out."""
        return light(self.findings)

    def waits_for(self, name: str, *, alone: bool) -> bool:
        """Whether this person could answer as the second one for taking the page away, which nobody has done yet."""
        waits = any(one.rule == "withdrawal" for one in self.findings)
        return waits and (alone or not same_person(name, self.put_by))


@dataclass(frozen=True)
class Basket:
    """Everything that would go out now."""

    lines: tuple[Line, ...]
    elsewhere: tuple[Finding, ...]
    """What keeps the release from going out and stands on pages that it does not change."""
    plan: Plan | None
    """None while the basket is empty, or no plan can be made of it; `elsewhere` then says why."""
    base: int
    """The live release this was looked at against."""

    @property
    def light(self) -> Light:
        """Whether the release may go out."""
        return light([*self.elsewhere, *(one for line in self.lines for one in line.findings)])

    @property
    def only_signatures_miss(self) -> bool:
        """Whether break-glass would open it."""
        return only_signatures_miss([*self.elsewhere, *(one for line in self.lines for one in line.findings)])

    @property
    def contents(self) -> Mapping[str, str]:
        """What somebody who looks at this confirms; `publish` and `schedule` take it as `exactly`."""
        return {line.change.path: line.content for line in self.lines}


@dataclass(frozen=True)
class Choice:
    """What `publish`, `schedule` and a trial take out of the basket."""

    paths: tuple[str, ...]
    withdraw: Mapping[str, str | None]


def light(findings: list[Finding] | tuple[Finding, ...]) -> Light:
    """The worst of some findings."""
    if any(one.severity == "blocker" for one in findings):
        return "blocked"
    return "hint" if findings else "ready"


def only_signatures_miss(findings: Iterable[Finding]) -> bool:
    """Whether nothing but sign-offs stands against a release, so that break-glass would open it."""
    stopping = blockers(findings)
    return bool(stopping) and all(one.rule in SIGNATURES for one in stopping)


async def put_in(database: Database, path: str, *, by: str, now: int, locale: str = "en") -> None:
    """Have the draft at `path`, or its new address, go out with the next release."""
    async with database.transaction() as transaction:
        page = await _page(transaction, path, locale)
        live = (await _live(transaction)).get(page.id)
        if page.draft_id is None and (live is None or live.slug == page.slug):
            raise Refused(f"{path} has no draft: readers have its text already, and nothing was changed.")
        await basket_store.put_in(transaction, page.id, withdraws=False, leads_to=None, by=by, now=now)
        await audit.record(transaction, by=by, action="basket.put", subject=path, now=now)


async def withdraw(
    database: Database, path: str, *, leads_to: str | None, note: str, by: str, now: int, locale: str = "en"
) -> None:
    """Have the page at `path` go away with the next release, its readers sent to `leads_to`, or to no page.

    `note` tells readers why. Someone else has to `confirm` it.
    """
    note = normalise(note)
    if not note or len(note) > LONGEST_NOTE:
        raise Refused(f"Say to readers in 1 to {LONGEST_NOTE} characters why the page goes away. Nothing was changed.")
    async with database.transaction() as transaction:
        page = await _page(transaction, path, locale)
        live = await _live(transaction)
        if page.id not in live:
            raise Refused(f"{path} is not published, so there is nothing to take away. Discard its draft instead.")
        if page.kind == "site":
            raise Refused(f"{path} is a fixed page that others rely on; it cannot be taken away.")
        others = {one.path for one in live.values() if one.page_id != page.id} | set(PATHS_OF_THE_PROGRAM)
        if leads_to is not None and leads_to not in others:
            raise Refused(f"There is no published page at {leads_to} to send readers to; nothing was changed.")
        await basket_store.put_in(transaction, page.id, withdraws=True, leads_to=leads_to, by=by, now=now, note=note)
        await audit.record(transaction, by=by, action="basket.withdraw", subject=path, now=now, to=leads_to or "")


async def confirm(database: Database, path: str, *, digest: str, by: str, now: int, locale: str = "en") -> None:
    """Answer as the second person for taking the page at `path` away.

    `digest` is the `withdrawal` that was shown; its first 12 characters are enough.
    """
    async with database.transaction() as transaction:
        page = await _page(transaction, path, locale)
        lines = (await look(transaction, now=now)).lines
        line = next((one for one in lines if one.change.path == path and one.withdrawal), None)
        if line is None or len(digest) < SHORTEST_DIGEST or not line.withdrawal.startswith(digest):
            raise Refused(f"What happens to {path} is another thing since you looked. Look again, then confirm it.")
        await sign_withdrawal(transaction, page, line.withdrawal, proposed_by=line.put_by, by=by, now=now)


async def take_out(database: Database, path: str, *, by: str, now: int, locale: str = "en") -> None:
    """Leave the page at `path` out of the next release; its draft stays. Twice is once."""
    async with database.transaction() as transaction:
        page = await _page(transaction, path, locale)
        if page.id in {one.page_id for one in await basket_store.picked(transaction)}:
            await basket_store.take_out(transaction, [page.id])
            await audit.record(transaction, by=by, action="basket.take", subject=path, now=now)


@dataclass(frozen=True)
class Coming:
    """A scheduled release, and what would keep it from going out if it were now."""

    release: Release
    findings: tuple[Finding, ...]

    @property
    def light(self) -> Light:
        """Whether it would go out."""
        return light(self.findings)


async def coming(reader: Reader, *, now: int) -> list[Coming]:
    """Every scheduled release as it stands now, the next one first."""
    found, head = [], await store.head(reader)
    for planned in await store.releases_that_are(reader, "scheduled"):
        try:
            findings = await judge(reader, await plan_scheduled(reader, head, planned), now)
        except Refused as error:
            findings = [Finding("blocker", "plan", "", 0, str(error))]
        found.append(Coming(planned, tuple(findings)))
    return found


async def put_again(database: Database, release_id: int, *, by: str, now: int) -> None:
    """Put what a failed release was to do into the basket, where it still can be done; that release is settled."""
    async with database.transaction() as transaction:
        await store.hold(transaction)
        failed = await dismiss_held(transaction, release_id, by=by, now=now)
        live, pages = await _live(transaction), {one.id: one for one in await store.pages(transaction)}
        for item in (await store.items(transaction, release_id)).values():
            if item.revision_id is None and item.page_id in live:
                leads_to = failed.redirects.get(item.path)
                note = await _note_of(transaction, item, failed)
                await basket_store.put_in(
                    transaction, item.page_id, withdraws=True, leads_to=leads_to, note=note, by=by, now=now
                )
            elif item.revision_id is not None and pages[item.page_id].draft_id is not None:
                await basket_store.put_in(transaction, item.page_id, withdraws=False, leads_to=None, by=by, now=now)
        await audit.record(transaction, by=by, action="basket.put-again", subject=f"release {release_id}", now=now)


async def _note_of(reader: Reader, item: store.Item, planned: Release) -> str:
    texts = await store.revisions(reader, [item.replaces_id] if item.replaces_id else [])
    title = next((f"{parse(one.text).front.title}: " for one in texts.values()), "")
    return next((one.removeprefix(title) for one in planned.notes if title and one.startswith(title)), "")


async def choice(reader: Reader) -> Choice:
    """What the basket holds that would change something."""
    live = await _live(reader)
    picked = [one for one in await basket_store.picked(reader) if _changes_something(one, live)]
    return Choice(
        tuple(one.path for one in picked if not one.withdraws),
        {one.path: one.leads_to for one in picked if one.withdraws},
    )


async def left_out(reader: Reader) -> list[Page]:
    """Pages with a draft or a new address that nobody has put in."""
    live = await _live(reader)
    there = {one.page_id for one in await basket_store.picked(reader)}
    return [
        page
        for page in await store.pages(reader)
        if page.id not in there and (page.draft_id is not None or (page.id in live and live[page.id].slug != page.slug))
    ]


async def look(reader: Reader, *, now: int, notes: tuple[str, ...] = ()) -> Basket:
    """The basket as it stands: what it does to each page, and what keeps it from going out."""
    picked = {one.path: one for one in await basket_store.picked(reader)}
    chosen = await choice(reader)
    unreadable = await _unreadable(reader, [picked[path] for path in chosen.paths])
    paths = [path for path in chosen.paths if path not in unreadable]
    base = (await store.head(reader)).release_id or 0
    lines = [
        Line(Change(path, path.rpartition("/")[2], "meaning"), "", (found,), picked[path].put_by)
        for path, found in unreadable.items()
    ]
    try:
        plan = await plan_publication(reader, paths, chosen.withdraw, notes, "")
    except Refused as error:
        return Basket(tuple(lines), (Finding("blocker", "plan", "", 0, str(error)),), None, base)
    findings = await judge(reader, plan, now)
    shas, going = contents(plan), withdrawals(plan)
    for change in await describe(reader, plan):
        own = tuple(one for one in findings if one.path == change.path)
        by = picked[change.path].put_by if change.path in picked else ""
        withdrawal = going[change.path][1] if change.path in going else ""
        lines.append(Line(change, shas[change.path], own, by, withdrawal))
    shown = {line.change.path for line in lines}
    elsewhere = tuple(one for one in findings if one.path not in shown and one.severity == "blocker")
    return Basket(tuple(lines), elsewhere, plan if plan.changed and not unreadable else None, base)


async def _unreadable(reader: Reader, picked: list[Picked]) -> dict[str, Finding]:
    """Drafts that are no whole text yet, with the first fault of each."""
    texts = await store.revisions(reader, [one.draft_id for one in picked if one.draft_id])
    faults = {}
    for one in picked:
        first = await asyncio.to_thread(_first_fault, texts[one.draft_id].text) if one.draft_id else None
        if first:
            faults[one.path] = Finding("blocker", "text", one.path, first.line, first.message)
    return faults


def _first_fault(text: str) -> Problem | None:
    try:
        parse(text)
    except ContentError as error:
        return error.problems[0]
    return None


def _changes_something(one: Picked, live: Mapping[int, store.Item]) -> bool:
    there = live.get(one.page_id)
    if one.withdraws:
        return there is not None
    return one.draft_id is not None or (there is not None and there.slug != one.slug)


async def _live(reader: Reader) -> Mapping[int, store.Item]:
    head = await store.head(reader)
    return await store.items(reader, head.release_id) if head.release_id is not None else {}


async def _page(transaction: Transaction, path: str, locale: str) -> Page:
    await store.hold(transaction)
    page = await store.page_at(transaction, path, locale)
    if page is None:
        raise Refused(f"There is no page at {path}.")
    return page
