"""The staff's routes, their navigation, and the one place where refusals become pages."""

import hashlib
from collections.abc import Callable

import structlog
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from pwa.admin import (
    account,
    alone,
    audit,
    clinic,
    contents,
    editor,
    help_numbers,
    history,
    media,
    merge,
    outside,
    page,
    people,
    preview,
    redirects,
    release,
    releases,
    review,
    reviews,
    safety,
    setup,
    sign_in,
    sources,
    today,
    transfer,
    trying,
)
from pwa.admin.forms import BadForm
from pwa.admin.house import HEADERS, House, Place, answer, anyone, house, path, words
from pwa.content.drafts import Planned
from pwa.content.model import ContentError, Refused
from pwa.database import DatabaseError
from pwa.staff.model import StaffRefused
from pwa.staff.passwords import Passwords, TooBusy
from pwa.web.assets import Assets, load_admin_assets

log = structlog.get_logger()


@anyone
async def static(request: Request) -> Response:
    """One of the staff's scripts and styles; its address changes whenever any of them does."""
    name = request.path_params["name"]
    assets = house(request).assets
    if request.path_params["version"] != house(request).version or name not in assets:
        raise HTTPException(404)
    caching = {"cache-control": "public, max-age=31536000, immutable"}
    headers = {
        **HEADERS,
        **caching,
        "content-security-policy": "default-src 'none'",
        "content-type": assets[name].media_type,
    }
    return Response(assets[name].body, headers=headers)


ROUTES: tuple[Route, ...] = (
    *today.ROUTES,
    *contents.ROUTES,
    *page.ROUTES,
    *review.ROUTES,
    *reviews.ROUTES,
    *alone.ROUTES,
    *outside.ROUTES,
    *sign_in.ROUTES,
    *setup.ROUTES,
    *account.ROUTES,
    *people.ROUTES,
    *audit.ROUTES,
    *release.ROUTES,
    *trying.ROUTES,
    *releases.ROUTES,
    *safety.ROUTES,
    *editor.ROUTES,
    *preview.ROUTES,
    *merge.ROUTES,
    *history.ROUTES,
    *sources.ROUTES,
    *clinic.ROUTES,
    *help_numbers.ROUTES,
    *media.ROUTES,
    *redirects.ROUTES,
    *transfer.ROUTES,
    Route("/static/{version}/{name}", static, name="static"),
)
"""Every address below /admin. A new screen adds its file's `ROUTES` here, and below a place if it is one."""

PLACES: tuple[Place, ...] = (
    Place("today", "Today"),
    Place("contents", "Contents"),
    Place("reviews", "Reviews"),
    Place("release", "Release"),
    Place("safety", "Safety"),
    Place("media", "Pictures"),
    Place("clinic", "Our clinic"),
    Place("help-numbers", "Help numbers"),
    Place("redirects", "Old addresses"),
    Place("transfer", "Import and export", ("administrator",)),
    Place("people", "People", ("administrator",)),
    Place("audit", "Audit log", ("administrator",)),
)
"""The navigation, in order; only what exists."""


def admin_app(milliseconds: Callable[[], int]) -> ASGIApp:
    """What answers below `/admin`. It expects the running site as `request.state.site`."""
    assets = load_admin_assets()
    router = Router(ROUTES, redirect_slashes=False)
    shared = House(router, PLACES, assets, _version(assets), Passwords(), milliseconds)
    handled = ExceptionMiddleware(
        _readable(router),
        handlers={
            HTTPException: _http_error,
            BadForm: _bad_form,
            Planned: _planned,
            Refused: _refused,
            StaffRefused: _refused,
            ContentError: _refused,
            TooBusy: _too_busy,
            DatabaseError: _database_is_away,
        },
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = {**scope.get("state", {}), "house": shared}
        scope["app"] = app  # Starlette's routes raise a 405 that we can show only inside an app
        await handled(scope, receive, send)

    return app


def _readable(screens: ASGIApp) -> ASGIApp:
    """Refuse addresses with zero bytes, which no database keeps."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if "\0" in scope["path"] or b"%00" in scope["query_string"]:
            raise HTTPException(400)
        await screens(scope, receive, send)

    return app


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    title, sentence = _ERRORS.get(status, _ERRORS[400])
    response = _message(request, title, sentence, status)
    response.headers.update(getattr(error, "headers", None) or {})
    return response


async def _bad_form(request: Request, error: Exception) -> Response:
    return _message(request, "Something is missing or does not fit", str(error), 422)


async def _refused(request: Request, error: Exception) -> Response:
    return _message(request, "This was not done", str(error), 409)


async def _planned(request: Request, error: Exception) -> Response:
    number = error.release_id if isinstance(error, Planned) else 0
    onward = path(request, "release-one", id=number)
    title = words(request, "This was not done")
    return answer(request, "admin/message.html", title=title, sentence=str(error), status=409, onward=onward)


async def _too_busy(request: Request, _error: Exception) -> Response:
    return await _http_error(request, HTTPException(503, headers={"retry-after": "5"}))


async def _database_is_away(request: Request, error: Exception) -> Response:
    log.error("the database does not answer", why=str(error))
    return await _http_error(request, HTTPException(503, headers={"retry-after": "30"}))


def _message(request: Request, title: str, sentence: str, status: int) -> Response:
    title, sentence = words(request, title), words(request, sentence)
    return answer(request, "admin/message.html", title=title, sentence=sentence, status=status)


def _version(assets: Assets) -> str:
    whole = hashlib.sha256()
    for name, one in sorted(assets.by_name.items()):
        whole.update(f"{name} {one.sha256}\n".encode())
    return whole.hexdigest()[:16]


_ERRORS = {
    400: ("This could not be understood", "What was sent could not be read as text. Nothing was changed."),
    403: (
        "This did not come from here",
        "What was sent came from another site. Nothing was changed. Open the page here and send it again.",
    ),
    404: ("There is nothing here", "The address may have a typing mistake, or what it led to is gone."),
    405: ("This cannot be done here", "This address takes nothing of the kind. Nothing was changed."),
    413: ("This is too large", "What was sent is larger than this screen takes. Nothing was changed."),
    415: ("This is no form", "What was sent is not what a form sends. Nothing was changed."),
    503: ("The server is busy", "It cannot do this now. Nothing was changed. Try again in a minute."),
}
