"""The house lets the right people in, takes only whole forms from our own pages, and loses no typed text."""

from pwa.app import milliseconds
from tests.integration.admin.conftest import Admin


async def test_who_is_not_signed_in_is_asked_and_brought_back(admin: Admin) -> None:
    answer = await admin.client().get("/admin/")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/admin/sign-in?next=%2Fadmin%2F"
    assert answer.headers["cache-control"] == "no-store"
    assert "unsafe" not in answer.headers["content-security-policy"]


async def test_who_is_signed_in_sees_their_name(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), "author", name="Ana Author")
    answer = await client.get("/admin/")
    assert answer.status_code == 200
    assert "Ana Author" in answer.text


async def test_a_session_from_yesterday_has_ended(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), "author", at=milliseconds() - 13 * 3_600_000)
    assert (await client.get("/admin/")).status_code == 303


async def test_signing_out_ends_the_session(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), "author")
    cookie = client.cookies["staff"]
    answer = await client.post("/admin/sign-out")
    assert answer.headers["location"] == "/admin/sign-in"
    client.cookies.set("staff", cookie)
    assert (await client.get("/admin/")).status_code == 303
