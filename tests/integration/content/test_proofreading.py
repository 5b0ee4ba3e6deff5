"""A text is judged while it is written as its release would judge it, line by line, in a guide of any size."""

from datetime import date

import pytest

from pwa.content import live
from pwa.content.check import Finding
from pwa.content.drafts import draft
from pwa.content.migrations import FEATURES
from pwa.content.notice import recall
from pwa.content.proofread import proofread
from pwa.content.seed import seed_if_empty
from pwa.database import Database, open_database
from tests.publishing import NOW, make_renderer, text, write_seed

LIVE = text("Drip", "A drip takes 40 minutes.\n\nIt can be stopped.", note="First version.")
CHANGED = LIVE.replace("First version.", "Other words.")


@pytest.fixture
async def guide(sqlite_url: str, tmp_path):  # type: ignore[no-untyped-def]
    database = await open_database(sqlite_url, schema="content", migrations=FEATURES)
    await seed_if_empty(database, make_renderer(), now=NOW, folder=write_seed(tmp_path / "seed"))
    yield database
    await database.close()


async def test_the_live_text_as_it_is_gives_no_cause(guide: Database) -> None:
    assert await found(guide, LIVE) == []


async def test_a_fault_of_form_is_named_with_its_line_and_nothing_else_is_said(guide: Database) -> None:
    findings = await found(guide, LIVE.replace("It can", "<b>It</b> can"))
    assert [(one.rule, one.line) for one in findings] == [("format", 11), ("format", 11)]


async def test_every_finding_about_words_has_their_line(guide: Database) -> None:
    long = "word " * 30
    written = text(
        "Drip",
        f"See [that](/guide/none) and [the old](/guide/im#nowhere).\n\n{long}.\n\nNothing [@NEW26].\n\n"
        '::: figure no-such "What it shows"\n- one\n:::',
        see_also="[/guide/gone]",
        review_due="2029-01-01",
    )
    findings = await found(guide, written)
    assert {(one.rule, one.line) for one in findings if one.rule != "number-changed"} == {
        ("link", 6), ("link", 9), ("review", 5), ("reading", 11), ("source", 13), ("figure", 15),
    }  # fmt: skip


async def test_numbers_that_changed_since_the_live_text_are_named(guide: Database) -> None:
    findings = await found(guide, CHANGED.replace("40 minutes", "4 minutes"))
    assert [(one.rule, one.line, one.message.split(":")[0]) for one in findings] == [
        ("number-changed", 0, "40 minutes stood here in the live text"),
        ("number-changed", 9, "4 minutes is new or changed"),
    ]


async def test_a_change_that_is_told_in_the_words_of_the_change_before_is_noticed(guide: Database) -> None:
    findings = await found(guide, LIVE.replace("can be stopped", "can be stopped at once"))
    assert [(one.severity, one.rule, LIVE.split("\n")[one.line - 1]) for one in findings] == [
        ("hint", "note", "note: First version.")
    ]


async def test_what_another_draft_brings_is_a_hint_to_publish_it_too(guide: Database) -> None:
    written = CHANGED.replace("It can be stopped.", "See [new](/guide/new) [@NEW26].")
    assert {one.severity for one in await found(guide, written)} == {"blocker"}
    sources = '{ABC: {title: "A", publisher: "B"}, NEW26: {title: "C", publisher: "D"}}'
    await draft(guide, "/sources", text("Sources", "All.", sources=sources), by="Ben", now=NOW)
    await draft(guide, "/guide/new", text("New", "Words."), by="Ben", now=NOW)
    findings = await found(guide, written)
    assert {one.severity for one in findings} == {"hint"}
    assert any("NEW26 is in a draft" in one.message for one in findings)
    assert any("/guide/new is not live yet" in one.message for one in findings)


async def test_recalled_words_are_not_written_again_unseen(guide: Database) -> None:
    await recall(guide, text="Ask us.", by="Cleo", now=NOW, words="It can be stopped.", path="/guide/iv")
    findings = await found(guide, text("Drip", "Quite so. It can be stopped."))
    assert ("recalled", 9) not in {(one.rule, one.line) for one in findings if one.severity == "hint"}
    assert [one.rule for one in findings if one.severity == "blocker"] == ["recalled"]


async def found(guide: Database, written: str) -> list[Finding]:
    running = await live.load(guide)
    async with guide.snapshot() as reader:
        return await proofread(reader, running, "guide", "iv", written, today=date(2026, 11, 22))
