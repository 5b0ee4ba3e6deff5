"""Today: everyone sees what is urgent, and of the rest what they can do something about."""

import re
from datetime import date, timedelta

from pwa.app import milliseconds
from pwa.content import basket, front_matter, store
from pwa.content.alone import TYPED, review_alone
from pwa.content.drafts import draft
from pwa.content.notice import confirm, recall
from pwa.content.release import approve, handlers, publish, rollback, schedule
from pwa.content.signing import sign_off
from pwa.content.store import utc_day
from pwa.database.jobs import JobRunner
from tests.integration.admin.conftest import Admin


async def written(admin: Admin, path: str, **front: object) -> str:
    """Ana's draft of a page with another front matter; the answer is its hash."""
    database = admin.site.database
    page = await store.page_at(database, path)
    assert page is not None
    text = front_matter.write((await store.history(database, page.id))[0].text, front)  # type: ignore[arg-type]
    return (await draft(database, path, text, by="Ana Author", now=milliseconds())).sha256


async def headings(admin: Admin, *roles: str, name: str) -> list[str]:
    client = await admin.signed_in(admin.client(), *roles, name=name)  # type: ignore[arg-type]
    today = await client.get("/admin/")
    assert today.status_code == 200
    return re.findall(r"<h2[^>]*>([^<]*)</h2>", today.text)


async def test_each_role_sees_its_own_work(admin: Admin) -> None:
    database, now = admin.site.database, milliseconds()
    signed = await written(admin, "/guide/iv", summary="Signed.")
    await sign_off(database, "/guide/iv", digest=signed, by="Ben Reviewer", now=now)
    await written(admin, "/guide/im", summary="Begun.")
    assert await headings(admin, "author", name="Ana Author") == ["Your drafts (1)", "The next release"]
    assert await headings(admin, "reviewer", name="Ben Reviewer") == ["The next release"]
    assert await headings(admin, "publisher", name="Cleo") == ["Signed and ready to go out (1)", "The next release"]
    assert await headings(admin, "administrator", name="Ada") == ["The next release"]


async def test_everyone_sees_recalls_and_releases_that_wait_for_a_second_person(admin: Admin) -> None:
    database, now = admin.site.database, milliseconds()
    await written(admin, "/guide/iv", summary="Urgent words.")
    release = await publish(
        database, admin.site.renderer, by="Cleo", now=now, paths=["/guide/iv"], break_glass="the dose was wrong"
    )
    [stored] = await recall(database, path="/guide/iv", words="Urgent words.", text="Ask.", by="Cleo", now=now)
    client = await admin.signed_in(admin.client(), "author", name="Other Author")
    today = (await client.get("/admin/")).text
    for said in ("Published without a sign-off", "1 recall covers live words", "waits for a second person"):
        assert said in today
    await approve(database, release.id, by="Ben Reviewer", now=now)
    await confirm(database, stored.notice.id, by="Ben Reviewer", now=now)
    today = (await client.get("/admin/")).text
    assert "Published without a sign-off" not in today
    assert "waits for a second person" not in today
    assert "1 recall covers live words" in today


async def test_a_break_glass_release_that_was_undone_waits_for_nobody(admin: Admin) -> None:
    database, now = admin.site.database, milliseconds()
    await written(admin, "/guide/iv", summary="Urgent words.")
    made = await publish(
        database, admin.site.renderer, by="Cleo", now=now, paths=["/guide/iv"], break_glass="the dose was wrong"
    )
    await rollback(database, admin.site.renderer, by="Dora", now=now)
    client = await admin.signed_in(admin.client(), "reviewer", name="Ben Reviewer")
    assert "Published without a sign-off" not in (await client.get("/admin/")).text
    shown = (await client.get(f"/admin/releases/{made.id}")).text
    assert "Nothing of it is live since" in shown
    assert "Dora" in shown
    assert "I have read it" not in shown
    assert (await client.post(f"/admin/releases/{made.id}/approval")).status_code == 409


async def test_planned_releases_and_those_that_failed_stand_at_the_top_until_someone_settles_them(
    admin: Admin,
) -> None:
    database, now = admin.site.database, milliseconds()
    digest = await written(admin, "/guide/iv", summary="Planned words.")
    await sign_off(database, "/guide/iv", digest=digest, by="Ben Reviewer", now=now)
    planned = await schedule(
        database, admin.site.renderer, at=now + 86_400_000, by="Cleo", now=now, paths=["/guide/iv"]
    )
    cleo = await admin.signed_in(admin.client(), "publisher", name="Cleo")
    ben = await admin.signed_in(admin.client(), "reviewer", name="Ben Reviewer")
    assert "would not go out now" not in (await cleo.get("/admin/")).text
    assert "It is planned for" in (await ben.get("/admin/pages/guide/iv/review")).text
    asked = {"text": digest, "note": "Which drip?"}
    answer = await ben.post("/admin/pages/guide/iv/change-requests", data=asked)
    assert "This text is planned" in (await ben.get(answer.headers["location"])).text
    for address in ("/admin/", "/admin/release"):
        assert "would not go out now" in (await cleo.get(address)).text
    late = now + 2 * 86_400_000
    await JobRunner(database, handlers(admin.site.renderer, lambda: late), lambda: late).run_due()
    for address in ("/admin/", "/admin/release"):
        shown = (await cleo.get(address)).text
        assert "A planned release did not go out" in shown
        assert "/guide/iv: Ben Reviewer asks for changes" in shown
    assert "Leave it at that" not in (await ben.get("/admin/")).text
    assert (await ben.post(f"/admin/releases/{planned.id}/dismissal")).status_code == 403
    again = await cleo.post(f"/admin/releases/{planned.id}/basket")
    assert again.headers["location"] == "/admin/release"
    assert "A planned release did not go out" not in (await cleo.get("/admin/")).text


async def test_the_next_release_shows_its_lights(admin: Admin) -> None:
    database, now = admin.site.database, milliseconds()
    await written(admin, "/guide/iv", summary="Not signed.")
    await basket.put_in(database, "/guide/iv", by="Cleo", now=now)
    client = await admin.signed_in(admin.client(), "publisher", name="Cleo")
    today = (await client.get("/admin/")).text
    assert "1 page is in it." in today
    assert re.search(r'light-blocked">[^<]*: blocked', today)


async def test_a_page_that_is_to_go_away_waits_for_those_who_may_confirm_it(admin: Admin) -> None:
    database, now = admin.site.database, milliseconds()
    await basket.withdraw(database, "/guide/im", leads_to=None, note="We give none.", by="Cleo", now=now)
    waits = "Waiting for you to confirm that a page goes away (1)"
    assert waits in await headings(admin, "reviewer", name="Ben Reviewer")
    assert waits in await headings(admin, "publisher", name="Dora")
    assert waits not in await headings(admin, "publisher", "reviewer", name="Cleo"), (
        "who proposed it is no second person"
    )
    assert waits not in await headings(admin, "author", "administrator", name="Ana Author")
    ben = await admin.signed_in(admin.client(), "reviewer", name="Ben Reviewer")
    today = (await ben.get("/admin/")).text
    assert "Nothing waits for you" not in today
    assert "put in by Cleo" in today
    assert '<a class="row" href="/admin/release#/guide/im">Injection into a muscle' in today
    release = (await ben.get("/admin/release")).text
    card = release[release.index('id="/guide/im"') :]
    assert "Confirm that it goes away" in card
    [digest] = re.findall('name="withdrawal" value="([^"]*)"', card)
    await ben.post("/admin/release/confirmations", data={"path": "/guide/im", "withdrawal": digest})
    assert waits not in await headings(admin, "reviewer", name="Ben Reviewer")
    assert waits not in await headings(admin, "publisher", name="Dora")


async def test_a_clinic_that_reviews_alone_confirms_its_own(admin: Admin) -> None:
    database, now = admin.site.database, milliseconds()
    await basket.withdraw(database, "/guide/im", leads_to=None, note="We give none.", by="Cleo", now=now)
    await review_alone(database, typed=TYPED, by="Cleo", now=now)
    assert "Waiting for you to confirm that a page goes away (1)" in await headings(admin, "publisher", name="Cleo")


async def test_what_has_to_be_mended_leads_to_where_that_is_done(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), "author", name="Other Author")
    today = (await client.get("/admin/")).text
    _, said, numbers = today.partition("to check</summary>")
    assert said
    assert '<a class="row" href="/admin/help-numbers">' in numbers


async def test_what_is_due_is_for_those_who_can_look(admin: Admin) -> None:
    database, now = admin.site.database, milliseconds()
    yesterday = date.fromisoformat(utc_day(now)) - timedelta(days=1)
    digest = await written(admin, "/guide/iv", review_due=yesterday)
    await sign_off(database, "/guide/iv", digest=digest, by="Ben Reviewer", now=now)
    await publish(database, admin.site.renderer, by="Cleo", now=now, paths=["/guide/iv"])
    assert "Reviews that are due (1)" in await headings(admin, "reviewer", name="Ben Reviewer")
    assert "Reviews that are due (1)" not in await headings(admin, "publisher", name="Cleo")
    client = await admin.signed_in(admin.client(), "reviewer", name="Ben Reviewer")
    reviews = (await client.get("/admin/reviews")).text
    assert reviews.index("Drip into a vein") < reviews.index("Injection into a muscle")
