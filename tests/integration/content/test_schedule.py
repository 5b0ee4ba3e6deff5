"""Releases at a time: once, whichever server is up, after downtime, and never what nobody meant any more."""

import asyncio
from datetime import date

import pytest

from pwa.content import basket, store
from pwa.content.drafts import Planned, discard, draft, restore
from pwa.content.live import load
from pwa.content.migrations import FEATURES
from pwa.content.model import Refused
from pwa.content.notice import recall
from pwa.content.release import Blocked, cancel, dismiss, handlers, schedule, show
from pwa.content.review import ask_for_changes
from pwa.content.signing import sign_off
from pwa.content.states import page_states
from pwa.database import Database
from pwa.database.jobs import JobRunner, waiting
from tests.databases import MakeDatabase
from tests.integration.content.conftest import Edit, Publish
from tests.publishing import DAY, NOW, make_renderer, text

AT = NOW + DAY


def runner(database: Database, now: int) -> JobRunner:
    return JobRunner(database, handlers(make_renderer(), lambda: now), lambda: now)


async def test_it_goes_out_at_its_time_and_not_before(guide: Database, edit: Edit) -> None:
    await edit("/guide/iv", text("Drip", "Tomorrow."))
    planned = await schedule(guide, make_renderer(), at=AT, by="Cleo", now=NOW)
    assert await runner(guide, AT - 1).run_due() == 0
    assert b"Tomorrow." not in (await load(guide)).responses["/guide/iv"].identity
    assert await runner(guide, AT).run_due() == 1
    assert b"Tomorrow." in (await load(guide)).responses["/guide/iv"].identity
    shown = await show(guide, planned.id, AT)
    assert (shown.release.state, shown.live, shown.release.created_by) == ("published", True, "Cleo")
    assert (await store.pages(guide))[0].draft_id is None


async def test_several_servers_publish_it_once(guide: Database, make_database: MakeDatabase, edit: Edit) -> None:
    await edit("/guide/iv", text("Drip", "Once."))
    await schedule(guide, make_renderer(), at=AT, by="Cleo", now=NOW)
    others = [await make_database("content", FEATURES) for _ in range(2)]
    done = await asyncio.gather(*(runner(one, AT + 7 * DAY).run_due() for one in [guide, *others]))
    assert sum(done) == 1
    assert len((await load(guide)).publications) == 2


async def test_what_was_frozen_goes_out_although_the_draft_went_on(guide: Database, edit: Edit) -> None:
    await edit("/guide/iv", text("Drip", "Frozen."))
    await schedule(guide, make_renderer(), at=AT, by="Cleo", now=NOW)
    later = await draft(guide, "/guide/iv", text("Drip", "Later."), by="Ana", now=NOW)
    await runner(guide, AT).run_due()
    assert b"Frozen." in (await load(guide)).responses["/guide/iv"].identity
    assert later.id in [one.draft_id for one in await store.pages(guide)]


async def test_a_page_published_anew_meanwhile_is_not_overwritten(
    guide: Database, edit: Edit, put_out: Publish
) -> None:
    await edit("/guide/iv", text("Drip", "Planned."))
    planned = await schedule(guide, make_renderer(), at=AT, by="Cleo", now=NOW)
    await edit("/guide/iv", text("Drip", "Urgent."))
    await put_out()
    await runner(guide, AT).run_due()
    assert b"Urgent." in (await load(guide)).responses["/guide/iv"].identity
    shown = await show(guide, planned.id, AT)
    assert shown.release.state == "failed"
    assert "published anew after this release was scheduled" in shown.release.reason
    assert [one.id for one in await store.releases_that_are(guide, "failed")] == [planned.id]
    await dismiss(guide, planned.id, by="Cleo", now=AT)
    await dismiss(guide, planned.id, by="Cleo", now=AT)
    assert await store.releases_that_are(guide, "failed") == []
    with pytest.raises(Refused, match="did not fail"):
        await dismiss(guide, 1, by="Cleo", now=AT)
    assert await waiting(guide) == []


async def test_other_pages_may_be_published_meanwhile(guide: Database, edit: Edit, put_out: Publish) -> None:
    await edit("/guide/iv", text("Drip", "Planned."))
    await schedule(guide, make_renderer(), at=AT, by="Cleo", now=NOW)
    await edit("/guide/im", text("Injection", "Meanwhile."))
    await put_out(paths=["/guide/im"])
    await runner(guide, AT).run_due()
    live = await load(guide)
    assert b"Planned." in live.responses["/guide/iv"].identity
    assert b"Meanwhile." in live.responses["/guide/im"].identity


async def test_words_recalled_meanwhile_do_not_go_out(guide: Database, edit: Edit) -> None:
    await edit("/guide/im", text("Injection", "It can be stopped."))
    planned = await schedule(guide, make_renderer(), at=AT, by="Cleo", now=NOW)
    await recall(guide, path="/guide/iv", words="It can be stopped.", text="Ask.", by="Cleo", now=NOW)
    await runner(guide, AT).run_due()
    assert (await show(guide, planned.id, AT)).release.state == "failed"
    assert b"An injection" in (await load(guide)).responses["/guide/im"].identity


async def test_what_stands_against_a_planned_release_is_seen_before_and_after_it_fails(
    guide: Database, edit: Edit
) -> None:
    digest = await edit("/guide/iv", text("Drip", "Planned."))
    planned = await schedule(guide, make_renderer(), at=AT, by="Cleo", now=NOW)
    assert [(one.release.id, one.light) for one in await basket.coming(guide, now=NOW)] == [(planned.id, "ready")]
    await ask_for_changes(guide, "/guide/iv", digest=digest, by="Ben", now=NOW, note="Which drip?")
    [coming] = await basket.coming(guide, now=NOW)
    assert (coming.light, [one.rule for one in coming.findings]) == ("blocked", ["sign-off"])
    await runner(guide, AT).run_due()
    [failed] = await store.releases_that_are(guide, "failed")
    assert failed.reason.startswith("/guide/iv: Ben asks for changes")
    assert "blocker" not in failed.reason
    await basket.put_again(guide, planned.id, by="Dora", now=AT)
    assert (await basket.choice(guide)).paths == ("/guide/iv",)
    assert await store.releases_that_are(guide, "failed") == []


async def test_it_can_be_taken_back_until_it_is_out(guide: Database, edit: Edit) -> None:
    await edit("/guide/iv", text("Drip", "Never."))
    planned = await schedule(guide, make_renderer(), at=AT, by="Cleo", now=NOW)
    assert (await cancel(guide, planned.id, by="Dora", now=NOW)).state == "cancelled"
    assert await runner(guide, AT).run_due() == 0
    with pytest.raises(Refused, match="not waiting for its time"):
        await cancel(guide, planned.id, by="Dora", now=NOW)
    with pytest.raises(Refused, match="not waiting for its time"):
        await cancel(guide, 1, by="Dora", now=NOW)


async def test_a_planned_text_is_not_put_away_behind_its_release(guide: Database, edit: Edit) -> None:
    live = (await load(guide)).snapshot
    digest = await edit("/guide/iv", text("Drip", "Planned."))
    planned = await schedule(guide, make_renderer(), at=AT, by="Cleo", now=NOW)
    with pytest.raises(Planned, match=f"release {planned.id}") as refused:
        await discard(guide, "/guide/iv", digest=digest, by="Ana", now=NOW)
    assert refused.value.release_id == planned.id
    before = next(one for one in live.pages if one.path == "/guide/iv").sha256
    page = await store.page_at(guide, "/guide/iv")
    assert page is not None
    first = next(one for one in await store.history(guide, page.id) if one.sha256 == before)
    with pytest.raises(Planned):
        await restore(guide, "/guide/iv", first.id, by="Ana", now=NOW)
    assert (await page_states(guide, today=date(2026, 11, 22), page_id=page.id))[0].state == "scheduled"
    await cancel(guide, planned.id, by="Cleo", now=NOW)
    await discard(guide, "/guide/iv", digest=digest, by="Ana", now=NOW)
    assert await runner(guide, AT).run_due() == 0


async def test_a_page_says_that_an_earlier_text_of_it_is_planned(guide: Database, edit: Edit) -> None:
    await edit("/guide/iv", text("Drip", "Planned."))
    planned = await schedule(guide, make_renderer(), at=AT, by="Cleo", now=NOW)
    later = await draft(guide, "/guide/iv", text("Drip", "Later."), by="Ana", now=NOW)
    for states in ("draft", "scheduled"):
        [page] = await page_states(guide, today=date(2026, 11, 22), page_id=later.page_id)
        assert (page.state, page.due_at, page.planned_id) == (states, AT, planned.id)
        assert ("an earlier text is planned" in page.marks) == (states == "draft")
        # The later draft is held by no release.
        if states == "draft":
            await discard(guide, "/guide/iv", digest=later.sha256, by="Ana", now=NOW)


async def test_withdrawals_wait_too(guide: Database) -> None:
    await basket.withdraw(guide, "/faq/hurt", leads_to="/guide/iv", note="Said there.", by="Cleo", now=NOW)
    chosen = await basket.choice(guide)
    with pytest.raises(Blocked, match="nobody else has confirmed"):
        await schedule(guide, make_renderer(), at=AT, by="Dora", now=NOW, paths=(), withdraw=chosen.withdraw)
    [line] = (await basket.look(guide, now=NOW)).lines
    await basket.confirm(guide, "/faq/hurt", digest=line.withdrawal, by="Dora", now=NOW)
    await schedule(guide, make_renderer(), at=AT, by="Dora", now=NOW, paths=(), withdraw=chosen.withdraw)
    await runner(guide, AT).run_due()
    manifest = (await load(guide)).manifests["en"]
    assert manifest["redirects"] == {"/faq/hurt": "/guide/iv"}
    assert manifest["notes"] == ["Does it hurt?: Said there."]


async def test_nothing_or_something_unsigned_is_not_scheduled(guide: Database) -> None:
    with pytest.raises(Refused, match="nothing to schedule"):
        await schedule(guide, make_renderer(), at=AT, by="Cleo", now=NOW)
    revision = await draft(guide, "/guide/iv", text("Drip", "Unsigned."), by="Ana", now=NOW)
    with pytest.raises(Blocked, match="sign-off"):
        await schedule(guide, make_renderer(), at=AT, by="Cleo", now=NOW)
    await sign_off(guide, "/guide/iv", digest=revision.sha256[:12], by="Ben", now=NOW)
    await schedule(guide, make_renderer(), at=AT, by="Cleo", now=NOW)


async def test_after_downtime_it_goes_out_once_however_late(guide: Database, edit: Edit) -> None:
    await edit("/guide/iv", text("Drip", "Late."))
    planned = await schedule(guide, make_renderer(), at=AT, by="Cleo", now=NOW)
    late = AT + 30 * DAY
    assert [await runner(guide, moment).run_due() for moment in (late, late, late + DAY)] == [1, 0, 0]
    shown = await show(guide, planned.id, late)
    assert (shown.live, shown.release.published_at) == (True, late)


async def test_a_clock_that_jumps_forward_sends_it_early_and_setting_it_back_sends_nothing_again(
    guide: Database, edit: Edit
) -> None:
    await edit("/guide/iv", text("Drip", "Once."))
    await schedule(guide, make_renderer(), at=AT, by="Cleo", now=NOW)
    assert [await runner(guide, moment).run_due() for moment in (AT + DAY, NOW, AT, AT + 2 * DAY)] == [1, 0, 0, 0]
    assert len((await load(guide)).publications) == 2


async def test_a_clock_set_back_makes_it_wait_and_the_head_rises_all_the_same(guide: Database, edit: Edit) -> None:
    await edit("/guide/iv", text("Drip", "In the end."))
    await schedule(guide, make_renderer(), at=AT, by="Cleo", now=NOW)
    before = (await load(guide)).sequence
    assert await runner(guide, NOW - 365 * DAY).run_due() == 0
    assert await runner(guide, AT).run_due() == 1
    assert (await load(guide)).sequence > before


async def test_an_unsigned_edit_does_not_slip_in_before_its_time(guide: Database, edit: Edit) -> None:
    digest = await edit("/guide/iv", text("Drip", "Signed."))
    planned = await schedule(guide, make_renderer(), at=AT, by="Cleo", now=NOW)
    await draft(guide, "/guide/iv", text("Drip", "Slipped in."), by="Ana", now=NOW)
    await runner(guide, AT).run_due()
    items = await store.items(guide, planned.id)
    texts = await store.revisions(guide, [one.revision_id for one in items.values() if one.revision_id])
    assert digest in {one.sha256 for one in texts.values()}
    assert b"Slipped in." not in (await load(guide)).responses["/guide/iv"].identity
