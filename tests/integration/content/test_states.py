"""Where pages stand, in plain words, and quickly however much has been written."""

import time
from datetime import date

import pytest

from pwa.content import basket, store
from pwa.content.drafts import discard, draft, move
from pwa.content.notice import recall
from pwa.content.release import cancel, schedule
from pwa.content.review import ask_for_changes, ask_for_review, withdraw_request
from pwa.content.signing import sign_off
from pwa.content.states import PageState, page_states
from pwa.database import Database
from tests.integration.content.conftest import Publish
from tests.publishing import DAY, NOW, make_renderer, text

TODAY = date(2026, 11, 22)


async def state(database: Database, path: str = "/guide/iv", today: date = TODAY) -> PageState:
    async with database.snapshot() as reader:
        return next(one for one in await page_states(reader, today=today) if one.path == path)


async def test_a_page_goes_from_word_to_word_until_readers_have_it(guide: Database, put_out: Publish) -> None:
    live = await state(guide)
    assert (live.state, live.needs_attention) == ("live", False)
    revision = await draft(guide, "/guide/iv", text("Drip 2", "New."), by="Ana", now=NOW)
    drafted = await state(guide)
    assert (drafted.state, drafted.title, drafted.writers, drafted.changed_by) == ("draft", "Drip 2", ("Ana",), "Ana")
    assert drafted.needs_attention
    asked = await ask_for_review(guide, "/guide/iv", digest=revision.sha256, by="Ana", now=NOW)
    assert (await state(guide)).state == "waiting for sign-off"
    changes = await ask_for_changes(guide, "/guide/iv", digest=revision.sha256, by="Ben", now=NOW, note="No.")
    assert (await state(guide)).state == "changes asked"
    await withdraw_request(guide, changes.id, by="Ben", now=NOW)
    await sign_off(guide, "/guide/iv", digest=revision.sha256, by="Ben", now=NOW)
    signed = await state(guide)
    assert (signed.state, [one.shown for one in signed.signed]) == ("signed and ready", ["Ben"])
    assert signed.requests == (asked,)
    planned = await schedule(guide, make_renderer(), at=NOW + DAY, by="Cleo", now=NOW)
    due = await state(guide)
    assert (due.state, due.due_at, due.needs_attention) == ("scheduled", NOW + DAY, False)
    await cancel(guide, planned.id, by="Cleo", now=NOW)
    assert (await state(guide)).state == "signed and ready"
    await put_out()
    assert (await state(guide)).state == "live"


async def test_an_edit_takes_every_word_back(guide: Database) -> None:
    revision = await draft(guide, "/guide/iv", text("Drip", "New."), by="Ana", now=NOW)
    await ask_for_review(guide, "/guide/iv", digest=revision.sha256, by="Ana", now=NOW)
    await sign_off(guide, "/guide/iv", digest=revision.sha256, by="Ben", now=NOW)
    await draft(guide, "/guide/iv", text("Drip", "Newer."), by="Ben", now=NOW)
    edited = await state(guide)
    assert (edited.state, edited.requests, edited.signed) == ("draft", (), ())
    # Ben signed these very words, but has words of his own in them by now.
    await draft(guide, "/guide/iv", text("Drip", "New."), by="Ana", now=NOW)
    assert (await state(guide)).state == "waiting for sign-off"


async def test_pages_that_readers_do_not_have(guide: Database, put_out: Publish) -> None:
    kept = await draft(guide, "/guide/new", text("New"), by="Ana", now=NOW)
    assert ((await state(guide, "/guide/new")).state, (await state(guide, "/guide/new")).live_path) == ("draft", None)
    await discard(guide, "/guide/new", digest=kept.sha256, by="Ana", now=NOW)
    assert (await state(guide, "/guide/new")).state == "withdrawn"
    await put_out(paths=[], withdraw={"/faq/hurt": None}, notes=["It is gone."], break_glass="It does harm.")
    gone = await state(guide, "/faq/hurt")
    assert (gone.state, gone.live_path) == ("withdrawn", None)
    await basket.withdraw(guide, "/guide/im", leads_to=None, note="It is gone.", by="Cleo", now=NOW)
    [line] = (await basket.look(guide, now=NOW)).lines
    await basket.confirm(guide, "/guide/im", digest=line.withdrawal, by="Ben", now=NOW)
    await schedule(guide, make_renderer(), at=NOW + DAY, by="Cleo", now=NOW, paths=[], withdraw={"/guide/im": None})
    assert (await state(guide, "/guide/im")).state == "scheduled"


async def test_marks_say_what_else_is_to_know(guide: Database) -> None:
    assert (await state(guide)).marks == ()
    soon = await state(guide, today=date(2027, 4, 5))
    assert (soon.marks, soon.needs_attention) == (("review due soon",), False)
    await recall(guide, path="/guide/iv", words="40 minutes", text="Ask.", by="Cleo", now=NOW)
    await move(guide, "/guide/iv", "drip", by="Ana", now=NOW)
    moved = await state(guide, "/guide/drip", today=date(2027, 5, 1))
    assert moved.marks == ("review due", "covered by a recall", "new address")
    assert (moved.live_path, moved.needs_attention) == ("/guide/iv", True)


async def test_a_request_waits_for_whoever_may_sign(guide: Database) -> None:
    revision = await draft(guide, "/guide/iv", text("Drip", "New."), by="Ana", now=NOW)
    assert not (await state(guide)).waits_for("Ben")
    await ask_for_review(guide, "/guide/iv", digest=revision.sha256, by="Ana", now=NOW)
    assert [(await state(guide)).waits_for(name) for name in ("Ben", "ana")] == [True, False]


async def test_half_a_text_has_a_state_too(guide: Database) -> None:
    await draft(guide, "/guide/iv", "half a", by="Ana", now=NOW)
    half = await state(guide)
    assert (half.state, half.title, half.review_due) == ("draft", "iv", date(2027, 5, 1))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_two_hundred_pages_with_five_thousand_texts_are_told_at_once(guide: Database) -> None:
    async with guide.transaction() as transaction:
        for number in range(200):
            page = await store.add_page(transaction, "en", "guide", f"page-{number}", NOW)
            base = (number + 1) * 1000
            await transaction.execute_many(
                "INSERT INTO revision (id, page_id, sha256, text, contributors, written_by, written_at) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7)",
                [
                    (
                        base + one,
                        page.id,
                        f"{base + one}",
                        text(f"Page {number}", "Words. " * 500),
                        '["Ana"]',
                        "Ana",
                        NOW,
                    )
                    for one in range(25)
                ],
            )
            await store.set_draft(transaction, page.id, base + 24)
    async with guide.snapshot() as reader:
        assert len(await page_states(reader, today=TODAY)) == 204
        begun = time.process_time()
        await page_states(reader, today=TODAY)
        assert time.process_time() - begun < 0.2
