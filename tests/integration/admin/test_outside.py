"""Clinicians outside: a link, shown once, that lets someone without an account see the page and answer once."""

import re

import httpx2
import pytest

from pwa.app import milliseconds
from pwa.content import store
from pwa.content.alone import TYPED, review_alone
from pwa.content.drafts import draft
from pwa.content.outside import DAY, invite
from pwa.content.review_store import outside_links
from pwa.content.store import Revision
from tests.integration.admin.conftest import Admin

PAGE = "/admin/pages/guide/iv"
JANE = {"name": "Jane Grey", "registration": "GMC 1234567"}


@pytest.fixture
async def revision(admin: Admin) -> Revision:
    return await edited(admin, "off-label", "off the label")


async def edited(admin: Admin, old: str, new: str) -> Revision:
    database = admin.site.database
    page = await store.page_at(database, "/guide/iv")
    assert page is not None
    text = (await store.history(database, page.id))[0].text
    return await draft(database, "/guide/iv", text.replace(old, new), by="Ana Author", now=milliseconds())


async def made(admin: Admin, revision: Revision) -> tuple[httpx2.AsyncClient, str]:
    """A reviewer, and the link they made on the review screen."""
    ben = await admin.signed_in(admin.client(), "reviewer", name="Ben Reviewer")
    form = {"text": revision.sha256, "meant_for": "Dr Grey", "days": "7"}
    answer = await ben.post(f"{PAGE}/outside-links", data=form)
    assert answer.status_code == 200
    assert "<svg" in answer.text
    link = re.search(r"http://localhost(/admin/outside/[\w-]+)", answer.text)
    assert link is not None
    return ben, link[1]


async def test_someone_without_an_account_approves_the_page_they_see(admin: Admin, revision: Revision) -> None:
    ben, link = await made(admin, revision)
    assert link not in (await ben.get(PAGE)).text
    jane = admin.client()
    shown = await jane.get(link)
    assert shown.status_code == 200
    assert revision.sha256[:12] in shown.text
    assert "Ben Reviewer asks you" in shown.text
    # Nothing of the staff's house is offered to someone who is not in it.
    assert "/admin/contents" not in shown.text
    framed = await jane.get(f"{link}/page")
    assert "off the label" in framed.text
    policy = framed.headers["content-security-policy"]
    assert all(one in policy for one in ("frame-ancestors 'self'", "script-src 'none'", "sandbox"))
    assert framed.headers["cache-control"] == "no-store"
    answer = await jane.post(link, data={"text": revision.sha256, "answer": "approve", **JANE})
    assert (answer.status_code, answer.headers["location"]) == (303, link)
    assert "Jane Grey (GMC 1234567) has approved this text." in (await jane.get(link)).text
    hub = (await ben.get(PAGE)).text
    assert "Jane Grey (GMC 1234567)" in hub
    assert "signed and ready" in hub


async def test_numbers_that_changed_stand_before_whoever_reviews_them(admin: Admin) -> None:
    revision = await edited(admin, "40 minutes", "45 minutes")
    ben, link = await made(admin, revision)
    for client, address in ((ben, f"{PAGE}/review"), (admin.client(), link)):
        shown = (await client.get(address)).text
        section = shown[shown.index("Numbers and doses that changed") :].partition("</section>")[0]
        assert "gone: <strong>40 minutes</strong>" in section
        assert "new: <strong>45 minutes</strong>" in section


async def test_what_changed_is_shown_in_the_words_that_patients_read(admin: Admin) -> None:
    revision = await edited(admin, "[off-label](/glossary#off-label)", "[not on the label](/glossary#off-label)")
    _, link = await made(admin, revision)
    shown = (await admin.client().get(link)).text
    assert "not on the label<span" in shown
    assert "/glossary#off-label" not in shown


async def test_asking_for_changes_needs_words_and_keeps_what_was_typed(admin: Admin, revision: Revision) -> None:
    ben, link = await made(admin, revision)
    jane = admin.client()
    form = {"text": revision.sha256, "answer": "changes", **JANE}
    empty = await jane.post(link, data=form)
    assert (empty.status_code, "Say in a few words" in empty.text) == (409, True)
    assert 'value="GMC 1234567"' in empty.text
    assert (await jane.post(link, data={**form, "note": "Twice the dose?"})).status_code == 303
    assert "Twice the dose?" in (await ben.get(f"{PAGE}/review")).text


async def test_one_answer_and_no_more(admin: Admin, revision: Revision) -> None:
    _, link = await made(admin, revision)
    jane = admin.client()
    form = {"text": revision.sha256, "answer": "approve", **JANE}
    assert (await jane.post(link, data=form)).status_code == 303
    again = await jane.post(link, data={**form, "name": "John Doe"})
    assert (again.status_code, "answered already" in again.text) == (409, True)
    assert len(await store.sign_offs(admin.site.database, revision.page_id, revision.sha256)) == 1
    assert (await jane.get(f"{link}/page")).status_code == 409


async def test_the_page_may_name_its_reviewer_only_if_they_say_so(admin: Admin, revision: Revision) -> None:
    _, link = await made(admin, revision)
    form = {"text": revision.sha256, "answer": "approve", "named": "on", **JANE}
    assert (await admin.client().post(link, data=form)).status_code == 422
    assert (await admin.client().post(link, data={**form, "role": "anaesthetist"})).status_code == 303
    page = await store.page_at(admin.site.database, "/guide/iv")
    assert page is not None
    text = (await store.history(admin.site.database, page.id))[0].text
    assert "reviewed_by: Jane Grey (GMC 1234567)\nreviewed_role: anaesthetist\n" in text


async def test_a_link_that_was_taken_back_or_whose_text_was_edited_shows_nothing(
    admin: Admin, revision: Revision
) -> None:
    ben, first = await made(admin, revision)
    [link] = await outside_links(admin.site.database, revision.page_id)
    assert (await ben.post(f"/admin/outside-links/{link.id}/revocation")).status_code == 303
    _, second = await made(admin, revision)
    await edited(admin, "off the label", "outside the label")
    form = {"text": revision.sha256, "answer": "approve", **JANE}
    for address, why in ((first, "taken back"), (second, "was edited")):
        shown = await admin.client().get(address)
        assert (shown.status_code, why in shown.text, "<form" in shown.text) == (410, True, False)
        assert (await admin.client().post(address, data=form)).status_code == 409
        assert (await admin.client().get(f"{address}/page")).status_code == 409
    assert await store.sign_offs(admin.site.database, revision.page_id, revision.sha256) == []


async def test_an_expired_link_says_so(admin: Admin, revision: Revision) -> None:
    now = milliseconds() - 8 * DAY
    _, secret = await invite(
        admin.site.database, "/guide/iv", digest=revision.sha256, by="Ben Reviewer", now=now, days=7
    )
    shown = await admin.client().get(f"/admin/outside/{secret}")
    assert (shown.status_code, "has expired" in shown.text) == (410, True)


async def test_a_guessed_link_leads_nowhere(admin: Admin) -> None:
    for address in ("/admin/outside/guess", "/admin/outside/guess/page"):
        found = await admin.client().get(address)
        assert (found.status_code, "leads nowhere" in found.text) == (409, True)


async def test_forged_and_malformed_answers_change_nothing(admin: Admin, revision: Revision) -> None:
    _, link = await made(admin, revision)
    form = {"text": revision.sha256, "answer": "approve", **JANE}
    jane = admin.client()
    assert (await jane.post(link, data=form, headers={"sec-fetch-site": "cross-site"})).status_code == 403
    assert (await jane.post(link, data={**form, "note": "x" * 300_000})).status_code == 413
    wrong = {"content-type": "application/x-www-form-urlencoded"}
    assert (await jane.post(link, content=b"text=%ff", headers=wrong)).status_code == 400
    for broken in (
        {**form, "answer": "yes"},
        {**form, "answer": ""},
        {**form, "name": ""},
        {**form, "note": "x" * 2001},
    ):
        assert (await jane.post(link, data=broken)).status_code == 422
    await admin.person("author", name="Tom Cope")
    names = (
        "Ana Author", "Ben Reviewer", "\u0412en Reviewer", "An\u0430 Author", "Ana-Author", "Ana. Author", "AnaAuthor",
        "Ana Auth\u00f6r", "Ana Auth0r", "Ana A. Author\u0301", "\u0422\u043e\u043c \u0421\u043e\u0440\u0435",
        "\u03a4om Cope", "Jane Gr\u0435y",
    )  # fmt: skip
    for name in names:
        assert (await jane.post(link, data={**form, "name": name})).status_code == 409
    assert (await jane.put(link, data=form)).status_code == 405
    assert await store.sign_offs(admin.site.database, revision.page_id, revision.sha256) == []
    assert (await jane.get(link)).status_code == 200


async def test_who_wrote_it_makes_no_link_unless_the_clinic_reviews_alone(admin: Admin, revision: Revision) -> None:
    ana = await admin.signed_in(admin.client(), "author", "reviewer", name="Ana Author")
    form = {"text": revision.sha256, "days": "3"}
    refused = await ana.post(f"{PAGE}/outside-links", data=form)
    assert (refused.status_code, "someone else has to make the link" in refused.text) == (409, True)
    await review_alone(admin.site.database, typed=TYPED, by="Ada", now=milliseconds())
    assert (await ana.post(f"{PAGE}/outside-links", data=form)).status_code == 200


async def test_only_those_who_review_or_made_it_take_a_link_back(admin: Admin, revision: Revision) -> None:
    await made(admin, revision)
    [link] = await outside_links(admin.site.database, revision.page_id)
    author = await admin.signed_in(admin.client(), "author", name="Other Author")
    publisher = await admin.signed_in(admin.client(), "publisher", name="Cleo")
    for client in (author, publisher):
        assert (await client.post(f"/admin/outside-links/{link.id}/revocation")).status_code == 403
    ada = await admin.signed_in(admin.client(), "administrator", name="Ada")
    assert (await ada.post(f"/admin/outside-links/{link.id}/revocation")).status_code == 303
    assert (await ada.post("/admin/outside-links/99/revocation")).status_code == 409
