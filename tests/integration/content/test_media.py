"""Pictures from upload to reader: signed with their text, replaced by drafts, removed only when unused."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pwa.content import media, media_store, release, store
from pwa.content.drafts import current_revision, draft
from pwa.content.live import load, object_body
from pwa.content.media_store import Media
from pwa.content.migrations import FEATURES
from pwa.content.model import Edition, Refused, Rendered, Renderer, Snapshot
from pwa.content.release import Blocked
from pwa.content.seed import seed_if_empty
from pwa.content.signing import sign_off
from pwa.database import Database, open_database
from tests.pictures import photograph
from tests.publishing import NOW, make_renderer, text, write_seed


@pytest.fixture
async def small(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    """The small guide on SQLite alone."""
    database = await open_database(sqlite_url, schema="content", migrations=FEATURES)
    await seed_if_empty(database, make_renderer(), now=NOW, folder=write_seed(tmp_path / "seed"))
    yield database
    await database.close()


def showing() -> Renderer:
    """The small renderer, with the kept form of each picture as the real one adds it."""
    plain = make_renderer()

    def render(snapshot: Snapshot) -> Edition:
        edition = plain(snapshot)
        kept = [
            Rendered(f"/c/o/{one.variants[0].sha256}", one.kept, "image/webp", "asset")
            for one in snapshot.pictures.values()
        ]
        return Edition((*edition.entries, *kept), edition.policies, edition.redirects)

    return Renderer(render)


async def door(database: Database, title: str = "Front door", width: int = 100) -> Media:
    return await media.add(
        database, photograph(width, 80), title=title, alternative="The front door", decorative=False, by="Ana", now=NOW
    )


async def publish_page(database: Database, path: str, body: str, minute: int = 1) -> None:
    revision = await draft(database, path, text("Drip", body), by="Ana", now=NOW)
    await sign_off(database, path, digest=revision.sha256, by="Ben", now=NOW)
    await release.publish(database, showing(), by="Cleo", now=NOW + minute * 60_000, paths=[path])


async def test_a_picture_goes_out_with_its_page_and_is_replaced_by_a_draft(guide: Database) -> None:
    first = await door(guide)
    assert first.name.startswith("front-door-")
    await publish_page(guide, "/guide/iv", first.markdown)
    live = await load(guide)
    sizes = (await media_store.variants(guide, [first.name]))[first.name]
    kept, larger = sizes[0], sizes[1]
    assert [entry["type"] for entry in live.manifests["en"]["entries"] if entry["object"] == kept.sha256] == [
        "image/webp"
    ]
    assert all(entry["object"] != larger.sha256 for entry in live.manifests["en"]["entries"])
    body = await object_body(guide, larger.sha256)
    assert body is not None
    assert ("content-type", "image/avif") in body.headers

    second, changed = await media.replace_picture(
        guide, first.name, photograph(120, 80), alternative="The new door", decorative=False, by="Ana", now=NOW
    )
    assert changed == ["/guide/iv"]
    uses = await media.uses(guide)
    assert uses == {
        first.name: (media.Use("/guide/iv", "live"),),
        second.name: (media.Use("/guide/iv", "draft"),),
    }
    page = await store.page_at(guide, "/guide/iv")
    assert page is not None
    current = await current_revision(guide, page)
    assert current is not None
    assert second.markdown in current.text
    # Readers keep the old one, and nobody has signed the new one.
    assert (await load(guide)).sequence == live.sequence
    with pytest.raises(Blocked, match="sign-off"):
        await release.publish(guide, showing(), by="Cleo", now=NOW)
    for name in (first.name, second.name):
        with pytest.raises(Refused, match=r"/guide/iv"):
            await media.remove(guide, name, by="Ana", now=NOW)


async def test_removing_one_takes_its_bytes_away_from_everyone(guide: Database) -> None:
    one = await door(guide)
    await publish_page(guide, "/guide/iv", one.markdown, 1)
    await publish_page(guide, "/guide/iv", "Only words.", 2)
    sizes = (await media_store.variants(guide, [one.name]))[one.name]
    await media.remove(guide, one.name, by="Ana", now=NOW)
    assert await media_store.all_media(guide) == []
    for size in sizes:
        assert await object_body(guide, size.sha256) is None
    # An undo of that still works; the page then says in words what it showed.
    undone = await release.rollback(guide, showing(), by="Cleo", now=NOW + 180_000)
    assert undone.kind == "rollback"


async def test_every_verb_leaves_its_row(small: Database) -> None:
    one = await door(small)
    await media.describe(small, one.name, alternative="A door", decorative=False, by="Ana", now=NOW)
    await media.replace_picture(
        small, one.name, photograph(120, 80), alternative="", decorative=True, by="Ben", now=NOW
    )
    await media.remove(small, one.name, by="Ana", now=NOW)
    rows = await small.fetch("SELECT action, done_by, subject FROM audit WHERE action LIKE 'media.%' ORDER BY number")
    assert [(row["action"], row["done_by"], row["subject"]) for row in rows] == [
        ("media.add", "Ana", one.name),
        ("media.describe", "Ana", one.name),
        ("media.replace", "Ben", one.name),
        ("media.remove", "Ana", one.name),
    ]


async def test_the_same_file_is_known_again(small: Database) -> None:
    one = await door(small)
    with pytest.raises(Refused, match=f"here already, as {one.name}"):
        await door(small, title="Another name")


async def test_what_was_replaced_is_not_replaced_twice(small: Database) -> None:
    one = await door(small)
    change: dict[str, object] = {"alternative": "", "decorative": True, "by": "Ana", "now": NOW}
    await media.replace_picture(small, one.name, photograph(120, 80), **change)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="Replace that one"):
        await media.replace_picture(small, one.name, photograph(140, 80), **change)  # type: ignore[arg-type]


async def test_a_picture_shown_only_in_a_scheduled_release_stays(small: Database) -> None:
    one = await door(small)
    revision = await draft(small, "/guide/iv", text("Drip", one.markdown), by="Ana", now=NOW)
    await sign_off(small, "/guide/iv", digest=revision.sha256, by="Ben", now=NOW)
    await release.schedule(small, showing(), at=NOW + 60_000, by="Cleo", now=NOW)
    await draft(small, "/guide/iv", text("Drip", "No picture."), by="Ana", now=NOW)
    with pytest.raises(Refused, match=r"/guide/iv \(scheduled\)"):
        await media.remove(small, one.name, by="Ana", now=NOW)
    await release.cancel(small, 2, by="Cleo", now=NOW)
    sizes = (await media_store.variants(small, [one.name]))[one.name]
    await media.remove(small, one.name, by="Ana", now=NOW)
    assert [await object_body(small, size.sha256) for size in sizes] == [None] * len(sizes), "nor what was prepared"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"title": "  "}, "short name"),
        ({"title": "x" * 61}, "short name"),
        ({"alternative": ""}, "Say in words what the picture shows"),
        ({"alternative": "x", "decorative": True}, "not both"),
        ({"alternative": "x" * 301}, "at most 300"),
        ({"alternative": 'a "door"'}, "quotation marks"),
        ({"upload": b"no picture"}, "no picture that can be read"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_is_wrong_is_said_and_nothing_is_kept(small: Database, given: dict[str, object], words: str) -> None:
    right: dict[str, object] = {"upload": photograph(64, 64), "title": "Door", "alternative": "x", "decorative": False}
    with pytest.raises(Refused, match=words):
        await media.add(small, **right | given, by="Ana", now=NOW)  # type: ignore[arg-type]
    assert await media_store.all_media(small) == []


async def test_a_process_that_dies_of_a_picture_takes_nothing_along(
    small: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "_PROGRAM", "import os; os.abort()")
    with pytest.raises(Refused, match="could not be prepared"):
        await door(small)
    monkeypatch.setattr(media, "_PROGRAM", "while True: pass")
    monkeypatch.setattr(media, "_SECONDS", 0.3)
    with pytest.raises(Refused, match="took too long"):
        await door(small)
