"""The forms for the clinic's answers and the help numbers make drafts, line by line, and lose nobody's words."""

import html
import re
from datetime import date

import httpx2
import pytest

from pwa.admin.help_numbers import SOON
from pwa.app import milliseconds
from pwa.content import facts, store
from pwa.content.drafts import draft
from pwa.content.facts import Facts
from pwa.content.markdown import parse
from pwa.content.store import utc_day
from pwa.staff import audit
from tests.integration.admin.conftest import Admin
from tests.publishing import NOW

BOX = re.compile(r'<input type="checkbox" name="checked" form="checks" value="([^"]*)"')
TICKED = re.compile(BOX.pattern + " checked>")


async def author(admin: Admin, name: str = "Ana Author") -> httpx2.AsyncClient:
    return await admin.signed_in(admin.client(), "author", name=name)


async def read(admin: Admin, path: str) -> Facts:
    async with admin.site.database.snapshot() as reader:
        return await facts.read_facts(reader, path)


async def lines_changed(admin: Admin, path: str, before: str) -> list[str]:
    now = (await read(admin, path)).revision.text
    return [line for line in now.split("\n") if line not in before.split("\n")]


async def first_number(admin: Admin) -> facts.Number:
    return facts.numbers_of(await read(admin, facts.NUMBERS))[1]


NEW = {
    "country": "Norway", "code": "NO", "service": "Mental helse", "kind": "support", "call": "116 123",
    "web": "https://mentalhelse.no/", "source_url": "https://mentalhelse.no/", "hours": "any time",
}  # fmt: skip


async def test_the_clinics_answers_become_a_draft_that_touches_nothing_else(admin: Admin) -> None:
    client = await author(admin)
    before = await read(admin, facts.CLINIC)
    page = await client.get("/admin/clinic")
    assert before.revision.sha256 in page.text
    answer = await client.post(
        "/admin/clinic",
        data={"replaces": before.revision.sha256, "phone": "+1 555 010", "arrival": "Half an\r\nhour before."},
    )
    assert answer.status_code == 303
    assert await lines_changed(admin, facts.CLINIC, before.revision.text) == [
        "change: meaning", "note: The clinic's own answers.", '  phone: "+1 555 010"',
        '  arrival: "Half an hour before."',
    ]  # fmt: skip
    after = await read(admin, facts.CLINIC)
    assert after.is_draft
    assert after.revision.contributors == ("Ana Author",)
    assert parse(after.revision.text).front.clinic is not None
    assert "This is the open draft, last changed by Ana Author" in (await client.get("/admin/clinic")).text


async def test_a_second_editor_sees_both_answers_and_neither_is_lost(admin: Admin) -> None:
    ana, ben = await author(admin), await author(admin, "Ben Author")
    before = (await read(admin, facts.CLINIC)).revision.sha256
    await ana.post("/admin/clinic", data={"replaces": before, "phone": "111"})
    refused = await ben.post("/admin/clinic", data={"replaces": before, "phone": "222", "name": "Ours"})
    assert refused.status_code == 409
    assert 'value="222"' in refused.text
    assert "Now it says: “111”" in refused.text
    assert facts.answers_of(await read(admin, facts.CLINIC))["phone"] == "111"


@pytest.mark.parametrize(("typed", "words"), [("x" * 401, "longer than 400"), ("a\u202eb", "nobody can read")])
async def test_an_answer_that_cannot_stand_there_comes_back(admin: Admin, typed: str, words: str) -> None:
    client = await author(admin)
    before = (await read(admin, facts.CLINIC)).revision.sha256
    answer = await client.post("/admin/clinic", data={"replaces": before, "costs": typed})
    assert answer.status_code == 409
    assert words in answer.text
    assert typed in answer.text


async def test_saving_what_is_there_makes_no_draft(admin: Admin) -> None:
    client = await author(admin)
    before = await read(admin, facts.CLINIC)
    await client.post("/admin/clinic", data={"replaces": before.revision.sha256})
    assert not (await read(admin, facts.CLINIC)).is_draft


async def test_answers_cannot_bring_front_matter_along(admin: Admin) -> None:
    client = await author(admin)
    before = (await read(admin, facts.CLINIC)).revision.sha256
    evil = 'x"\n---\nrisk: ordinary\nreviewed_by: "Nobody # {{ 7*7 }} <script>alert(1)</script>'
    await client.post("/admin/clinic", data={"replaces": before, "name": evil})
    after = await read(admin, facts.CLINIC)
    assert facts.answers_of(after)["name"] == evil.replace("\n", " ")
    front = parse(after.revision.text).front
    assert (front.risk, front.reviewed_by) == ("high", "")
    assert "<script>alert" not in (await client.get("/admin/clinic")).text


async def check(admin: Admin, client: httpx2.AsyncClient, *places: int) -> httpx2.Response:
    """Tick the numbers at these places of the list as this person's browser shows it, and send the ticks."""
    page = (await client.get("/admin/help-numbers")).text
    boxes = [html.unescape(one) for one in BOX.findall(page)]
    return await client.post("/admin/help-numbers/checks", data={"checked": [boxes[place] for place in places]})


async def test_many_numbers_are_checked_in_one_form_and_make_one_version(admin: Admin) -> None:
    client = await author(admin)
    before = await read(admin, facts.NUMBERS)
    page = (await client.get("/admin/help-numbers")).text
    number = await first_number(admin)
    assert f'href="{number.values["source_url"]}" target="_blank" rel="noopener noreferrer"' in page
    assert "Nobody has checked it" in page
    assert len(BOX.findall(page)) == len(facts.numbers_of(before))
    assert not TICKED.findall(page), "each needs a tick of its own"
    assert (await check(admin, client, 0, 1, 3)).headers["location"] == "/admin/help-numbers"
    after = await read(admin, facts.NUMBERS)
    assert [place for place, one in enumerate(facts.numbers_of(after)) if one.checked_by] == [0, 1, 3]
    assert await lines_changed(admin, facts.NUMBERS, before.revision.text) == [
        "change: safety", "note: The numbers to call.",
        *["    checked_by: Ana Author", f"    checked_on: {utc_day(milliseconds())}"] * 3,
    ]  # fmt: skip
    async with admin.site.database.snapshot() as reader:
        assert len(await store.history(reader, after.page.id)) == 2, "one version more"
        logged = await audit.rows(reader, audit.Filter(action="number.check"), limit=9)
    services = [facts.numbers_of(after)[place].values["service"] for place in (0, 1, 3)]
    assert [one.subject for one in logged] == [
        "Emergency (United States), 988 Suicide & Crisis Lifeline (United States), Veterans Crisis Line (United States)"
    ]
    assert all(one in logged[0].subject for one in services)
    assert (await first_number(admin)).key == number.key
    assert "Checked by Ana Author on" in (await client.get("/admin/help-numbers")).text
    await check(admin, client, 1)
    assert (await read(admin, facts.NUMBERS)).revision.sha256 == after.revision.sha256, "twice is once"


async def test_a_number_that_changed_meanwhile_is_named_and_the_other_ticks_stay(admin: Admin) -> None:
    ana, ben = await author(admin), await author(admin, "Ben Author")
    page = (await ben.get("/admin/help-numbers")).text
    boxes = [html.unescape(one) for one in BOX.findall(page)]
    number = await first_number(admin)
    await ana.post(f"/admin/help-numbers/{number.key}", data=dict(number.values) | {"call": "989", "dial": "989"})
    before = await read(admin, facts.NUMBERS)
    answer = await ben.post("/admin/help-numbers/checks", data={"checked": boxes[:3]})
    assert answer.status_code == 409
    alert = re.findall(r'role="alert">([^<]*)<', answer.text)[0]
    assert "988 Suicide &amp; Crisis Lifeline (United States)" in alert
    assert "988 Lifeline in Spanish" not in alert
    assert [html.unescape(one) for one in TICKED.findall(answer.text)] == [boxes[0], boxes[2]]
    assert (await read(admin, facts.NUMBERS)).revision.sha256 == before.revision.sha256
    # What changed elsewhere in the list is in nobody's way.
    assert (await ben.post("/admin/help-numbers/checks", data={"checked": [boxes[0], boxes[2]]})).status_code == 303
    checked = facts.numbers_of(await read(admin, facts.NUMBERS))[:3]
    assert [one.checked_by for one in checked] == ["Ben Author", "", "Ben Author"]


async def test_sending_no_tick_says_what_to_do(admin: Admin) -> None:
    client = await author(admin)
    answer = await check(admin, client)
    assert answer.status_code == 409
    assert "Tick each number" in answer.text
    assert not (await read(admin, facts.NUMBERS)).is_draft


async def test_another_way_to_reach_it_ends_an_earlier_check(admin: Admin) -> None:
    client = await author(admin)
    number = await first_number(admin)
    await check(admin, client, 1)
    values = dict(number.values)
    await client.post(f"/admin/help-numbers/{number.key}", data=values | {"hours": "by day"})
    hours = await first_number(admin)
    assert (hours.values["hours"], hours.checked_by) == ("by day", "Ana Author")
    await client.post(f"/admin/help-numbers/{hours.key}", data=values | {"call": "989", "dial": "989"})
    other = await first_number(admin)
    assert (other.values["call"], other.checked_by, other.checked_on) == ("989", "", None)
    await client.post(f"/admin/help-numbers/{other.key}", data=values | {"checked": "on"})
    assert (await first_number(admin)).checked_by == "Ana Author"


async def test_a_number_is_added_beside_its_country_and_removed_again(admin: Admin) -> None:
    client = await author(admin)
    before = facts.numbers_of(await read(admin, facts.NUMBERS))
    text = (await read(admin, facts.NUMBERS)).revision.text
    await client.post("/admin/help-numbers", data=NEW | {"checked": "on"})
    await client.post("/admin/help-numbers", data=NEW | {"service": "Another"})
    numbers = facts.numbers_of(await read(admin, facts.NUMBERS))
    added = [one for one in numbers if one.key not in {old.key for old in before}]
    assert [one.values["service"] for one in added] == ["Mental helse", "Another"]
    assert (added[0].values["dial"], added[0].values["web"]) == ("116123", "mentalhelse.no")
    assert [bool(one.checked_by) for one in added] == [True, False]
    for one in added:
        assert (await client.post(f"/admin/help-numbers/{one.key}/removal")).status_code == 303
    kept = facts.numbers_of(await read(admin, facts.NUMBERS))
    assert [one.key for one in kept] == [one.key for one in before]
    assert await lines_changed(admin, facts.NUMBERS, text) == ["change: safety", "note: The numbers to call."]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"service": " "}, "Fill in the service"),
        ({"country": ""}, "Fill in the country"),
        ({"call": "", "web": ""}, "Fill in a number to call"),
        ({"code": "N O!"}, "two capital letters"),
        ({"kind": "other"}, "kind of help"),
        ({"source_url": "javascript:alert(1)"}, "Write it like https://"),
        ({"web": "javascript:alert(1)"}, "Write it like example.org"),
        ({"dial": "call me"}, "digits only"),
        ({"for": "x" * 201}, "longer than 200"),
        ({"hours": "a\u202eb"}, "nobody can read"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_number_that_cannot_stand_there_comes_back(admin: Admin, given: dict[str, str], words: str) -> None:
    client = await author(admin)
    answer = await client.post("/admin/help-numbers", data=NEW | given)
    assert answer.status_code == 409
    assert words.lower() in answer.text.lower()
    assert NEW["hours"] in answer.text
    assert not (await read(admin, facts.NUMBERS)).is_draft


async def test_a_number_that_someone_else_changed_is_not_changed_again(admin: Admin) -> None:
    ana, ben = await author(admin), await author(admin, "Ben Author")
    number = await first_number(admin)
    await ana.post(f"/admin/help-numbers/{number.key}", data=dict(number.values) | {"hours": "by day"})
    for address in ("", "/removal"):
        answer = await ben.post(f"/admin/help-numbers/{number.key}{address}", data=dict(number.values))
        assert answer.status_code == 409
        assert "by someone else meanwhile" in answer.text


async def test_two_alike_are_two(admin: Admin) -> None:
    client = await author(admin)
    for _ in range(2):
        await client.post("/admin/help-numbers", data=NEW)
    alike = [one for one in facts.numbers_of(await read(admin, facts.NUMBERS)) if one.values["country"] == "Norway"]
    assert len({one.key for one in alike}) == 2
    await client.post(f"/admin/help-numbers/{alike[1].key}/removal")
    numbers = facts.numbers_of(await read(admin, facts.NUMBERS))
    assert sum(one.values["country"] == "Norway" for one in numbers) == 1


def test_a_check_counts_for_ninety_days() -> None:
    number = facts.Number("x", {}, "Ana", date(2026, 9, 1))
    assert number.good_until() == date(2026, 11, 30)
    assert facts.Number("x", {}, "", date(2026, 9, 1)).good_until() is None
    assert SOON < 90


async def test_a_draft_with_a_fault_says_where_to_go(admin: Admin) -> None:
    client = await author(admin)
    await draft(admin.site.database, "/help-now", "no front matter", by="Ana Author", now=NOW)
    answer = await client.get("/admin/help-numbers")
    assert answer.status_code == 409
    assert "Edit its text first" in answer.text


async def test_whoever_is_no_author_looks_only(admin: Admin) -> None:
    key = (await first_number(admin)).key
    for role in ("reviewer", "publisher", "administrator"):
        client = await admin.signed_in(admin.client(), role, name=f"Rita {role}")
        assert not re.search("<button class=.button.>(?!.*Sign out)", (await client.get("/admin/clinic")).text)
        assert "at its owner's page today" not in (await client.get("/admin/help-numbers")).text
        for address in (
            "clinic",
            "help-numbers",
            "help-numbers/checks",
            f"help-numbers/{key}",
            f"help-numbers/{key}/removal",
        ):
            assert (await client.post(f"/admin/{address}", data=NEW)).status_code == 403, address
        assert (await client.get(f"/admin/help-numbers/{key}")).status_code == 403
    assert not (await read(admin, facts.NUMBERS)).is_draft
