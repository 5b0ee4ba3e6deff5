"""What the house takes as a form: from our own pages, of a bounded size, whole, and in UTF-8."""

import time
from collections.abc import AsyncIterator, Callable

import httpx2
import pytest

from pwa.admin.forms import FORM_BYTES, MOST_FIELDS, STRANGER_BYTES, BadForm, Form
from pwa.admin.routes import ROUTES
from tests.integration.admin.conftest import Admin

PATH = "/admin/account/sessions/ending"
WITH_FILES = "/admin/media"
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"


async def send(admin: Admin, body: bytes, kind: str = URLENCODED, **headers: str) -> httpx2.Response:
    client = await admin.signed_in(admin.client(), "author", name="Ben")
    path = WITH_FILES if kind.startswith("multipart") else PATH
    return await client.post(path, content=body, headers={"content-type": kind, **headers})


def part(name: bytes, body: bytes, more: bytes = b"") -> bytes:
    return b'--x\r\nContent-Disposition: form-data; name="' + name + b'"' + more + b"\r\n\r\n" + body + b"\r\n"


async def test_a_form_is_read_in_both_encodings(admin: Admin) -> None:
    # 409: the form was read, and there is no such session or no picture in it.
    assert (await send(admin, b"name=%C3%A9&other=1")).status_code == 409
    assert (await send(admin, part(b"name", "é".encode()) + b"--x--\r\n", MULTIPART)).status_code == 409


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"name=%FF", URLENCODED, 400),
        (b"name=\xff", URLENCODED, 400),
        (b"name=%00", URLENCODED, 400),
        (b"a=1&" * (MOST_FIELDS + 1), URLENCODED, 400),
        (part(b"name", b"\xff") + b"--x--\r\n", MULTIPART, 400),
        (part(b"\xff", b"a") + b"--x--\r\n", MULTIPART, 400),
        (part(b"name", b"a\0") + b"--x--\r\n", MULTIPART, 400),
        (part(b"name", b"a"), MULTIPART, 400),
        (b"no boundary here", MULTIPART, 400),
        (part(b"name", b"a") + b"--x--\r\n", "multipart/form-data", 400),
        (part(b"name", b"a", b"\r\nContent-Transfer-Encoding: rot13") + b"--x--\r\n", MULTIPART, 400),
        (part(b"a", b"") * (MOST_FIELDS + 1) + b"--x--\r\n", MULTIPART, 400),
        (part(b"a", b"", b'; filename="a"') * (MOST_FIELDS + 1) + b"--x--\r\n", MULTIPART, 400),
        (b"name=" + b"a" * FORM_BYTES, URLENCODED, 413),
        (b'{"name": "a"}', "application/json", 415),
        (b"name=a", "text/plain", 415),
        (b"name=" + b"a" * 201, URLENCODED, 422),
    ],
)
async def test_what_is_no_whole_form_is_refused(admin: Admin, body: bytes, kind: str, status: int) -> None:
    answer = await send(admin, body, kind)
    assert answer.status_code == status
    assert "Nothing was changed" in answer.text


@pytest.mark.parametrize(
    ("stated", "status"), [("²", 400), ("-1", 400), ("9" * 5000, 400), ("9" * 16, 413), (str(FORM_BYTES + 1), 413)]
)
async def test_a_length_that_is_none_or_too_large_is_refused(admin: Admin, stated: str, status: int) -> None:
    client = await admin.signed_in(admin.client(), name="Ben")
    answer = await client.post(
        PATH,
        content=b"name=a",
        headers=[(b"content-type", URLENCODED.encode()), (b"content-length", stated.encode("latin-1"))],
    )
    assert answer.status_code == status


async def test_a_body_without_a_length_is_cut_off_at_the_limit(admin: Admin) -> None:
    client = await admin.signed_in(admin.client(), name="Ben")
    sent = 0

    async def endless() -> object:
        nonlocal sent
        for _ in range(100):
            sent += 64 * 1024
            yield b"a" * 64 * 1024

    answer = await client.post(PATH, content=endless(), headers={"content-type": URLENCODED})  # type: ignore[arg-type]
    assert answer.status_code == 413
    assert sent < 2 * FORM_BYTES


async def test_reading_stops_at_the_first_part_too_many(admin: Admin) -> None:
    async def cost(parts: int) -> float:
        body = part(b"a", b"") * parts + b"--x--\r\n"
        began = time.process_time()
        assert (await send(admin, body, MULTIPART)).status_code == 400
        return time.process_time() - began

    few = min([await cost(MOST_FIELDS + 1) for _ in range(3)])
    assert await cost(40 * MOST_FIELDS) < 10 * few


async def test_a_stranger_sends_little_and_no_files(admin: Admin) -> None:
    sent = 0

    async def large() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(32):
            sent += 32 * 1024
            yield b"a" * 32 * 1024

    client = admin.client()
    paths = {
        one.path.replace("{number:int}", "1").replace("{id:int}", "1")
        for one in ROUTES
        if one.methods == {"POST"} and one.name != "sign-out"
    }
    for path in {f"/admin{one}" for one in paths}:
        sent = 0
        too_large = await client.post(path, content=large(), headers={"content-type": URLENCODED})
        assert too_large.status_code == 413, path
        assert sent <= 2 * STRANGER_BYTES, path
        parts = await client.post(path, content=part(b"a", b""), headers={"content-type": MULTIPART})
        takes_files = path in (WITH_FILES, "/admin/media/{name}/replacement", "/admin/transfer")
        assert parts.status_code == (400 if takes_files else 415), path


async def test_who_was_signed_in_here_keeps_a_long_form(admin: Admin) -> None:
    await admin.signed_in(admin.client(), "author")
    known = admin.client()
    known.cookies.set("staff-device", "test")
    answer = await known.post("/admin/pages/guide/iv/draft", data={"body": "a" * 4 * STRANGER_BYTES})
    assert answer.status_code == 401
    assert "What you typed is kept on this page" in answer.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 409),
        ({"sec-fetch-site": "none"}, 409),
        ({"sec-fetch-site": "cross-site", "origin": "http://localhost"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": ""}, 403),
        ({"origin": "http://localhost"}, 409),
        ({"origin": "http://localhost:81"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost.evil.example"}, 403),
        ({"origin": "file://localhost"}, 403),
        ({}, 403),
    ],
)
async def test_only_our_own_pages_send_forms(admin: Admin, headers: dict[str, str], status: int) -> None:
    client = await admin.signed_in(admin.client(), name="Ben")
    del client.headers["sec-fetch-site"]
    assert (await client.post(PATH, data={"name": "a"}, headers=headers)).status_code == status


def test_fields_are_read_for_what_they_are() -> None:
    form = Form((("a", " one\r\ntwo "), ("n", "7"), ("box", ""), ("many", "x"), ("many", "y")))
    assert form.text("a") == "one\ntwo"
    assert form.raw("a", limit=20) == " one\ntwo "
    assert form.typed("a") == " one\r\ntwo "
    assert form.text("missing") == ""
    assert form.whole("n") == 7
    assert form.checked("box")
    assert not form.checked("missing")
    assert form.many("many") == ("x", "y")
    assert form.choice("missing", ("x", "y"), default="y") == "y"
    assert form.file("missing") is None


@pytest.mark.parametrize("number", ["", "-1", "1.5", "٧", "²", "9" * 17, "1e3"])
def test_what_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(BadForm):
        Form((("n", number),)).whole("n")


READS: tuple[Callable[[Form], object], ...] = (
    lambda form: form.text("a", limit=3),
    lambda form: form.text("b", required=True),
    lambda form: form.choice("a", ("x",)),
    lambda form: form.choice("b", ("x",)),
    lambda form: form.many("a", limit=3),
)


@pytest.mark.parametrize("read", READS)
def test_what_does_not_fit_names_its_field(read: Callable[[Form], object]) -> None:
    with pytest.raises(BadForm) as refused:
        read(Form((("a", "long"),)))
    assert refused.value.field in ("a", "b")
