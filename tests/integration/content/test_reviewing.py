"""Reviewing: asking for it, asking for changes, who may sign, reviewing alone, looking again when it is due."""

import asyncio
from datetime import date

import pytest

from pwa.content import store
from pwa.content.alone import TYPED, review_alone, review_together, reviews_alone
from pwa.content.drafts import draft, live_revision
from pwa.content.live import load
from pwa.content.model import Edition, Refused, Renderer, Snapshot
from pwa.content.notice import recall
from pwa.content.release import Blocked, live_snapshots, publish, rollback, show
from pwa.content.review import CHECKED, ask_for_changes, ask_for_review, keep_unchanged, withdraw_request
from pwa.content.review_store import open_requests
from pwa.content.signing import sign_off
from pwa.content.store import Revision
from pwa.database import Database
from pwa.staff.people import add_person, disable
from tests.integration.content.conftest import Edit, Publish
from tests.publishing import DAY, NOW, make_renderer, text

CLAIM = {"reviewed_by": "Jane Grey (GMC 12)", "reviewed_role": "anaesthetist", "reviewed_on": "2026-11-22"}

both_engines = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest) -> str:
    """One engine is enough where the SQL does not differ; tests of whole ways ask for both."""
    return str(request.getfixturevalue(f"{request.param}_url"))


async def drafted(database: Database, body: str = "New words.", by: str = "Ana", **front: str) -> Revision:
    return await draft(database, "/guide/iv", text("Drip", body, **front), by=by, now=NOW)


async def asked(database: Database, kind: str, revision: Revision) -> list[str]:
    found = await open_requests(database, revision.page_id, revision.sha256)
    return [one.asked_by for one in found if one.kind == kind]


async def live(database: Database, path: str = "/guide/iv") -> Revision:
    page = await store.page_at(database, path)
    assert page is not None
    revision = await live_revision(database, page)
    assert revision is not None
    return revision


async def test_a_request_is_for_one_exact_text(guide: Database) -> None:
    revision = await drafted(guide)
    await ask_for_review(guide, "/guide/iv", digest=revision.sha256, by="Ana", now=NOW, note="Please look.")
    assert await asked(guide, "review", revision) == ["Ana"]
    other = await drafted(guide, "Other words.")
    assert await asked(guide, "review", other) == []
    with pytest.raises(Refused, match="edited since you read it"):
        await ask_for_review(guide, "/guide/iv", digest=revision.sha256, by="Ana", now=NOW)


async def test_asking_the_same_twice_is_asking_once_and_asking_anew_replaces(guide: Database) -> None:
    revision = await drafted(guide)
    one = await ask_for_review(guide, "/guide/iv", digest=revision.sha256, by="Ana", now=NOW)
    again = await ask_for_review(guide, "/guide/iv", digest=revision.sha256, by="Ana", now=NOW + 1)
    assert one == again
    await ask_for_review(guide, "/guide/iv", digest=revision.sha256, by="Ana", now=NOW + 2, note="Urgent.")
    assert await asked(guide, "review", revision) == ["Ana"]
    rows = await guide.fetch("SELECT action FROM audit WHERE action = 'review.ask'")
    assert len(rows) == 2


async def test_only_a_reviewer_who_did_not_write_can_be_asked(guide: Database) -> None:
    async with guide.transaction() as transaction:
        ben = await add_person(
            transaction, name="Ben", email="ben@clinic.example", roles=["reviewer"], by="Cleo", now=NOW
        )
        for name, role in (("Ana", "reviewer"), ("Dora", "publisher")):
            await add_person(transaction, name=name, email=f"{name}@clinic.example", roles=[role], by="Cleo", now=NOW)
    revision = await drafted(guide)
    made = await ask_for_review(guide, "/guide/iv", digest=revision.sha256, by="Ana", now=NOW, addressee=" ben")
    assert made.addressee == "Ben"
    for name in ("Nobody", "Dora"):
        with pytest.raises(Refused, match="not among the reviewers"):
            await ask_for_review(guide, "/guide/iv", digest=revision.sha256, by="Ana", now=NOW, addressee=name)
    with pytest.raises(Refused, match="wrote part of this text"):
        await ask_for_review(guide, "/guide/iv", digest=revision.sha256, by="Dora", now=NOW, addressee="Ana")
    async with guide.transaction() as transaction:
        await disable(transaction, ben.id, by="Cleo", now=NOW)
    with pytest.raises(Refused, match="not among the reviewers"):
        await ask_for_review(guide, "/guide/iv", digest=revision.sha256, by="Dora", now=NOW, addressee="Ben")


@both_engines
async def test_changes_asked_hold_a_signed_text_back_until_it_changes(guide: Database, put_out: Publish) -> None:
    revision = await drafted(guide)
    await sign_off(guide, "/guide/iv", digest=revision.sha256, by="Ben", now=NOW)
    await ask_for_changes(guide, "/guide/iv", digest=revision.sha256, by="Eve", now=NOW, note="Too short.")
    with pytest.raises(Blocked, match=r"Eve asks for changes to this exact text .* Too short"):
        await put_out()
    better = await drafted(guide, "New and longer words.")
    await sign_off(guide, "/guide/iv", digest=better.sha256, by="Ben", now=NOW)
    await put_out()


async def test_whoever_asked_for_changes_takes_it_back_by_saying_so_or_by_signing(
    guide: Database, put_out: Publish
) -> None:
    revision = await drafted(guide)
    made = await ask_for_changes(guide, "/guide/iv", digest=revision.sha256, by="Eve", now=NOW, note="Why?")
    for name in ("Ana", "Ben"):
        with pytest.raises(Refused, match="Only Eve can take this back"):
            await withdraw_request(guide, made.id, by=name, now=NOW)
    await withdraw_request(guide, made.id, by="Eve", now=NOW)
    await withdraw_request(guide, made.id, by="Eve", now=NOW)
    assert await asked(guide, "changes", revision) == []
    await ask_for_changes(guide, "/guide/iv", digest=revision.sha256, by="Eve", now=NOW, note="Really?")
    await sign_off(guide, "/guide/iv", digest=revision.sha256, by="Eve", now=NOW)
    assert await asked(guide, "changes", revision) == []
    await put_out()


@pytest.mark.parametrize(
    ("by", "note", "why"),
    [("Ana", "Mine.", "change it instead"), ("Eve", "  ", "Say in a few words"), ("Eve", "x" * 2001, "at most 2000")],
)
async def test_changes_are_asked_by_someone_else_and_with_words(guide: Database, by: str, note: str, why: str) -> None:
    revision = await drafted(guide)
    with pytest.raises(Refused, match=why):
        await ask_for_changes(guide, "/guide/iv", digest=revision.sha256, by=by, now=NOW, note=note)


@pytest.mark.parametrize("change", ["wording", "meaning", "safety"])
async def test_every_kind_of_change_needs_a_second_person(guide: Database, put_out: Publish, change: str) -> None:
    revision = await drafted(guide, change=change)
    with pytest.raises(Refused, match="someone else has to sign"):
        await sign_off(guide, "/guide/iv", digest=revision.sha256, by="Ana", now=NOW)
    with pytest.raises(Blocked, match="nobody but its writers"):
        await put_out()


async def test_signing_twice_is_signing_once(guide: Database) -> None:
    revision = await drafted(guide)
    first = await sign_off(guide, "/guide/iv", digest=revision.sha256, by="Ben", now=NOW)
    again = await sign_off(guide, "/guide/iv", digest=revision.sha256, by="Ben", now=NOW + DAY)
    assert first == again
    assert len(await guide.fetch("SELECT number FROM audit WHERE action = 'sign-off.give'")) == 1


async def test_a_clinician_who_signs_can_be_named_on_the_page(guide: Database, put_out: Publish) -> None:
    revision = await drafted(guide)
    signed = await sign_off(
        guide, "/guide/iv", digest=revision.sha256, by="Jane Grey", now=NOW, registration="GMC 12",
        named_as="anaesthetist",
    )  # fmt: skip
    assert signed.shown == "Jane Grey (GMC 12)"
    page = await store.page_at(guide, "/guide/iv")
    assert page is not None
    assert page.draft_id is not None
    named = (await store.revisions(guide, [page.draft_id]))[page.draft_id]
    added = set(named.text.splitlines()) - set(revision.text.splitlines())
    assert added == {f"{key}: {value}" for key, value in CLAIM.items()}
    # The clinician's words are not in it, the writer's are.
    assert named.contributors == ("Ana",)
    await put_out()
    with pytest.raises(Refused, match="no draft"):
        await sign_off(guide, "/guide/iv", digest=revision.sha256, by="Ben", now=NOW)


async def test_nobody_without_a_registration_is_named_as_reviewer(guide: Database) -> None:
    revision = await drafted(guide)
    with pytest.raises(Refused, match="only a clinician with a registration number"):
        await sign_off(guide, "/guide/iv", digest=revision.sha256, by="Ben", now=NOW, named_as="doctor")


async def test_a_page_cannot_claim_a_clinician_who_has_not_signed_it(guide: Database, put_out: Publish) -> None:
    revision = await drafted(guide, **CLAIM)
    await sign_off(guide, "/guide/iv", digest=revision.sha256, by="Ben", now=NOW)
    with pytest.raises(Blocked, match=r"it says that Jane Grey \(GMC 12\) reviewed it, who has not signed"):
        await put_out()
    # The name alone, without the registration that was claimed, is someone else.
    await sign_off(guide, "/guide/iv", digest=revision.sha256, by="Jane Grey", now=NOW)
    with pytest.raises(Blocked, match="it says that"):
        await put_out()


async def test_break_glass_opens_the_lock_of_signatures_but_lets_no_page_claim_a_review(
    guide: Database, put_out: Publish
) -> None:
    revision = await drafted(guide, **CLAIM)
    with pytest.raises(Blocked, match="it says that Jane Grey"):
        await put_out(break_glass="the dose was wrong")
    plain = await drafted(guide, "Urgent words.")
    assert plain.sha256 != revision.sha256
    await ask_for_changes(guide, "/guide/iv", digest=plain.sha256, by="Eve", now=NOW, note="Wait.")
    await put_out(break_glass="the dose was wrong")


async def test_changes_asked_while_a_release_is_being_made_still_hold_it_back(guide: Database) -> None:
    revision = await drafted(guide)
    await sign_off(guide, "/guide/iv", digest=revision.sha256, by="Ben", now=NOW)
    loop = asyncio.get_running_loop()

    def slow(snapshot: Snapshot) -> Edition:
        asked = ask_for_changes(guide, "/guide/iv", digest=revision.sha256, by="Eve", now=NOW, note="Stop.")
        asyncio.run_coroutine_threadsafe(asked, loop).result(10)
        return make_renderer()(snapshot)

    with pytest.raises(Blocked, match="Eve asks for changes"):
        await publish(guide, Renderer(slow), by="Cleo", now=NOW + 1000)


async def test_a_clinical_review_outlives_a_change_of_wording_only(guide: Database, put_out: Publish) -> None:
    revision = await drafted(guide, **CLAIM)
    await sign_off(guide, "/guide/iv", digest=revision.sha256, by="Jane Grey", now=NOW, registration="GMC 12")
    await put_out()
    polished = await drafted(guide, "New, kinder words.", change="wording", **CLAIM)
    await sign_off(guide, "/guide/iv", digest=polished.sha256, by="Ben", now=NOW)
    await put_out()
    other = await drafted(guide, "Twice the dose.", change="meaning", **CLAIM)
    await sign_off(guide, "/guide/iv", digest=other.sha256, by="Ben", now=NOW)
    with pytest.raises(Blocked, match="it says that Jane Grey"):
        await put_out()
    later = await drafted(guide, "Later.", change="wording", **(CLAIM | {"reviewed_on": "2026-11-21"}))
    await sign_off(guide, "/guide/iv", digest=later.sha256, by="Ben", now=NOW)
    with pytest.raises(Blocked, match="it says that Jane Grey"):
        await put_out()


async def test_reviewing_alone_is_switched_on_knowingly(guide: Database) -> None:
    for typed in ("", "yes", "We review"):
        with pytest.raises(Refused, match="Type the words"):
            await review_alone(guide, typed=typed, by="Ana", now=NOW)
    assert not await reviews_alone(guide)
    await review_alone(guide, typed=TYPED.upper(), by="Ana", now=NOW)
    await review_alone(guide, typed=TYPED, by="Ana", now=NOW)
    assert await reviews_alone(guide)
    await review_together(guide, by="Ben", now=NOW)
    rows = await guide.fetch("SELECT done_by, action FROM audit WHERE subject = 'sign-offs' ORDER BY number")
    assert [tuple(row[name] for name in ("done_by", "action")) for row in rows] == [
        ("Ana", "reviewing-alone.begin"),
        ("Ben", "reviewing-alone.end"),
    ]


@both_engines
async def test_alone_a_writer_signs_and_the_page_says_so(guide: Database, put_out: Publish) -> None:
    await review_alone(guide, typed=TYPED, by="Ana", now=NOW)
    revision = await drafted(guide, change="safety")
    signed = await sign_off(guide, "/guide/iv", digest=revision.sha256, by="Ana", now=NOW)
    assert signed.kind == "own"
    await put_out()
    [snapshot] = await live_snapshots(guide)
    assert {page.path for page in snapshot.pages if page.own_review} == {"/guide/iv"}
    # A second person makes it a reviewed text, for readers with the next release.
    await draft(guide, "/guide/im", text("Injection", "Other words."), by="Ana", now=NOW)
    await store_second_sign_off(guide, revision)
    [snapshot] = await live_snapshots(guide)
    assert not any(page.own_review for page in snapshot.pages)


async def store_second_sign_off(database: Database, revision: Revision) -> None:
    async with database.transaction() as transaction:
        second = store.SignOff(revision.page_id, revision.sha256, "approved", "Ben", NOW, "")
        await store.add_sign_off(transaction, second)


async def test_a_writer_never_names_themself_as_the_clinical_reviewer(guide: Database) -> None:
    await review_alone(guide, typed=TYPED, by="Ana", now=NOW)
    revision = await drafted(guide)
    signed = await sign_off(
        guide, "/guide/iv", digest=revision.sha256, by="Ana", now=NOW, registration="GMC 1", named_as="doctor"
    )
    assert (signed.kind, signed.sha256) == ("own", revision.sha256)


async def test_an_own_signature_counts_only_while_the_clinic_reviews_alone(guide: Database, put_out: Publish) -> None:
    await review_alone(guide, typed=TYPED, by="Ana", now=NOW)
    revision = await drafted(guide)
    await sign_off(guide, "/guide/iv", digest=revision.sha256, by="Ana", now=NOW)
    await review_together(guide, by="Ana", now=NOW)
    with pytest.raises(Blocked, match="nobody but its writers"):
        await put_out()
    await review_alone(guide, typed=TYPED, by="Ana", now=NOW)
    await put_out()
    # What went out so can be undone and come back, whatever was decided since.
    await review_together(guide, by="Ana", now=NOW)
    await rollback(guide, make_renderer(), by="Cleo", now=NOW + DAY)
    await rollback(guide, make_renderer(), by="Cleo", now=NOW + 2 * DAY, to=2)


@both_engines
async def test_a_text_that_is_still_right_is_due_later(guide: Database, put_out: Publish) -> None:
    before = await live(guide)
    signed = await keep_unchanged(guide, "/guide/iv", digest=before.sha256, by="Ben", now=NOW)
    assert signed.signed_by == "Ben"
    release = await put_out()
    after = await live(guide)
    changed = set(after.text.splitlines()) ^ set(before.text.splitlines())
    assert {line.partition(":")[0] for line in changed} == {"review_due", "note", "change"}
    assert "review_due: 2027-11-23" in after.text
    assert (await load(guide)).manifests["en"]["notes"] == [f"Drip: {CHECKED}"]
    assert [(one.path, one.change) for one in (await show(guide, release.id, NOW)).changes] == [
        ("/guide/iv", "wording")
    ]


async def test_who_wrote_what_is_live_looks_again_only_where_the_clinic_reviews_alone(
    guide: Database, edit: Edit, put_out: Publish
) -> None:
    digest = await edit("/guide/iv", text("Drip", "Ana's words."))
    await put_out()
    with pytest.raises(Refused, match="Ana wrote what is live"):
        await keep_unchanged(guide, "/guide/iv", digest=digest, by="Ana", now=NOW)
    await review_alone(guide, typed=TYPED, by="Ana", now=NOW)
    assert (await keep_unchanged(guide, "/guide/iv", digest=digest, by="Ana", now=NOW)).kind == "own"
    await put_out()
    [snapshot] = await live_snapshots(guide)
    assert {page.path for page in snapshot.pages if page.own_review} == {"/guide/iv"}


async def test_an_early_day_can_be_chosen_but_no_late_one(guide: Database) -> None:
    digest = (await live(guide)).sha256
    for due in (date(2026, 11, 22), date(2027, 11, 24)):
        with pytest.raises(Refused, match="at the latest on 2027-11-23"):
            await keep_unchanged(guide, "/guide/iv", digest=digest, by="Ben", now=NOW, due=due)
    await keep_unchanged(guide, "/guide/iv", digest=digest, by="Ben", now=NOW, due=date(2027, 3, 1))
    page = await store.page_at(guide, "/guide/iv")
    assert page is not None
    assert "review_due: 2027-03-01" in (await store.history(guide, page.id))[0].text


async def test_nothing_to_change_is_refused_where_that_is_not_so(guide: Database, edit: Edit, put_out: Publish) -> None:
    digest = (await live(guide)).sha256
    with pytest.raises(Refused, match="another one since you opened it"):
        await keep_unchanged(guide, "/guide/iv", digest="0" * 64, by="Ben", now=NOW)
    await recall(guide, path="/guide/iv", words="40 minutes", text="Ask.", by="Cleo", now=NOW)
    with pytest.raises(Refused, match="are recalled"):
        await keep_unchanged(guide, "/guide/iv", digest=digest, by="Ben", now=NOW)
    await drafted(guide)
    with pytest.raises(Refused, match="review that draft instead"):
        await keep_unchanged(guide, "/guide/iv", digest=digest, by="Ben", now=NOW)
    with pytest.raises(Refused, match="no live page"):
        await keep_unchanged(guide, "/guide/none", digest=digest, by="Ben", now=NOW)


async def test_a_clinician_who_looks_again_is_named_with_the_new_day(guide: Database, put_out: Publish) -> None:
    digest = (await live(guide)).sha256
    await keep_unchanged(
        guide, "/guide/iv", digest=digest, by="Jane Grey", now=NOW, registration="GMC 12", named_as="anaesthetist"
    )
    await put_out()
    assert "reviewed_by: Jane Grey (GMC 12)" in (await live(guide)).text
