"""Archives: exact there and back, a dry run first, drafts only, and nobody's work lost unseen."""

import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pwa.content import media, media_store, store, transfer
from pwa.content.bundle import Bundle, SourcePicture, files_of, read_archive
from pwa.content.drafts import current_revision, draft
from pwa.content.drawn import Drawn
from pwa.content.live import load
from pwa.content.migrations import FEATURES
from pwa.content.model import Conflict, Refused
from pwa.content.seed import seed_if_empty
from pwa.content.transfer import fingerprint
from pwa.database import Database, open_database
from tests.databases import MakeDatabase
from tests.pictures import photograph
from tests.publishing import DAY, NOW, make_renderer, text, write_seed


@pytest.fixture
async def other(tmp_path: Path) -> AsyncIterator[Database]:
    """Another clinic's guide."""
    database = await open_database(f"sqlite:///{tmp_path / 'other.db'}", schema="content", migrations=FEATURES)
    await seed_if_empty(database, make_renderer(), now=NOW, folder=write_seed(tmp_path / "other"))
    yield database
    await database.close()


@pytest.fixture
async def small(sqlite_url: str, make_database: MakeDatabase, tmp_path: Path) -> AsyncIterator[Database]:
    database = await open_database(sqlite_url, schema="content", migrations=FEATURES)
    await seed_if_empty(database, make_renderer(), now=NOW, folder=write_seed(tmp_path / "seed"))
    yield database
    await database.close()


def archive(**texts: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as opened:
        for name, content in texts.items():
            opened.writestr(name.replace("_", "/") + ".md", content)
    return written.getvalue()


async def text_of(database: Database, path: str) -> str:
    page = await store.page_at(database, path)
    assert page is not None
    current = await current_revision(database, page)
    assert current is not None
    return current.text


async def test_texts_and_pictures_come_back_exactly_at_another_clinic(guide: Database, other: Database) -> None:
    door = await media.add(
        guide, photograph(100, 80), title="Door", alternative="Our door", decorative=False, by="Ana", now=NOW
    )
    await draft(guide, "/guide/iv", text("Drip", f"{door.markdown}\n\nÄrzte, “quoted”."), by="Ana", now=NOW)
    sent = await transfer.export_archive(guide, drafts=True)
    assert door.name not in str(files_of(read_archive(await transfer.export_archive(guide))).keys()), "live has none"

    name = await transfer.stage(other, sent, by="Olga", now=NOW)
    found = await transfer.staged_differences(other, name, by="Olga", now=NOW)
    assert {one.path: one.kind for one in found if one.kind != "same"} == {
        "/guide/iv": "changed",
        f"media/{door.name}": "new",
    }
    assert await media_store.all_media(other) == [], "a dry run keeps nothing"
    before = (await load(other)).sequence
    await transfer.import_staged(other, name, seen=fingerprint(found), by="Olga", now=NOW)
    assert (await load(other)).sequence == before, "drafts only"
    assert await transfer.export_archive(other, drafts=True) == sent
    (kept,) = await media_store.all_media(other)
    assert (kept.name, kept.alternative, kept.uploaded_by) == (door.name, "Our door", "Olga")
    again = await transfer.stage(other, sent, by="Olga", now=NOW)
    assert {one.kind for one in await transfer.staged_differences(other, again, by="Olga", now=NOW)} == {"same"}


async def test_what_changed_since_the_dry_run_stops_it(small: Database) -> None:
    sent = archive(guide_iv=text("Drip", "Imported."))
    name = await transfer.stage(small, sent, by="Olga", now=NOW)
    seen = fingerprint(await transfer.staged_differences(small, name, by="Olga", now=NOW))
    await draft(small, "/guide/iv", text("Drip", "Ana's hour of work."), by="Ana", now=NOW)
    with pytest.raises(Conflict, match="look at it again"):
        await transfer.import_staged(small, name, seen=seen, by="Olga", now=NOW)
    assert "Ana's hour" in await text_of(small, "/guide/iv")
    # Looked at again, it says whose draft goes; that one stays in the history.
    found = await transfer.staged_differences(small, name, by="Olga", now=NOW)
    assert [(one.kind, one.draft_by) for one in found] == [("changed", "Ana")]
    await transfer.import_staged(small, name, seen=fingerprint(found), by="Olga", now=NOW)
    assert "Imported." in await text_of(small, "/guide/iv")
    page = await store.page_at(small, "/guide/iv")
    assert page is not None
    assert any("Ana's hour" in one.text for one in await store.history(small, page.id))


async def test_an_archive_waits_a_day_for_whoever_sent_it_alone(small: Database) -> None:
    name = await transfer.stage(small, archive(guide_iv=text("Drip", "Imported.")), by="Olga", now=NOW)
    for by, now in (("Ana", NOW), ("Olga", NOW + DAY + 1)):
        with pytest.raises(Refused, match="not waiting any more"):
            await transfer.staged_differences(small, name, by=by, now=now)
    await transfer.discard_staged(small, name, by="Ana")
    found = await transfer.staged_differences(small, name, by="Olga", now=NOW)
    await transfer.import_staged(small, name, seen=fingerprint(found), by="Olga", now=NOW)
    with pytest.raises(Refused, match="not waiting any more"):
        await transfer.import_staged(small, name, seen=fingerprint(found), by="Olga", now=NOW)


async def test_one_faulty_text_keeps_all_of_them_out(small: Database) -> None:
    sent = archive(guide_iv=text("Drip", "Imported."), guide_bad="no front matter")
    name = await transfer.stage(small, sent, by="Olga", now=NOW)
    found = await transfer.staged_differences(small, name, by="Olga", now=NOW)
    assert [one.path for one in found if one.problems] == ["/guide/bad"]
    with pytest.raises(Refused, match="/guide/bad: line 1"):
        await transfer.import_staged(small, name, seen=fingerprint(found), by="Olga", now=NOW)
    assert "Imported." not in await text_of(small, "/guide/iv")


async def test_a_picture_that_was_not_drawn_here_is_not_taken(small: Database, other: Database) -> None:
    door = await media.add(
        small, photograph(64, 64), title="Door", alternative="Our door", decorative=False, by="Ana", now=NOW
    )
    await draft(small, "/guide/iv", text("Drip", door.markdown), by="Ana", now=NOW)
    bundle = read_archive(await transfer.export_archive(small, drafts=True))
    (picture,) = bundle.pictures
    exif = photograph(64, 64, "WEBP", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0")
    drawn = tuple(Drawn(one.media_type, 64, 64, exif) for one in picture.drawn[:1])
    forged = SourcePicture(media.name_of("Door", drawn), "Door", "Our door", False, "0" * 64, drawn)
    with pytest.raises(Refused, match="not such as this program makes"):
        await transfer.differences(other, Bundle((), (forged,)))
