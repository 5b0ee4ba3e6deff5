"""Every change of the guide leaves its row in the audit log, in the same transaction, and nothing else does."""

from pathlib import Path

import pytest

from pwa.content.drafts import check_number, discard, draft, move
from pwa.content.model import Refused
from pwa.content.notice import lift, recall, withdraw
from pwa.content.release import Blocked, approve, cancel, publish, rollback, schedule
from pwa.content.signing import sign_off
from pwa.content.transfer import import_folder
from pwa.database import Database
from tests.integration.content.conftest import Edit, Publish
from tests.publishing import DAY, NOW, make_renderer, text, write_seed

NUMBERS = '[{country: Testland, code: TL, service: Line, kind: crisis, call: "1"}]'


async def trail(database: Database) -> list[tuple[str, str, str]]:
    """Who did what to what, after the first release."""
    rows = await database.fetch("SELECT done_by, action, subject FROM audit ORDER BY number")
    return [(row["done_by"], row["action"], row["subject"]) for row in rows if row["action"] != "release.seed"]


async def test_a_text_is_followed_from_draft_to_reader_and_back(guide: Database, edit: Edit, put_out: Publish) -> None:
    await edit("/guide/iv", text("Drip", "New."))
    release = await put_out()
    await rollback(guide, make_renderer(), by="Dora", now=NOW + DAY)
    assert await trail(guide) == [
        ("Ana", "draft.keep", "/guide/iv"),
        ("Ben", "sign-off.give", "/guide/iv"),
        ("Cleo", "release.publish", f"release {release.id}"),
        ("Dora", "release.rollback", f"release {release.id + 1}"),
    ]


async def test_discards_moves_and_checked_numbers_are_named(guide: Database) -> None:
    kept = await draft(guide, "/guide/iv", text("Drip", "Never."), by="Ana", now=NOW)
    await discard(guide, "/guide/iv", digest=kept.sha256, by="Zoe", now=NOW)
    await move(guide, "/guide/iv", "drip", by="Zoe", now=NOW)
    await draft(guide, "/help-now", text("Help", numbers=NUMBERS), by="Ana", now=NOW)
    await check_number(guide, "Line", by="Ben", on="2026-11-22", now=NOW)
    assert (await trail(guide))[1:] == [
        ("Zoe", "draft.discard", "/guide/iv"),
        ("Zoe", "page.move", "/guide/iv"),
        ("Ana", "draft.keep", "/help-now"),
        ("Ben", "draft.keep", "/help-now"),
        ("Ben", "number.check", "Line"),
    ]


async def test_going_without_a_sign_off_keeps_its_reason(guide: Database, put_out: Publish) -> None:
    await draft(guide, "/guide/iv", text("Drip", "Urgent."), by="Ana", now=NOW)
    release = await put_out(break_glass="the dose was wrong")
    await approve(guide, release.id, by="Ben", now=NOW)
    row = await guide.fetch_one("SELECT detail FROM audit WHERE action = 'release.publish'")
    assert row is not None
    assert '"break_glass":"the dose was wrong"' in row["detail"]
    assert (await trail(guide))[-1] == ("Ben", "release.approve", f"release {release.id}")


async def test_planning_and_taking_back_are_two_rows(guide: Database, edit: Edit) -> None:
    await edit("/guide/iv", text("Drip", "Planned."))
    planned = await schedule(guide, make_renderer(), at=NOW + DAY, by="Cleo", now=NOW)
    await cancel(guide, planned.id, by="Dora", now=NOW)
    assert [action for _, action, _ in (await trail(guide))[2:]] == ["release.schedule", "release.cancel"]


async def test_a_recall_and_its_end_name_the_page(guide: Database, edit: Edit, put_out: Publish) -> None:
    [stored] = await recall(guide, path="/guide/iv", words="40 minutes", text="Ask.", by="Cleo", now=NOW)
    await edit("/guide/iv", text("Drip", "An hour."))
    await put_out()
    await lift(guide, stored.notice.id, by="Dora", now=NOW)
    rows = await trail(guide)
    assert (rows[0], rows[-1]) == (("Cleo", "notice.recall", "/guide/iv"), ("Dora", "notice.lift", "/guide/iv"))


async def test_a_withdrawn_recall_keeps_who_said_that_the_words_were_right_and_why(guide: Database) -> None:
    [stored] = await recall(guide, path="/guide/iv", words="40 minutes", text="Ask.", by="Cleo", now=NOW)
    await withdraw(guide, stored.notice.id, reason="It does take 40 minutes.", by="Dora", now=NOW)
    row = await guide.fetch_one("SELECT done_by, subject, detail FROM audit WHERE action = 'notice.withdraw'")
    assert row is not None
    assert (row["done_by"], row["subject"]) == ("Dora", "/guide/iv")
    assert '"why":"It does take 40 minutes."' in row["detail"]


async def test_an_import_names_each_draft_it_made(guide: Database, tmp_path: Path) -> None:
    folder = write_seed(tmp_path / "texts", {"guide/iv": text("Drip", "Other."), "guide/new": text("New", "New.")})
    await import_folder(guide, folder, by="Ana", now=NOW, dry_run=True)
    assert await trail(guide) == []
    await import_folder(guide, folder, by="Ana", now=NOW)
    assert [(action, subject) for _, action, subject in await trail(guide)] == [
        ("draft.keep", "/guide/iv"),
        ("draft.keep", "/guide/new"),
        ("folder.import", "texts"),
    ]


async def test_what_is_refused_or_changes_nothing_leaves_no_row(guide: Database) -> None:
    revision = await draft(guide, "/guide/iv", text("Drip", "New."), by="Ana", now=NOW)
    before = await trail(guide)
    await draft(guide, "/guide/iv", text("Drip", "New."), by="Ana", now=NOW)
    with pytest.raises(Refused):
        await sign_off(guide, "/guide/iv", digest=revision.sha256, by="Ana", now=NOW)
    with pytest.raises(Blocked):
        await publish(guide, make_renderer(), by="Cleo", now=NOW + 1)
    with pytest.raises(Refused):
        await move(guide, "/guide/iv", "im", by="Ana", now=NOW)
    assert await trail(guide) == before
