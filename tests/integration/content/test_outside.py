"""Clinicians without an account answer through a link: once, for one exact text, in their own name."""

import pytest

from pwa.content import store
from pwa.content.alone import TYPED, review_alone
from pwa.content.drafts import draft
from pwa.content.model import Refused
from pwa.content.outside import DAY, approve, ask_for_changes, invite, look, revoke
from pwa.content.release import Blocked
from pwa.content.review_store import open_requests, outside_links
from pwa.content.store import Revision
from pwa.database import Database
from pwa.staff.people import add_person
from tests.integration.content.conftest import Publish
from tests.publishing import NOW, text

JANE = {"name": "Jane Grey", "registration": "GMC 1234567"}


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest) -> str:
    """One engine is enough where the SQL does not differ; tests of whole ways ask for both."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
async def revision(guide: Database) -> Revision:
    return await draft(guide, "/guide/iv", text("Drip", "New words."), by="Ana", now=NOW)


@pytest.fixture
async def secret(guide: Database, revision: Revision) -> str:
    _, secret = await invite(guide, "/guide/iv", digest=revision.sha256, by="Ben", now=NOW, meant_for="Dr Grey")
    return secret


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_an_approval_through_a_link_is_a_sign_off(
    guide: Database, revision: Revision, secret: str, put_out: Publish
) -> None:
    signed = await approve(guide, secret, digest=revision.sha256, now=NOW, **JANE)
    assert (signed.kind, signed.shown) == ("outside", "Jane Grey (GMC 1234567)")
    [link] = await outside_links(guide, revision.page_id)
    assert (link.answer, link.answered_by) == ("approved", "Jane Grey (GMC 1234567)")
    await put_out()


async def test_only_the_hash_of_the_secret_is_kept(guide: Database, secret: str) -> None:
    for table in ("outside_link", "audit"):
        assert secret not in str([dict(row) for row in await guide.fetch(f"SELECT * FROM {table}")])


async def test_the_page_can_name_who_approved_it(
    guide: Database, revision: Revision, secret: str, put_out: Publish
) -> None:
    signed = await approve(guide, secret, digest=revision.sha256, now=NOW, named_as="anaesthetist", **JANE)
    assert signed.sha256 != revision.sha256
    await put_out()
    page = await store.page_at(guide, "/guide/iv")
    assert page is not None
    assert "reviewed_by: Jane Grey (GMC 1234567)\n" in (await store.history(guide, page.id))[0].text


async def test_a_link_takes_one_answer(guide: Database, revision: Revision, secret: str) -> None:
    await approve(guide, secret, digest=revision.sha256, now=NOW, **JANE)
    for name in ("Jane Grey", "John Doe"):
        with pytest.raises(Refused, match="answered already"):
            await approve(guide, secret, digest=revision.sha256, name=name, registration="GMC 1", now=NOW)
    with pytest.raises(Refused, match="answered already"):
        await ask_for_changes(guide, secret, digest=revision.sha256, note="No.", now=NOW, **JANE)


async def test_changes_asked_through_a_link_hold_the_text_back(
    guide: Database, revision: Revision, secret: str, put_out: Publish
) -> None:
    await ask_for_changes(guide, secret, digest=revision.sha256, note="Say how long.", now=NOW, **JANE)
    [asked] = await open_requests(guide, revision.page_id, revision.sha256)
    assert (asked.asked_by, asked.note) == ("Jane Grey (GMC 1234567)", "Say how long.")
    with pytest.raises(Blocked, match=r"Jane Grey \(GMC 1234567\) asks for changes"):
        await put_out()
    _, again = await invite(guide, "/guide/iv", digest=revision.sha256, by="Ben", now=NOW)
    await approve(guide, again, digest=revision.sha256, now=NOW, **JANE)
    await put_out()


async def test_an_edit_voids_the_link_and_the_approval(
    guide: Database, revision: Revision, secret: str, put_out: Publish
) -> None:
    _, other = await invite(guide, "/guide/iv", digest=revision.sha256, by="Ben", now=NOW)
    await approve(guide, secret, digest=revision.sha256, now=NOW, **JANE)
    edited = await draft(guide, "/guide/iv", text("Drip", "Other words."), by="Ana", now=NOW)
    assert (await look(guide, other, NOW)).state == "edited"
    for digest in (revision.sha256, edited.sha256):
        with pytest.raises(Refused, match="was edited after"):
            await approve(guide, other, digest=digest, now=NOW, **JANE)
    with pytest.raises(Blocked, match="nobody but its writers"):
        await put_out()


async def test_it_is_the_text_on_the_screen_that_is_approved(guide: Database, secret: str) -> None:
    with pytest.raises(Refused, match="was edited after"):
        await approve(guide, secret, digest="0" * 64, now=NOW, **JANE)


async def test_a_link_ends_with_its_time(guide: Database, revision: Revision, secret: str) -> None:
    assert (await look(guide, secret, NOW + 14 * DAY - 1)).state == "open"
    assert (await look(guide, secret, NOW + 14 * DAY)).state == "expired"
    with pytest.raises(Refused, match="has expired"):
        await approve(guide, secret, digest=revision.sha256, now=NOW + 14 * DAY, **JANE)
    for days in (0, 61):
        with pytest.raises(Refused, match="1 to 60 days"):
            await invite(guide, "/guide/iv", digest=revision.sha256, by="Ben", now=NOW, days=days)


async def test_a_link_can_be_taken_back(guide: Database, revision: Revision, secret: str) -> None:
    [link] = await outside_links(guide, revision.page_id)
    await revoke(guide, link.id, by="Cleo", now=NOW)
    await revoke(guide, link.id, by="Cleo", now=NOW)
    with pytest.raises(Refused, match="was taken back"):
        await approve(guide, secret, digest=revision.sha256, now=NOW, **JANE)
    assert len(await guide.fetch("SELECT number FROM audit WHERE action = 'outside.revoke'")) == 1
    with pytest.raises(Refused, match="no such link"):
        await revoke(guide, 99, by="Cleo", now=NOW)


async def test_a_secret_that_was_never_given_leads_nowhere(guide: Database, revision: Revision) -> None:
    with pytest.raises(Refused, match="leads nowhere"):
        await approve(guide, "guessed", digest=revision.sha256, now=NOW, **JANE)


async def test_who_wrote_a_text_cannot_make_a_link_for_it(guide: Database, revision: Revision) -> None:
    with pytest.raises(Refused, match="someone else has to make the link"):
        await invite(guide, "/guide/iv", digest=revision.sha256, by="ana", now=NOW)
    await review_alone(guide, typed=TYPED, by="Ana", now=NOW)
    await invite(guide, "/guide/iv", digest=revision.sha256, by="Ana", now=NOW)


async def test_nobody_answers_in_a_writers_or_a_colleagues_name(
    guide: Database, revision: Revision, secret: str
) -> None:
    async with guide.transaction() as transaction:
        await add_person(transaction, name="Ben", email="b@clinic.example", roles=["author"], by="Cleo", now=NOW)
    for name, why in (("Ana", "wrote part"), ("ＡＮＡ", "wrote part"), ("Ben", "has an account here")):
        with pytest.raises(Refused, match=why):
            await approve(guide, secret, digest=revision.sha256, name=name, registration="GMC 1", now=NOW)


@pytest.mark.parametrize(
    ("name", "registration"),
    [
        *[(name, "GMC 1") for name in ("", "7", "Jane\nGrey: x", "<b>Jane</b>", "Jane (GMC 9)", "J" * 81)],
        *[("Jane", number) for number in ("", "GMC", "1) and more (", "1\u202e2", "1" * 81)],
    ],
)
async def test_a_name_is_a_name_and_a_number_is_a_number(
    guide: Database, revision: Revision, secret: str, name: str, registration: str
) -> None:
    with pytest.raises(Refused, match="Write your"):
        await approve(guide, secret, digest=revision.sha256, name=name, registration=registration, now=NOW)
    assert (await look(guide, secret, NOW)).state == "open"


@pytest.mark.parametrize("role", ["doctor: yes", "nurse # x", '"quoted"', "- list", "null"])
async def test_a_role_stays_a_role_whatever_yaml_makes_of_it(
    guide: Database, revision: Revision, secret: str, role: str, put_out: Publish
) -> None:
    await approve(guide, secret, digest=revision.sha256, now=NOW, named_as=role, **JANE)
    await put_out()


async def test_a_role_that_nobody_can_read_is_refused_and_the_link_stays_open(
    guide: Database, revision: Revision, secret: str
) -> None:
    with pytest.raises(Refused):
        await approve(guide, secret, digest=revision.sha256, now=NOW, named_as="doc\u202etor", **JANE)
    assert (await look(guide, secret, NOW)).state == "open"


async def test_half_a_text_gets_no_link(guide: Database) -> None:
    half = await draft(guide, "/guide/im", "half a", by="Ana", now=NOW)
    with pytest.raises(Refused, match="while it has faults"):
        await invite(guide, "/guide/im", digest=half.sha256, by="Ben", now=NOW)
