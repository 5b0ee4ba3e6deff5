"""The admin house: who asks, what they may do, and how every screen answers; docs/admin.md explains it to authors."""

import functools
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Protocol
from urllib.parse import quote, unquote, urlencode, urlsplit

from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import NoMatchFound, Route, Router

from pwa.admin.forms import FORM_BYTES, STRANGER_BYTES, Form, read_form, refuse_cross_origin
from pwa.admin.typed import LABELS
from pwa.content.live import Live
from pwa.content.model import Renderer
from pwa.database import Database, DatabaseError
from pwa.settings import Settings
from pwa.staff import sessions, store
from pwa.staff.model import Role, Staff
from pwa.staff.passwords import Passwords
from pwa.staff.secret import make_secret, secret_hash
from pwa.staff.store import Session
from pwa.web.assets import Assets
from pwa.web.headers import document_headers, permissions

Handler = Callable[[Request], Awaitable[Response]]


class _NumberInAddress(IntegerConvertor):
    """Longer numbers are no address: neither Python nor a database reads every number."""

    regex = "[0-9]{1,15}"


register_url_convertor("int", _NumberInAddress())

HEADERS: Mapping[str, str] = {
    **document_headers({"img-src": "'self' blob:", "frame-src": "'self'", "form-action": "'self'"}, permissions()),
    "cache-control": "no-store",
    # Without it, browsers that know no Sec-Fetch-Site would hide from us that a form is our own.
    "referrer-policy": "same-origin",
}
"""Of every answer below /admin."""

SESSION = "staff"
DEVICE = "staff-device"
CEREMONY = "staff-ceremony"
MESSAGE = "staff-message"
_LONGEST_MESSAGE = 300
_SECRET_FIELDS = frozenset({"password", "code", "credential", "totp_secret"})
"""Fields that go back into no page."""
_DEVICE_SECONDS = 180 * 24 * 3600


class Site(Protocol):
    """The running server, as screens see it."""

    settings: Settings
    database: Database
    live: Live
    renderer: Renderer

    @property
    def layout(self) -> Any:
        """`environment` (templates), `words(text)` in the site's language, and `policies` of published pages."""
        ...

    async def catch_up(self) -> None:
        """Serve what is live now."""
        ...


@dataclass(frozen=True)
class Place:
    """An entry of the navigation: the route it leads to, its words, and who sees it (everyone, if nobody is named)."""

    route: str
    words: str
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True)
class House:
    """What all screens share: the table of routes, the navigation, the staff's own assets, passwords and the clock."""

    router: Router
    places: tuple[Place, ...]
    assets: Assets
    version: str
    passwords: Passwords
    milliseconds: Callable[[], int]

    @functools.cached_property
    def by_name(self) -> Mapping[str, Route]:
        """Routes by name: a screen asks for a dozen addresses, and each would look through all routes."""
        return {route.name: route for route in reversed(self.router.routes) if isinstance(route, Route)}


def requires(*roles: Role, fresh: bool = False) -> Callable[[Handler], Handler]:
    """Let only those in who are signed in and hold one of `roles` (any of them, if none is named).

    `fresh`: they must have proven who they are within ten minutes; otherwise they are asked to, and brought back.
    What was typed into a form comes along. Every POST is refused unless one of our own pages sent it.
    """

    def guard(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def guarded(request: Request) -> Response:
            if request.method == "POST":
                refuse_cross_origin(request)
            found = await find_session(request)
            if request.method == "POST":
                limit, files = getattr(handler, "takes", (FORM_BYTES, False))
                await read_form(request, limit=limit if found else await signed_out_limit(request), files=files)
            if found is None:
                return await ask_to_sign_in(request)
            request.state.session, request.state.staff = found
            if roles and not found[1].has(*roles):
                return refuse(request, roles)
            if fresh and not sessions.fresh(found[0], now(request)):
                return await ask_to_sign_in(request)
            return await handler(request)

        guarded.requirement = (roles, fresh)  # type: ignore[attr-defined]
        return guarded

    return guard


def takes(limit: int, *, files: bool = False) -> Callable[[Handler], Handler]:
    """Let a handler's form weigh up to `limit` bytes, and bring `files`; stands below `requires`."""

    def mark(handler: Handler) -> Handler:
        handler.takes = limit, files  # type: ignore[attr-defined]
        return handler

    return mark


def anyone(handler: Handler) -> Handler:
    """Mark a handler that is open to people who are not signed in; it checks for itself what it needs."""
    handler.requirement = None  # type: ignore[attr-defined]
    return handler


async def signed_out_limit(request: Request, limit: int = FORM_BYTES) -> int:
    """What a form may weigh from whoever is not signed in: `limit` where someone was before, and may be in the middle
    of something, else `STRANGER_BYTES`.
    """
    return limit if await is_known_browser(request) else STRANGER_BYTES


async def is_known_browser(request: Request) -> bool:
    """Whether anyone has signed in in this browser before."""
    device = read_cookie(request, DEVICE)
    return bool(device) and await store.knows_browser(site(request).database, secret_hash(device))


async def find_session(request: Request) -> tuple[Session, Staff] | None:
    """The session that the request's cookie continues, and whose it is."""
    secret = read_cookie(request, SESSION)
    return await sessions.find(site(request).database, secret, now(request)) if secret else None


def answer(request: Request, template: str, *, title: str, status: int = 200, **context: object) -> Response:
    """The screen from `pwa/templates/<template>`, with the message that the one before left for it."""
    running = house(request)
    staff: Staff | None = getattr(request.state, "staff", None)
    places = [
        {"address": address, "words": one.words, "current": _is_at(request.url.path, address)}
        for one in running.places
        if staff and (not one.roles or staff.has(*one.roles))
        for address in [path(request, one.route)]
    ]
    message = read_cookie(request, MESSAGE)
    body = (
        site(request)
        .layout.environment.get_template(template)
        .render(
            title=title,
            staff=staff,
            places=places,
            here=request.url.path,
            url=functools.partial(path, request),
            admin_asset=functools.partial(asset_path, request),
            message=unquote(message)[:_LONGEST_MESSAGE],
            form=getattr(request.state, "form", Form(())),
            now=now(request),
            labels=LABELS,
            **context,
        )
    )
    response = Response(body, status_code=status, media_type="text/html; charset=utf-8", headers=dict(HEADERS))
    if message:
        drop_cookie(request, response, MESSAGE)
    return response


def _is_at(here: str, place: str) -> bool:
    """Whether a screen belongs to a place: it has its address, or one below it."""
    return here == place or (place != "/admin/" and here.startswith(f"{place}/"))


def answer_json(value: object, *, status: int = 200) -> Response:
    """An answer for a script of ours."""
    body = json.dumps(value, ensure_ascii=False)
    return Response(body, status_code=status, media_type="application/json", headers=dict(HEADERS))


def see_other(request: Request, route: str, *, message: str = "", query: str = "", **params: object) -> Response:
    """After a POST: to the screen of that route (303), which shows the message once."""
    return go_to(request, path(request, route, **params) + (f"?{query}" if query else ""), message=message)


def go_to(request: Request, address: str, *, message: str = "") -> Response:
    """The same to an address of ours; see `own_address`."""
    response = Response(status_code=303, headers={**HEADERS, "location": address})
    if message:
        # Percent-encoded: a cookie takes no spaces, and nothing outside ASCII.
        set_cookie(request, response, MESSAGE, quote(message[:_LONGEST_MESSAGE], safe=""), seconds=60)
    return response


def path(request: Request, route: str, **params: object) -> str:
    """The address of a route by name: `/admin/…`."""
    found = house(request).by_name.get(route)
    if found is None:
        raise NoMatchFound(route, params)
    return f"/admin{found.url_path_for(route, **params)}"


def asset_path(request: Request, name: str) -> str:
    """The address of one of the staff's own scripts and styles."""
    return path(request, "static", version=house(request).version, name=name)


def own_address(address: str) -> str:
    """The address, if it is one of our screens; else Today. What comes in a query must not lead people elsewhere."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/admin/"
    ours = parts.path.startswith("/admin/") and not parts.scheme and not parts.netloc and address.isprintable()
    return address if ours and "\\" not in address else "/admin/"


async def ask_to_sign_in(request: Request) -> Response:
    """Ask who this is, and afterwards go on where it was asked for; a form's fields come along.

    A screen is brought back by its address. A form cannot be sent again by itself: its fields are kept in the page,
    which offers them once its person has signed in.
    """
    if request.method != "POST":
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return go_to(request, f"{path(request, 'sign-in')}?{urlencode({'next': wanted})}")
    form = await read_form(request)
    return answer(
        request,
        "admin/sign_in.html",
        title=words(request, "Sign in to go on"),
        status=401,
        next=request.url.path,
        kept=json.dumps([(name, value) for name, value in form.fields if name not in _SECRET_FIELDS]),
        fault="",
        again=getattr(request.state, "staff", None),
        lost_files=bool(form.files),
    )


def refuse(request: Request, roles: tuple[Role, ...]) -> Response:
    """Say calmly that this is for people with other roles."""
    title = words(request, "This is not yours to do")
    return answer(request, "admin/refused.html", title=title, status=403, roles=roles)


def read_cookie(request: Request, name: str) -> str:
    """The value of one of our cookies, "" where there is none."""
    return request.cookies.get(cookie_name(request, name), "")


def set_cookie(request: Request, response: Response, name: str, value: str, *, seconds: int | None = None) -> None:
    """Set one of our cookies: for this host alone, out of scripts' reach, not sent by forms of other sites."""
    response.set_cookie(
        cookie_name(request, name),
        value,
        max_age=seconds,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )


def drop_cookie(request: Request, response: Response, name: str) -> None:
    """Have the browser forget one of our cookies."""
    response.delete_cookie(
        cookie_name(request, name), path="/", secure=is_secure(request), httponly=True, samesite="lax"
    )


def cookie_name(request: Request, name: str) -> str:
    """`__Host-…`, which browsers give to nobody else; over plain http (localhost) some would drop such a one."""
    return f"__Host-{name}" if is_secure(request) else name


def device_secret(request: Request) -> str:
    """What this browser is known by from sign-in to sign-in; a new one if it has none yet."""
    return read_cookie(request, DEVICE) or make_secret()


def set_session(request: Request, response: Response, secret: str, device: str) -> None:
    """Give the browser its session, until it is closed or the session ends, and a name to be known by."""
    set_cookie(request, response, SESSION, secret)
    set_cookie(request, response, DEVICE, device, seconds=_DEVICE_SECONDS)
    drop_cookie(request, response, CEREMONY)


def is_secure(request: Request) -> bool:
    """Whether the browser sees https, whatever a proxy in between speaks to us."""
    return origin(request).startswith("https://")


def origin(request: Request) -> str:
    """The address that staff see: as set, or as asked for."""
    return site(request).settings.origin or f"{request.url.scheme}://{request.url.netloc}"


def device_words(request: Request) -> str:
    """The browser in words, for lists of sessions: "Firefox on Android"."""
    agent = request.headers.get("user-agent", "")[:400]
    browser = next((words for sign, words in _BROWSERS if sign in agent), "A browser")
    system = next((words for sign, words in _SYSTEMS if sign in agent), "")
    return f"{browser} on {system}" if system else browser


def site(request: Request) -> Site:
    """The running server's own things."""
    running: Site = request.state.site
    return running


def house(request: Request) -> House:
    """What all screens share."""
    shared: House = request.state.house
    return shared


async def served(request: Request) -> None:
    """Wait until readers of this server get what was just made live, so that the screen after says what is true."""
    # A database that goes away now undoes nothing, and the server catches up once it is back.
    with suppress(DatabaseError):
        await site(request).catch_up()


def staff_of(request: Request) -> Staff:
    """Who asks, behind `requires`."""
    person: Staff = request.state.staff
    return person


def session_of(request: Request) -> Session:
    """Their session, behind `requires`."""
    session: Session = request.state.session
    return session


def words(request: Request, text: str) -> str:
    """The text in the site's language."""
    translated: str = site(request).layout.words(text)
    return translated


def now(request: Request) -> int:
    """Now, in milliseconds since 1970."""
    return house(request).milliseconds()


def today(request: Request) -> date:
    """Today in UTC, which is what dates in texts are compared with."""
    return datetime.fromtimestamp(now(request) / 1000, UTC).date()


_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
