"""Search, feed, sitemap, robots, the companion's QR code and error pages, answered by the running application."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import httpx2
import pytest

from pwa.app import create_app
from pwa.pages import routes
from pwa.pages.search import SearchIndex
from pwa.settings import Settings

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture
async def client(seeded_sqlite: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_app(replace(seeded_sqlite, origin="https://guide.example"))
    async with app.site():
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8000") as one:
            yield one


async def test_search_answers_without_script(client: httpx2.AsyncClient) -> None:
    response = await client.get("/search", params={"q": "how long is an infussion"})
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert 'value="how long is an infussion"' in response.text
    assert '<a href="/guide/iv' in response.text
    assert "<mark>infusion" in response.text


async def test_search_escapes_and_bounds_what_was_asked(client: httpx2.AsyncClient) -> None:
    response = await client.get("/search", params={"q": '"><script>x</script>' + "y" * 5000})
    assert response.status_code == 200
    assert "<script>x" not in response.text
    assert "y" * 101 not in response.text
    assert "Nothing found for" in response.text


async def test_a_flood_of_searches_makes_one_index_and_is_bounded(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    class Counted(SearchIndex):
        def __init__(self, *given: Any) -> None:
            made.append(1)
            super().__init__(*given)

    monkeypatch.setattr(routes, "SearchIndex", Counted)
    behind = {"x-forwarded-for": "203.0.113.9"}
    asked = (client.get("/search?q=infusion", headers=behind) for _ in range(2 * routes.MOST_SEARCHES))
    answers = await asyncio.gather(*asked)
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(200), statuses.count(503)) == (routes.MOST_SEARCHES, routes.MOST_SEARCHES)
    busy = next(answer for answer in answers if answer.status_code == 503)
    assert busy.headers["retry-after"] == "5"
    assert "The server is busy" in busy.text
    assert len(made) == 1
    assert (await client.get("/search?q=infusion")).status_code == 200


@pytest.mark.parametrize(
    ("peer", "headers", "answered"),
    [
        ("11.22.33.44", {}, routes.MOST_SEARCHES_OF_ONE),
        ("11.22.33.44", {"x-forwarded-for": "198.51.100.1"}, routes.MOST_SEARCHES_OF_ONE),
        ("127.0.0.1", {}, routes.MOST_SEARCHES_OF_ONE),
        ("127.0.0.1", {"x-forwarded-for": "198.51.100.1"}, 8),
        ("10.1.2.3", {"x-forwarded-for": "198.51.100.1"}, 8),
    ],
)
async def test_one_client_leaves_searches_to_others(
    seeded_sqlite: Settings, peer: str, headers: dict[str, str], answered: int
) -> None:
    app = create_app(seeded_sqlite)

    def browser(address: str) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(app, client=(address, 1)), base_url="http://localhost")

    async with app.site(), browser(peer) as one, browser("11.22.33.55") as other:
        asked = [one.get("/search?q=infusion", headers=headers) for _ in range(8)]
        *answers, others = await asyncio.gather(*asked, other.get("/search?q=infusion"))
        statuses = [answer.status_code for answer in answers]
        assert (statuses.count(200), statuses.count(429)) == (answered, 8 - answered)
        assert others.status_code == 200
        for refused in answers:
            if refused.status_code == 429:
                assert refused.headers["retry-after"] == "5"
                assert "Too many requests at once" in refused.text
        assert (await one.get("/search?q=infusion")).status_code == 200


async def test_a_search_for_nothing_shows_the_form(client: httpx2.AsyncClient) -> None:
    response = await client.get("/search", params={"q": "  "})
    assert response.status_code == 200
    assert 'id="q"' in response.text
    assert ">Nothing found" not in response.text


async def test_the_feed_tells_of_releases(client: httpx2.AsyncClient) -> None:
    response = await client.get("/feed.xml")
    assert response.headers["content-type"].startswith("application/atom+xml")
    feed = ET.fromstring(response.text)
    entry = feed.find(f"{ATOM}entry")
    assert entry is not None
    assert re.match(r"20\d\d-", entry.findtext(f"{ATOM}updated", ""))
    assert feed.findtext(f"{ATOM}id") == "https://guide.example/feed.xml"
    assert entry.findtext(f"{ATOM}title") == entry.findtext(f"{ATOM}content") == "The first version of the guide."


async def test_the_sitemap_lists_pages_that_exist(client: httpx2.AsyncClient) -> None:
    sitemap = ET.fromstring((await client.get("/sitemap.xml")).text)
    addresses = [one.text or "" for one in sitemap.iter(f"{SITEMAP}loc")]
    assert "https://guide.example/guide/iv" in addresses
    assert len(addresses) > 60
    for address in addresses:
        assert (await client.get(address.removeprefix("https://guide.example"))).status_code == 200, address


async def test_robots_may_read_the_guide(client: httpx2.AsyncClient) -> None:
    text = (await client.get("/robots.txt")).text
    assert "Sitemap: https://guide.example/sitemap.xml" in text
    assert "Disallow: /guide" not in text


async def test_the_companion_s_page_has_a_code_to_print(client: httpx2.AsyncClient) -> None:
    response = await client.get("/companion/qr")
    assert response.headers["content-type"] == "image/svg+xml"
    assert response.text.lstrip().startswith("<?xml")
    assert "<path" in response.text


@pytest.mark.parametrize("path", ["/feed.xml", "/sitemap.xml", "/robots.txt", "/companion/qr"])
async def test_a_forged_host_reaches_nobody_else(seeded_sqlite: Settings, path: str) -> None:
    app = create_app(seeded_sqlite)
    async with app.site():
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8000") as one:
            for host in ("guide.example", "evil.example", 'evil.example"/><x', "", "a b"):
                response = await one.get(path, headers={"host": host})
                assert response.headers["cache-control"] == "no-store"
                assert "<x" not in response.text
    known = create_app(replace(seeded_sqlite, origin="https://guide.example"))
    async with known.site():
        transport = httpx2.ASGITransport(known)
        async with httpx2.AsyncClient(transport=transport, base_url="https://guide.example") as one:
            right = await one.get(path)
            forged = await one.get(path, headers={"host": "evil.example"})
    assert forged.content == right.content
    assert "public" in forged.headers["cache-control"]


async def test_errors_say_what_to_do_now(client: httpx2.AsyncClient) -> None:
    missing = await client.get("/guide/no-such-page")
    assert missing.status_code == 404
    assert "This page is not here" in missing.text
    refused = await client.post("/search")
    assert refused.status_code == 405
    assert "nothing can be sent" in refused.text
    for response in (missing, refused):
        assert 'href="/help-now"' in response.text
        assert "content-security-policy" in response.headers
