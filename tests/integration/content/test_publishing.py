"""Publishing a guide: first release, drafts, sign-offs, conflicts, withdrawals, moves, and what readers then get."""

import asyncio
import gzip
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import brotli
import pytest

from pwa.content import store
from pwa.content.alone import TYPED, review_alone, review_together
from pwa.content.build import BuildError, build
from pwa.content.drafts import discard, draft, move
from pwa.content.live import load, object_body
from pwa.content.migrations import FEATURES
from pwa.content.model import Conflict, Edition, Refused, Rendered, Renderer, Snapshot
from pwa.content.release import Blocked, approve, publish, rebuild_if_needed, rollback, show, show_all
from pwa.content.seed import seed_if_empty
from pwa.content.signing import sign_off
from pwa.database import Database
from tests.databases import MakeDatabase
from tests.integration.content.conftest import Edit, Publish
from tests.publishing import DAY, NOW, make_renderer, recorder, text, write_seed


def with_body(entry: Rendered, body: bytes) -> Rendered:
    return replace(entry, body=body) if entry.path == "/guide/iv" else entry


def with_policy(entry: Rendered) -> Rendered:
    return replace(entry, policy="none") if entry.path == "/guide/iv" else entry


async def served(database: Database, path: str) -> str:
    return (await load(database)).responses[path].identity.decode()


async def test_an_empty_database_gets_the_packaged_texts_as_release_1(guide: Database) -> None:
    live = await load(guide)
    assert json.loads(live.head)["sequence"] == live.sequence == NOW // 1000
    assert "40 minutes" in await served(guide, "/guide/iv")
    shown = await show(guide, 1, NOW)
    assert shown.live
    assert not shown.red
    assert {change.change for change in shown.changes} == {"new"}
    page = await store.page_at(guide, "/guide/iv")
    assert page is not None
    revision = (await store.history(guide, page.id))[0]
    assert [one.kind for one in await store.sign_offs(guide, page.id, revision.sha256)] == ["shipped"]


async def test_two_servers_that_start_at_once_seed_once(make_database: MakeDatabase, tmp_path: Path) -> None:
    databases = [await make_database("content", FEATURES) for _ in range(2)]
    folder = write_seed(tmp_path / "seed")
    made = await asyncio.gather(*(seed_if_empty(one, make_renderer(), now=NOW, folder=folder) for one in databases))
    assert sum(one is not None for one in made) == 1
    assert len(await store.releases(databases[0])) == 1
    assert len(await store.pages(databases[0])) == 4


async def test_a_signed_draft_goes_live_with_its_note(guide: Database, edit: Edit, put_out: Publish) -> None:
    await edit("/guide/iv", text("Drip", "A drip takes 45 minutes.", note="Longer."))
    release = await put_out()
    live = await load(guide)
    assert live.sequence == NOW // 1000 + 60
    assert "45 minutes" in await served(guide, "/guide/iv")
    assert live.manifests["en"]["notes"] == ["Drip: Longer."]
    assert [one.draft_id for one in await store.pages(guide)] == [None] * 4
    assert (await show(guide, release.id, NOW)).changes[0].path == "/guide/iv"


async def test_readers_are_not_told_the_words_of_the_change_before(
    guide: Database, edit: Edit, put_out: Publish
) -> None:
    await edit("/guide/iv", text("Drip", "A drip takes 45 minutes.", note="Longer."))
    await put_out()
    await edit("/guide/iv", text("Drip", "A drip takes 30 minutes.", note="Longer."))
    await put_out()
    assert "30 minutes" in await served(guide, "/guide/iv")
    assert (await load(guide)).manifests["en"]["notes"] == ["Drip: other words, the same meaning."]


async def test_an_unsigned_draft_is_blocked_and_nothing_changes(guide: Database, put_out: Publish) -> None:
    await draft(guide, "/guide/iv", text("Drip", "Unsigned."), by="Ana", now=NOW)
    before = (await load(guide)).head
    with pytest.raises(Blocked, match="nobody but its writers has signed"):
        await put_out()
    assert (await load(guide)).head == before


async def test_an_edit_voids_the_sign_off(guide: Database, edit: Edit, put_out: Publish) -> None:
    await edit("/guide/iv", text("Drip", "Signed."))
    await draft(guide, "/guide/iv", text("Drip", "Signed, then touched."), by="Ana", now=NOW)
    with pytest.raises(Blocked, match="sign-off"):
        await put_out()
    # Exactly the signed bytes again are signed again.
    await draft(guide, "/guide/iv", text("Drip", "Signed."), by="Ana", now=NOW)
    await put_out()
    assert "Signed." in await served(guide, "/guide/iv")


@pytest.mark.parametrize("signer", ["Ana", "ana", " Ana ", "Zoe"])
async def test_who_contributed_cannot_sign(guide: Database, signer: str) -> None:
    await draft(guide, "/guide/iv", text("Drip", "One."), by="Zoe", now=NOW)
    revision = await draft(guide, "/guide/iv", text("Drip", "Two."), by="Ana", now=NOW)
    with pytest.raises(Refused, match="someone else has to sign"):
        await sign_off(guide, "/guide/iv", digest=revision.sha256, by=signer, now=NOW)


async def test_a_writer_who_signed_an_earlier_version_does_not_count_later(guide: Database, put_out: Publish) -> None:
    first = await draft(guide, "/guide/iv", text("Drip", "One."), by="Ana", now=NOW)
    await sign_off(guide, "/guide/iv", digest=first.sha256, by="Ben", now=NOW)
    await draft(guide, "/guide/iv", text("Drip", "Two."), by="Ben", now=NOW)
    await draft(guide, "/guide/iv", text("Drip", "One."), by="Ana", now=NOW)
    with pytest.raises(Blocked, match="nobody but its writers"):
        await put_out()


async def test_a_sign_off_is_for_the_text_that_was_read(guide: Database) -> None:
    read = await draft(guide, "/guide/iv", text("Drip", "Read."), by="Ana", now=NOW)
    await draft(guide, "/guide/iv", text("Drip", "Changed."), by="Ana", now=NOW)
    with pytest.raises(Refused, match="edited since you read it"):
        await sign_off(guide, "/guide/iv", digest=read.sha256, by="Ben", now=NOW)


async def test_a_text_with_faults_can_be_kept_but_not_signed(guide: Database) -> None:
    revision = await draft(guide, "/guide/iv", "half a", by="Ana", now=NOW)
    with pytest.raises(Refused, match="line 1: the text must start with front matter"):
        await sign_off(guide, "/guide/iv", digest=revision.sha256, by="Ben", now=NOW)


async def test_an_editor_is_told_when_the_page_moved_on(guide: Database) -> None:
    opened = await draft(guide, "/guide/iv", text("Drip", "One."), by="Ana", now=NOW)
    await draft(guide, "/guide/iv", text("Drip", "Two."), by="Zoe", now=NOW, replaces=opened.sha256)
    with pytest.raises(Conflict, match="Zoe changed /guide/iv"):
        await draft(guide, "/guide/iv", text("Drip", "Three."), by="Ana", now=NOW, replaces=opened.sha256)


async def test_a_discarded_draft_stays_in_the_history(guide: Database, put_out: Publish) -> None:
    kept = await draft(guide, "/guide/iv", text("Drip", "Nearly."), by="Ana", now=NOW)
    await discard(guide, "/guide/iv", digest=kept.sha256, by="Ana", now=NOW)
    assert (await put_out()).id == 1
    page = await store.page_at(guide, "/guide/iv")
    assert page is not None
    assert len(await store.history(guide, page.id)) == 2
    with pytest.raises(Refused, match="no draft"):
        await discard(guide, "/guide/iv", digest=kept.sha256, by="Ana", now=NOW)


async def test_nobody_puts_a_draft_away_that_they_have_not_seen(guide: Database) -> None:
    seen = await draft(guide, "/guide/iv", text("Drip", "Mine."), by="Ana", now=NOW)
    newer = await draft(guide, "/guide/iv", text("Drip", "Mine, and better."), by="Zoe", now=NOW)
    for digest in (seen.sha256, "", newer.sha256[:11]):
        with pytest.raises(Conflict, match="Zoe kept another draft"):
            await discard(guide, "/guide/iv", digest=digest, by="Ana", now=NOW)
    page = await store.page_at(guide, "/guide/iv")
    assert page is not None
    assert page.draft_id == newer.id


async def test_the_same_publication_twice_is_one_release(guide: Database, edit: Edit, put_out: Publish) -> None:
    await edit("/guide/iv", text("Drip", "Once."))
    first = await put_out(paths=["/guide/iv"])
    again = await put_out(paths=["/guide/iv"])
    assert first.id == again.id == 2
    assert len((await load(guide)).publications) == 2


async def test_the_same_publication_from_two_places_at_once_is_one_release(
    guide: Database, make_database: MakeDatabase, edit: Edit
) -> None:
    await edit("/guide/iv", text("Drip", "Once."))
    other = await make_database("content", FEATURES)
    made = await asyncio.gather(*(publish(one, make_renderer(), by="Cleo", now=NOW + 1000) for one in (guide, other)))
    assert [one.id for one in made] == [2, 2]
    assert len(await store.releases(guide)) == 2


async def test_of_two_publishers_one_wins_and_the_other_is_told(
    guide: Database, make_database: MakeDatabase, edit: Edit
) -> None:
    await edit("/guide/iv", text("Drip", "Mine."))
    await edit("/guide/im", text("Injection", "Yours."))
    other = await make_database("content", FEATURES)
    both_have_looked = threading.Barrier(2)

    def render(snapshot: Snapshot) -> Edition:
        both_have_looked.wait(60)
        return make_renderer()(snapshot)

    results = await asyncio.gather(
        publish(guide, Renderer(render), by="Cleo", now=NOW + 1000, paths=["/guide/iv"]),
        publish(other, Renderer(render), by="Dora", now=NOW + 1000, paths=["/guide/im"]),
        return_exceptions=True,
    )
    lost = [one for one in results if isinstance(one, Conflict)]
    assert len(lost) == 1
    assert "Someone else published" in str(lost[0])
    live = await load(guide)
    assert ("Mine." in await served(guide, "/guide/iv")) != ("Yours." in await served(guide, "/guide/im"))
    assert len(live.releases) == 2


async def test_an_edit_between_check_and_publication_is_not_published(guide: Database, edit: Edit) -> None:
    await edit("/guide/iv", text("Drip", "Signed."))
    steps, note = recorder()
    loop = asyncio.get_running_loop()
    edited = asyncio.Event()

    async def edit_meanwhile() -> None:
        await draft(guide, "/guide/iv", text("Drip", "Newer, unsigned."), by="Ana", now=NOW)
        edited.set()

    def slow(snapshot: Snapshot) -> Edition:
        asyncio.run_coroutine_threadsafe(edit_meanwhile(), loop).result(10)
        return make_renderer()(snapshot)

    with pytest.raises(Conflict, match="was edited meanwhile"):
        await publish(guide, Renderer(slow), by="Cleo", now=NOW + 1000, on_step=note)
    assert edited.is_set()
    assert "head" not in steps


async def test_drafts_can_go_out_one_by_one(guide: Database, edit: Edit, put_out: Publish) -> None:
    await edit("/guide/iv", text("Drip", "One."))
    await draft(guide, "/guide/im", text("Injection", "Unsigned."), by="Ana", now=NOW)
    await put_out(paths=["/guide/iv"])
    assert "One." in await served(guide, "/guide/iv")
    assert "Unsigned." not in await served(guide, "/guide/im")
    with pytest.raises(Refused, match="no page at /guide/none"):
        await put_out(paths=["/guide/none"])


async def test_a_withdrawn_page_is_gone_and_may_redirect(guide: Database, edit: Edit, put_out: Publish) -> None:
    with pytest.raises(Blocked, match="/guide/iv leads nowhere"):
        await put_out(withdraw={"/guide/iv": None})
    await edit("/guide/im", text("Injection", "No link."))
    gone = {"/guide/iv": "/guide/im", "/faq/hurt": None}
    with pytest.raises(Blocked, match="say to readers in a few words why it goes away"):
        await put_out(withdraw=gone, break_glass="they do harm")
    with pytest.raises(Blocked, match="nobody else has confirmed"):
        await put_out(withdraw=gone, notes=["Two pages are gone."])
    await put_out(withdraw=gone, notes=["Two pages are gone."], break_glass="they do harm")
    live = await load(guide)
    assert live.responses["/guide/iv"].status == 308
    assert dict(live.responses["/guide/iv"].headers)["location"] == "/guide/im"
    assert "/faq/hurt" not in live.responses
    shown = (await show_all(guide, NOW))[0]
    assert {(one.path, one.change) for one in shown.changes} == {
        ("/guide/iv", "withdrawn"), ("/faq/hurt", "withdrawn"), ("/guide/im", "wording"),
    }  # fmt: skip


async def test_a_moved_page_redirects_until_it_moves_back(guide: Database, put_out: Publish) -> None:
    await move(guide, "/guide/iv", "drip", by="Ana", now=NOW)
    await put_out()
    live = await load(guide)
    assert dict(live.responses["/guide/iv"].headers)["location"] == "/guide/drip"
    assert live.manifests["en"]["redirects"] == {"/guide/iv": "/guide/drip"}
    assert [one.change for one in (await show(guide, 2, NOW)).changes] == ["moved"]
    await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY)
    live = await load(guide)
    assert live.responses["/guide/iv"].status == 200
    assert dict(live.responses["/guide/drip"].headers)["location"] == "/guide/iv"


@pytest.mark.parametrize("slug", ["im", "Not A Slug", "a/b", "..", ""])
async def test_a_page_cannot_move_to_a_taken_or_impossible_address(guide: Database, slug: str) -> None:
    with pytest.raises(Refused):
        await move(guide, "/guide/iv", slug, by="Ana", now=NOW)


async def test_undo_is_a_new_release_of_the_old_text(guide: Database, edit: Edit, put_out: Publish) -> None:
    await edit("/guide/iv", text("Drip", "Worse."))
    await put_out()
    undone = await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY, reason="worse")
    assert (undone.id, undone.kind, undone.undoes_id) == (3, "rollback", 2)
    assert "40 minutes" in await served(guide, "/guide/iv")
    assert (await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY, to=1)).id == 3
    with pytest.raises(Refused, match="is an undo already"):
        await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY)
    with pytest.raises(Refused, match="no such published release"):
        await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY, to=99)


async def test_break_glass_is_red_until_someone_else_approves(guide: Database, put_out: Publish) -> None:
    await draft(guide, "/guide/iv", text("Drip", "Urgent."), by="Ana", now=NOW)
    release = await put_out(break_glass="the dose was wrong", by="Ana")
    assert (await show(guide, release.id, NOW + DAY)).red
    assert not (await show(guide, release.id, NOW + DAY)).overdue
    assert (await show(guide, release.id, NOW + DAY + 3_600_000)).overdue
    with pytest.raises(Refused, match="someone else has to approve"):
        await approve(guide, release.id, by="Ana", now=NOW + DAY)
    # A new version of the software neither asks again nor clears it: the release that went out so stays red.
    await rebuild_if_needed(guide, make_renderer("2"), now=NOW + DAY)
    assert [one.release.id for one in await show_all(guide, NOW + DAY) if one.red] == [release.id]
    await approve(guide, release.id, by="Ben", now=NOW + DAY)
    assert not (await show(guide, release.id, NOW + 2 * DAY)).red
    with pytest.raises(Refused, match="nothing to approve"):
        await approve(guide, 1, by="Ben", now=NOW)


async def test_a_break_glass_release_is_settled_once_nothing_of_it_is_live(guide: Database, put_out: Publish) -> None:
    revision = await draft(guide, "/guide/iv", text("Drip", "Alone."), by="Ana", now=NOW)
    release = await put_out(break_glass="it could not wait")
    undone = await rollback(guide, make_renderer(), by="Dora", now=NOW + DAY)
    await rebuild_if_needed(guide, make_renderer("2"), now=NOW + DAY)
    shown = await show(guide, release.id, NOW + 2 * DAY)
    assert (shown.red, shown.overdue) == (False, False)
    assert shown.settled_by is not None
    assert (shown.settled_by.id, shown.settled_by.created_by) == (undone.id, "Dora")
    with pytest.raises(Refused, match="Nothing of release 2 is live any more"):
        await approve(guide, release.id, by="Ben", now=NOW + 2 * DAY)
    assert await store.sign_offs(guide, revision.page_id, revision.sha256) == []


async def test_who_approves_answers_only_for_what_is_still_live(guide: Database, edit: Edit, put_out: Publish) -> None:
    taken = await draft(guide, "/guide/iv", text("Drip", "Alone."), by="Ana", now=NOW)
    kept = await draft(guide, "/guide/im", text("Injection", "Alone too."), by="Eve", now=NOW)
    release = await put_out(break_glass="it could not wait")
    await edit("/guide/iv", text("Drip", "Signed."))
    await put_out()
    assert (await show(guide, release.id, NOW + DAY)).red
    # Ana wrote only what is gone.
    await approve(guide, release.id, by="Ana", now=NOW + DAY)
    assert await store.sign_offs(guide, taken.page_id, taken.sha256) == []
    assert [one.signed_by for one in await store.sign_offs(guide, kept.page_id, kept.sha256)] == ["Ana"]
    assert not (await show(guide, release.id, NOW + DAY)).red


async def test_a_text_nobody_else_signed_is_not_brought_back_without_breaking_the_glass_again(
    guide: Database, put_out: Publish
) -> None:
    await draft(guide, "/guide/iv", text("Drip", "Alone."), by="Cleo", now=NOW)
    alone = await put_out(break_glass="it could not wait")
    await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY)
    with pytest.raises(Blocked, match="nobody but its writers has signed"):
        await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY, to=alone.id)
    assert "Alone." not in await served(guide, "/guide/iv")
    back = await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY, to=alone.id, break_glass="worse")
    assert "Alone." in await served(guide, "/guide/iv")
    assert (await show(guide, back.id, NOW + DAY)).red
    with pytest.raises(Refused, match="someone else has to approve"):
        await approve(guide, back.id, by="Cleo", now=NOW + DAY)
    await approve(guide, back.id, by="Ben", now=NOW + DAY)
    # Signed by someone else by now, it comes and goes like any other text.
    await rollback(guide, make_renderer(), by="Cleo", now=NOW + 2 * DAY, to=1)
    await rollback(guide, make_renderer(), by="Cleo", now=NOW + 2 * DAY, to=alone.id)
    assert "Alone." in await served(guide, "/guide/iv")


async def test_an_undo_that_uncovers_a_text_nobody_else_signed_is_refused(
    guide: Database, edit: Edit, put_out: Publish
) -> None:
    await draft(guide, "/guide/iv", text("Drip", "Alone."), by="Ana", now=NOW)
    await put_out(break_glass="it could not wait")
    await edit("/guide/iv", text("Drip", "Signed."))
    await put_out()
    with pytest.raises(Blocked, match="nobody but its writers has signed"):
        await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY)
    assert "Signed." in await served(guide, "/guide/iv")


async def test_an_undo_stays_one_act_for_texts_signed_while_the_clinic_reviewed_alone(
    guide: Database, edit: Edit, put_out: Publish
) -> None:
    await review_alone(guide, typed=TYPED, by="Ada", now=NOW)
    own = await draft(guide, "/guide/iv", text("Drip", "My own."), by="Ana", now=NOW)
    await sign_off(guide, "/guide/iv", digest=own.sha256, by="Ana", now=NOW)
    await put_out()
    await review_together(guide, by="Ada", now=NOW)
    await edit("/guide/iv", text("Drip", "Signed."))
    await put_out()
    await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY)
    assert "My own." in await served(guide, "/guide/iv")


async def test_an_own_signature_that_no_longer_counted_does_not_bring_a_text_back(
    guide: Database, put_out: Publish
) -> None:
    await review_alone(guide, typed=TYPED, by="Ada", now=NOW)
    own = await draft(guide, "/guide/iv", text("Drip", "My own."), by="Ana", now=NOW)
    await sign_off(guide, "/guide/iv", digest=own.sha256, by="Ana", now=NOW)
    await review_together(guide, by="Ada", now=NOW)
    made = await put_out(break_glass="it could not wait")
    await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY)
    with pytest.raises(Blocked, match="nobody but its writers has signed"):
        await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY, to=made.id)


async def test_break_glass_does_not_open_other_locks(guide: Database, put_out: Publish) -> None:
    await draft(guide, "/guide/iv", text("Drip", "See [nothing](/guide/none)."), by="Ana", now=NOW)
    with pytest.raises(Blocked, match="/guide/none leads nowhere"):
        await put_out(break_glass="urgent")


async def test_a_new_version_of_the_software_is_published_once(guide: Database) -> None:
    assert await rebuild_if_needed(guide, make_renderer(), now=NOW + 1000) is None
    rebuilt = await rebuild_if_needed(guide, make_renderer("2"), now=NOW + 1000)
    assert rebuilt is not None
    assert rebuilt.kind == "rebuild"
    assert await rebuild_if_needed(guide, make_renderer("2"), now=NOW + 2000) is None
    assert any(b"'2'" in one.identity for one in (await load(guide)).responses.values())


async def test_a_start_with_nothing_new_renders_nothing(guide: Database, edit: Edit) -> None:
    rendered = []

    def counted(version: str) -> Renderer:
        def render(snapshot: Snapshot) -> Edition:
            rendered.append(version)
            return make_renderer(version)(snapshot)

        return Renderer(render, f"program {version}")

    # Release 1 came from a program that left no fingerprint: its bytes are compared once.
    for _ in range(2):
        assert await rebuild_if_needed(guide, counted("1"), now=NOW + 1000) is None
    assert rendered == ["1"]
    await edit("/guide/iv", text("Drip", "Longer."))
    await publish(guide, counted("1"), by="Cleo", now=NOW + 2000)
    assert await rebuild_if_needed(guide, counted("1"), now=NOW + 3000) is None
    assert rendered == ["1", "1"]
    assert await rebuild_if_needed(guide, counted("2"), now=NOW + 4000) is not None
    assert await rebuild_if_needed(guide, counted("2"), now=NOW + 5000) is None
    assert rendered == ["1", "1", "2"]


async def test_the_head_rises_even_when_the_clock_is_set_back(guide: Database, edit: Edit, put_out: Publish) -> None:
    await edit("/guide/iv", text("Drip", "Back."))
    await put_out(now=NOW - 100 * DAY)
    assert (await load(guide)).sequence == NOW // 1000 + 1


async def test_one_changed_word_costs_a_phone_one_page(guide: Database, edit: Edit, put_out: Publish) -> None:
    await edit("/guide/iv", text("Drip", "A drip takes 40 minutes.\n\nIt can be ended."))
    release = await put_out()
    live = await load(guide)
    page, manifest = live.responses["/guide/iv"], live.responses[f"/c/m/{release.manifests['en']}"]
    assert release.changed_bytes == len(page.brotli or page.identity) + len(manifest.brotli or b"")
    assert release.total_bytes > release.changed_bytes


async def test_every_encoding_is_the_same_bytes(guide: Database) -> None:
    live = await load(guide)
    compressed = [one for one in live.responses.values() if one.brotli and one.gzip]
    assert compressed
    for one in compressed:
        assert brotli.decompress(one.brotli) == gzip.decompress(one.gzip or b"") == one.identity


async def test_a_page_under_its_hash_is_no_page_to_look_at(guide: Database) -> None:
    live = await load(guide)
    entry = next(one for one in live.manifests["en"]["entries"] if one["path"] == "/guide/iv")
    assert dict(live.responses[f"/c/o/{entry['object']}"].headers)["content-type"] == "application/octet-stream"
    script = next(one for one in live.manifests["en"]["entries"] if one["policy"] == "asset")
    assert dict(live.responses[script["path"]].headers)["content-type"] == "text/javascript; charset=utf-8"


async def test_objects_of_a_release_stay_for_90_days_after_it(guide: Database, edit: Edit, put_out: Publish) -> None:
    entry = next(one for one in (await load(guide)).manifests["en"]["entries"] if one["path"] == "/guide/iv")
    manifest = (await load(guide)).releases[0].manifests["en"]
    for days, there in ((0, True), (89, True), (91, False)):
        await edit("/guide/iv", text("Drip", f"Day {days}."))
        await put_out(now=NOW + days * DAY)
        assert (await object_body(guide, entry["object"]) is not None) == there
        assert (await object_body(guide, manifest) is not None) == there
    undone = await rollback(guide, make_renderer(), by="Cleo", now=NOW + 92 * DAY, to=1)
    assert undone.manifests
    assert await object_body(guide, entry["object"]) is not None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda entry: None if entry.path == "/404" else entry, "not rendered: .*/404"),
        (lambda entry: None if entry.path == "/guide/iv" else entry, "/guide/iv was not rendered"),
        (lambda entry: with_body(entry, b'<article id="article">'), "leaves out the ids of blocks"),
        (lambda entry: with_body(entry, b"<p>"), "has no <article"),
        (lambda entry: with_body(entry, b'<p id="x"><p id="x">'), "two elements the id x"),
        (with_policy, "policies without headers"),
    ],
)
async def test_a_renderer_that_breaks_its_promises_publishes_nothing(
    guide: Database, change: Callable[[Rendered], Rendered | None], message: str
) -> None:
    def broken(snapshot: Snapshot) -> Edition:
        edition = make_renderer("broken")(snapshot)
        kept = tuple(one for one in map(change, edition.entries) if one is not None)
        return Edition(kept, edition.policies, edition.redirects)

    before = (await load(guide)).head
    with pytest.raises(BuildError, match=message):
        await rebuild_if_needed(guide, Renderer(broken), now=NOW + 1000)
    assert (await load(guide)).head == before


async def test_the_same_snapshot_makes_the_same_bytes(guide: Database) -> None:
    render: Renderer = make_renderer()
    snapshot = (await load(guide)).snapshot
    backwards = Snapshot("en", snapshot.pages[::-1])
    one, other = build(snapshot, render), build(snapshot, render)
    assert (one.manifest, one.bodies) == (other.manifest, other.bodies)
    assert {entry["path"] for entry in json.loads(build(backwards, render).manifest)["entries"]} == {
        entry["path"] for entry in json.loads(one.manifest)["entries"]
    }


async def test_an_address_belongs_to_one_page_even_while_it_moves(
    guide: Database, edit: Edit, put_out: Publish
) -> None:
    await move(guide, "/guide/iv", "drip", by="Ana", now=NOW)
    with pytest.raises(Refused, match="a page at /guide/iv already"):
        await draft(guide, "/guide/iv", text("Other"), by="Ana", now=NOW)
    await put_out()
    await edit("/guide/iv", text("Other", "A page of its own."))
    await put_out()
    with pytest.raises(Refused, match="Two pages would be at /guide/iv"):
        await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY, to=1)
    assert "A page of its own." in await served(guide, "/guide/iv")


async def test_a_change_that_its_writer_said_nothing_about_is_named_by_its_page_and_kind(
    guide: Database, edit: Edit, put_out: Publish
) -> None:
    front = {"change": "safety", "note": "The numbers to call."}
    await edit("/guide/im", text("Injection", "One.", **front))
    assert (await put_out()).notes == ("Injection: The numbers to call.",)
    await edit("/guide/im", text("Injection", "Two.", **front))
    assert (await put_out()).notes == ("Injection: changed for safety.",)
    await edit("/guide/im", text("Injection", "Three.", change="meaning"))
    await edit("/guide/iv", text("Drip", "Four.", change="wording"))
    await edit("/faq/hurt", text("Does it hurt?", "Five.", note="Said more plainly."))
    assert sorted((await put_out()).notes) == [
        "Does it hurt?: Said more plainly.",
        "Drip: other words, the same meaning.",
        "Injection: changed in meaning.",
    ]
