"""Inviting, roles, links and shutting out: by administrators alone, freshly signed in, and never the last one."""

import re

import pytest

from pwa.app import milliseconds
from pwa.staff import audit, links, store
from tests.integration.admin.conftest import Admin

HOUR = 3_600_000


async def test_an_administrator_invites_someone_by_a_link_shown_once(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), "administrator", name="Ana Admin")
    answer = await client.post(
        "/admin/people/new",
        data={"name": "Ben  Reviewer", "email": "ben@clinic.example", "roles": ["reviewer"], "registration": "GMC 7"},
    )
    found = re.search(r'value="(http://localhost/admin/join/[\w-]+)"', answer.text)
    assert found
    assert "<svg" in answer.text
    ben = await store.by_name(admin.site.database, "ben reviewer")
    assert ben is not None
    assert (ben.name, ben.roles, ben.registration) == ("Ben Reviewer", frozenset({"reviewer"}), "GMC 7")
    assert "Hello Ben Reviewer" in (await admin.client().get(found[1].removeprefix("http://localhost"))).text
    assert found[1] not in (await client.get("/admin/people/2")).text
    last = (await audit.rows(admin.site.database, audit.Filter(by="Ana Admin", action="staff"), limit=5))[::-1]
    assert [(row.action, row.subject) for row in last] == [
        ("staff.add", "Ben Reviewer"),
        ("staff.make-link", "Ben Reviewer"),
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "ANA  admin", "email": "other@clinic.example"}, "There is or was a"),
        ({"name": "Ａna Admin", "email": "other@clinic.example"}, "There is or was a"),
        ({"name": "Ben", "email": "ANA.admin@clinic.example"}, "someone&#39;s address"),
        ({"name": "Ben", "email": "ben@clinic.example", "roles": ["owner"]}, "is not a role"),
        ({"name": "", "email": "ben@clinic.example"}, "Write the name in letters"),
        ({"name": "B" * 61, "email": "ben@clinic.example"}, "longer than 60"),
        ({"name": "Ben", "email": "ben@clinic.example", "registration": "7" * 61}, "longer than 60"),
    ],
)
async def test_an_invitation_that_does_not_fit_comes_back_filled(
    admin: Admin, fields: dict[str, str], words: str
) -> None:
    client = await admin.signed_in(admin.client(), "administrator", name="Ana Admin")
    answer = await client.post("/admin/people/new", data=fields)
    assert answer.status_code == 409
    assert words in answer.text
    assert f'value="{fields["name"]}"' in answer.text
    assert len(await store.everyone(admin.site.database)) == 1


async def test_the_last_administrator_stays(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), "administrator", name="Ana Admin")
    await admin.person("administrator", name="Was Admin")
    assert (await client.post("/admin/people/2/access", data={"access": "shut"})).status_code == 303
    for path, data in (("access", {"access": "shut"}), ("roles", {"roles": "author"})):
        answer = await client.post(f"/admin/people/1/{path}", data=data)
        assert answer.status_code == 409
        assert "last administrator" in answer.text
    assert (await client.get("/admin/people")).status_code == 200


async def test_someone_shut_out_is_signed_out_and_their_link_closes(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), "administrator", name="Ana Admin")
    ben = await admin.signed_in(admin.client(), "author", name="Ben")
    async with admin.site.database.transaction() as transaction:
        path = await links.joining_path(transaction, 2, by="Ana Admin", now=milliseconds())
    assert (await client.post("/admin/people/2/access", data={"access": "shut"})).status_code == 303
    assert (await ben.get("/admin/")).status_code == 303
    assert (await admin.client().get(path)).status_code == 409
    assert (await client.post("/admin/people/2/link")).status_code == 409
    assert (await client.post("/admin/people/2/access", data={"access": "open"})).status_code == 303
    assert (await client.post("/admin/people/2/link")).status_code == 200


async def test_a_new_link_closes_the_one_before(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), "administrator", name="Ana Admin")
    await admin.person("author", name="Ben")
    made = [re.findall(r"/admin/join/[\w-]+", (await client.post("/admin/people/2/link")).text)[0] for _ in range(2)]
    assert [(await admin.client().get(path)).status_code for path in made] == [409, 200]
    assert (await client.post("/admin/people/2/link/closing")).status_code == 303
    assert (await admin.client().get(made[1])).status_code == 409


async def test_taking_a_role_away_works_at_once(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), "administrator", name="Ana Admin")
    ben = await admin.signed_in(admin.client(), "administrator", name="Ben")
    assert (await ben.get("/admin/people")).status_code == 200
    await client.post("/admin/people/2/roles", data={"roles": ["author", "reviewer"]})
    assert (await ben.get("/admin/people")).status_code == 403
    rows = await audit.rows(admin.site.database, audit.Filter(action="staff.change-roles"), limit=1)
    assert rows[0].detail == {"before": "administrator", "after": "author, reviewer"}


async def test_an_administrator_who_signed_in_an_hour_ago_is_asked_again(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), "administrator", name="Ana Admin", at=milliseconds() - HOUR)
    await admin.person("author", name="Ben")
    assert (await client.get("/admin/people")).status_code == 200
    assert (await client.get("/admin/people/2")).headers["location"] == "/admin/sign-in?next=%2Fadmin%2Fpeople%2F2"
    answer = await client.post("/admin/people/2/access", data={"access": "shut"})
    assert answer.status_code == 401
    assert "needs a fresh sign-in" in answer.text
    ben = await store.by_id(admin.site.database, 2)
    assert ben is not None
    assert not ben.disabled


async def test_the_same_form_sent_twice_does_the_same_once(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), "administrator", name="Ana Admin")
    await admin.person("author", name="Ben")
    for _ in range(2):
        assert (await client.post("/admin/people/2/registration", data={"registration": "7"})).status_code == 303
        assert (await client.post("/admin/people/2/access", data={"access": "shut"})).status_code == 303
    rows = await audit.rows(admin.site.database, audit.Filter(by="Ana Admin", action="staff"), limit=9)
    assert [row.action for row in rows] == ["staff.disable", "staff.change-registration"]


@pytest.mark.parametrize("path", ["/admin/people/99", "/admin/people/99999999999999999999"])
async def test_who_is_not_there_is_not_found(admin: Admin, path: str) -> None:
    client = await admin.signed_in(admin.client(), "administrator", name="Ana Admin")
    assert (await client.get(path)).status_code == 404


async def test_someone_ends_their_other_sessions_but_nobody_elses(admin: Admin) -> None:
    one = await admin.signed_in(admin.client(), name="Ben")
    other = await admin.signed_in(admin.client(), name="Ben")
    ana = await admin.signed_in(admin.client(), name="Ana")
    (anas,) = await store.sessions(admin.site.database, 2)
    assert (await one.post("/admin/account/sessions/ending", data={"name": anas.name})).status_code == 409
    assert (await one.post("/admin/account/other-sessions/ending")).status_code == 303
    assert [(await client.get("/admin/")).status_code for client in (one, other, ana)] == [200, 303, 200]
