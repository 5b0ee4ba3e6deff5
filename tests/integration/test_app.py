"""The whole application on both databases: it starts by itself, serves one release, and answers errors calmly."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from typing import cast

import httpx2
import pytest
import structlog

from pwa.app import Site, create_app, milliseconds
from pwa.cli.control import ask, socket_paths
from pwa.cli.main import run
from pwa.cli.serve import commanded
from pwa.content import drafts, live, notice, release, signing
from pwa.content.store import page_at
from pwa.database import ConnectionLost, Database
from pwa.settings import Settings
from pwa.web.headers import EVERYWHERE

PLAIN = {"accept-encoding": "identity"}


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[tuple[Site, httpx2.AsyncClient]]:
    """The application with everything open, and a client that talks to it in memory."""
    app = create_app(settings)
    async with app.site() as site:
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8000", headers=PLAIN) as client:
            yield site, client


@pytest.fixture
async def site(seeded_settings: Settings) -> AsyncIterator[tuple[Site, httpx2.AsyncClient]]:
    async with running(seeded_settings) as both:
        yield both


async def test_every_page_is_served_as_the_manifest_says(
    site: tuple[Site, httpx2.AsyncClient],
) -> None:
    here, client = site
    (manifest,) = here.live.manifests.values()
    assert len(manifest["entries"]) > 80
    for entry in manifest["entries"]:
        response = await client.get(entry["path"])
        assert response.status_code == 200, entry["path"]
        assert sha256(response.content).hexdigest() == entry["object"]
        assert response.headers["etag"] == f'"{entry["object"]}"'
        assert "set-cookie" not in response.headers
    assert "Example Clinic" in (await client.get("/privacy")).text


async def test_a_second_start_finds_everything_in_place(seeded_settings: Settings) -> None:
    async with running(seeded_settings) as (first, _):
        before = first.live.head
    async with running(seeded_settings) as (second, _):
        assert second.live.head == before


async def test_another_layout_is_published_at_start_as_a_release(seeded_settings: Settings) -> None:
    async with running(seeded_settings) as (first, _):
        sequence = first.live.sequence
    async with running(replace(seeded_settings, operator="Another Clinic")) as (second, client):
        assert second.live.sequence > sequence
        assert "Another Clinic" in (await client.get("/privacy")).text


async def test_a_publication_is_served_without_a_restart(site: tuple[Site, httpx2.AsyncClient]) -> None:
    here, client = site
    await publish_edit(here, "/guide/iv", "Drip into a vein", "Drip into the vein")
    await eventually(lambda: "Drip into the vein" in here.live.responses["/guide/iv"].identity.decode())
    assert "Drip into the vein" in (await client.get("/guide/iv")).text


async def test_a_release_is_loaded_once(seeded_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []

    async def load(database: Database, before: live.Live) -> live.Live:
        loaded.append(1)
        return await load_really(database, before)

    load_really = live.load
    monkeypatch.setattr(live, "load", load)
    async with running(seeded_settings) as (here, _):
        await publish_edit(here, "/guide/iv", "Drip into a vein", "Drip into the vein")
        await eventually(lambda: "Drip into the vein" in here.live.responses["/guide/iv"].identity.decode())
    assert len(loaded) == 2, "at the start and after the publication"


async def test_an_object_of_the_release_before_is_still_there(site: tuple[Site, httpx2.AsyncClient]) -> None:
    here, client = site
    old = (await client.get("/guide/iv")).headers["etag"].strip('"')
    await publish_edit(here, "/guide/iv", "Drip into a vein", "Drip into the vein")
    await eventually(lambda: f"/c/o/{old}" not in here.live.responses)
    response = await client.get(f"/c/o/{old}")
    assert (response.status_code, sha256(response.content).hexdigest()) == (200, old)
    assert "immutable" in response.headers["cache-control"]
    for accepted, encoding in (("br, gzip", "br"), ("gzip", "gzip")):
        smaller = await client.get(f"/c/o/{old}", headers={"accept-encoding": accepted})
        assert smaller.headers["content-encoding"] == encoding
        assert int(smaller.headers["content-length"]) < len(response.content)
        assert smaller.content == response.content
    assert response.headers["vary"] == "accept-encoding"
    assert (await client.head(f"/c/o/{old}")).content == b""
    etag = response.headers["etag"]
    assert (await client.get(f"/c/o/{old}", headers={"if-none-match": etag})).status_code == 304
    assert (await client.get(f"/c/o/{'0' * 64}")).status_code == 404
    assert (await client.get(f"/c/x/{old}")).status_code == 404


async def test_a_recall_reaches_readers_without_a_worker_at_once(site: tuple[Site, httpx2.AsyncClient]) -> None:
    here, client = site
    wrong = here.live.snapshot.pages[0].document.blocks[1]
    path = here.live.snapshot.pages[0].path
    await notice.recall(
        here.database, text="Ask your clinic.", by="Dr Example", now=milliseconds(), path=path, block=wrong.id
    )
    await eventually(lambda: bool(here.live.notices))
    page = await client.get(path)
    assert "Ask your clinic." in page.text
    assert wrong.text not in page.text
    assert page.headers["etag"].endswith(f'-{here.live.sequence}"')
    assert json.loads((await client.get("/c/head.json")).content)["notices"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/guide/nothing-here", 404),
        ("GET", "/guide/iv/", 404),
        ("GET", "/%00", 404),
        ("GET", "/../content.db", 404),
        ("POST", "/guide/iv", 405),
        ("DELETE", "/search", 405),
        ("GET", f"/search?q={'x' * 5000}", 200),
        ("GET", "/search?q=%ff%fe", 200),
        ("GET", "/search?q=<script>alert(1)</script>", 200),
    ],
)
async def test_what_cannot_be_answered_says_so_calmly(
    site: tuple[Site, httpx2.AsyncClient], method: str, path: str, status: int
) -> None:
    _, client = site
    response = await client.request(method, path)
    assert response.status_code == status
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert '<a href="/help-now"' in response.text
    assert "<script>alert" not in response.text
    if status == 405:
        assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD"}


async def test_every_kind_of_answer_carries_the_safe_headers(site: tuple[Site, httpx2.AsyncClient]) -> None:
    here, client = site
    page = (await client.get("/guide/iv")).headers["etag"].strip('"')
    (manifest,) = [path for path in here.live.responses if path.startswith("/c/m/")]
    asset = next(
        entry["path"] for entry in here.live.manifests["en"]["entries"] if entry["type"].startswith("text/css")
    )
    paths = ["/", "/guide", "/nothing-here", "/c/head.json", manifest, asset, f"/c/o/{page}", "/sw.js", "/search?q=iv"]
    paths += ["/feed.xml", "/sitemap.xml", "/robots.txt", "/companion/qr", "/healthz", "/readyz", "/metrics"]
    answers = [await client.get(path) for path in paths] + [
        await client.post("/guide/iv"),
        await client.post("/healthz"),
    ]
    for answer in answers:
        for name, value in EVERYWHERE.items():
            assert answer.headers.get(name) == value, answer.url
        if answer.headers.get("content-type", "").startswith("text/html"):
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
            assert "cross-origin-opener-policy" in answer.headers
            assert "permissions-policy" in answer.headers
    assert "includeSubDomains" not in EVERYWHERE["strict-transport-security"]


@pytest.mark.parametrize("path", ["/c/o/%00", "/c/o/%ff", "/c/m/x", f"/c/o/{'x' * 5000}"])
async def test_a_name_that_is_no_hash_is_not_asked_of_the_database(
    site: tuple[Site, httpx2.AsyncClient], path: str
) -> None:
    here, client = site
    here.database = cast("Database", NoDatabase())
    assert (await client.get(path)).status_code == 404


async def test_a_fault_is_logged_without_what_was_asked(
    site: tuple[Site, httpx2.AsyncClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, client = site
    monkeypatch.setattr(type(here.live), "snapshot", property(lambda _live: 1 / 0))
    with structlog.testing.capture_logs() as logged:
        response = await client.get("/search?q=very+private+words")
    assert (response.status_code, "The fault is ours" in response.text) == (500, True)
    assert [(one["log_level"], one["kind"], one["endpoint"]) for one in logged] == [
        ("error", "ZeroDivisionError", "search")
    ]
    assert "test_app.py" in logged[0]["where"]
    assert "private" not in str(logged)


async def test_pictures_for_installing_are_served_beside_the_release(site: tuple[Site, httpx2.AsyncClient]) -> None:
    here, client = site
    named = json.loads((await client.get("/manifest.webmanifest")).content)["screenshots"]
    assert {one["form_factor"] for one in named} == {"narrow", "wide"}
    for one in named:
        response = await client.get(one["src"])
        assert (response.status_code, response.headers["content-type"]) == (200, "image/png")
        assert all(
            one["src"] != entry["path"] for manifest in here.live.manifests.values() for entry in manifest["entries"]
        )


async def test_canonical_addresses_appear_only_when_the_origin_is_known(seeded_settings: Settings) -> None:
    async with running(replace(seeded_settings, origin="https://guide.example")) as (_, client):
        assert (await client.get("/guide/iv")).headers["link"] == '<https://guide.example/guide/iv>; rel="canonical"'
        assert "link" not in (await client.get("/404")).headers
        assert "https://guide.example/guide/iv" in (await client.get("/sitemap.xml")).text
    async with running(seeded_settings) as (_, client):
        assert "link" not in (await client.get("/guide/iv")).headers


async def test_health_and_readiness(site: tuple[Site, httpx2.AsyncClient]) -> None:
    here, client = site
    assert (await client.get("/healthz")).status_code == 200
    assert (await client.get("/readyz")).status_code == 200
    here.database = cast("Database", NoDatabase())
    answer = await client.get("/readyz")
    assert (answer.status_code, "content: not ready" in answer.text) == (503, True)
    assert (await client.get("/guide/iv")).status_code == 200


async def test_metrics_are_for_the_machine_itself(site: tuple[Site, httpx2.AsyncClient]) -> None:
    here, client = site
    printed = (await client.get("/metrics")).text
    assert float(printed.split("\nrelease_sequence ")[1].split()[0]) == here.live.sequence
    assert (await client.get("/metrics", headers={"x-forwarded-for": "203.0.113.9"})).status_code == 403


class NoDatabase:
    """A database whose server went away."""

    async def fetch_one(self, _sql: str) -> None:
        raise ConnectionLost("The database does not answer.")


async def test_a_command_typed_beside_the_server_ends_once_it_is_served(seeded_sqlite: Settings) -> None:
    page = {"path": "/guide/iv", "block": None, "words": None, "everywhere": False}
    recall = {**page, "text": "Ask your clinic instead.", "reason": "", "by": "Grace"}
    async with running(seeded_sqlite) as (here, client), commanded(seeded_sqlite, 8000, here, run):
        assert await ask(socket_paths(seeded_sqlite.database_url), "notice recall", recall, print) == 0
        assert "Ask your clinic instead." in (await client.get("/guide/iv")).text


async def publish_edit(here: Site, path: str, before: str, after: str) -> None:
    """One wording change, written, signed by someone else and published."""
    async with here.database.snapshot() as reader:
        page = await page_at(reader, path)
        assert page is not None
        revision = await drafts.current_revision(reader, page)
    assert revision is not None
    assert before in revision.text
    now = milliseconds()
    edited = await drafts.draft(here.database, path, revision.text.replace(before, after), by="Ada", now=now)
    await signing.sign_off(here.database, path, digest=edited.sha256, by="Grace", now=now)
    await release.publish(here.database, here.renderer, by="Ada", now=now)


async def eventually(holds: Callable[[], bool]) -> None:
    """Wait until the server has followed the change it was told of."""
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110  the server says nothing when it has followed
            await asyncio.sleep(0.01)
