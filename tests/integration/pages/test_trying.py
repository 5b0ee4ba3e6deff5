"""The page that offers a release on trial, and what the worker is told: by its secret alone, without an account."""

import json
from collections.abc import AsyncIterator

import httpx2
import pytest

from pwa.app import Site, create_app, milliseconds
from pwa.content import drafts, trial
from pwa.content.store import page_at
from pwa.settings import Settings

PATH = "/guide/iv"


@pytest.fixture
async def trying(seeded_sqlite: Settings) -> AsyncIterator[tuple[Site, httpx2.AsyncClient, str]]:
    """A site, a reader of it, and the secret of a trial that changes one page."""
    app = create_app(seeded_sqlite)
    async with app.site() as site:
        page = await page_at(site.database, PATH)
        assert page is not None
        live = await drafts.live_revision(site.database, page)
        assert live is not None
        text = live.text.replace("Drip into a vein", "Drip into the vein")
        await drafts.draft(site.database, PATH, text, by="Ana", now=milliseconds())
        secret = await trial.start(
            site.database, site.renderer, paths=[PATH], withdraw={}, by="Cleo", now=milliseconds()
        )
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost") as client:
            yield site, client, secret


async def test_the_secret_opens_a_page_that_offers_the_trial(trying: tuple[Site, httpx2.AsyncClient, str]) -> None:
    _, client, secret = trying
    response = await client.get(f"/try/{secret}")
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
    assert '<meta name="robots" content="noindex">' in response.text
    assert f'data-try="/c/try/{secret}.json"' in response.text
    assert f'<a href="{PATH}">' in response.text


async def test_the_worker_is_told_what_to_follow(trying: tuple[Site, httpx2.AsyncClient, str]) -> None:
    site, client, secret = trying
    response = await client.get(f"/c/try/{secret}.json")
    told = response.json()
    assert response.headers["cache-control"] == "no-store"
    assert told["manifests"]["en"] not in site.live.head.decode()
    assert (told["banner"], told["stop"]) == (
        "You are trying a release that is not published.", "Back to the published guide",
    )  # fmt: skip
    manifest = await client.get(f"/c/m/{told['manifests']['en']}")
    entry = next(one for one in json.loads(manifest.content)["entries"] if one["path"] == PATH)
    assert b"Drip into the vein" in (await client.get(f"/c/o/{entry['object']}")).content
    assert "Drip into the vein" not in (await client.get(PATH)).text


async def test_every_wrong_or_ended_secret_is_told_the_same_nothing(
    trying: tuple[Site, httpx2.AsyncClient, str],
) -> None:
    site, client, secret = trying
    await trial.end(site.database, trial.name_of(secret), by="Cleo", now=milliseconds())
    told = [await client.get(f"/c/try/{one}.json") for one in (secret, "A" * 32, "short", trial.name_of(secret))]
    assert {(one.status_code, one.text) for one in told} == {(200, told[0].text)}
    assert told[0].json()["manifests"] == {}
    pages = [await client.get(f"/try/{one}") for one in (secret, "A" * 32)]
    assert {(one.status_code, one.text) for one in pages} == {(404, pages[0].text)}


async def test_trying_changes_nothing_by_being_looked_at_or_posted_to(
    trying: tuple[Site, httpx2.AsyncClient, str],
) -> None:
    _, client, secret = trying
    assert (await client.post(f"/try/{secret}")).status_code == 405
    assert (await client.post(f"/c/try/{secret}.json")).status_code == 405
