"""What readers ask the server itself for, beside the published pages: search, feed, sitemap, robots, errors."""

import asyncio
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Protocol

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pwa.content.live import Live
from pwa.content.store import Release
from pwa.pages.layout import Layout
from pwa.pages.names import NAMES
from pwa.pages.search import LONGEST_QUERY, Result, SearchIndex
from pwa.settings import Settings
from pwa.web.templates import render

HTML = "text/html; charset=utf-8"
_BRIEFLY = "public, max-age=900"
MOST_SEARCHES = 32
"""Searches that may be under way or waiting; each takes some milliseconds."""
MOST_SEARCHES_OF_ONE = 4
"""Of these, how many may be one client's, so that it leaves the others to everyone else."""


class Site(Protocol):
    """What `request.state.site` offers to these handlers."""

    settings: Settings
    layout: Layout
    live: Live


def page_routes() -> list[Route]:
    """Routes that need the server; every other public path is a published page."""
    index = _LiveIndex()

    async def search(request: Request) -> Response:
        """The page of results for `?q=`; longer queries than the form allows are read up to its limit."""
        site: Site = request.state.site
        query = " ".join(request.query_params.get("q", "")[:LONGEST_QUERY].split())
        results = await index.search(site.live, query, _client(request)) if query else ()
        body = site.layout.page(
            "search.html",
            title=site.layout.words("Search"),
            here="/search",
            unlisted=True,
            query=query,
            limit=LONGEST_QUERY,
            names=NAMES,
            found=_found(site.layout, query, results),
            results=results,
            paths=(),
        )
        return Response(body, media_type=HTML, headers=_not_stored(site.layout))

    return [
        Route("/search", search, name="search"),
        Route("/feed.xml", feed, name="feed"),
        Route("/sitemap.xml", sitemap, name="sitemap"),
        Route("/robots.txt", robots, name="robots"),
        Route("/companion/qr", companion_qr, name="companion-qr"),
    ]


async def feed(request: Request) -> Response:
    """An Atom feed of what changed, release by release."""
    site: Site = request.state.site
    releases = [
        {"id": one.id, "at": _moment(one.published_at), "notes": _told(site.layout, one)}
        for one in site.live.releases
        if one.published_at is not None
    ]
    body = render(site.layout.environment, "pages/feed.xml", releases=releases, origin=_origin(request))
    return Response(body, media_type="application/atom+xml", headers=_asset_headers(site))


async def sitemap(request: Request) -> Response:
    """Every page that search engines should know."""
    site: Site = request.state.site
    paths = ["/", "/guide/", "/faq/", *sorted(page.path for page in site.live.snapshot.pages)]
    body = render(site.layout.environment, "pages/sitemap.xml", paths=paths, origin=_origin(request))
    return Response(body, media_type="application/xml", headers=_asset_headers(site))


async def robots(request: Request) -> Response:
    """Everything may be read by everyone, but for what is no page."""
    site: Site = request.state.site
    body = f"User-agent: *\nDisallow: /admin/\nDisallow: /search?\nSitemap: {_origin(request)}/sitemap.xml\n"
    return Response(body, media_type="text/plain", headers=_asset_headers(site))


async def companion_qr(request: Request) -> Response:
    """A QR code that opens the companion's page. It carries the public address, so no release can hold it."""
    import segno  # noqa: PLC0415  asked for once in a while

    site: Site = request.state.site
    drawn = io.BytesIO()
    segno.make(f"{_origin(request)}/companion", error="m", micro=False).save(drawn, kind="svg", scale=8, border=4)
    return Response(drawn.getvalue(), media_type="image/svg+xml", headers=_asset_headers(site))


async def answer_error(request: Request, error: Exception) -> Response:
    """Starlette's handler for errors: a page that says what happened and what to do now."""
    site: Site = request.state.site
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    return Response(
        error_page(site.layout, status),
        status_code=status,
        media_type=HTML,
        headers={**_not_stored(site.layout), **headers},
    )


def error_page(layout: Layout, status: int) -> bytes:
    """The page for an error's status; statuses without words of their own get those of 500, or of 400 below it."""
    title, *sentences = _ERRORS.get(status) or _ERRORS[500 if status >= 500 else 400]
    words = layout.words
    return layout.page(
        "message.html", title=words(title), unlisted=True, sentences=[words(sentence) for sentence in sentences]
    )


class _LiveIndex:
    """The search index of what is live, made anew when that changes.

    One search at a time, in a thread, and a bounded number that wait: a flood of searches must not keep pages from
    those who read, nor make the index many times over.
    """

    def __init__(self) -> None:
        self._of: Live | None = None
        self._index: SearchIndex | None = None
        self._turn = asyncio.Lock()
        self._asked: list[str | None] = []

    async def search(self, live: Live, query: str, client: str | None) -> tuple[Result, ...]:
        """What is found; `client` is who asks, None where that is not known."""
        if client is not None and self._asked.count(client) >= MOST_SEARCHES_OF_ONE:
            raise HTTPException(429, headers={"retry-after": "5"})
        if len(self._asked) >= MOST_SEARCHES:
            raise HTTPException(503, headers={"retry-after": "5"})
        self._asked.append(client)
        try:
            async with self._turn:
                return await run_in_threadpool(self._search, live, query)
        finally:
            self._asked.remove(client)

    def _search(self, live: Live, query: str) -> tuple[Result, ...]:
        if self._index is None or self._of is not live:
            self._of, self._index = live, SearchIndex(live.snapshot, live.notices)
        return self._index.search(query)


def _client(request: Request) -> str | None:
    """The address that asks, held only while it waits; None behind a proxy."""
    # All readers behind a proxy share its address, and a forwarding header, which anyone can write, names nobody for
    # sure: of an address that only proxies and neighbours have, it says that the address is not the reader's own.
    if request.client is None:
        return None
    try:
        inside = ip_address(request.client.host).is_private
    except ValueError:
        return None
    forwarded = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "via"))
    return None if inside and forwarded else request.client.host


def _found(layout: Layout, query: str, results: tuple[Result, ...]) -> str:
    if not query:
        return ""
    if not results:
        return layout.words("Nothing found for “{query}”. Try fewer or other words.").format(query=query)
    return layout.count("1 page", "{count} pages", len(results)).format(count=len(results))


def _told(layout: Layout, one: Release) -> tuple[str, ...]:
    """What a release changed; one that changed no text has no notes of its own."""
    if one.previous_id is None:
        return one.notes or (layout.words("The first version of the guide."),)
    if one.kind == "rebuild":
        return (layout.words("The texts are as they were; the program that shows them is new."),)
    return one.notes


def _origin(request: Request) -> str:
    """The public address, as set or as asked for."""
    settings: Settings = request.state.site.settings
    return settings.origin or f"{request.url.scheme}://{request.url.netloc}"


def _moment(milliseconds: int | None) -> str:
    return datetime.fromtimestamp((milliseconds or 0) / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _not_stored(layout: Layout) -> Mapping[str, str]:
    return {**layout.policies["page"], "cache-control": "no-store"}


def _asset_headers(site: Site) -> Mapping[str, str]:
    # Without a public address these name the host that was asked for, which may be anyone's: no cache may hand them on.
    caching = _BRIEFLY if site.settings.origin else "no-store"
    return {**site.layout.policies["asset"], "cache-control": caching}


# Title, what happened, what was kept, what to do now.
_ERRORS = {
    400: (
        "This could not be understood",
        "The address or what was sent with it could not be read. Nothing was changed.",
        "Go back and try again, or start from one of these pages:",
    ),
    403: (
        "This is not open to you",
        "The server refused this. Nothing was changed.",
        "The whole guide can be read without an account:",
    ),
    404: (
        "This page is not here",
        "The address may have changed or may have a typing mistake. The guide itself is all here:",
    ),
    405: (
        "This cannot be done here",
        "This address can be read, but nothing can be sent to it. Nothing was changed.",
        "Start from one of these pages:",
    ),
    413: (
        "This is too large",
        "What was sent is larger than this address takes. Nothing was changed.",
        "Send less at once, or go back to the guide:",
    ),
    429: (
        "Too many requests at once",
        "Your connection asked for very much in a short time. Nothing is lost.",
        "Wait a minute and try again. A copy saved on this phone opens at once:",
    ),
    500: (
        "Something went wrong here",
        "The fault is ours, not yours. What you saved on this phone is still there.",
        "Try again in a minute. These pages do not depend on it:",
    ),
    503: (
        "The server is busy",
        "It cannot answer this now. What you saved on this phone is still there.",
        "Try again in a minute:",
    ),
}
