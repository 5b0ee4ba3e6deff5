"""Names, addresses, passwords and codes: what is taken, what is refused, and what a password costs to guess."""

import asyncio

import pytest
from argon2 import extract_parameters

from pwa.admin.house import own_address
from pwa.staff import passwords, people
from pwa.staff.model import Staff, StaffRefused


@pytest.mark.parametrize("name", ["Ana", "Dr. Zoë O’Neill-Łukasz", "李小龙", "  Ana   Author "])
def test_peoples_names_are_taken(name: str) -> None:
    assert people.checked_name(name) == " ".join(name.split())


@pytest.mark.parametrize("name", ["", " ", "7", "A", "a" * 61, "Ana\u202e", "Ana\x00B", "Shipped  with the SOFTWARE"])
def test_what_cannot_sign_is_refused(name: str) -> None:
    with pytest.raises(StaffRefused):
        people.checked_name(name)


@pytest.mark.parametrize(
    "email", ["", "ana", "a@b@c", "ana@", "@clinic", "a b@clinic", "a@b..c", "<a@b>", "a" * 251 + "@b.c"]
)
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(StaffRefused):
        people.checked_email(email)


@pytest.mark.parametrize(
    ("one", "other"), [("Ana  Author", " ana AUTHOR "), ("Straße", "STRASSE"), ("Ａna", "ana"), ("ﬁn", "FIN")]
)
def test_what_reads_as_one_name_is_one(one: str, other: str) -> None:
    assert people.folded(one) == people.folded(other)


@pytest.mark.parametrize(
    "password", ["four random words", "correct horse battery", "Zürich-Łódź-42-Nacht", "    spaces count    "]
)
def test_long_passwords_are_taken_as_they_are(password: str) -> None:
    assert passwords.checked_password(password, "Ana Author", "ana@clinic.example") == password


@pytest.mark.parametrize(
    "password", ["", "eleven char", "x" * 201, "aaaaaaaaaaaa", "121212121212", "ana@clinic.example", "KetamineAuthor1"]
)
def test_passwords_that_are_guessed_soon_are_refused(password: str) -> None:
    with pytest.raises(StaffRefused):
        passwords.checked_password(password, "Ana Author", "ana@clinic.example")


async def test_a_hash_costs_64_mebibytes_and_three_passes() -> None:
    checker = passwords.Passwords()
    hashed = await checker.hash("four random words")
    kept = extract_parameters(hashed)
    assert (kept.type.name, kept.memory_cost, kept.time_cost) == ("ID", 64 * 1024, 3)
    assert await checker.match(hashed, "four random words")
    assert not await checker.match(hashed, "four random word")
    assert not await checker.match(None, "four random words")


async def test_a_flood_of_passwords_waits_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not taken on is refused at once, and what is taken on is finished."""
    checker = passwords.Passwords()
    monkeypatch.setattr(passwords, "_match", lambda _hashed, _password: True)
    asked = [checker.match(None, "guess") for _ in range(passwords.MOST_WAITING + 5)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert results.count(True) == passwords.MOST_WAITING
    assert sum(isinstance(result, passwords.TooBusy) for result in results) == 5
    assert await checker.match(None, "later")


def test_recovery_codes_are_eighty_bits_each_and_never_the_same() -> None:
    codes = {code for _ in range(50) for code in passwords.make_recovery_codes()}
    assert len(codes) == 50 * passwords.RECOVERY_CODES
    assert all(len(code.replace("-", "")) == 16 for code in codes)


def test_administrators_hold_no_other_role_by_that() -> None:
    person = Staff(1, "Ana", "ana@clinic.example", frozenset({"administrator"}))
    assert person.has("administrator")
    assert not person.has("author", "reviewer", "publisher")


@pytest.mark.parametrize("address", ["/admin/", "/admin/people?x=1", "/admin/pages/guide/iv"])
def test_addresses_of_ours_are_gone_to(address: str) -> None:
    assert own_address(address) == address


ELSEWHERE = (
    "",
    "/",
    "//evil.example/admin/",
    "https://evil.example/admin/",
    "/admin/\\\\evil",
    "/admin/\r\nx: y",
    "/admins",
)


@pytest.mark.parametrize("address", ELSEWHERE)
def test_addresses_of_others_are_not(address: str) -> None:
    assert own_address(address) == "/admin/"
