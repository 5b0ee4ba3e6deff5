"""Recalls on the screen: any live passage, at once, a second person afterwards, and an end only when corrected."""

import html
import re
from urllib.parse import quote

import httpx2
import pytest

from pwa.app import milliseconds
from pwa.content import drafts, release, store
from pwa.content.model import Block
from pwa.content.notice import TEMPLATES
from pwa.content.signing import sign_off
from tests.integration.admin.conftest import Admin

PATH = "/guide/iv"


def passage(admin: Admin) -> Block:
    page = next(one for one in admin.site.live.snapshot.pages if one.path == PATH)
    return next(one for one in page.document.blocks if one.kind == "paragraph")


async def publisher(admin: Admin, name: str = "Cleo Publisher", **arguments: int) -> httpx2.AsyncClient:
    return await admin.signed_in(admin.client(), "publisher", name=name, **arguments)


async def recalled(admin: Admin, client: httpx2.AsyncClient, **fields: str) -> httpx2.Response:
    form = {"path": PATH, "block": passage(admin).id, "text": TEMPLATES[0], "reason": "A wrong dose.", **fields}
    return await client.post("/admin/safety/recalls", data=form)


async def only_recall(admin: Admin) -> store.StoredNotice:
    [stored] = [one for one in await store.notices(admin.site.database) if one.part_of is None]
    return stored


async def corrected(admin: Admin, wrong: str) -> None:
    """Other words in the place of the wrong ones, signed and live."""
    database = admin.site.database
    page = await store.page_at(database, PATH)
    assert page is not None
    current = await drafts.current_revision(database, page)
    assert current is not None
    start = " ".join(wrong.split()[:3])
    kept = await drafts.draft(
        database, PATH, current.text.replace(start, "Here are corrected words", 1), by="Ana Author", now=milliseconds()
    )
    await sign_off(database, PATH, digest=kept.sha256, by="Ben Reviewer", now=milliseconds())
    await release.publish(database, admin.site.renderer, by="Cleo Publisher", now=milliseconds())


def links(page: httpx2.Response) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'href="(/admin/safety/recall\?[^"]+)"', page.text)]


async def test_wrong_words_are_found_as_they_read_and_lead_to_their_recall(admin: Admin) -> None:
    client = await publisher(admin)
    words = passage(admin).text
    found = await client.get(f"/admin/safety?q={quote(words[:30])}")
    [address, *_] = links(found)
    page = await client.get(address)
    assert html.escape(words) in page.text or words in html.unescape(page.text)
    nothing = await client.get("/admin/safety?q=zzzzzzzzzz")
    assert "stand nowhere" in nothing.text
    titled = await client.get("/admin/safety?q=Drip+into+a+vein")
    assert "A title is not covered by a recall. Change it and publish: Drip into a vein (IV)." in titled.text


async def test_every_passage_of_a_live_page_can_be_tapped_without_script(admin: Admin) -> None:
    client = await publisher(admin)
    page = await client.get(f"/admin/safety/pages{PATH}")
    live = next(one for one in admin.site.live.snapshot.pages if one.path == PATH)
    blocks = {one.id for one in live.document.blocks if one.kind not in ("callout", "figure")}
    tapped = {address.rpartition("block=")[2] for address in links(page) if "block=" in address}
    assert tapped == blocks
    assert (await client.get("/admin/safety/pages/guide/nowhere")).status_code == 404


async def test_what_readers_will_see_is_shown_before_it_is_done(admin: Admin) -> None:
    client = await publisher(admin)
    block = passage(admin)
    page = await client.get(f"/admin/safety/recall?path={PATH}&block={block.id}&template=1")
    assert TEMPLATES[1] in html.unescape(page.text)
    assert "Recalled on" in page.text
    assert block.text not in html.unescape(page.text)
    assert await store.notices(admin.site.database) == []
    own = await client.get(f"/admin/safety/recall?path={PATH}&block={block.id}&template=1&text=Stop.+Call+us.")
    assert "Stop. Call us." in own.text
    assert (await client.get(f"/admin/safety/recall?path={PATH}&block=aaaaaaa")).status_code == 404


async def test_a_recall_needs_no_fresh_sign_in_and_acts_at_once(admin: Admin) -> None:
    client = await publisher(admin, at=milliseconds() - 3_600_000)
    wrong = passage(admin).text
    answer = await recalled(admin, client)
    assert answer.status_code == 303
    assert TEMPLATES[0].encode() in admin.site.live.responses[PATH].identity
    shown = html.unescape((await client.get("/admin/safety")).text)
    assert "waits for a second person" in shown
    assert wrong in shown
    assert "A wrong dose." in shown


@pytest.mark.parametrize("role", ["author", "reviewer", "administrator"])
async def test_only_publishers_recall_and_end_recalls(admin: Admin, role: str) -> None:
    await recalled(admin, await publisher(admin))
    number = (await only_recall(admin)).notice.id
    client = await admin.signed_in(admin.client(), role, name="Someone Else")  # type: ignore[arg-type]
    assert (await client.get("/admin/safety")).status_code == 200
    assert (await recalled(admin, client, text="Mine.")).status_code == 403
    assert (await client.get(f"/admin/safety/recall?path={PATH}")).status_code == 403
    assert (await client.post(f"/admin/safety/recalls/{number}/end")).status_code == 403
    assert (await only_recall(admin)).notice.text == TEMPLATES[0]


async def test_a_recall_from_another_site_or_nobody_covers_nothing(admin: Admin) -> None:
    client = await publisher(admin)
    form = {"path": PATH, "block": passage(admin).id, "text": "Forged."}
    for headers in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        assert (await client.post("/admin/safety/recalls", data=form, headers=headers)).status_code == 403
    assert (await admin.client().post("/admin/safety/recalls", data=form)).status_code == 401
    assert await store.notices(admin.site.database) == []


async def test_the_issuer_cannot_confirm_and_a_second_person_can(admin: Admin) -> None:
    cleo = await publisher(admin)
    await recalled(admin, cleo)
    number = (await only_recall(admin)).notice.id
    assert "Confirm it" not in (await cleo.get("/admin/safety")).text
    assert (await cleo.post(f"/admin/safety/recalls/{number}/confirmation")).status_code == 409
    author = await admin.signed_in(admin.client(), "author", name="Ana Author")
    assert (await author.post(f"/admin/safety/recalls/{number}/confirmation")).status_code == 403
    ben = await admin.signed_in(admin.client(), "reviewer", name="Ben Reviewer")
    assert "Confirm it" in (await ben.get("/admin/safety")).text
    assert (await ben.post(f"/admin/safety/recalls/{number}/confirmation")).status_code == 303
    assert "confirmed by Ben Reviewer" in (await ben.get("/admin/safety")).text


async def test_an_ended_recall_stays_on_the_list_and_marked_until_a_second_person_has_looked(admin: Admin) -> None:
    cleo = await publisher(admin)
    wrong = passage(admin).text
    await recalled(admin, cleo)
    number = (await only_recall(admin)).notice.id
    await corrected(admin, wrong)
    assert (await cleo.post(f"/admin/safety/recalls/{number}/end")).status_code == 303
    ben = await admin.signed_in(admin.client(), "reviewer", name="Ben Reviewer")
    shown = (await ben.get("/admin/safety")).text
    assert "Ended recalls" in shown
    assert "ended by Cleo Publisher" in shown
    assert "waits for a second person" in shown
    assert "a recall that has ended" in (await ben.get("/admin/")).text
    assert (await cleo.post(f"/admin/safety/recalls/{number}/confirmation")).status_code == 409
    assert (await ben.post(f"/admin/safety/recalls/{number}/confirmation")).status_code == 303
    shown = (await ben.get("/admin/safety")).text
    assert "confirmed by Ben Reviewer" in shown
    assert "waits for a second person" not in shown
    assert "a recall that has ended" not in (await ben.get("/admin/")).text


async def test_a_recall_ends_only_when_the_corrected_text_is_live(admin: Admin) -> None:
    client = await publisher(admin)
    wrong = passage(admin).text
    await recalled(admin, client)
    number = (await only_recall(admin)).notice.id
    refused = await client.post(f"/admin/safety/recalls/{number}/end")
    assert refused.status_code == 409
    assert "Publish the corrected text first" in refused.text
    await corrected(admin, wrong)
    for _ in range(2):
        assert (await client.post(f"/admin/safety/recalls/{number}/end")).status_code == 303
        assert admin.site.live.notices == ()
    assert "Nothing is recalled." in (await client.get("/admin/safety")).text


async def test_recalled_words_cannot_be_published_again(admin: Admin) -> None:
    client = await publisher(admin)
    wrong = passage(admin).text
    await recalled(admin, client)
    database = admin.site.database
    page = await store.page_at(database, PATH)
    assert page is not None
    current = await drafts.current_revision(database, page)
    assert current is not None
    kept = await drafts.draft(
        database, PATH, current.text.replace("Drip into a vein", "Drip into the vein"), by="Ana Author",
        now=milliseconds(),
    )  # fmt: skip
    await sign_off(database, PATH, digest=kept.sha256, by="Ben Reviewer", now=milliseconds())
    await client.post("/admin/release/pages", data={"path": PATH})
    shown = await client.get("/admin/release")
    assert "Cannot go out yet" in shown.text
    assert "these words are recalled" in shown.text
    assert wrong[:20] in html.unescape((await client.get("/admin/safety")).text)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"text": ""}, 422),
        ({"text": "x" * 501}, 422),
        ({"path": "/guide/nowhere"}, 404),
        ({"block": "aaaaaaa"}, 404),
    ],
)
async def test_a_recall_of_nothing_or_without_words_is_refused(
    admin: Admin, fields: dict[str, str], status: int
) -> None:
    client = await publisher(admin)
    assert (await recalled(admin, client, **fields)).status_code == status
    assert await store.notices(admin.site.database) == []


async def test_a_whole_page_is_recalled(admin: Admin) -> None:
    client = await publisher(admin)
    shown = await client.get(f"/admin/safety/recall?path={PATH}&template=0")
    assert "Recall this page" in shown.text
    assert (await recalled(admin, client, block="")).status_code == 303
    assert TEMPLATES[0].encode() in admin.site.live.responses[PATH].identity
    assert "the whole page" in (await client.get("/admin/safety")).text


async def test_replacement_words_are_text_and_never_markup(admin: Admin) -> None:
    client = await publisher(admin)
    evil = '<script>alert(1)</script>" onload="x'
    await recalled(admin, client, text=evil)
    page = admin.site.live.responses[PATH].identity.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in (await client.get("/admin/safety")).text


async def test_a_mistaken_recall_is_withdrawn_by_a_second_person_with_a_reason(admin: Admin) -> None:
    cleo = await publisher(admin)
    await recalled(admin, cleo)
    address = f"/admin/safety/recalls/{(await only_recall(admin)).notice.id}/withdrawal"
    assert "The words were right after all" not in (await cleo.get("/admin/safety")).text
    refused = await cleo.post(address, data={"reason": "They are right."})
    assert (refused.status_code, "someone else has to say" in refused.text) == (409, True)
    for role in ("author", "administrator"):
        other = await admin.signed_in(admin.client(), role, name=f"An {role}")
        assert (await other.post(address, data={"reason": "They are right."})).status_code == 403
    ben = await admin.signed_in(admin.client(), "reviewer", name="Ben Reviewer")
    assert "The words were right after all" in (await ben.get("/admin/safety")).text
    assert (await ben.post(address, data={"reason": " "})).status_code == 409
    assert (await ben.get(address)).status_code == 405
    assert (
        await ben.post(address, data={"reason": "They are right."}, headers={"sec-fetch-site": "cross-site"})
    ).status_code == 403
    await only_recall(admin)
    assert (await ben.post(address, data={"reason": "They are right."})).status_code == 303
    assert "Nothing is recalled." in (await ben.get("/admin/safety")).text
    await admin.site.catch_up()
    assert TEMPLATES[0].encode() not in admin.site.live.responses[PATH].identity


async def test_help_now_is_not_recalled_whole(admin: Admin) -> None:
    client = await publisher(admin)
    shown = await client.get("/admin/safety/pages/help-now")
    assert "Recall the whole page" not in shown.text
    assert "cannot be recalled whole" in shown.text
    refused = await recalled(admin, client, path="/help-now", block="")
    assert (refused.status_code, "every number to call" in refused.text) == (409, True)
    assert await store.notices(admin.site.database) == []
