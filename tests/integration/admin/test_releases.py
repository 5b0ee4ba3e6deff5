"""The list of releases: what each changed, in words; taking one back shows first what that takes back."""

import httpx2
import pytest

from pwa.app import milliseconds
from pwa.content import drafts, release, store
from pwa.content.signing import sign_off
from tests.integration.admin.conftest import Admin
from tests.integration.admin.test_release import NEW, NEWER, OLD, PATH, drafted, live_words, looked_at, publisher


async def published(admin: Admin, *, new: str = NEW) -> tuple[httpx2.AsyncClient, str]:
    """A publisher, and the address of the release she made."""
    await drafted(admin, new=new)
    client = await publisher(admin)
    answer = await client.post("/admin/release/publication", data=looked_at(await client.get("/admin/release")))
    return client, answer.headers["location"]


async def test_a_release_says_what_it_changed_word_by_word(admin: Admin) -> None:
    client, address = await published(admin)
    page = await client.get(address)
    assert "What is different from release 1" in page.text
    assert "<del>" in page.text
    assert "<ins>" in page.text
    assert "This is what readers have" in page.text
    assert address in (await client.get("/admin/releases")).text


async def test_two_releases_are_compared_and_one_that_is_not_there_is_not(admin: Admin) -> None:
    client, address = await published(admin)
    _, second = await published(admin, new=NEWER)
    page = await client.get(f"{second}?against=1")
    assert "What is different from release 1" in page.text
    assert "and" in page.text
    same = await client.get(f"{address}?against={address.rpartition('/')[2]}")
    assert "The texts are the same." in same.text
    assert (await client.get(f"{second}?against=999")).status_code == 404
    assert (await client.get("/admin/releases/999")).status_code == 404


async def test_an_undo_shows_what_it_takes_back_and_then_does_exactly_that(admin: Admin) -> None:
    client, address = await published(admin)
    assert '/admin/releases/1/return"' in (await client.get(address)).text
    page = await client.get("/admin/releases/1/return")
    assert "becomes what it was then" in page.text
    live = (await store.head(admin.site.database)).release_id
    answer = await client.post("/admin/releases/1/return", data={"live": str(live), "reason": "Too hasty."})
    assert answer.status_code == 303
    assert OLD in live_words(admin)
    assert "Why: Too hasty." in (await client.get(answer.headers["location"])).text
    assert (await client.post("/admin/releases/1/return", data={"live": str(live)})).status_code == 409


async def test_an_undo_of_what_was_not_looked_at_is_refused(admin: Admin) -> None:
    client, _ = await published(admin)
    live = (await store.head(admin.site.database)).release_id
    await published(admin, new=NEWER)
    answer = await client.post("/admin/releases/1/return", data={"live": str(live)})
    assert answer.status_code == 409
    assert NEWER in live_words(admin)


@pytest.mark.parametrize("role", ["author", "reviewer", "administrator"])
async def test_only_publishers_take_releases_back(admin: Admin, role: str) -> None:
    await published(admin)
    client = await admin.signed_in(admin.client(), role, name="Someone Else")  # type: ignore[arg-type]
    assert (await client.get("/admin/releases/1")).status_code == 200
    assert (await client.get("/admin/releases/1/return")).status_code == 403
    assert (await client.post("/admin/releases/1/return", data={"live": "2"})).status_code == 403
    assert (await client.post("/admin/releases/2/cancellation")).status_code == 403
    assert NEW in live_words(admin)


async def test_who_wrote_a_break_glass_release_cannot_answer_for_it(admin: Admin) -> None:
    database = admin.site.database
    await drafted(admin, signed=False)
    made = await release.publish(
        database, admin.site.renderer, by="Cleo Publisher", now=milliseconds(), break_glass="A wrong dose."
    )
    ana = await admin.signed_in(admin.client(), "author", "reviewer", name="Ana Author")
    assert (await ana.post(f"/admin/releases/{made.id}/approval")).status_code == 409
    author = await admin.signed_in(admin.client(), "author", name="Eve Author")
    assert (await author.post(f"/admin/releases/{made.id}/approval")).status_code == 403


async def test_words_nobody_else_signed_come_back_only_by_breaking_the_glass_again(admin: Admin) -> None:
    database = admin.site.database
    await drafted(admin, signed=False)
    made = await release.publish(
        database, admin.site.renderer, by="Cleo Publisher", now=milliseconds(), break_glass="A wrong dose."
    )
    await release.rollback(database, admin.site.renderer, by="Cleo Publisher", now=milliseconds())
    client = await publisher(admin)
    address = f"/admin/releases/{made.id}/return"
    page = await client.get(address)
    assert "nobody but its writers has signed this exact text" in page.text
    assert "Take it back now" not in page.text
    form = {"live": str((await store.head(database)).release_id), "reason": "It is worse now."}
    assert (await client.post(address, data=form)).status_code == 409
    assert OLD in live_words(admin)
    stale = await publisher(admin, at=milliseconds() - 3_600_000)
    assert (await stale.post(f"{address}/break-glass", data=form)).status_code == 401
    assert (await client.post(f"{address}/break-glass", data={**form, "reason": " "})).status_code == 422
    assert OLD in live_words(admin)
    answer = await client.post(f"{address}/break-glass", data=form)
    assert "Someone else has to answer for it" in (await client.get(answer.headers["location"])).text
    assert NEW in live_words(admin)


async def test_a_planned_release_shows_what_it_will_change(admin: Admin) -> None:
    await drafted(admin)
    client = await publisher(admin)
    form = looked_at(await client.get("/admin/release"))
    at = milliseconds() + 86_400_000
    answer = await client.post("/admin/release/schedule", data={**form, "moment": str(at)})
    assert "<ins>" in (await client.get(answer.headers["location"])).text


async def test_an_undo_that_would_bring_recalled_words_back_says_so_before(admin: Admin) -> None:
    from pwa.content.notice import recall  # noqa: PLC0415

    database = admin.site.database
    page = await store.page_at(database, PATH)
    assert page is not None
    current = await drafts.current_revision(database, page)
    assert current is not None
    block = next(
        one for one in admin.site.live.snapshot.pages if one.path == PATH
    ).document.blocks[3]  # fmt: skip
    await recall(database, path=PATH, block=block.id, text="Ask.", by="Cleo Publisher", now=milliseconds())
    text = current.text.replace(block.text[:20], "Other words here", 1)
    kept = await drafts.draft(database, PATH, text, by="Ana Author", now=milliseconds())
    await sign_off(database, PATH, digest=kept.sha256, by="Ben Reviewer", now=milliseconds())
    await release.publish(database, admin.site.renderer, by="Cleo Publisher", now=milliseconds())
    client = await publisher(admin)
    shown = await client.get("/admin/releases/1/return")
    assert "would bring recalled words back" in shown.text
    assert "Take it back now" not in shown.text
