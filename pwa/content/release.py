"""Publishing: from signed texts to one live release, at once or at a time, and back."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from pwa.content import basket_store, store
from pwa.content.build import Build, BuildError, build, compress, headers_of, objects_of
from pwa.content.check import Finding, blockers, check, check_recalls
from pwa.content.heads import Step, no_step, turn
from pwa.content.markdown import parse
from pwa.content.media import with_pictures
from pwa.content.model import Conflict, ContentError, LivePage, Refused, Renderer, Snapshot
from pwa.content.signing import (
    missing_sign_offs,
    missing_withdrawal,
    reviewed_alone,
    same_person,
    withdrawal_digest,
)
from pwa.content.store import Head, Item, Page, Release, StoredObject
from pwa.database import Database, Reader, Transaction, jobs
from pwa.staff import audit

JOB = "release"
_CHANGED = {
    "wording": "other words, the same meaning.",
    "meaning": "changed in meaning.",
    "safety": "changed for safety.",
}
SIGNATURES = ("sign-off", "withdrawal")
"""Rules about who answers for what goes out: all that break-glass opens."""
APPROVE_WITHIN = 24 * 3600 * 1000
"""Milliseconds within which someone else must approve or undo a release that was published by break-glass."""


class Blocked(Refused):
    """The release has faults that must not reach readers; `findings` names each of them."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        lines = "\n".join(f"  {finding}" for finding in findings)
        super().__init__(f"Nothing was published. {len(findings)} to put right first:\n{lines}")
        self.findings = tuple(findings)


@dataclass(frozen=True)
class Plan:
    """A release before it is built: what will be live, and what that changes."""

    kind: str
    base: Head
    items: Mapping[int, Item]
    changed: Mapping[int, Item]
    """What differs from the live release; an item without revision is withdrawn."""
    snapshots: Sequence[Snapshot]
    live: Sequence[Snapshot]
    notes: tuple[str, ...] = ()
    redirects: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    break_glass: str = ""
    undoes_id: int | None = None
    title: str = ""
    typed: tuple[str, ...] = ()
    """Those of the notes that stand in no text: said of the whole release, or of a page that goes."""
    proposed_by: Mapping[str, str] = field(default_factory=dict)
    """Who wants a page to go, by its path: someone else has to answer for that."""
    undoes_last: bool = False
    """It takes back the publication before it, and the pages that came with that."""


async def publish(
    database: Database,
    renderer: Renderer,
    *,
    by: str,
    now: int,
    paths: Sequence[str] | None = None,
    withdraw: Mapping[str, str | None] | None = None,
    title: str = "",
    notes: Sequence[str] = (),
    break_glass: str = "",
    exactly: Mapping[str, str] | None = None,
    on_step: Step = no_step,
) -> Release:
    """Make the drafts at `paths` (every draft, by default) live and take the pages of `withdraw` away.

    `withdraw` maps a path to the one it redirects to, or None; each needs a second person, and words for readers in
    the basket or in `notes`. `break_glass` is the reason for going without a
    sign-off; someone else must approve or undo it within 24 hours. `exactly` is what somebody looked at and
    confirmed, as `contents` gives it: when anything of it is another since, Conflict names what. Publishing what is
    live already changes nothing and answers with the live release. Raises Blocked, Conflict or Refused, and then
    nothing has changed.
    """
    async with database.snapshot() as reader:
        plan = await plan_publication(reader, paths, withdraw or {}, notes, break_glass, title, by)
        _refuse_other(plan, exactly)
        if not plan.changed:
            return await _live_release(reader, plan.base)
        await _refuse_blocked(reader, plan, now)
    on_step("checked")
    return await _publish_plan(database, renderer, plan, by=by, now=now, on_step=on_step)


async def schedule(
    database: Database,
    renderer: Renderer,
    *,
    at: int,
    by: str,
    now: int,
    paths: Sequence[str] | None = None,
    withdraw: Mapping[str, str | None] | None = None,
    title: str = "",
    notes: Sequence[str] = (),
    exactly: Mapping[str, str] | None = None,
    on_step: Step = no_step,
) -> Release:
    """Freeze the same as `publish` would take, to be published at `at` (milliseconds) by whichever server is up."""
    async with database.snapshot() as reader:
        plan = await plan_publication(reader, paths, withdraw or {}, notes, "", title, by)
        _refuse_other(plan, exactly)
        if not plan.changed:
            raise Refused("There is nothing to schedule: no draft differs from what is live.")
        await _refuse_blocked(reader, plan, now)
    on_step("checked")
    builds = await build_plan(plan, renderer)
    prepared = await compress_missing(database, builds)
    on_step("built")
    async with database.transaction() as transaction:
        await _refuse_conflict(transaction, plan, await store.hold(transaction))
        # Stored now, so that little is left to do at the hour itself.
        await store.add_objects(transaction, prepared)
        planned = Release(
            0, "publish", "scheduled", by, now, due_at=at, notes=plan.typed, redirects=_chosen(withdraw), title=title
        )
        release = await store.add_release(transaction, planned, plan.changed.values())
        await basket_store.take_out(transaction, plan.changed)
        on_step("release")
        await jobs.add(transaction, JOB, at, {"release": release.id}, key=f"release-{release.id}")
        await _record(transaction, "schedule", release, plan, by=by, now=now)
        on_step("committing")
    on_step("committed")
    return release


async def cancel(database: Database, release_id: int, *, by: str, now: int) -> Release:
    """Take a scheduled release back; its drafts stay as they are."""
    async with database.transaction() as transaction:
        # The job first, as the runner takes it, so that the two never wait for each other.
        await jobs.cancel(transaction, f"release-{release_id}")
        await store.hold(transaction)
        release = await store.release(transaction, release_id)
        if release is None or release.state != "scheduled":
            raise Refused(f"Release {release_id} is not waiting for its time; nothing was changed.")
        await store.change_release(transaction, release_id, state="cancelled", reason=f"taken back by {by}")
        await audit.record(transaction, by=by, action="release.cancel", subject=f"release {release_id}", now=now)
    return replace(release, state="cancelled", reason=f"taken back by {by}")


async def dismiss(database: Database, release_id: int, *, by: str, now: int) -> None:
    """Note that somebody has seen that a scheduled release did not go out. Twice is once."""
    async with database.transaction() as transaction:
        await store.hold(transaction)
        await dismiss_held(transaction, release_id, by=by, now=now)


async def dismiss_held(transaction: Transaction, release_id: int, *, by: str, now: int) -> Release:
    """The same inside a transaction that holds the head."""
    release = await store.release(transaction, release_id)
    if release is None or release.state not in ("failed", "dismissed"):
        raise Refused(f"Release {release_id} did not fail; nothing was changed.")
    if release.state == "failed":
        await store.change_release(transaction, release_id, state="dismissed")
        await audit.record(transaction, by=by, action="release.dismiss", subject=f"release {release_id}", now=now)
    return release


def handlers(renderer: Renderer, now: Callable[[], int], on_step: Step = no_step) -> Mapping[str, jobs.Handler]:
    """What a JobRunner needs to publish scheduled releases."""

    async def fire(transaction: Transaction, payload: jobs.Payload) -> None:
        await _publish_scheduled(transaction, renderer, int(payload["release"]), now(), on_step)

    return {JOB: fire}


async def rollback(
    database: Database,
    renderer: Renderer,
    *,
    by: str,
    now: int,
    to: int | None = None,
    seen: int | None = None,
    reason: str = "",
    break_glass: str = "",
    on_step: Step = no_step,
) -> Release:
    """Publish the texts of an earlier release again (by default the one before the live one) as a new release.

    Undoing an undo needs the release to be named, so that the same request made twice does not swing back. `seen` is
    the release that was live when somebody looked at what the undo takes back; another one since raises Conflict.
    `break_glass` is the reason for bringing back what nobody else has signed, as in `publish`. Raises Blocked for
    that without it, and for recalled words.
    """
    async with database.snapshot() as reader:
        plan = await plan_rollback(reader, by=by, to=to, reason=reason, break_glass=break_glass)
        if seen is not None and plan.base.release_id != seen:
            raise Conflict(
                "Another release went live since you looked. Nothing was undone: look at what it would take back now."
            )
        if not plan.changed:
            return await _live_release(reader, plan.base)
        if faults := await recalled_or_unsigned(reader, plan):
            raise Blocked(faults)
    on_step("checked")
    return await _publish_plan(database, renderer, plan, by=by, now=now, on_step=on_step)


async def rebuild_if_needed(
    database: Database, renderer: Renderer, *, now: int, on_step: Step = no_step
) -> Release | None:
    """Publish the live texts again if this version of the program renders other bytes from them; None if not.

    Called at start: pages, styles and scripts of a new version then reach phones as one release like any other.
    Nothing is rendered when the live release is known to come from a renderer with this fingerprint.
    """
    async with database.snapshot() as reader:
        head = await store.head(reader)
        if head.release_id is None:
            return None
        base = await _base(reader, head)
        live = base.release
        if renderer.fingerprint and live.rendered_by == renderer.fingerprint:
            return None
        plan = await _plan(reader, "rebuild", base, base.items, notes=live.notes)
        plan = replace(plan, notes=live.notes, redirects=live.redirects)
    builds = await build_plan(plan, renderer)
    if {one.locale: one.manifest_sha256 for one in builds} == dict(live.manifests):
        async with database.transaction() as transaction:
            await store.change_release(transaction, live.id, rendered_by=renderer.fingerprint)
        return None
    try:
        return await _publish_plan(
            database, renderer, plan, by="a new version of the software", now=now, on_step=on_step, builds=builds
        )
    except Conflict:
        # Another server started at the same moment; what it made live is looked at again.
        return await rebuild_if_needed(database, renderer, now=now, on_step=on_step)


async def approve(database: Database, release_id: int, *, by: str, now: int) -> Release:
    """Answer for what is still live of a release that was published by break-glass.

    Raises Refused for whoever wrote or published that, and when nothing of it is live any more.
    """
    async with database.transaction() as transaction:
        await store.hold(transaction)
        release = await store.release(transaction, release_id)
        if release is None or not release.break_glass:
            raise Refused(f"Release {release_id} was not published by break-glass; there is nothing to approve.")
        if release.approved_by is not None:
            return release
        standing = await _standing(transaction, release)
        if not standing:
            raise Refused(f"Nothing of release {release_id} is live any more; there is nothing to answer for.")
        texts = await _revisions(transaction, *standing)
        people = {release.created_by, *(name for one in texts.values() for name in one.contributors)}
        if any(same_person(by, name) for name in people):
            raise Refused(f"{by} wrote or published this release, so someone else has to approve it.")
        signed = {one.page_id: one.sha256 for one in texts.values()}
        gone = [one for one in standing if one.revision_id is None]
        before = await store.revisions(transaction, [one.replaces_id for one in gone if one.replaces_id])
        for item in gone:
            text = before[item.replaces_id or 0]
            signed[item.page_id] = withdrawal_digest(item.path, text.sha256, release.redirects.get(item.path))
        for page_id, digest in signed.items():
            await store.add_sign_off(
                transaction, store.SignOff(page_id, digest, "approved", by, now, f"release {release_id}")
            )
        await store.change_release(transaction, release_id, approved_by=by, approved_at=now)
        await audit.record(transaction, by=by, action="release.approve", subject=f"release {release_id}", now=now)
    return replace(release, approved_by=by, approved_at=now)


async def red(reader: Reader) -> list[Release]:
    """Releases published by break-glass that nobody has approved, while anything of them is live; the last first."""
    return [one for one in await store.unapproved_releases(reader) if await _standing(reader, one)]


def is_overdue(release: Release, now: int) -> bool:
    """Whether a red release is so for longer than it may be."""
    return now > (release.published_at or 0) + APPROVE_WITHIN


async def _standing(reader: Reader, release: Release) -> list[Item]:
    """What a release said otherwise than the one before, as far as it is so now."""
    live = await store.items(reader, (await store.head(reader)).release_id or 0)
    return _still_so(await _said_otherwise(reader, release), live)


async def _said_otherwise(reader: Reader, release: Release) -> Collection[Item]:
    before = await store.items(reader, release.previous_id) if release.previous_id else {}
    return _differences(before, await store.items(reader, release.id)).values()


def _still_so(changed: Iterable[Item], live: Mapping[int, Item]) -> list[Item]:
    return [one for one in changed if _text(live, one.page_id) == one.revision_id]


async def _settled_by(reader: Reader, release: Release) -> Release | None:
    """The release since which nothing is live of what this one said; None while something is."""
    changed, found = await _said_otherwise(reader, release), None
    head = await store.head(reader)
    later = await store.release(reader, head.release_id) if head.release_id is not None else None
    while later is not None and later.id != release.id and not _still_so(changed, await store.items(reader, later.id)):
        found = later
        later = await store.release(reader, later.previous_id) if later.previous_id is not None else None
    return found


@dataclass(frozen=True)
class Change:
    """What a release does to one page."""

    path: str
    title: str
    change: str
    """new, withdrawn, moved, or what its text says: wording, meaning, safety."""


@dataclass(frozen=True)
class Difference:
    """What stands at one address in two releases: the texts, empty where there is no page."""

    change: Change
    before: str
    after: str


async def differences(reader: Reader, before: int, after: int) -> tuple[Difference, ...]:
    """What one release has otherwise than another; a scheduled one is what it will change."""
    old, new = await store.items(reader, before), await store.items(reader, after)
    release = await store.release(reader, after)
    if release is None or release.state == "published":
        changed = _differences(old, new)
    else:
        changed = {number: replace(one, replaces_id=_text(old, number)) for number, one in new.items()}
    changes = await _changes(reader, old, changed)
    wanted = [one for item in changed.values() for one in (item.revision_id, item.replaces_id) if one is not None]
    texts = {number: one.text for number, one in (await store.revisions(reader, wanted)).items()}
    return tuple(
        Difference(change, texts.get(item.replaces_id or 0, ""), texts.get(item.revision_id or 0, ""))
        for change, item in zip(changes, changed.values(), strict=True)
    )


def _text(items: Mapping[int, Item], page_id: int) -> int | None:
    return items[page_id].revision_id if page_id in items else None


@dataclass(frozen=True)
class Shown:
    """A release as people look at it."""

    release: Release
    live: bool
    red: bool
    """Published by break-glass, partly live still, and not approved by anyone yet."""
    overdue: bool
    """Red for more than 24 hours."""
    changes: tuple[Change, ...]
    settled_by: Release | None = None
    """Of one published by break-glass that nobody approved: the release since which nothing of it is live."""


async def show(reader: Reader, release_id: int, now: int) -> Shown:
    """One release with what it changed, what it costs a phone (in `release`), and whether it waits for approval."""
    release = await store.release(reader, release_id)
    if release is None:
        raise Refused(f"There is no release {release_id}.")
    head = await store.head(reader)
    after = await store.items(reader, release_id)
    before = await store.items(reader, release.previous_id) if release.previous_id else {}
    if release.state == "published":
        changed = _differences(before, after)
    else:
        changed, before = after, {number: replace(one, revision_id=one.replaces_id) for number, one in after.items()}
    unapproved = bool(release.break_glass) and release.approved_by is None and release.published_at is not None
    settled_by = await _settled_by(reader, release) if unapproved else None
    red = unapproved and settled_by is None
    return Shown(
        release,
        live=head.release_id == release_id,
        red=red,
        overdue=red and is_overdue(release, now),
        changes=await _changes(reader, before, changed),
        settled_by=settled_by,
    )


async def show_all(reader: Reader, now: int, limit: int = 50) -> list[Shown]:
    """The latest releases, scheduled and failed ones included, the last one first."""
    return [await show(reader, one.id, now) for one in await store.releases(reader, limit)]


async def live_snapshots(reader: Reader) -> tuple[Snapshot, ...]:
    """What readers have in front of them, one snapshot for each locale."""
    head = await store.head(reader)
    if head.release_id is None:
        return ()
    release = await _live_release(reader, head)
    items = await store.items(reader, release.id)
    return tuple(await _snapshots(reader, items, release.redirects, await _revisions(reader, *items.values())))


async def plan_publication(
    reader: Reader,
    paths: Sequence[str] | None,
    withdraw: Mapping[str, str | None],
    notes: Sequence[str],
    break_glass: str,
    title: str = "",
    by: str = "",
) -> Plan:
    """What publishing these drafts and withdrawals would make live; `by` proposes what is not in the basket."""
    base = await _base(reader, await store.head(reader))
    live = base.items
    pages = await store.pages(reader)
    known = {one.path: one for one in pages}
    if unknown := [path for path in [*(paths or ()), *withdraw] if path not in known]:
        raise Refused(f"There is no page at {', '.join(unknown)}.")
    chosen = pages if paths is None else [known[path] for path in paths]
    after = dict(live)
    for page in chosen:
        revision_id = page.draft_id or (live[page.id].revision_id if page.id in live else None)
        if page.path not in withdraw and revision_id is not None:
            after[page.id] = Item(page.id, page.locale, page.kind, page.slug, revision_id, None)
    extra, proposed_by, typed = {}, {}, list(notes)
    picked = {one.page_id: one for one in await basket_store.picked(reader)}
    for path, target in withdraw.items():
        item = after.pop(known[path].id, None)
        if item is None:
            continue
        if target is not None:
            extra[path] = target
        proposed_by[item.path] = by
        there = picked.get(item.page_id)
        if there is not None and there.withdraws and there.leads_to == target:
            proposed_by[item.path] = there.put_by
            typed += await _gone_note(reader, item, there.note)
    plan = await _plan(reader, "publish", base, after, notes=typed, extra=extra)
    return replace(plan, title=title, break_glass=break_glass, typed=tuple(typed), proposed_by=proposed_by)


async def _gone_note(reader: Reader, item: Item, note: str) -> list[str]:
    if not note or item.revision_id is None:
        return []
    text = (await store.revisions(reader, [item.revision_id]))[item.revision_id].text
    return [f"{parse(text).front.title}: {note}"]


async def plan_rollback(
    reader: Reader, *, by: str, to: int | None = None, reason: str = "", break_glass: str = ""
) -> Plan:
    """What bringing the texts of an earlier release back would change; `rollback` says which one."""
    base = await _base(reader, await store.head(reader))
    live = base.release
    if to is None and live.kind == "rollback":
        raise Refused("The live release is an undo already. Name the release to go back to.")
    wanted = live.previous_id if to is None else to
    earlier = await store.release(reader, wanted) if wanted is not None else None
    if earlier is None or earlier.published_at is None:
        raise Refused("There is no such published release to go back to; nothing was changed.")
    after = await store.items(reader, earlier.id)
    plan = await _plan(reader, "rollback", base, after)
    undone = live
    while undone.kind == "rebuild" and undone.previous_id is not None:
        undone = await store.release(reader, undone.previous_id) or undone
    return replace(
        plan,
        reason=reason,
        break_glass=break_glass,
        undoes_id=live.id,
        proposed_by={one.path: by for one in plan.changed.values() if one.revision_id is None},
        undoes_last=undone.kind == "publish" and earlier.id == undone.previous_id,
    )


async def describe(reader: Reader, plan: Plan) -> tuple[Change, ...]:
    """What a plan does to each page, in words."""
    before = await store.items(reader, plan.base.release_id) if plan.base.release_id is not None else {}
    return await _changes(reader, before, plan.changed)


async def _changes(reader: Reader, before: Mapping[int, Item], changed: Mapping[int, Item]) -> tuple[Change, ...]:
    texts = await store.revisions(
        reader, [one.revision_id for one in [*changed.values(), *before.values()] if one.revision_id]
    )
    return tuple(_describe(before.get(number), one, texts) for number, one in changed.items())


@dataclass(frozen=True)
class _Base:
    """What is live when a plan is made."""

    head: Head
    release: Release
    items: Mapping[int, Item]


async def _base(reader: Reader, head: Head) -> _Base:
    live = await _live_release(reader, head)
    return _Base(head, live, await store.items(reader, live.id))


async def _plan(
    reader: Reader,
    kind: str,
    base: _Base,
    after: Mapping[int, Item],
    *,
    notes: Sequence[str] = (),
    extra: Mapping[str, str] = MappingProxyType({}),
) -> Plan:
    _refuse_shared_address(after, await store.pages(reader) if kind == "rollback" else ())
    live = base.items
    changed = _differences(live, after)
    redirects = _redirects(base.release.redirects, live, after, extra)
    revisions = await _revisions(reader, *after.values(), *live.values())
    snapshots = await _snapshots(reader, after, redirects, revisions)
    published = await _snapshots(reader, live, base.release.redirects, revisions)
    texts, old_texts = _by_address(snapshots), _by_address(published)
    own_notes = (
        _note(kind, texts.get(_address(item)), old_texts.get(_address(live.get(number))))
        for number, item in changed.items()
        # Why a page goes is said by who takes it away.
        if item.revision_id is not None or kind == "rollback"
    )
    said = (*notes, *own_notes)
    return Plan(kind, base.head, after, changed, snapshots, published, said, redirects)


def _refuse_shared_address(after: Mapping[int, Item], pages: Iterable[Page]) -> None:
    """No two pages of a release, nor a page that an undo moves back and one made since, may have one address."""
    owners: dict[tuple[str, str], int] = {(one.locale, one.path): one.id for one in pages if one.id not in after}
    for number, item in after.items():
        if owners.setdefault((item.locale, item.path), number) != number:
            raise Refused(f"Two pages would be at {item.path}. Move one of them first; nothing was changed.")


def _by_address(snapshots: Iterable[Snapshot]) -> Mapping[tuple[str, str], LivePage]:
    return {(one.locale, page.path): page for one in snapshots for page in one.pages}


def _address(item: Item | None) -> tuple[str, str]:
    return (item.locale, item.path) if item else ("", "")


def _note(kind: str, page: LivePage | None, was: LivePage | None) -> str:
    """What readers are told of a change: its writer's words, or its kind where those are none or the last ones."""
    if page is None:
        return f"{was.document.front.title}: taken away." if was else ""
    front = page.document.front
    if kind == "rollback":
        return f"{front.title}: an earlier text is back."
    if front.note and (was is None or was.document.front.note != front.note):
        return f"{front.title}: {front.note}"
    if was is None:
        return f"{front.title}: a new page."
    return f"{front.title}: {'at a new address.' if was.sha256 == page.sha256 else _CHANGED[front.change]}"


def _differences(before: Mapping[int, Item], after: Mapping[int, Item]) -> dict[int, Item]:
    """Items of `after` that are new or other, with what they replace, and those of `before` that go."""
    changed = {}
    for number, item in after.items():
        old = before.get(number)
        if old is None or (old.revision_id, old.slug) != (item.revision_id, item.slug):
            changed[number] = replace(item, replaces_id=old.revision_id if old else None)
    for number, old in before.items():
        if number not in after:
            changed[number] = replace(old, revision_id=None, replaces_id=old.revision_id)
    return changed


def _redirects(
    known: Mapping[str, str], live: Mapping[int, Item], after: Mapping[int, Item], extra: Mapping[str, str]
) -> dict[str, str]:
    """Old addresses to the pages that took their place; never from a live page, never to a page that is gone."""
    wanted = {**known, **extra}
    wanted |= {old.path: after[number].path for number, old in live.items() if number in after}
    standing = {item.path for item in after.values()}
    resolved = {}
    for source in wanted:
        target, hops = wanted[source], 0
        while target not in standing and target in wanted and hops < len(wanted):
            target, hops = wanted[target], hops + 1
        if source not in standing and target.partition("#")[0] in standing | {"/", "/guide/", "/faq/"}:
            resolved[source] = target
    return resolved


async def _revisions(reader: Reader, *items: Item) -> dict[int, store.Revision]:
    return await store.revisions(reader, [one.revision_id for one in items if one.revision_id])


async def _snapshots(
    reader: Reader, after: Mapping[int, Item], redirects: Mapping[str, str], texts: Mapping[int, store.Revision]
) -> list[Snapshot]:
    alone = await reviewed_alone(reader, texts)
    parsed = await asyncio.to_thread(_parse_all, after, texts, redirects, alone)
    return [await with_pictures(reader, snapshot) for snapshot in parsed]


def _parse_all(
    after: Mapping[int, Item], texts: Mapping[int, store.Revision], redirects: Mapping[str, str], alone: Collection[int]
) -> list[Snapshot]:
    by_locale: dict[str, list[LivePage]] = {}
    for item in after.values():
        if item.revision_id is None:
            continue
        revision = texts[item.revision_id]
        try:
            document = parse(revision.text)
        except ContentError as error:
            raise Refused(f"{item.path} cannot be read: {error}. Nothing was changed.") from None
        page = LivePage(item.kind, item.slug, revision.sha256, document, revision.id in alone)  # type: ignore[arg-type]
        by_locale.setdefault(item.locale, []).append(page)
    return [Snapshot(locale, tuple(pages), redirects) for locale, pages in sorted(by_locale.items())]


async def judge(reader: Reader, plan: Plan, now: int) -> list[Finding]:
    """Everything that keeps a plan from going out, and what a careful publisher would look at."""
    findings = await _signing_faults(reader, plan)
    gone = [one for one in plan.changed.values() if one.revision_id is None]
    if gone and not plan.typed:
        findings.append(Finding("blocker", "note", gone[0].path, 0, "say to readers in a few words why it goes away"))
    recalled = await store.recalled(reader)
    for snapshot in plan.snapshots:
        live = next((one for one in plan.live if one.locale == snapshot.locale), None)
        changed = {item.path for item in plan.changed.values() if item.locale == snapshot.locale}
        findings += await asyncio.to_thread(check, snapshot, today=store.utc_day(now), changed=changed, live=live)
        findings += check_recalls(snapshot, recalled, changed)
    return sorted(findings)


async def _signing_faults(reader: Reader, plan: Plan) -> list[Finding]:
    """What people still have to answer for; break-glass opens that, but lets no page claim a review that was none."""
    back = plan.kind == "rollback"
    found = [one for item in plan.changed.values() for one in await missing_sign_offs(reader, item, back=back)]
    found += await _unconfirmed(reader, plan)
    return [one for one in found if one.rule not in SIGNATURES or not plan.break_glass]


async def _unconfirmed(reader: Reader, plan: Plan) -> list[Finding]:
    """Pages that would go although nobody else has agreed to exactly that; an undo takes away what it undoes."""
    found = []
    for path, (item, digest) in withdrawals(plan).items():
        if plan.undoes_last or not await missing_withdrawal(
            reader, item.page_id, digest, proposed_by=plan.proposed_by.get(path, "")
        ):
            continue
        target = plan.redirects.get(path, "no page")
        message = f"nobody else has confirmed that it goes away and its readers are sent to {target}"
        found.append(Finding("blocker", "withdrawal", path, 0, message))
    return found


def withdrawals(plan: Plan) -> dict[str, tuple[Item, str]]:
    """The pages that a plan takes away, by path, each with what somebody signs who agrees to it."""
    texts = {(one.locale, page.path): page.sha256 for one in plan.live for page in one.pages}
    return {
        item.path: (item, withdrawal_digest(item.path, texts[_address(item)], plan.redirects.get(item.path)))
        for item in plan.changed.values()
        if item.revision_id is None
    }


async def recalled_or_unsigned(reader: Reader, plan: Plan) -> list[Finding]:
    """All that may stop an undo, whose texts passed the other rules once, and what may come while others are built."""
    return await _recalled_again(reader, plan) + await _signing_faults(reader, plan)


async def _refuse_blocked(reader: Reader, plan: Plan, now: int) -> None:
    if faults := blockers(await judge(reader, plan, now)):
        raise Blocked(faults)


def contents(plan: Plan) -> dict[str, str]:
    """What a plan changes: path to the SHA-256 of its text, or, for a page that goes, where its readers are sent."""
    texts = {(one.locale, page.path): page.sha256 for one in plan.snapshots for page in one.pages}
    return {
        item.path: texts[item.locale, item.path]
        if item.revision_id
        else f"to {plan.redirects.get(item.path, 'nowhere')}"
        for item in plan.changed.values()
    }


def _refuse_other(plan: Plan, exactly: Mapping[str, str] | None) -> None:
    if exactly is None or (now := contents(plan)) == exactly:
        return
    moved = [
        *(f"{path} came in" for path in now if path not in exactly),
        *(f"{path} was taken out or published" for path in exactly if path not in now),
        *(
            f"{path} is another text, or goes elsewhere, now"
            for path in now
            if now[path] != exactly.get(path, now[path])
        ),
    ]
    raise Conflict(
        f"Since you looked: {'; '.join(sorted(moved))}. Nothing was published; look at it and confirm again."
    )


async def _recalled_again(reader: Reader, plan: Plan) -> list[Finding]:
    """Recalled words that a plan would bring back."""
    recalled = await store.recalled(reader)
    faults: list[Finding] = []
    for snapshot in plan.snapshots:
        changed = {item.path for item in plan.changed.values() if item.locale == snapshot.locale}
        faults += check_recalls(snapshot, recalled, changed)
    return faults


async def _refuse_conflict(transaction: Transaction, plan: Plan, head: Head) -> None:
    if head.release_id != plan.base.release_id:
        raise Conflict(
            "Someone else published while this release was being made. Theirs is live, this one is not, and your "
            "drafts are as they were. Look at what is live now, then publish again."
        )
    # Recalls, sign-offs and requests for changes may have come or gone since the plan was made.
    if faults := await recalled_or_unsigned(transaction, plan):
        raise Blocked(faults)
    if plan.kind == "publish":
        pages = {one.id: one for one in await store.pages(transaction)}
        for number, item in plan.changed.items():
            if item.revision_id is not None and not _as_planned(pages[number], item):
                raise Conflict(
                    f"{item.path} was edited meanwhile. Nothing was published; look at it and publish again."
                )


def _as_planned(page: Page, item: Item) -> bool:
    return page.slug == item.slug and page.draft_id in (item.revision_id, None)


async def build_plan(plan: Plan, renderer: Renderer) -> list[Build]:
    """Every locale's bytes; the same plan and renderer always make the same."""
    return [await asyncio.to_thread(build, snapshot, renderer, plan.notes) for snapshot in plan.snapshots]


async def compress_missing(reader: Reader, builds: Iterable[Build]) -> list[StoredObject]:
    """The objects that are not stored yet, compressed on as many cores as there are."""
    bodies = {digest: body for one in builds for digest, body in one.bodies.items()}
    missing = await store.missing_objects(reader, bodies)
    if not missing:
        return []
    headers = {digest: lines for one in builds for digest, lines in headers_of(one.manifest).items()}
    return await asyncio.gather(
        *(asyncio.to_thread(compress, digest, bodies[digest], headers[digest]) for digest in sorted(missing))
    )


async def _publish_plan(
    database: Database,
    renderer: Renderer,
    plan: Plan,
    *,
    by: str,
    now: int,
    on_step: Step,
    builds: Sequence[Build] | None = None,
) -> Release:
    if builds is None:
        builds = await build_plan(plan, renderer)
    on_step("built")
    prepared = await compress_missing(database, builds)
    on_step("compressed")
    async with database.transaction() as transaction:
        head = await store.hold(transaction)
        on_step("held")
        if head.release_id != plan.base.release_id and head.release_id is not None:
            live = await _live_release(transaction, head)
            if not _differences(await store.items(transaction, live.id), plan.items) and plan.kind != "rebuild":
                return live  # somebody published exactly this: twice is once
        await _refuse_conflict(transaction, plan, head)
        release = await make_live(transaction, head, plan, builds, prepared, by=by, now=now, on_step=on_step)
    on_step("committed")
    return release


async def _publish_scheduled(
    transaction: Transaction, renderer: Renderer, release_id: int, now: int, on_step: Step
) -> None:
    head = await store.hold(transaction)
    on_step("held")
    planned = await store.release(transaction, release_id)
    if planned is None or planned.state != "scheduled":
        return
    try:
        plan = await plan_scheduled(transaction, head, planned)
        await _refuse_blocked(transaction, plan, now)
        builds = await build_plan(plan, renderer)
    except (Refused, BuildError) as error:
        # Trying again would not help; people see why in the list of releases.
        await store.change_release(transaction, release_id, state="failed", reason=_in_words(error))
        await audit.record(
            transaction,
            by=planned.created_by,
            action="release.fail",
            subject=f"release {release_id}",
            now=now,
            reason=str(error),
        )
        return
    prepared = await compress_missing(transaction, builds)
    on_step("built")
    await make_live(
        transaction, head, plan, builds, prepared, by=planned.created_by, now=now, on_step=on_step, planned=planned
    )


def _in_words(error: Refused | BuildError) -> str:
    if isinstance(error, Blocked):
        return "\n".join(f"{one.path}: {one.message}" for one in error.findings)
    if isinstance(error, BuildError):
        return "The software could not make its pages. Whoever runs the server finds more in the audit log."
    return str(error)


async def plan_scheduled(reader: Reader, head: Head, planned: Release) -> Plan:
    """What a scheduled release would make live over what is live now; Refused when that is no longer as it was."""
    base = await _base(reader, head)
    live = base.items
    after = dict(live)
    for number, item in (await store.items(reader, planned.id)).items():
        there = live[number].revision_id if number in live else None
        if there != item.replaces_id:
            raise Refused(f"{item.path} was published anew after this release was scheduled. Schedule it again.")
        if item.revision_id is None:
            after.pop(number, None)
        else:
            after[number] = item
    plan = await _plan(reader, "publish", base, after, notes=planned.notes, extra=planned.redirects)
    return replace(plan, title=planned.title, typed=planned.notes)


async def make_live(
    transaction: Transaction,
    head: Head,
    plan: Plan,
    builds: Sequence[Build],
    prepared: Sequence[StoredObject],
    *,
    by: str,
    now: int,
    on_step: Step,
    planned: Release | None = None,
) -> Release:
    """Everything a publication changes, in the caller's transaction: all of it or nothing."""
    await store.add_objects(transaction, prepared)
    # One that was dropped between the plan and this moment is made again.
    await store.add_objects(transaction, await compress_missing(transaction, builds))
    on_step("objects")
    changed_bytes, total_bytes = await _cost(transaction, head, builds)
    manifests = {one.locale: one.manifest_sha256 for one in builds}
    made = Release(
        planned.id if planned else 0,
        plan.kind,
        "published",
        by,
        planned.created_at if planned else now,
        previous_id=head.release_id,
        undoes_id=plan.undoes_id,
        due_at=planned.due_at if planned else None,
        published_at=now,
        notes=plan.notes,
        redirects=plan.redirects,
        manifests=manifests,
        changed_bytes=changed_bytes,
        total_bytes=total_bytes,
        reason=plan.reason,
        break_glass=plan.break_glass,
        rendered_by=builds[0].rendered_by,
        title=plan.title,
    )
    if planned:
        await store.replace_release(transaction, made, plan.items.values())
    else:
        made = await store.add_release(transaction, made, plan.items.values())
    pages = await store.pages(transaction)
    if plan.kind == "rollback":
        moved = {page.id: plan.items[page.id].slug for page in pages if page.id in plan.items}
        await store.set_slugs(
            transaction, {page.id: moved[page.id] for page in pages if moved.get(page.id, page.slug) != page.slug}
        )
    for page in pages:
        item = plan.items.get(page.id)
        if page.draft_id is not None and item is not None and item.revision_id == page.draft_id:
            await store.set_draft(transaction, page.id, None)
    if plan.kind == "publish" and planned is None:
        await basket_store.take_out(transaction, plan.changed)
    on_step("release")
    await turn(
        transaction, head, release_id=made.id, manifests=manifests, verb=plan.kind, by=by, now=now, on_step=on_step
    )
    await _record(transaction, plan.kind, made, plan, by=by, now=now)
    return made


async def _record(transaction: Transaction, verb: str, release: Release, plan: Plan, *, by: str, now: int) -> None:
    said = {"reason": plan.reason, "break_glass": plan.break_glass}
    await audit.record(
        transaction,
        by=by,
        action=f"release.{verb}",
        subject=f"release {release.id}",
        now=now,
        pages=" ".join(sorted(item.path for item in plan.changed.values())),
        **{name: words for name, words in said.items() if words},
    )


async def cost(
    reader: Reader, plan: Plan, builds: Sequence[Build], prepared: Sequence[StoredObject] = ()
) -> tuple[int, int]:
    """Brotli bytes of a build for a phone that has the release before, and for one that has nothing.

    `prepared` are the objects that are not stored yet.
    """
    return await _cost(reader, plan.base, builds, {one.sha256: one.cost for one in prepared})


async def _cost(
    reader: Reader, head: Head, builds: Sequence[Build], known: Mapping[str, int] | None = None
) -> tuple[int, int]:
    wanted = {digest for one in builds for digest in one.bodies}
    there: set[str] = set()
    if head.release_id is not None:
        live = await _live_release(reader, head)
        for manifest in (await store.objects(reader, live.manifests.values())).values():
            there |= {manifest.sha256, *objects_of(manifest.identity)}
    costs = {**await store.object_costs(reader, wanted), **(known or {})}
    return sum(cost for digest, cost in costs.items() if digest not in there), sum(costs.values())


async def _live_release(reader: Reader, head: Head) -> Release:
    release = await store.release(reader, head.release_id) if head.release_id is not None else None
    if release is None:
        raise Refused("Nothing is published yet. Start the server once, or run `python -m pwa init`.")
    return release


def _chosen(withdraw: Mapping[str, str | None] | None) -> dict[str, str]:
    return {path: target for path, target in (withdraw or {}).items() if target is not None}


def _describe(before: Item | None, item: Item, texts: Mapping[int, store.Revision]) -> Change:
    revision = texts.get(item.revision_id or item.replaces_id or 0)
    front = parse(revision.text).front if revision else None
    title = front.title if front else item.slug
    if item.revision_id is None:
        return Change(item.path, title, "withdrawn")
    if before is None or before.revision_id is None:
        return Change(item.path, title, "new")
    if before.slug != item.slug and before.revision_id == item.revision_id:
        return Change(item.path, title, "moved")
    return Change(item.path, title, front.change if front else "wording")
