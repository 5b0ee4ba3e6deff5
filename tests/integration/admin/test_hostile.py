"""Sends every address below /admin what no browser of the staff sends, as everyone who could: nothing of it breaks."""

import asyncio
import io
import json
import re
import zipfile
from pathlib import Path
from random import Random
from urllib.parse import quote

import httpx2
import pytest
from starlette.routing import Route

from pwa.admin.routes import ROUTES
from pwa.admin.sign_in import FROM_ONE_ADDRESS
from pwa.app import milliseconds
from pwa.content import store
from pwa.content.drafts import draft
from pwa.content.drawn import Drawn
from pwa.content.media import digest_of
from pwa.staff import links
from pwa.staff.model import ROLES
from tests.integration.admin.conftest import Admin
from tests.integration.admin.test_outside import JANE, edited, made
from tests.integration.admin.test_release import drafted, looked_at, publisher

SEED = 4
SOURCES = Path(__file__).parents[3] / "pwa"
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
MARK = "<img src=x onerror=mark>"
TEXTS = (
    "", " ", "0", "-1", "1", "9" * 30, "9007199254740992", "1e9", "²", "٣", "true", "null", "'", '"', "';--", "%s%n",
    "#", "/", MARK, f"\"'>{MARK}", f"javascript:alert(1)//{MARK}", "{{7*7}}", "${7*7}", "=cmd|' /C calc'!A0",
    "\r\nset-cookie: a=b", "../../../etc/passwd", "..\\..\\x", "//evil.example", "//[", "http://[",
    "/admin/\\evil.example", "a" * 300, "a" * 5000, "\u202eabc", "\ufffe\uffff", "\U0010ffff", "e\u0301" * 50,
    "a\tb\x01\x1b[31m\x7f", "[" * 5000, '{"id": "\\ud800"}', '[["a", "\\ud800"]]', '{"id": "a", "response": []}',
    "---\n---\n", "---\na: " + "[" * 2000 + "\n---\n", "---\na: &a [x, x]\nb: *a\n---\n",
    "---\na: !!python/object:os.system x\n---\n", "0001-01-01", "9999-12-31", "2026-13-45", "2026-11-22",
    "2026-11-22T12:00", "/guide/iv", "iv", "tel:1", "a" * 64, "author", "approve", "changes", "guide", "mine",
    "theirs",
)  # fmt: skip
IDS = (
    "1", "2", "0", "999999", "123456789012345", "9" * 30, "-1", "1e3", "٣", "iv", "nothing", "guide", "faq", "site",
    "live", "%00", "%FF", "%0d%0aa:b", "%2e%2e%2f", "%2F", "%ED%A0%80", "%F0%9F%92%A9", quote(MARK), "a" * 300,
    "'",
)  # fmt: skip
HEADERS = (
    ("origin", "http://["), ("origin", "null"), ("origin", "http://localhost@evil.example"), ("host", "["),
    ("host", "a b"), ("host", "evil.example:99999"), ("user-agent", MARK), ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "evil.example"), ("cookie", f"staff-message={quote(MARK)}; staff-device={'z' * 5000}"),
    ("cookie", 'staff="\\377\\303"'), ("accept-language", "a" * 5000), ("range", "bytes=0-0,5-"),
    ("if-none-match", "*"),
)  # fmt: skip
BODIES = (
    ("application/json", b'{"name": "a"}'), ("text/plain", b"name=a"),
    (f"{URLENCODED}; charset=utf-16", b"name=%00a"), (URLENCODED, b"name=%ED%A0%80"), (URLENCODED, b"\xff\xfe=\x80"),
    (URLENCODED, b"a&" * 600), (MULTIPART, b"\xff" * 200),
    (MULTIPART, b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n"),
    ('multipart/form-data; boundary="', b"--x--"), (f"multipart/form-data; boundary={'y' * 500}", b"--y"),
    ("", b"name=a"),
)  # fmt: skip


async def test_nothing_that_is_sent_breaks_a_screen_or_comes_back_as_markup(
    admin: Admin, capfd: pytest.CaptureFixture[str]
) -> None:
    random = Random(SEED)
    people = {"nobody": ()} | {role: (role,) for role in ROLES} | {"everything": ROLES}
    clients = {name: admin.client() for name in people}
    for name, roles in people.items():
        if roles:
            await admin.signed_in(clients[name], *roles, name=f"{name} person")
    real = await things(admin)
    fields, queries = named()
    secrets = {*real["secret"], *(client.cookies["staff"] for client in clients.values() if "staff" in client.cookies)}
    for route in ROUTES:
        for name, client in clients.items():
            request = hostile_request(client, route, random, real, fields, queries)
            said = f"{name} {route.name} {str(request.url)[:200]}"
            answer = await client.send(request)
            assert answer.status_code < 500, said
            assert MARK not in answer.text or not answer.headers.get("content-type", "").startswith("text/html"), said
            assert "default-src 'none'" in answer.headers.get("content-security-policy", ""), said
            assert answer.headers.get("cache-control") == "no-store", said
            assert answer.headers.get("location", "/admin/").startswith("/admin/"), said
            assert "a=b" not in answer.headers.get("set-cookie", ""), said
            if people[name] and ended(answer, route):
                await admin.signed_in(client, *people[name], name=f"{name} person")
                secrets.add(client.cookies["staff"])
    logged = "".join(capfd.readouterr())
    assert "Traceback" not in logged
    assert not [secret for secret in secrets if secret in logged]


async def things(admin: Admin) -> dict[str, list[str]]:
    """Things that exist, by the name that addresses have for them: a draft, a link for someone outside, one to join."""
    database, now = admin.site.database, milliseconds()
    page = await store.page_at(database, "/guide/iv")
    assert page is not None
    text = (await store.history(database, page.id))[0].text.replace("off-label", "off the label")
    revision = await draft(database, "/guide/iv", text, by="Ana Author", now=now)
    reviewer = await admin.signed_in(admin.client(), "reviewer", name="Ben Reviewer")
    form = {"text": revision.sha256, "meant_for": "Dr Grey", "days": "7"}
    shown = await reviewer.post("/admin/pages/guide/iv/outside-links", data=form)
    outside = re.search(r"/admin/outside/([\w-]+)", shown.text)
    assert outside is not None
    newcomer = await admin.person("author", name="Zoe New")
    async with database.transaction() as transaction:
        joining = await links.joining_path(transaction, newcomer.id, by="the test", now=now)
    return {
        "kind": ["guide"], "slug": ["iv"], "path": ["guide/iv"], "number": ["1", "2"], "id": ["1"], "of": ["drafts"],
        "secret": [outside[1], joining.rpartition("/")[2]], "text": [text, text + MARK, revision.sha256],
    }  # fmt: skip


def named() -> tuple[list[str], list[str]]:
    """The names of all fields that a screen reads or shows, and of what it reads in queries."""
    code = "".join(file.read_text() for file in (SOURCES / "admin").glob("*.py"))
    pages = "".join(file.read_text() for file in (SOURCES / "templates/admin").glob("*.html"))
    fields = set(re.findall(r'\.(?:text|raw|choice|whole|typed|many|checked|file)\(\s*"([a-z_]+)"', code))
    queries = set(re.findall(r'(?:asked|query_params)\.get\("([a-z_]+)"', code)) | {"since", "until", "cost", "words"}
    return sorted(fields | set(re.findall(r'name="([a-z_]+)"', pages))), sorted(queries)


def hostile_request(
    client: httpx2.AsyncClient,
    route: Route,
    random: Random,
    real: dict[str, list[str]],
    fields: list[str],
    queries: list[str],
) -> httpx2.Request:
    """One request to an address of the route, mostly of something that exists."""
    path = re.sub(
        r"{(\w+)(?::\w+)?}",
        lambda part: random.choice([*real.get(part[1], IDS), *([] if random.random() < 0.7 else IDS)]),
        route.path,
    )
    texts = [*TEXTS, *real["text"]]
    query = "&".join(
        f"{random.choice(queries)}={quote(random.choice(TEXTS))}" for _ in range(random.choice((0, 0, 1, 3)))
    )
    address = f"/admin{path}{f'?{query}' if query else ''}"
    header = dict([random.choice(HEADERS)] if random.random() < 0.15 else [])
    if "POST" not in (route.methods or ()):
        return client.build_request("GET", address, headers=header)
    chosen = random.sample(fields, random.choice((0, 3, 10, len(fields))))
    pairs = [(name, random.choice(texts)) for name in (*chosen, *chosen[:3])]
    shape = random.random()
    if shape < 0.7:
        kind, body = URLENCODED, "&".join(f"{name}={quote(value)}" for name, value in pairs).encode()
    elif shape < 0.85:
        parts = (
            f'--x\r\nContent-Disposition: form-data; name="{name}"{_file_name(name)}\r\n\r\n{value}\r\n'
            for name, value in pairs
        )
        kind, body = MULTIPART, ("".join(parts) + "--x--\r\n").encode()
    else:
        kind, body = random.choice(BODIES)
    request = client.build_request("POST", address, content=body, headers={**header, "content-type": kind})
    if "origin" in header:
        del request.headers["sec-fetch-site"]
    return request


def _file_name(field: str) -> str:
    return '; filename="../../a.zip"' if field == "file" else ""


def ended(answer: httpx2.Response, route: Route) -> bool:
    """Whether the session may have ended with this answer."""
    return route.name == "sign-out" or "/admin/sign-in" in answer.headers.get("location", "")


@pytest.mark.parametrize("wanted", ["//[", "http://[", "//[x]y", "\\\\evil.example", "//evil.example", "/admin/\\evil"])
async def test_whatever_stands_in_next_the_way_leads_nowhere_else(admin: Admin, wanted: str) -> None:
    shown = await admin.client().get(f"/admin/sign-in?next={quote(wanted)}")
    assert shown.status_code == 200
    assert 'name="next" value="/admin/"' in shown.text
    refused = await admin.client().post("/admin/sign-in/passkey", data={"credential": "", "next": wanted})
    assert refused.status_code == 401


@pytest.mark.parametrize("origin", ["http://[", "http://", "localhost", "file://localhost", "http://a@localhost"])
async def test_an_origin_that_is_none_is_refused(admin: Admin, origin: str) -> None:
    client = admin.client()
    del client.headers["sec-fetch-site"]
    assert (await client.post("/admin/sign-in", data={"a": "b"}, headers={"origin": origin})).status_code == 403
    assert (
        await client.post("/admin/sign-in", data={"a": "b"}, headers={"origin": "http://localhost"})
    ).status_code == 401


@pytest.mark.parametrize("named_as", ["\ud800", "\0", "é", 7, None, ["a"]])
async def test_a_passkey_by_a_name_that_no_phone_gives_is_refused(admin: Admin, named_as: object) -> None:
    client = admin.client()
    assert (await client.post("/admin/sign-in/passkey/options")).status_code == 200
    answer = await client.post("/admin/sign-in/passkey", data={"credential": json.dumps({"id": named_as})})
    assert answer.status_code == 401


async def test_strangers_keep_nobody_from_their_passkey(admin: Admin) -> None:
    for _ in range(FROM_ONE_ADDRESS + 1):
        assert (await admin.client().post("/admin/sign-in/passkey/options")).status_code == 200


async def test_a_release_published_twice_at_once_goes_out_once(admin: Admin) -> None:
    await drafted(admin)
    client = await publisher(admin)
    form = looked_at(await client.get("/admin/release"))
    before = await admin.site.database.fetch("SELECT id FROM release")
    assert await at_once(client, "/admin/release/publication", **form) == [303, 303]
    assert len(await admin.site.database.fetch("SELECT id FROM release")) == len(before) + 1


async def test_an_outside_link_answered_twice_at_once_is_answered_once(admin: Admin) -> None:
    revision = await edited(admin, "off-label", "off the label")
    _, link = await made(admin, revision)
    form = {"text": revision.sha256, "answer": "approve", **JANE}
    assert await at_once(admin.client(), link, **form) == [303, 409]
    assert len(await store.sign_offs(admin.site.database, revision.page_id, revision.sha256)) == 1


async def at_once(client: httpx2.AsyncClient, address: str, **form: str | list[str]) -> list[int]:
    """The statuses of two answers to the same form, sent without waiting for the first."""
    answers = await asyncio.gather(*(client.post(address, data=form) for _ in range(2)))
    return sorted(answer.status_code for answer in answers)


async def test_one_picture_that_is_named_a_hundred_times_is_refused(admin: Admin) -> None:
    drawn = [Drawn("image/webp", 480, 320, b"picture")] * 100
    sizes = [{"media_type": one.media_type, "width": one.width, "height": one.height} for one in drawn]
    about = {"title": "A", "alternative": "", "decorative": True, "original_sha256": "0" * 64, "sizes": sizes}
    name = f"media/a-{digest_of(drawn)}"
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(f"{name}.json", json.dumps(about))
        archive.writestr(f"{name}-480.webp", drawn[0].body)
    client = await admin.signed_in(admin.client(), "administrator")
    answer = await client.post("/admin/transfer", files={"file": ("a.zip", written.getvalue())})
    assert answer.status_code == 409
    assert "twice" in answer.text


@pytest.mark.parametrize("key", ["0x" + "f" * 900, "1", "true", "2026-11-22", "<<", "? [a]\n"])
async def test_a_key_that_is_no_word_is_a_fault_of_the_text(admin: Admin, key: str) -> None:
    client = await admin.signed_in(admin.client(), "author")
    page = await store.page_at(admin.site.database, "/guide/iv")
    assert page is not None
    text = (await store.history(admin.site.database, page.id))[0].text.replace("\n", f"\n{key}: {{a: b}}\n", 1)
    found = await client.post("/admin/pages/guide/iv/preview", data={"head": "", "body": text})
    assert "a key is one word" in found.text
    typed = await client.post("/admin/pages/guide/iv/edit", data={"head": "", "body": text})
    assert typed.status_code == 200


@pytest.mark.parametrize("number", ["0x" + "f" * 30_000, "1:" * 15_000 + "1", "9" * 4000])
async def test_a_number_that_nobody_can_write_out_is_a_fault_of_the_text(admin: Admin, number: str) -> None:
    client = await admin.signed_in(admin.client(), "author")
    page = await store.page_at(admin.site.database, "/guide/iv")
    assert page is not None
    text = (await store.history(admin.site.database, page.id))[0].text
    hostile = re.sub(r"\nplace: .*", lambda _: f"\nplace: {number}", text)
    assert hostile != text
    found = await client.post("/admin/pages/guide/iv/preview", data={"head": "", "body": hostile})
    assert "a number of more than" in found.text
    typed = await client.post("/admin/pages/guide/iv/edit", data={"head": "", "body": hostile})
    assert typed.status_code == 200
