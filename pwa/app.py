"""The application: opens the databases, follows the live release and answers requests."""

import asyncio
import contextlib
import gzip
import re
import time
import traceback
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from importlib import import_module
from urllib.parse import quote

import brotli
import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from pwa.content import live, release, seed
from pwa.content.heads import CHANNEL
from pwa.content.migrations import FEATURES
from pwa.content.model import Renderer
from pwa.database import Database, DatabaseError, open_database
from pwa.database.jobs import JobRunner
from pwa.database.lock import hold
from pwa.database.opening import sqlite_path
from pwa.pages.layout import Layout
from pwa.pages.render import SCREENSHOT, make_renderer
from pwa.pages.routes import answer_error, page_routes
from pwa.pages.trying import trial_routes
from pwa.settings import Settings
from pwa.web.assets import Assets, load_assets
from pwa.web.headers import EVERYWHERE
from pwa.web.operation import Measure, operation_routes
from pwa.web.published import Answer, Published, PublishedTable, answer

log = structlog.get_logger()

_UNLISTED = ("/404", "/unavailable")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Site:
    """A running server's own things: its databases, its layout and renderer, and the live release in memory.

    Handlers find it as `request.state.site`.
    """

    def __init__(
        self, settings: Settings, assets: Assets, table: PublishedTable, database: Database, vault: Database
    ) -> None:
        self.settings = settings
        self.database = database
        self.vault = vault
        self.layout = Layout(assets, settings.site_name, settings.operator, settings.contact)
        self.renderer = site_renderer(settings, assets)
        self.live = live.NOTHING
        self._table = table
        self._loading = asyncio.Lock()
        self._beside = {"/sw.js": _worker_script(assets), **_screenshots(assets, self.layout)}

    async def start(self) -> None:
        """Fill an empty database, publish what a new version of the program renders differently, load the result."""
        await fill(self.database, self.renderer)
        await self.catch_up()

    async def catch_up(self) -> None:
        """Serve what is live now; a request sees the release before or the one after, never a mix."""
        async with self._loading:
            if await live.sequence(self.database) != self.live.sequence:
                self.live = await live.load(self.database, self.live)
                self._table.replace({**self._beside, **_with_canonical(self.live.responses, self.settings.origin)})
                log.info("serving", sequence=self.live.sequence)

    async def follow(self) -> None:
        """Catch up with every change of the head, by whichever process, until cancelled."""
        changed = asyncio.Event()
        self.database.listen(CHANNEL, changed.set)
        while True:
            await changed.wait()
            changed.clear()
            try:
                await self.catch_up()
            except Exception:
                log.exception("still serving the release before", sequence=self.live.sequence)
                await asyncio.sleep(1)
                changed.set()

    async def ready(self) -> Mapping[str, bool]:
        """What must work before requests should come: both databases answer, and a release is loaded."""
        return {
            "content": await _answers(self.database),
            "vault": await _answers(self.vault),
            "release": self.live.sequence > 0,
        }


class Application(Starlette):
    """Starlette, with published pages answered before its middleware and router."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._table = PublishedTable()
        self._site: Site | None = None
        measures = (
            Measure("pages_answered", "Requests answered from memory since start", lambda: self._table.hits),
            Measure("release_sequence", "Sequence of the head that is served", self._sequence),
        )
        super().__init__(
            routes=[
                *page_routes(),
                *trial_routes(milliseconds),
                *operation_routes(self._ready, measures),
                Route("/c/{kind:str}/{digest:str}", earlier_object, name="earlier-object"),
                Route("/admin", to_admin, name="admin"),
                Mount("/admin", _Admin()),
            ],
            exception_handlers={HTTPException: answer_error, DatabaseError: _database_is_away, Exception: _failed},
            lifespan=_lifespan,
        )
        self.router.redirect_slashes = False
        self.router.default = self._not_routed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] == "http" and (found := self._table.find(scope)) is not None:
            await answer(found, scope, send)
        else:
            scope.setdefault("state", {})["site"] = self._site
            await super().__call__(scope, receive, send)

    @asynccontextmanager
    async def site(self) -> AsyncIterator[Site]:
        """Open everything the application holds, for as long as the block runs."""
        async with open_site(self._settings, self._table) as site:
            self._site = site
            yield site
            self._site = None

    async def _ready(self) -> Mapping[str, bool]:
        return await self._site.ready() if self._site else {"started": False}

    async def _not_routed(self, scope: Scope, _receive: Receive, _send: Send) -> None:
        if scope["path"] in self._table:
            raise HTTPException(405, headers={"allow": "GET, HEAD"})
        raise HTTPException(404)

    def _sequence(self) -> int:
        return self._site.live.sequence if self._site else 0


class _AsPublished(Response):
    """Answers as the table of live paths does: compressed where that is welcome, 304 where it is known."""

    def __init__(self, published: Published) -> None:
        super().__init__()
        self._answer = Answer(published)

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it."""
        await answer(self._answer, scope, send)


class _Admin:
    """What staff see, loaded when someone first asks for it: a third of a start's time for what no reader needs."""

    def __init__(self) -> None:
        self._loaded: ASGIApp | None = None
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request below `/admin`."""
        async with self._turn:
            if self._loaded is None:
                routes = await asyncio.to_thread(import_module, "pwa.admin.routes")
                self._loaded = routes.admin_app(milliseconds)
        await self._loaded(scope, receive, send)


def create_app(settings: Settings) -> Application:
    """The whole server as one ASGI application; its lifespan opens and closes everything it holds."""
    return Application(settings)


@asynccontextmanager
async def _lifespan(app: Application) -> AsyncIterator[None]:
    async with app.site():
        yield


@asynccontextmanager
async def open_site(settings: Settings, table: PublishedTable) -> AsyncIterator[Site]:
    """Open everything a server needs and keep it going while the block runs."""
    async with open_databases(settings) as (database, vault):
        site = Site(settings, load_assets(), table, database, vault)
        await site.start()
        jobs = JobRunner(database, release.handlers(site.renderer, milliseconds), milliseconds)
        tasks = [asyncio.create_task(site.follow()), asyncio.create_task(jobs.run())]
        try:
            yield site
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def open_databases(settings: Settings) -> AsyncIterator[tuple[Database, Database]]:
    """Content and vault, opened and up to date; on SQLite their files are this process's alone."""
    async with contextlib.AsyncExitStack() as stack:
        for url in (settings.database_url, settings.vault_url):
            if path := sqlite_path(url):
                stack.enter_context(hold(path))
        database = await open_database(settings.database_url, schema="content", migrations=FEATURES)
        stack.push_async_callback(database.close)
        vault = await open_database(settings.vault_url, schema="vault", migrations=())
        stack.push_async_callback(vault.close)
        yield database, vault


async def fill(database: Database, renderer: Renderer) -> None:
    """Publish the packaged texts into an empty database, or the live ones anew where they now render differently."""
    now = milliseconds()
    if await seed.seed_if_empty(database, renderer, now=now) is None:
        await release.rebuild_if_needed(database, renderer, now=now)


def site_renderer(settings: Settings, assets: Assets) -> Renderer:
    """What turns a snapshot of the content into this site's pages."""
    return make_renderer(assets, site_name=settings.site_name, operator=settings.operator, contact=settings.contact)


async def earlier_object(request: Request) -> Response:
    """`/c/o/…` and `/c/m/…` of a release that is no longer live, for a phone in the middle of fetching it."""
    site: Site = request.state.site
    found = None
    if request.path_params["kind"] in ("o", "m") and _SHA256.fullmatch(request.path_params["digest"]):
        found = await live.object_body(site.database, request.path_params["digest"])
    if found is None:
        raise HTTPException(404)
    return _AsPublished(found)


async def to_admin(_request: Request) -> Response:
    """Staff leave out the last stroke."""
    return Response(status_code=308, headers={"location": "/admin/", "cache-control": "no-store", **EVERYWHERE})


def milliseconds() -> int:
    """Now, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


async def _database_is_away(request: Request, error: Exception) -> Response:
    log.error("the database does not answer", why=str(error))
    return await answer_error(request, HTTPException(503, headers={"retry-after": "30"}))


async def _failed(request: Request, error: Exception) -> Response:
    """Say where it went wrong, but neither what was asked nor the error's own words, which may repeat it."""
    log.error(
        "a request failed",
        endpoint=getattr(request.scope.get("endpoint"), "__name__", ""),
        kind=type(error).__name__,
        where="".join(traceback.format_tb(error.__traceback__)),
    )
    return await answer_error(request, error)


async def _answers(database: Database) -> bool:
    with suppress(DatabaseError):
        return await database.fetch_one("SELECT 1 AS one") is not None
    return False


def _screenshots(assets: Assets, layout: Layout) -> Mapping[str, Published]:
    """The pictures that browsers show before they install: outside of releases, where every phone would save them."""
    headers = {**layout.policies["asset"], "cache-control": "no-cache", "content-type": "image/png"}
    return {
        f"/{name}": Published((*headers.items(), ("etag", f'"{asset.sha256}"')), asset.body)
        for name, asset in assets.by_name.items()
        if SCREENSHOT.fullmatch(name)
    }


def _worker_script(assets: Assets) -> Published:
    """The service worker: outside of releases, never from a cache, so that a fault in it can be replaced."""
    script = assets["sw.js"]
    headers = (
        ("cache-control", "no-store"),
        ("content-security-policy", "default-src 'none'; connect-src 'self'; require-trusted-types-for 'script'"),
        ("content-type", script.media_type),
        *EVERYWHERE.items(),
    )
    # Compressed at every start, so not as far as what a release keeps: 1.4 ms instead of 40. Brotli's usual window of
    # 4 MB would make it 20, for a script of 23 kB.
    small = brotli.compress(script.body, quality=9, lgwin=16)
    return Published(headers, script.body, small, gzip.compress(script.body, mtime=0))


def _with_canonical(responses: Mapping[str, Published], origin: str) -> Mapping[str, Published]:
    """Name each page's one public address, when it is known."""
    if not origin:
        return responses
    return {
        path: replace(one, headers=(*one.headers, ("link", f'<{origin}{quote(path)}>; rel="canonical"')))
        if ("content-type", "text/html; charset=utf-8") in one.headers and path not in _UNLISTED
        else one
        for path, one in responses.items()
    }
