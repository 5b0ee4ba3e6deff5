"""The release screen: what goes out is what was looked at, by publishers only, and nothing typed is lost."""

import re

import httpx2
import pytest

from pwa.app import milliseconds
from pwa.content import basket, drafts, store, trial_store
from pwa.content.signing import sign_off
from tests.integration.admin.conftest import Admin

PATH = "/guide/iv"
OLD, NEW, NEWER = "a thin soft tube", "a soft thin tube", "a thin and soft tube"
"""In one page's body only: a title stands on many pages, which would all have to be made."""


async def drafted(admin: Admin, *, signed: bool = True, new: str = NEW) -> str:
    """Ana's draft, signed by Ben, in the basket."""
    database = admin.site.database
    page = await store.page_at(database, PATH)
    assert page is not None
    current = await drafts.current_revision(database, page)
    assert current is not None
    text = current.text.replace(OLD, new).replace(NEW, new)
    kept = await drafts.draft(database, PATH, text, by="Ana Author", now=milliseconds())
    if signed:
        await sign_off(database, PATH, digest=kept.sha256, by="Ben Reviewer", now=milliseconds())
    await basket.put_in(database, PATH, by="Cleo Publisher", now=milliseconds())
    return kept.sha256


async def publisher(admin: Admin, **arguments: int) -> httpx2.AsyncClient:
    return await admin.signed_in(admin.client(), "publisher", name="Cleo Publisher", **arguments)


async def reviewer(admin: Admin) -> httpx2.Response:
    """The release screen as a reviewer sees it."""
    ben = await admin.signed_in(admin.client(), "reviewer", name="Ben Reviewer")
    return await ben.get("/admin/release")


def looked_at(page: httpx2.Response) -> dict[str, list[str]]:
    """The hidden fields of the form that publishes."""
    return {"page": re.findall(r'name="page" value="([^"]+)"', page.text)}


def live_words(admin: Admin) -> str:
    return admin.site.live.responses[PATH].identity.decode()


async def test_a_publisher_puts_a_signed_draft_in_and_publishes_it(admin: Admin) -> None:
    await drafted(admin)
    await basket.take_out(admin.site.database, PATH, by="Cleo Publisher", now=milliseconds())
    client = await publisher(admin)
    page = await client.get("/admin/release")
    assert "Nothing is in the next release yet." in page.text
    assert (await client.post("/admin/release/pages", data={"path": PATH})).headers["location"] == "/admin/release"
    page = await client.get("/admin/release")
    assert "Ready to go out" in page.text or "May go out" in page.text
    answer = await client.post("/admin/release/publication", data={**looked_at(page), "notes": "A small word."})
    assert NEW in live_words(admin)
    assert answer.status_code == 303
    shown = await client.get(answer.headers["location"])
    assert "A small word." in shown.text
    assert "Nothing is in the next release yet." in (await client.get("/admin/release")).text


@pytest.mark.parametrize("role", ["author", "reviewer", "administrator"])
async def test_only_publishers_change_what_goes_out(admin: Admin, role: str) -> None:
    await drafted(admin)
    client = await admin.signed_in(admin.client(), role, name="Someone Else")  # type: ignore[arg-type]
    page = await client.get("/admin/release")
    assert page.status_code == 200
    assert "Publish now" not in page.text
    form = {**looked_at(page), "path": PATH, "at": "2027-01-01T10:00", "reason": "Now."}
    for address in ("pages", "removals", "withdrawals", "publication", "schedule", "break-glass"):
        assert (await client.post(f"/admin/release/{address}", data=form)).status_code == 403
    assert OLD in live_words(admin)


async def test_who_is_not_signed_in_publishes_nothing(admin: Admin) -> None:
    digest = await drafted(admin)
    answer = await admin.client().post("/admin/release/publication", data={"page": f"{PATH} {digest}"})
    assert answer.status_code == 401
    assert OLD in live_words(admin)


async def test_a_form_from_another_site_publishes_nothing(admin: Admin) -> None:
    digest = await drafted(admin)
    client = await publisher(admin)
    for headers in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        form = {"page": f"{PATH} {digest}"}
        assert (await client.post("/admin/release/publication", data=form, headers=headers)).status_code == 403
    assert OLD in live_words(admin)


async def test_an_edit_after_looking_is_refused_and_the_typed_notes_come_back(admin: Admin) -> None:
    await drafted(admin)
    client = await publisher(admin)
    page = await client.get("/admin/release")
    await drafted(admin, new=NEWER)
    answer = await client.post("/admin/release/publication", data={**looked_at(page), "notes": "Do not lose me."})
    assert answer.status_code == 409
    assert "/guide/iv is another text" in answer.text
    assert "Do not lose me." in answer.text
    assert OLD in live_words(admin)


async def test_the_same_form_sent_twice_publishes_once(admin: Admin) -> None:
    await drafted(admin)
    client = await publisher(admin)
    form = looked_at(await client.get("/admin/release"))
    assert (await client.post("/admin/release/publication", data=form)).status_code == 303
    head = await store.head(admin.site.database)
    assert (await client.post("/admin/release/publication", data=form)).status_code == 409
    assert await store.head(admin.site.database) == head


async def test_a_form_without_its_pages_publishes_nothing(admin: Admin) -> None:
    await drafted(admin)
    client = await publisher(admin)
    answer = await client.post("/admin/release/publication", data={"notes": "x"})
    assert answer.status_code == 422
    assert OLD in live_words(admin)


async def test_what_blocks_is_named_with_a_link_to_where_it_is_put_right(admin: Admin) -> None:
    await drafted(admin, signed=False)
    client = await publisher(admin)
    page = await client.get("/admin/release")
    assert "Cannot go out yet" in page.text
    assert 'href="/admin/pages/guide/iv/review"' in page.text
    assert "Publish now" not in page.text
    answer = await client.post("/admin/release/publication", data=looked_at(page))
    assert answer.status_code == 409
    assert OLD in live_words(admin)


async def test_break_glass_needs_a_reason_and_is_red_until_someone_else_answers_for_it(admin: Admin) -> None:
    await drafted(admin, signed=False)
    client = await publisher(admin)
    form = looked_at(await client.get("/admin/release"))
    assert (await client.post("/admin/release/break-glass", data={**form, "reason": " "})).status_code == 422
    answer = await client.post("/admin/release/break-glass", data={**form, "reason": "A wrong dose."})
    address = answer.headers["location"]
    assert "Someone else has to answer for it" in (await client.get(address)).text
    assert (await client.post(f"{address}/approval")).status_code == 409
    ben = await admin.signed_in(admin.client(), "reviewer", name="Ben Reviewer")
    assert (await ben.post(f"{address}/approval")).status_code == 303
    assert "Ben Reviewer answered for it." in (await ben.get(address)).text
    assert NEW in live_words(admin)


async def test_break_glass_asks_who_this_is_again_and_publishing_does_not(admin: Admin) -> None:
    await drafted(admin, signed=False)
    hour_ago = milliseconds() - 3_600_000
    client = await publisher(admin, at=hour_ago)
    form = looked_at(await client.get("/admin/release"))
    assert (await client.post("/admin/release/break-glass", data={**form, "reason": "Now."})).status_code == 401
    await drafted(admin, new=NEWER)
    form = looked_at(await client.get("/admin/release"))
    assert (await client.post("/admin/release/publication", data=form)).status_code == 303


async def test_a_release_is_planned_taken_back_and_planned_again(admin: Admin) -> None:
    await drafted(admin)
    client = await publisher(admin)
    form = looked_at(await client.get("/admin/release"))
    for wrong in ("", "soon", "2001-01-01T10:00", "9999-01-01T10:00"):
        assert (await client.post("/admin/release/schedule", data={**form, "at": wrong})).status_code == 422
    at = milliseconds() + 86_400_000
    answer = await client.post("/admin/release/schedule", data={**form, "moment": str(at), "title": "Tomorrow"})
    address = answer.headers["location"]
    assert "It goes out at" in (await client.get(address)).text
    assert "Tomorrow" in (await client.get("/admin/release")).text
    assert (await client.post(f"{address}/cancellation")).status_code == 303
    assert (await client.post(f"{address}/cancellation")).status_code == 409
    assert "It never went out" in (await client.get(address)).text


async def test_a_page_taken_away_leads_its_readers_elsewhere(admin: Admin) -> None:
    client = await publisher(admin)
    form = {"path": "/faq/does-it-hurt", "leads_to": ""}
    pages = {one.path for one in await store.pages(admin.site.database)}
    form["path"] = next(one for one in sorted(pages) if one.startswith("/faq/"))
    assert (await client.post("/admin/release/withdrawals", data=form)).status_code == 422
    form["note"] = "It said the same as another page."
    assert (await client.post("/admin/release/withdrawals", data=form)).status_code == 303
    page = (await client.get("/admin/release")).text
    for said in ("Taken away", "nobody else has confirmed", "It said the same as another page."):
        assert said in page
    [digest] = re.findall(r'name="withdrawal" value="([^"]+)"', (await reviewer(admin)).text)
    assert digest not in page
    agreed = {"path": form["path"], "withdrawal": digest}
    assert (await client.post("/admin/release/confirmations", data=agreed)).status_code == 409
    ben = await admin.signed_in(admin.client(), "reviewer", name="Ben Reviewer")
    assert (await ben.post("/admin/release/confirmations", data=agreed)).status_code == 303
    assert "nobody else has confirmed" not in (await client.get("/admin/release")).text
    wrong = await client.post("/admin/release/withdrawals", data={**form, "leads_to": "//elsewhere.example"})
    assert wrong.status_code == 409
    assert (await client.post("/admin/release/removals", data=form)).status_code == 303
    assert "taken away" not in (await client.get("/admin/release")).text


async def test_what_it_costs_a_phone_is_said_in_kilobytes(admin: Admin) -> None:
    await drafted(admin)
    client = await publisher(admin)
    said = (await client.get("/admin/release/cost")).json()["said"]
    assert re.fullmatch(r"A phone that has the guide downloads [\d.]+ kB; one that has nothing yet, \d+ kB\.", said)
    assert said in (await client.get("/admin/release?cost")).text


async def test_a_trial_gives_a_code_for_the_phone_and_ends(admin: Admin) -> None:
    await drafted(admin, signed=False)
    author = await admin.signed_in(admin.client(), "author", name="Ana Author")
    answer = await author.post("/admin/try")
    page = await author.get(answer.headers["location"])
    secret = answer.headers["location"].rpartition("/")[2]
    assert "<svg" in page.text
    assert f"http://localhost/try/{secret}" in page.text
    reader = admin.client()
    assert (await reader.get(f"/try/{secret}")).status_code == 200
    [running] = await trial_store.running(admin.site.database, milliseconds())
    assert (await reader.post("/admin/try/ended", data={"name": running.name})).status_code == 401
    assert (await author.post("/admin/try/ended", data={"name": running.name})).status_code == 303
    assert (await reader.get(f"/try/{secret}")).status_code == 404
    assert OLD in live_words(admin)


async def test_over_long_and_unreadable_forms_are_refused(admin: Admin) -> None:
    digest = await drafted(admin)
    client = await publisher(admin)
    pages = f"{PATH} {digest}"
    assert (
        await client.post("/admin/release/publication", data={"page": pages, "notes": "x" * 2001})
    ).status_code == 422
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = await client.post("/admin/release/publication", content=b"page=%FF%FE", headers=headers)
    assert answer.status_code == 400
    assert OLD in live_words(admin)
