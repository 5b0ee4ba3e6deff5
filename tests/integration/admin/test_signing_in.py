"""Setting up, joining and signing in by password: each wrong person, used and expired links, codes used twice."""

import re
from collections.abc import AsyncIterator

import httpx2
import pyotp
import pytest
from argon2 import PasswordHasher

from pwa.admin import sign_in
from pwa.app import milliseconds
from pwa.staff import links, passwords, store
from pwa.staff.model import ROLES
from tests.integration.admin.conftest import Admin

PASSWORD = "four random words here"
DAY = 24 * 3_600_000


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that cost little; how much they cost in earnest is looked at in tests/unit/staff."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: cheap)


async def set_up(
    client: httpx2.AsyncClient, path: str, *, name: str = "Ana Admin", email: str = "ana@clinic.example"
) -> tuple[httpx2.Response, str]:
    """Use a link with a password, as its form does; the answer and the secret of the code app."""
    page = await client.get(path)
    found = re.search(r'name="totp_secret" value="([A-Z2-7]+)"', page.text)
    assert found, page.text
    code = pyotp.TOTP(found[1]).at(milliseconds() // 1000)
    fields = {"name": name, "email": email, "password": PASSWORD, "totp_secret": found[1], "code": code}
    return await client.post(path, data=fields), found[1]


async def setup_path(admin: Admin) -> str:
    path = await links.setup_path(admin.site.database, milliseconds())
    assert path is not None
    return path


async def sign_in_with(
    client: httpx2.AsyncClient, code: str, *, email: str = "ana@clinic.example", password: str = PASSWORD, **more: str
) -> httpx2.Response:
    return await client.post("/admin/sign-in", data={"email": email, "password": password, "code": code, **more})


def next_code(secret: str) -> str:
    """The code of the next half minute, which is taken already and not used up by setting up."""
    return pyotp.TOTP(secret).at(milliseconds() // 1000 + 30)


async def test_the_setup_link_makes_one_administrator_with_every_role(admin: Admin) -> None:
    client, path = admin.client(), await setup_path(admin)
    answer, _ = await set_up(client, path)
    assert answer.status_code == 200
    assert len(re.findall(r"<code>(?:[a-z2-7]{4}-){3}[a-z2-7]{4}</code>", answer.text)) == 8
    assert (await client.get("/admin/")).status_code == 200
    (person,) = await store.everyone(admin.site.database)
    assert (person.name, person.roles) == ("Ana Admin", frozenset(ROLES))
    assert (await client.get(path)).status_code == 409
    assert (await client.post(path, data={"name": "Eve"})).status_code == 409
    assert await links.setup_path(admin.site.database, milliseconds()) is None


async def test_looking_at_a_link_does_not_use_it_up(admin: Admin) -> None:
    client, path = admin.client(), await setup_path(admin)
    for _ in range(3):
        assert (await client.get(path)).status_code == 200
    assert not await store.everyone(admin.site.database)


async def test_only_a_hash_of_a_link_is_kept(admin: Admin) -> None:
    secret = (await setup_path(admin)).rpartition("/")[2]
    rows = await admin.site.database.fetch("SELECT * FROM staff_link")
    rows = [*rows, *await admin.site.database.fetch("SELECT * FROM audit")]
    assert rows
    assert not [row for row in rows if secret in str(dict(row))]


@pytest.mark.parametrize("path", ["/admin/setup/guessed", "/admin/join/guessed"])
async def test_a_guessed_link_opens_nothing(admin: Admin, path: str) -> None:
    for answer in (
        await admin.client().get(path),
        await admin.client().post(path, data={"name": "Eve"}),
        await admin.client().post(f"{path}/passkey/options"),
    ):
        assert answer.status_code == 409
        assert "This link has been used, has expired or was replaced" in answer.text


async def test_a_link_for_joining_sets_nothing_up_and_the_other_way_round(admin: Admin) -> None:
    setup = await setup_path(admin)
    assert (await admin.client().get(setup.replace("setup", "join"))).status_code == 409


async def test_an_expired_link_opens_nothing(admin: Admin) -> None:
    path = await links.setup_path(admin.site.database, milliseconds() - DAY - 1)
    assert (await admin.client().get(str(path))).status_code == 409


async def test_two_who_use_the_setup_link_at_once_make_one_administrator(admin: Admin) -> None:
    path = await setup_path(admin)
    one, other = admin.client(), admin.client()
    await one.get(path)
    first, _ = await set_up(one, path)
    second = await other.post(path, data={"name": "Eve Evil", "email": "eve@evil.example", "password": PASSWORD})
    assert (first.status_code, second.status_code) == (200, 409)
    assert [person.name for person in await store.everyone(admin.site.database)] == ["Ana Admin"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "short"}, "too short"),
        ({"password": "Ana Admin ana@clinic.example"}, "guessed too easily"),
        ({"password": "aaaaaaaaaaaaaaaa"}, "guessed too easily"),
        ({"code": "000000"}, "does not match"),
        ({"code": "١٢٣٤٥٦"}, "does not match"),
        ({"totp_secret": "short"}, "damaged"),
        ({"email": "nobody"}, "no e-mail address"),
        ({"name": "7"}, "Write the name in letters"),
        ({"name": "Shipped with the  Software"}, "how the software itself signs"),
        ({"name": "Ana\u200bAdmin"}, "cannot be seen"),
    ],
)
async def test_what_does_not_fit_is_said_and_uses_nothing_up(admin: Admin, change: dict[str, str], words: str) -> None:
    client, path = admin.client(), await setup_path(admin)
    secret = passwords.make_totp_secret()
    fields = {
        "name": "Ana Admin", "email": "ana@clinic.example", "password": PASSWORD, "totp_secret": secret,
        "code": pyotp.TOTP(secret).at(milliseconds() // 1000),
    }  # fmt: skip
    answer = await client.post(path, data=fields | change)
    assert answer.status_code == 409
    assert words in answer.text
    assert not await store.everyone(admin.site.database)
    assert (await client.get(path)).status_code == 200


async def test_a_password_and_a_code_sign_in_once(admin: Admin) -> None:
    _, secret = await set_up(admin.client(), await setup_path(admin))
    client, code = admin.client(), next_code(secret)
    answer = await sign_in_with(client, code, next="/admin/people")
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/people")
    assert (await client.get("/admin/people")).status_code == 200
    cookie = answer.headers.get_list("set-cookie")[0]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    again = await sign_in_with(admin.client(), code)
    assert again.status_code == 401


async def test_every_failed_sign_in_reads_the_same(admin: Admin) -> None:
    _, secret = await set_up(admin.client(), await setup_path(admin))
    await admin.person("author", name="No Password")
    code = next_code(secret)
    answers = [
        await sign_in_with(admin.client(), code, email="nobody@clinic.example"),
        await sign_in_with(admin.client(), code, email="no.password@clinic.example"),
        await sign_in_with(admin.client(), code, password="another password"),
        await sign_in_with(admin.client(), "000000"),
        await sign_in_with(admin.client(), "aaaa-aaaa-aaaa-aaaa"),
        await sign_in_with(admin.client(), ""),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}) == 1
    assert not [answer for answer in answers if "set-cookie" in answer.headers]


async def test_a_recovery_code_stands_in_for_the_app_once(admin: Admin) -> None:
    answer, _ = await set_up(admin.client(), await setup_path(admin))
    code = re.findall(r"<code>((?:[a-z2-7]{4}-){3}[a-z2-7]{4})</code>", answer.text)[0]
    assert (await sign_in_with(admin.client(), code.upper().replace("-", " "))).status_code == 303
    assert (await sign_in_with(admin.client(), code)).status_code == 401
    (ana,) = await store.everyone(admin.site.database)
    assert await store.recovery_codes_left(admin.site.database, ana.id) == 7


async def test_who_is_shut_out_comes_in_by_no_way(admin: Admin) -> None:
    client = admin.client()
    _, secret = await set_up(client, await setup_path(admin))
    other = await admin.signed_in(admin.client(), "administrator", name="Other Admin")
    answer = await other.post("/admin/people/1/access", data={"access": "shut"})
    assert answer.status_code == 303
    assert (await client.get("/admin/")).status_code == 303
    assert (await sign_in_with(admin.client(), next_code(secret))).status_code == 401


async def test_signing_in_gives_a_new_secret_and_ends_the_session_before(admin: Admin) -> None:
    client = admin.client()
    _, secret = await set_up(client, await setup_path(admin))
    before = client.cookies["staff"]
    assert (await sign_in_with(client, next_code(secret))).status_code == 303
    assert client.cookies["staff"] != before
    stale = admin.client(cookie=f"staff={before}")
    assert (await stale.get("/admin/")).status_code == 303


async def test_a_session_that_someone_planted_is_not_taken_over(admin: Admin) -> None:
    _, secret = await set_up(admin.client(), await setup_path(admin))
    answer = await sign_in_with(admin.client(cookie="staff=planted"), next_code(secret))
    assert answer.status_code == 303
    assert "staff=planted" not in "".join(answer.headers.get_list("set-cookie"))
    assert (await admin.client(cookie="staff=planted").get("/admin/")).status_code == 303


async def test_guessing_from_elsewhere_slows_others_but_not_the_browser_that_is_known(admin: Admin) -> None:
    known = admin.client()
    _, secret = await set_up(known, await setup_path(admin))
    stranger = admin.client()
    for _ in range(sign_in.FOR_ONE_PERSON):
        assert (await sign_in_with(stranger, "000000", password="guess")).status_code == 401
    answer = await sign_in_with(stranger, next_code(secret))
    assert answer.status_code == 429
    assert "Wait 15 minutes" in answer.text
    assert (await sign_in_with(known, next_code(secret))).status_code == 303


async def test_what_a_stranger_sends_too_often_is_not_read(admin: Admin) -> None:
    guess = {"email": "nobody@clinic.example", "password": "guess"}
    answers = [await admin.client().post("/admin/sign-in", data=guess) for _ in range(sign_in.FOR_ONE_PERSON)]
    assert {answer.status_code for answer in answers} == {401}
    for _ in range(sign_in.FROM_ONE_ADDRESS - sign_in.FOR_ONE_PERSON):
        await admin.client().post("/admin/sign-in", data=guess)
    read = False

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        read = True
        yield b"email=a"

    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert (await admin.client().post("/admin/sign-in", content=body(), headers=headers)).status_code == 429
    assert not read


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example", "/admin/\\evil", "/guide/", "/admin/../x\nset-cookie: a=b", ""],
)
async def test_nobody_is_led_elsewhere_after_signing_in(admin: Admin, wanted: str) -> None:
    _, secret = await set_up(admin.client(), await setup_path(admin))
    answer = await sign_in_with(admin.client(), next_code(secret), next=wanted)
    assert answer.headers["location"] == "/admin/"


async def test_a_form_sent_after_the_session_ended_comes_back_after_signing_in(admin: Admin) -> None:
    _, secret = await set_up(admin.client(), await setup_path(admin))
    client = admin.client()
    answer = await client.post("/admin/people/new", data={"name": "Ben <b>", "email": "ben@clinic.example"})
    assert answer.status_code == 401
    found = re.search(r'name="kept" value="([^"]*)"', answer.text)
    assert found
    kept = found[1].replace("&#34;", '"').replace("&lt;", "<").replace("&gt;", ">")
    back = await sign_in_with(client, next_code(secret), next="/admin/people/new", kept=kept)
    assert back.status_code == 200
    assert 'action="/admin/people/new"' in back.text
    assert 'name="name" value="Ben &lt;b&gt;"' in back.text
    assert len(await store.everyone(admin.site.database)) == 1


async def test_no_password_comes_back_into_a_page(admin: Admin) -> None:
    answer = await admin.client().post("/admin/account/password", data={"password": PASSWORD, "code": "123456"})
    assert answer.status_code == 401
    assert PASSWORD not in answer.text
    assert "123456" not in answer.text
    wrong = await sign_in_with(admin.client(), "123456")
    assert PASSWORD not in wrong.text


async def test_what_is_kept_has_to_be_a_forms_fields(admin: Admin) -> None:
    _, secret = await set_up(admin.client(), await setup_path(admin))
    assert (
        await sign_in_with(admin.client(), next_code(secret), kept="[[[", next="/admin/people/new")
    ).status_code == 422


async def test_signing_out_twice_does_no_harm_and_from_elsewhere_nothing(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), name="Ben")
    assert (await client.post("/admin/sign-out", headers={"sec-fetch-site": "cross-site"})).status_code == 403
    assert (await client.get("/admin/")).status_code == 200
    for _ in range(2):
        assert (await client.post("/admin/sign-out")).headers["location"] == "/admin/sign-in"


async def test_over_https_cookies_belong_to_this_host_alone(admin: Admin) -> None:
    client = httpx2.AsyncClient(
        transport=httpx2.ASGITransport(admin.app), base_url="https://localhost", headers={"sec-fetch-site": "none"}
    )
    answer, _ = await set_up(client, await setup_path(admin))
    cookies = answer.headers.get_list("set-cookie")
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert "Secure" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie
    await client.aclose()
