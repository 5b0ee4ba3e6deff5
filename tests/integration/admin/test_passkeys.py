"""Passkeys: made and used once each, by the browser that asked, with a finger on the phone; forgeries are refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from pwa.app import milliseconds
from pwa.staff import links, store
from tests.authenticator import PRESENT, VERIFIED, Authenticator, encoded
from tests.integration.admin.conftest import Admin

ANA = {"name": "Ana Admin", "email": "ana@clinic.example"}


async def set_up(admin: Admin, client: httpx2.AsyncClient, phone: Authenticator) -> httpx2.Response:
    """Become the first administrator with a passkey."""
    path = await links.setup_path(admin.site.database, milliseconds())
    options = await options_of(client, f"{path}/passkey/options", **ANA)
    return await client.post(f"{path}/passkey", data={**ANA, "credential": phone.make(options)})


async def options_of(client: httpx2.AsyncClient, path: str, **fields: str) -> dict[str, Any]:
    answer = await client.post(path, data=fields)
    options: dict[str, Any] = answer.json()["publicKey"]
    return options


async def ask(client: httpx2.AsyncClient) -> dict[str, Any]:
    return await options_of(client, "/admin/sign-in/passkey/options")


async def send(client: httpx2.AsyncClient, credential: str) -> httpx2.Response:
    return await client.post("/admin/sign-in/passkey", data={"credential": credential, "next": "/admin/people"})


async def test_a_passkey_made_with_the_setup_link_signs_in(admin: Admin) -> None:
    phone = Authenticator()
    assert (await set_up(admin, admin.client(), phone)).status_code == 200
    client = admin.client()
    answer = await send(client, phone.sign(await ask(client)))
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/people")
    assert (await client.get("/admin/people")).status_code == 200


async def test_options_ask_for_a_finger_and_tell_of_nobody(admin: Admin) -> None:
    await set_up(admin, admin.client(), Authenticator())
    options = await ask(admin.client())
    assert options["userVerification"] == "required"
    assert options["rpId"] == "localhost"
    assert not options.get("allowCredentials")


async def test_an_answer_is_good_once_and_in_the_browser_that_asked(admin: Admin) -> None:
    phone = Authenticator()
    await set_up(admin, admin.client(), phone)
    client, other = admin.client(), admin.client()
    credential = phone.sign(await ask(client))
    await ask(other)
    assert (await send(other, credential)).status_code == 401
    assert (await send(client, credential)).status_code == 303
    assert (await send(client, credential)).status_code == 401


async def test_a_challenge_is_used_up_by_a_wrong_answer_too(admin: Admin) -> None:
    phone = Authenticator()
    await set_up(admin, admin.client(), phone)
    client = admin.client()
    options = await ask(client)
    assert (await send(client, Authenticator().sign(options))).status_code == 401
    assert (await send(client, phone.sign(options))).status_code == 401


async def test_an_answer_before_any_question_is_refused(admin: Admin) -> None:
    phone = Authenticator()
    await set_up(admin, admin.client(), phone)
    assert (await send(admin.client(), phone.sign({"rpId": "localhost", "challenge": "AAAA"}))).status_code == 401


Lie = Callable[[Authenticator], Authenticator]


@pytest.mark.parametrize(
    "lie",
    [
        pytest.param(lambda phone: replace(phone, origin="https://evil.example"), id="another site"),
        pytest.param(lambda phone: replace(phone, origin="http://localhost:81"), id="another port"),
        pytest.param(lambda phone: replace(phone, flags=PRESENT), id="no finger"),
        pytest.param(lambda phone: replace(phone, flags=VERIFIED), id="nobody there"),
        pytest.param(lambda phone: replace(phone, key=Authenticator().key), id="another key"),
        pytest.param(lambda phone: replace(phone, id=b"unknown" * 4), id="unknown passkey"),
        pytest.param(lambda phone: replace(phone, handle=b"someone else"), id="another person"),
        pytest.param(lambda phone: replace(phone, counter=5), id="a counter that does not rise"),
    ],
)
async def test_every_forgery_is_refused_in_the_same_words(admin: Admin, lie: Lie) -> None:
    phone = Authenticator(counter=5)
    await set_up(admin, admin.client(), phone)
    client = admin.client()
    honest = replace(phone, counter=6)
    answer = await send(client, lie(honest).sign(await ask(client)))
    assert answer.status_code == 401
    assert "This passkey did not fit" in answer.text
    assert "staff" not in {cookie.name for cookie in client.cookies.jar}
    assert (await send(client, honest.sign(await ask(client)))).status_code == 303


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "{}",
        "[]",
        "7",
        "null",
        '{"id": 7}',
        '{"id": "a"}',
        "[" * 9000,
        '{"id": "a", "response": {"userHandle": "%"}}',
    ],
)
async def test_what_no_phone_sends_is_refused(admin: Admin, credential: str) -> None:
    await set_up(admin, admin.client(), Authenticator())
    client = admin.client()
    await ask(client)
    assert (await send(client, credential)).status_code == 401


async def test_an_answer_that_is_too_long_is_refused(admin: Admin) -> None:
    client = admin.client()
    await ask(client)
    assert (await send(client, "x" * 20_000)).status_code == 422


@pytest.mark.parametrize("fault", ["challenge", "origin", "no finger", "sign-in challenge"])
async def test_a_passkey_made_for_something_else_sets_nothing_up(admin: Admin, fault: str) -> None:
    client = admin.client()
    path = await links.setup_path(admin.site.database, milliseconds())
    options = await options_of(client, f"{path}/passkey/options", **ANA)
    phone = Authenticator()
    match fault:
        case "challenge":
            options["challenge"] = encoded(bytes(32))
        case "origin":
            phone.origin = "https://evil.example"
        case "no finger":
            phone.flags = PRESENT
        case "sign-in challenge":
            options["challenge"] = (await ask(client))["challenge"]
    answer = await client.post(f"{path}/passkey", data={**ANA, "credential": phone.make(options)})
    assert answer.status_code == 409
    assert not await store.everyone(admin.site.database)


async def test_a_second_passkey_needs_a_fresh_sign_in_and_the_first_can_go_then(admin: Admin) -> None:
    client, first, second = admin.client(), Authenticator(), Authenticator()
    await set_up(admin, client, first)
    refused = await client.post("/admin/account/passkeys/removal", data={"passkey": encoded(first.id)})
    assert (refused.status_code, "only way you can sign in" in refused.text) == (409, True)
    stale = await admin.signed_in(admin.client(), name="Ana Admin", at=milliseconds() - 3_600_000)
    assert (await stale.post("/admin/account/passkeys/options")).status_code == 401
    options = await options_of(client, "/admin/account/passkeys/options")
    assert [one["id"] for one in options["excludeCredentials"]] == [encoded(first.id)]
    added = await client.post(
        "/admin/account/passkeys", data={"credential": second.make(options), "passkey_name": "Key in the drawer"}
    )
    assert added.status_code == 303
    gone = await client.post("/admin/account/passkeys/removal", data={"passkey": encoded(first.id)})
    assert gone.status_code == 303
    other = admin.client()
    assert (await send(other, first.sign(await ask(other)))).status_code == 401
    assert (await send(other, second.sign(await ask(other)))).status_code == 303


async def test_nobody_removes_the_passkey_of_someone_else(admin: Admin) -> None:
    phone = Authenticator()
    await set_up(admin, admin.client(), phone)
    ben = await admin.signed_in(admin.client(), "administrator", name="Ben")
    assert (await ben.post("/admin/account/passkeys/removal", data={"passkey": encoded(phone.id)})).status_code == 409
    assert len(await store.passkeys(admin.site.database, 1)) == 1


async def test_a_challenge_older_than_five_minutes_is_no_use(admin: Admin) -> None:
    phone = Authenticator()
    await set_up(admin, admin.client(), phone)
    client = admin.client()
    credential = phone.sign(await ask(client))
    async with admin.site.database.transaction() as transaction:
        await transaction.execute("UPDATE staff_ceremony SET expires_at = $1", milliseconds())
    assert (await send(client, credential)).status_code == 401


async def test_challenges_that_nobody_answers_do_not_pile_up(admin: Admin) -> None:
    phone = Authenticator()
    await set_up(admin, admin.client(), phone)
    now, client = milliseconds(), admin.client()
    async with admin.site.database.transaction() as transaction:
        for number in range(store.MOST_CEREMONIES + 5):
            ends = now + number
            await transaction.execute(
                "INSERT INTO staff_ceremony (sha256, purpose, challenge, expires_at) VALUES ($1, $2, $3, $4)",
                f"{number}", "sign in" if number else "add somewhere", b"", ends + 60_000,
            )  # fmt: skip
    credential = phone.sign(await ask(client))
    rows = await admin.site.database.fetch("SELECT sha256, purpose FROM staff_ceremony")
    assert len(rows) == store.MOST_CEREMONIES + 1
    assert {"0", f"{store.MOST_CEREMONIES + 4}"} <= {row["sha256"] for row in rows}, "the oldest sign-ins go, no other"
    assert (await send(client, credential)).status_code == 303


async def test_of_what_a_phone_says_about_itself_only_plain_words_are_kept(admin: Admin) -> None:
    client, phone = admin.client(), Authenticator()
    path = await links.setup_path(admin.site.database, milliseconds())
    answer = json.loads(phone.make(await options_of(client, f"{path}/passkey/options", **ANA)))
    answer["response"]["transports"] = ["internal", 7, "<b>", "hybrid"]
    assert (await client.post(f"{path}/passkey", data={**ANA, "credential": json.dumps(answer)})).status_code == 200
    (kept,) = await store.passkeys(admin.site.database, 1)
    assert kept.transports == ("internal", "hybrid")
