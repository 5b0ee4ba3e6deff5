"""Reviewing on screens: who may do what, each wrong person, other text meanwhile, forged and replayed forms."""

import re

import httpx2
import pytest

from pwa.app import milliseconds
from pwa.content import store
from pwa.content.alone import TYPED, review_alone
from pwa.content.drafts import draft
from pwa.content.review_store import draft_requests, outside_links
from pwa.content.store import Revision
from pwa.staff import people
from pwa.staff.model import Role
from tests.integration.admin.conftest import Admin

PAGE = "/admin/pages/guide/iv"
AS_ANA = "Ana Author"


@pytest.fixture
async def revision(admin: Admin) -> Revision:
    """Ana's draft of the page on the drip: one word is another."""
    return await edited(admin, "off-label", "off the label")


async def edited(admin: Admin, old: str, new: str, by: str = AS_ANA) -> Revision:
    database = admin.site.database
    page = await store.page_at(database, "/guide/iv")
    assert page is not None
    text = (await store.history(database, page.id))[0].text
    assert old in text
    return await draft(database, "/guide/iv", text.replace(old, new), by=by, now=milliseconds())


async def reviewer(admin: Admin, name: str = "Ben Reviewer") -> httpx2.AsyncClient:
    return await admin.signed_in(admin.client(), "reviewer", name=name)


async def state(client: httpx2.AsyncClient) -> list[str]:
    found = await client.get(PAGE)
    assert found.status_code == 200
    lights = re.search(r'<ul class="lights">(.*?)</ul>', found.text, re.DOTALL)
    assert lights is not None
    return re.findall(r"<li[^>]*>([^<]*)</li>", lights[1])


async def test_from_draft_to_signature(admin: Admin, revision: Revision) -> None:
    ana = await admin.signed_in(admin.client(), "author", name=AS_ANA)
    ben = await reviewer(admin)
    assert await state(ana) == ["draft"]
    hub = (await ana.get(PAGE)).text
    assert "<option>Ben Reviewer</option>" in hub
    sent = {"text": revision.sha256, "addressee": "Ben Reviewer", "note": "Is this right?"}
    answer = await ana.post(f"{PAGE}/review-requests", data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    today = (await ben.get("/admin/")).text
    assert "Waiting for your signature (1)" in today
    assert "Is this right?" in today
    shown = (await ben.get(f"{PAGE}/review")).text
    assert f"Approve this exact text ({revision.sha256[:12]})" in shown
    assert "<del>" in shown
    assert "<ins>" in shown
    answer = await ben.post(f"{PAGE}/sign-offs", data={"text": revision.sha256, "note": "Fine."})
    assert answer.headers["location"] == PAGE
    assert await state(ben) == ["signed and ready"]
    assert "You have signed this text." in (await ben.get(f"{PAGE}/review")).text
    assert "Waiting for your signature" not in (await ben.get("/admin/")).text


async def test_signing_twice_leaves_one_signature(admin: Admin, revision: Revision) -> None:
    ben = await reviewer(admin)
    for _ in range(2):
        assert (await ben.post(f"{PAGE}/sign-offs", data={"text": revision.sha256})).status_code == 303
    signed = await store.sign_offs(admin.site.database, revision.page_id, revision.sha256)
    assert [one.signed_by for one in signed] == ["Ben Reviewer"]


async def test_another_text_meanwhile_is_shown_and_not_signed(admin: Admin, revision: Revision) -> None:
    ben = await reviewer(admin)
    newer = await edited(admin, "off the label", "outside the label")
    answer = await ben.post(f"{PAGE}/sign-offs", data={"text": revision.sha256, "note": "All of it read."})
    assert answer.status_code == 409
    assert "was edited since you read it" in answer.text
    assert f"Approve this exact text ({newer.sha256[:12]})" in answer.text
    assert "outside the label" in answer.text
    assert "All of it read." in answer.text
    assert await state(ben) == ["draft"]


async def test_an_edit_takes_the_signature_away(admin: Admin, revision: Revision) -> None:
    ben = await reviewer(admin)
    await ben.post(f"{PAGE}/sign-offs", data={"text": revision.sha256})
    await edited(admin, "off the label", "outside the label")
    assert await state(ben) == ["draft"]


async def test_a_changed_field_stands_under_its_name(admin: Admin, revision: Revision) -> None:
    await edited(admin, "title: Drip", "title: A drip")
    shown = (await (await reviewer(admin)).get(f"{PAGE}/review")).text
    assert "title:" not in shown
    assert shown.count("Title:") == 2


async def test_changes_are_asked_found_and_taken_back(admin: Admin, revision: Revision) -> None:
    ana = await admin.signed_in(admin.client(), "author", name=AS_ANA)
    ben = await reviewer(admin)
    empty = await ben.post(f"{PAGE}/change-requests", data={"text": revision.sha256, "note": " "})
    assert (empty.status_code, "Say in a few words" in empty.text) == (409, True)
    await ben.post(f"{PAGE}/change-requests", data={"text": revision.sha256, "note": "Say <b>how long</b>."})
    assert await state(ana) == ["changes asked"]
    today = (await ana.get("/admin/")).text
    assert "Changes asked of you (1)" in today
    assert "Say &lt;b&gt;how long&lt;/b&gt;." in today
    [asked] = await draft_requests(admin.site.database)
    refused = await ana.post(f"/admin/requests/{asked.id}/withdrawal")
    assert (refused.status_code, "Only Ben Reviewer can take this back" in refused.text) == (409, True)
    assert (await ben.post(f"/admin/requests/{asked.id}/withdrawal")).status_code == 303
    assert await state(ana) == ["draft"]


@pytest.mark.parametrize("noun", ["sign-offs", "change-requests"])
async def test_a_writer_neither_signs_nor_asks_of_themself(admin: Admin, revision: Revision, noun: str) -> None:
    ana = await admin.signed_in(admin.client(), "author", "reviewer", name=AS_ANA)
    answer = await ana.post(f"{PAGE}/{noun}", data={"text": revision.sha256, "note": "Mine."})
    assert answer.status_code == 409
    assert "wrote part of this text" in answer.text
    assert "Approve this exact text" not in answer.text
    assert await state(ana) == ["draft"]


@pytest.mark.parametrize(
    ("noun", "roles"),
    [
        ("sign-offs", ("author",)),
        ("sign-offs", ("publisher", "administrator")),
        ("change-requests", ("author", "publisher", "administrator")),
        ("review-requests", ("reviewer", "publisher", "administrator")),
        ("outside-links", ("author",)),
        ("outside-links", ("publisher",)),
        ("unchanged", ("author", "publisher", "administrator")),
    ],
)
async def test_a_lower_role_gets_nothing_through(
    admin: Admin, revision: Revision, noun: str, roles: tuple[Role, ...]
) -> None:
    client = await admin.signed_in(admin.client(), *roles, name="Wrong Person")
    answer = await client.post(f"{PAGE}/{noun}", data={"text": revision.sha256, "note": "x", "days": "3"})
    assert answer.status_code == 403
    assert "This is for people with one of these roles" in answer.text
    database = admin.site.database
    assert await store.sign_offs(database, revision.page_id, revision.sha256) == []
    assert await draft_requests(database) == []
    assert await outside_links(database, revision.page_id) == []


@pytest.mark.parametrize("noun", ["sign-offs", "change-requests", "review-requests", "outside-links", "unchanged"])
async def test_forged_signed_out_and_malformed_forms_change_nothing(
    admin: Admin, revision: Revision, noun: str
) -> None:
    client = await admin.signed_in(admin.client(), "author", "reviewer", name="Eve Everything")
    form = {"text": revision.sha256, "note": "x", "days": "3"}
    address = f"{PAGE}/{noun}"
    assert (await client.post(address, data=form, headers={"sec-fetch-site": "cross-site"})).status_code == 403
    assert (await client.post(address, data={**form, "note": "x" * 300_000})).status_code == 413
    wrong = {"content-type": "application/x-www-form-urlencoded"}
    assert (await client.post(address, content=b"text=%ff%fe", headers=wrong)).status_code == 400
    assert (await client.post(address, data={"note": "no text"})).status_code in (409, 422)
    assert (await client.post(f"/admin/pages/guide/none/{noun}", data=form)).status_code == 404
    assert (await client.post(f"/admin/pages/secret/iv/{noun}", data=form)).status_code == 404
    assert (await admin.client().post(address, data=form)).status_code == 401
    if noun != "unchanged":
        assert (await client.get(address)).status_code == 405
    assert await store.sign_offs(admin.site.database, revision.page_id, revision.sha256) == []
    assert await draft_requests(admin.site.database) == []
    assert await outside_links(admin.site.database, revision.page_id) == []


async def test_a_clinician_with_a_number_may_be_named_on_the_page(admin: Admin, revision: Revision) -> None:
    client = await reviewer(admin, "Jane Grey")
    assert "Name me on the page" not in (await client.get(f"{PAGE}/review")).text
    person = await admin.person("reviewer", name="Jane Grey")
    async with admin.site.database.transaction() as transaction:
        await people.change_registration(transaction, person.id, "GMC 12", by="Ada", now=milliseconds())
    assert "Name me on the page as its reviewer: Jane Grey (GMC 12)" in (await client.get(f"{PAGE}/review")).text
    form = {"text": revision.sha256, "named": "on", "role": "anaesthetist"}
    assert (await client.post(f"{PAGE}/sign-offs", data={**form, "role": ""})).status_code == 422
    assert (await client.post(f"{PAGE}/sign-offs", data=form)).status_code == 303
    assert "Jane Grey (GMC 12)" in (await client.get(PAGE)).text


async def test_alone_a_writer_signs_and_is_told_what_readers_will_see(admin: Admin, revision: Revision) -> None:
    ana = await admin.signed_in(admin.client(), "author", name=AS_ANA)
    await review_alone(admin.site.database, typed=TYPED, by="Ada", now=milliseconds())
    shown = (await ana.get(f"{PAGE}/review")).text
    assert "Its page will say to readers: Reviewed by its own author only." in shown
    assert (await ana.post(f"{PAGE}/sign-offs", data={"text": revision.sha256})).status_code == 303
    assert "wrote it too: this clinic reviews alone" in (await ana.get(PAGE)).text
    # That everyone may sign their own does not let everyone sign others'.
    other = await admin.signed_in(admin.client(), "author", name="Other Author")
    assert (await other.post(f"{PAGE}/sign-offs", data={"text": revision.sha256})).status_code == 403


async def test_reviewing_alone_is_an_administrators_and_needs_a_fresh_sign_in(admin: Admin) -> None:
    stale = await admin.signed_in(admin.client(), "administrator", name="Ada Admin", at=milliseconds() - 3_600_000)
    asked = await stale.post("/admin/reviewing-alone", data={"typed": TYPED})
    assert asked.status_code == 401
    ada = await admin.signed_in(admin.client(), "administrator", name="Ada Admin")
    wrong = await ada.post("/admin/reviewing-alone", data={"typed": "yes"})
    assert (wrong.status_code, "Type the words" in wrong.text) == (409, True)
    assert (await ada.post("/admin/reviewing-alone", data={"typed": TYPED})).status_code == 303
    assert "This clinic reviews alone" in (await ada.get("/admin/reviewing-alone")).text
    assert (await ada.post("/admin/reviewing-alone/end")).status_code == 303
    ben = await reviewer(admin)
    for address in ("/admin/reviewing-alone", "/admin/reviewing-alone/end"):
        assert (await ben.post(address, data={"typed": TYPED})).status_code == 403


async def test_a_live_text_is_looked_at_again(admin: Admin) -> None:
    ben = await reviewer(admin)
    shown = await ben.get(f"{PAGE}/unchanged")
    digest = re.search(r'name="text" value="([0-9a-f]{64})"', shown.text)
    assert digest is not None
    assert (await ben.post(f"{PAGE}/unchanged", data={"text": digest[1], "due": "soon"})).status_code == 422
    late = await ben.post(f"{PAGE}/unchanged", data={"text": digest[1], "due": "2099-01-01"})
    assert (late.status_code, "at the latest on" in late.text) == (409, True)
    assert (await ben.post(f"{PAGE}/unchanged", data={"text": digest[1], "due": ""})).status_code == 303
    assert await state(ben) == ["signed and ready"]
    again = await ben.post(f"{PAGE}/unchanged", data={"text": digest[1]})
    assert (again.status_code, "review that draft instead" in again.text) == (409, True)


async def test_contents_are_searched_and_narrowed_down(admin: Admin, revision: Revision) -> None:
    client = await admin.signed_in(admin.client(), "publisher", name="Cleo")
    assert (await client.get("/admin/contents")).text.count('class="row"') > 60
    drafts = (await client.get("/admin/contents?state=draft")).text
    assert (drafts.count('class="row"'), PAGE in drafts) == (1, True)
    found = (await client.get("/admin/contents?q=glutamate")).text
    assert "in the text" in found
    odd = await client.get("/admin/contents", params={"state": "<x>", "q": "<script>" * 50})
    assert (odd.status_code, "<script>alert" in odd.text) == (200, False)
    assert "0 pages" in odd.text


async def test_contents_are_folded_but_where_something_waits(admin: Admin, revision: Revision) -> None:
    client = await admin.signed_in(admin.client(), "publisher", name="Cleo")

    async def parts(query: str = "") -> dict[str, tuple[bool, str]]:
        """Of each part by its name: whether it is open, and what its fold says beside."""
        page = (await client.get(f"/admin/contents{query}")).text
        folds = re.findall(r'"card part"( open)?>\s*<summary><h.>([^<]*)</h.>(.*?)</summary>', page, re.DOTALL)
        return {name: (bool(is_open), " ".join(re.sub("<[^>]*>", " ", said).split())) for is_open, name, said in folds}

    found = await parts()
    assert len(found) == 11
    assert [name for name, (is_open, _) in found.items() if is_open] == ["Ways it is given"]
    assert re.fullmatch(r"\d+ pages 1 needs attention", found["Ways it is given"][1])
    assert found["Site pages"] == (False, "7 pages")
    # Whoever searches sees what was found.
    assert all(is_open for is_open, _ in (await parts("?q=glutamate")).values())
    assert all(is_open for is_open, _ in (await parts("?state=live")).values())


async def test_every_screen_of_a_page_stands_for_new_half_written_and_moved_pages(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), "author", "reviewer", "publisher", "administrator", name="Eve")
    now = milliseconds()
    await draft(admin.site.database, "/guide/half", "half a text", by="Ana", now=now)
    for address in ("/admin/", "/admin/contents", "/admin/reviews", "/admin/pages/guide/half"):
        assert (await client.get(address)).status_code == 200
    shown = await client.get("/admin/pages/guide/half/review")
    assert (shown.status_code, "must start with front matter" in shown.text) == (200, True)
    half = await store.page_at(admin.site.database, "/guide/half")
    assert half is not None
    digest = (await store.history(admin.site.database, half.id))[0].sha256
    refused = await client.post("/admin/pages/guide/half/sign-offs", data={"text": digest})
    assert (refused.status_code, "cannot be signed while it has faults" in refused.text) == (409, True)
    site_page = await client.get("/admin/pages/site/our-clinic")
    assert (site_page.status_code, "/our-clinic" in site_page.text) == (200, True)
