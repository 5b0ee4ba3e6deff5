"""Texts in and out as folders, and help numbers that named people check."""

import os
from pathlib import Path

import pytest

from pwa.content import store
from pwa.content.drafts import check_number, draft, with_checked_number
from pwa.content.live import load
from pwa.content.markdown import parse
from pwa.content.model import ContentError, Refused
from pwa.content.release import Blocked
from pwa.content.signing import sign_off
from pwa.content.transfer import export, import_folder
from pwa.database import Database
from tests.integration.content.conftest import Edit, Publish
from tests.publishing import DAY, NOW, text, write_seed

NUMBERS = """
numbers:
  - country: United States
    code: US
    service: 988 Lifeline
    kind: crisis
    call: "988"
    for: Thoughts of suicide
  - service: Helpline
    country: Norway
    code: NO
    kind: support
    call: "116 123"
    checked_by: "Old Name"
    checked_on: 2026-01-01
"""


def help_text(numbers: str = NUMBERS) -> str:
    return text("Help now", "Call.").replace("\n---\n\n", f"{numbers}---\n\n", 1)


async def test_an_export_imports_as_the_same(guide: Database, tmp_path: Path) -> None:
    written = await export(guide, tmp_path / "out")
    assert sorted(str(one.relative_to(tmp_path / "out")) for one in written) == [
        "faq/hurt.md", "guide/im.md", "guide/iv.md", "site/sources.md",
    ]  # fmt: skip
    assert written[0].read_text("utf-8").startswith("---\ntitle:")
    differences = await import_folder(guide, tmp_path / "out", by="Ana", now=NOW)
    assert {one.kind for one in differences} == {"same"}
    assert {one.draft_id for one in await store.pages(guide)} == {None}


async def test_an_archive_does_the_same(guide: Database, tmp_path: Path) -> None:
    archive = tmp_path / "out.zip"
    assert await export(guide, archive) == [archive]
    assert {one.kind for one in await import_folder(guide, archive, by="Ana", now=NOW)} == {"same"}
    with pytest.raises(Refused, match="no file"):
        await import_folder(guide, tmp_path / "missing.zip", by="Ana", now=NOW)


async def test_a_dry_run_shows_and_changes_nothing(guide: Database, tmp_path: Path) -> None:
    folder = write_seed(
        tmp_path / "in", {"guide/iv": text("Drip", "Other words."), "guide/new": text("New"), "faq/bad": "no"}
    )
    differences = {one.path: one for one in await import_folder(guide, folder, by="Ana", now=NOW, dry_run=True)}
    assert "+Other words." in differences["/guide/iv"].lines
    assert differences["/guide/new"].kind == "new"
    assert differences["/faq/bad"].problems[0].line == 1
    assert {one.draft_id for one in await store.pages(guide)} == {None}
    with pytest.raises(Refused, match="/faq/bad: line 1"):
        await import_folder(guide, folder, by="Ana", now=NOW)
    assert {one.draft_id for one in await store.pages(guide)} == {None}, "all files or none"


async def test_an_import_makes_drafts_only(guide: Database, tmp_path: Path, put_out: Publish) -> None:
    folder = write_seed(tmp_path / "in", {"guide/new": text("New", "Imported.")})
    await import_folder(guide, folder, by="Ana", now=NOW)
    assert "/guide/new" not in (await load(guide)).responses
    with pytest.raises(Blocked, match="sign-off"):
        await put_out()
    await sign_off(guide, "/guide/new", digest=store.sha256(text("New", "Imported.")), by="Ben", now=NOW)
    await put_out()
    assert b"Imported." in (await load(guide)).responses["/guide/new"].identity


async def test_a_folder_that_cannot_be_read_is_refused(guide: Database, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="holds no texts"):
        await import_folder(guide, tmp_path, by="Ana", now=NOW)
    folder = write_seed(tmp_path / "in", {"guide/new": text("New")})
    (folder / "guide" / "bad.md").write_bytes(b"\xff\xfe")
    with pytest.raises(ContentError, match="not UTF-8"):
        await import_folder(guide, folder, by="Ana", now=NOW)
    (folder / "guide" / "bad.md").write_bytes(b"x" * 300_000)
    with pytest.raises(ContentError, match="longer than 64 kB"):
        await import_folder(guide, folder, by="Ana", now=NOW)
    os.mkfifo(folder / "guide" / "a-pipe.md")
    with pytest.raises(ContentError, match=r"a-pipe\.md is no file"):
        await import_folder(guide, folder, by="Ana", now=NOW)
    (folder / "guide" / "a-pipe.md").unlink()
    (folder / "guide" / "a-link.md").symlink_to("/nowhere")
    with pytest.raises(ContentError, match=r"a-link\.md is no file"):
        await import_folder(guide, folder, by="Ana", now=NOW)
    (folder / "guide" / "a-link.md").unlink()
    (folder / "guide" / "bad.md").rename(folder / "guide" / "Bad Name.md")
    with pytest.raises(Refused, match="cannot be a page's address"):
        await import_folder(guide, folder, by="Ana", now=NOW)


async def test_numbers_nobody_checked_block_the_help_page(guide: Database, edit: Edit, put_out: Publish) -> None:
    await edit("/help-now", help_text())
    with pytest.raises(Blocked, match=r"988 Lifeline \(United States\) awaits its check") as blocked:
        await put_out()
    assert "Helpline (Norway) was last checked on 2026-01-01" in str(blocked.value)
    await check_number(guide, "988 Lifeline", by="Ana", on="2026-11-20", now=NOW)
    revision = await check_number(guide, "Helpline", country="NO", by='Åsa "X"', on="2026-11-21", now=NOW)
    await sign_off(guide, "/help-now", digest=revision.sha256, by="Ben", now=NOW)
    await put_out()
    numbers = next(one for one in (await load(guide)).snapshot.pages if one.slug == "help-now").document.front.numbers
    assert [(one.checked_by, str(one.checked_on)) for one in numbers] == [
        ("Ana", "2026-11-20"), ('Åsa "X"', "2026-11-21"),
    ]  # fmt: skip
    # After ninety days they hold back a changed number, but not other words, nor that one of them goes.
    later = NOW + 100 * DAY
    await edit("/help-now", revision.text.replace("Call.", "Call now."))
    await put_out(now=later)
    changed = revision.text.replace('call: "988"', 'call: "989"')
    await edit("/help-now", changed)
    with pytest.raises(Blocked, match="988 Lifeline"):
        await put_out(now=later)
    without = revision.text[: revision.text.index("  - service: Helpline")] + "---\n\nCall.\n"
    await edit("/help-now", without)
    await put_out(now=later)
    assert b"116 123" not in (await load(guide)).responses["/help-now"].identity


def test_noting_a_check_touches_nothing_else() -> None:
    before = help_text()
    after = with_checked_number(before, "988 Lifeline", None, "Ana", "2026-11-20")
    added = [line for line in after.split("\n") if line not in before.split("\n")]
    assert added == ["    checked_by: Ana", "    checked_on: 2026-11-20"]
    again = with_checked_number(after, "988 Lifeline", "US", "Ben", "2026-11-21")
    assert parse(again).front.numbers[0].checked_by == "Ben"
    assert len(again.split("\n")) == len(after.split("\n"))
    with pytest.raises(Refused, match="no help numbers are named Nobody"):
        with_checked_number(before, "Nobody", None, "Ana", "2026-11-20")
    doubled = help_text(NUMBERS + NUMBERS.replace("\nnumbers:", "").replace("Norway", "Sweden").replace("NO", "SE"))
    with pytest.raises(Refused, match="2 help numbers are named Helpline"):
        with_checked_number(doubled, "Helpline", None, "Ana", "2026-11-20")


async def test_crlf_is_the_same_text(guide: Database) -> None:
    unix = await draft(guide, "/guide/iv", text("Drip", "Same."), by="Ana", now=NOW)
    windows = await draft(guide, "/guide/iv", text("Drip", "Same.").replace("\n", "\r\n"), by="Ana", now=NOW)
    assert unix.id == windows.id
