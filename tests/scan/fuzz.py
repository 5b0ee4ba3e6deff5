"""Makes up requests for every route, by every method, as everyone who could come, and judges what comes back.

In the manner of schemathesis: the routes come from the application's own table, the forms from its own screens, and
hypothesis makes up the rest: parts of addresses, queries, headers and bodies.
"""

import asyncio
import json
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote, unquote

from hypothesis import strategies as st
from starlette.routing import Route

from pwa.admin.routes import ROUTES
from pwa.staff.model import ROLES, Role
from tests.integration.admin.conftest import Admin
from tests.integration.admin.test_hostile import BODIES, HEADERS, IDS, TEXTS, named, things
from tests.integration.admin.test_routes import requirement
from tests.scan.forms import OfferedForm, offered
from tests.scan.rules import Answer, faults

VISITORS: Mapping[str, tuple[Role, ...]] = {
    "nobody": (),
    **{role: (role,) for role in ROLES},
    "everyone at once": ROLES,
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "")
READING = ("GET", "HEAD")
OWN_PAGE = (("sec-fetch-site", "same-origin"),)
ELSEWHERE: tuple[tuple[tuple[str, str], ...], ...] = (
    (),
    (("sec-fetch-site", "cross-site"),),
    (("sec-fetch-site", "same-site"), ("origin", "http://localhost")),
    (("origin", "http://evil.example"),),
    (("origin", "null"),),
    (("origin", "http://localhost.evil.example"),),
    (("origin", "http://localhost@evil.example"),),
)
"""What a browser says of a form that is not on a page of ours, and what no browser says."""
PATIENCE = 20.0
"""Seconds in which every answer has to come, on a machine with other work."""
TOUCHED_BY_READING = ("staff_session", "rate_limit", "job", "editing")
"""Tables that a look may write to: when someone was last here, who asks how often, who has which editor open."""
WORDS_OF_NOBODY = "private-words-that-are-logged-nowhere"
ORIGIN = "http://localhost"


@dataclass(frozen=True)
class Ask:
    """One request that was made up."""

    visitor: str
    method: str
    path: str
    """Percent-encoded, with its query."""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    route: str = ""
    from_here: bool = True
    """Whether it says that a page of ours sent it."""


@dataclass
class Fuzz:
    """A site with someone of every role signed in, and what is known of its routes, screens and things."""

    admin: Admin
    secrets: dict[str, str]
    forms: Sequence[OfferedForm]
    addresses: Sequence[str]
    real: Mapping[str, Sequence[str]]
    watched: sqlite3.Connection
    statuses: Counter[int] = field(default_factory=Counter)
    """How often each status was answered."""

    async def judge(self, ask: Ask) -> list[str]:
        """Send it; what is wrong with the answer, or with what it did."""
        before = self._touched()
        began = time.monotonic()
        try:
            answer = await asyncio.wait_for(call(self.admin, ask, self._cookies(ask.visitor)), PATIENCE)
        except TimeoutError:
            return [f"no answer within {PATIENCE:.0f} seconds"]
        except Exception as error:  # noqa: BLE001  whatever it raises is the finding
            return [f"it raises {type(error).__name__}: {error}"]
        took = time.monotonic() - began
        path = ask.path.partition("?")[0]
        found = faults(unquote(path), answer, ("localhost",))
        if took > PATIENCE / 2:
            found.append(f"it took {took:.1f} seconds")
        done = self._touched() - before
        if done and (reason := self._may_not(ask)):
            found.append(f"{reason} changed {', '.join(sorted(done))}")
        self.statuses[answer.status] += 1
        await self._sign_in_again(ask, answer)
        return found

    def _may_not(self, ask: Ask) -> str:
        """Why this request must change nothing, "" if it may."""
        if ask.method != "POST":
            return f"{ask.method or 'no method'}"
        if not ask.from_here:
            return "a form from elsewhere"
        roles = VISITORS[ask.visitor]
        asks_for = _requirements().get(ask.route)
        if asks_for is not None and (not roles or (asks_for and not set(asks_for) & set(roles))):
            return f"{ask.visitor}, who may not,"
        return ""

    def _touched(self) -> frozenset[str]:
        rows = self.watched.execute("SELECT name, count FROM touched").fetchall()
        return frozenset(f"{name} ({count})" for name, count in rows)

    def _cookies(self, visitor: str) -> str:
        secret = self.secrets.get(visitor)
        return f"staff={secret}" if secret else ""

    async def _sign_in_again(self, ask: Ask, answer: Answer) -> None:
        ended = ask.route == "sign-out" or "/admin/sign-in" in answer.header("location") or answer.status == 401
        if ended and VISITORS[ask.visitor]:
            self.secrets[ask.visitor] = await signed_in(self.admin, ask.visitor)


async def prepared(admin: Admin, database: Path) -> Fuzz:
    """Sign everyone in, make one of each thing, read every screen's forms, and watch every table."""
    secrets = {name: await signed_in(admin, name) for name, roles in VISITORS.items() if roles}
    real = await things(admin)
    client = admin.client()
    client.cookies.set("staff", secrets["everyone at once"])

    async def get(address: str) -> str:
        answer = await client.get(address)
        return answer.text if answer.headers.get("content-type", "").startswith("text/html") else ""

    forms, visited = await offered(get, "/admin/", 120)
    watched = sqlite3.connect(database, isolation_level=None)
    watch(watched)
    published = [path for path in admin.site.live.responses if not path.startswith("/c/o/")]
    return Fuzz(admin, secrets, forms, [*visited, *published], real, watched)


async def signed_in(admin: Admin, visitor: str) -> str:
    """The secret of a new session of this visitor."""
    client = await admin.signed_in(admin.client(), *VISITORS[visitor], name=f"{visitor.title()} Person")
    return str(client.cookies["staff"])


def watch(database: sqlite3.Connection) -> None:
    """Have the database count what is written to each table that a look must not touch."""
    database.execute("CREATE TABLE touched (name TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT")
    tables = [str(name) for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    for table in tables:
        if table in (*TOUCHED_BY_READING, "touched") or table.startswith("sqlite_"):
            continue
        for verb in ("INSERT", "UPDATE", "DELETE"):
            database.execute(
                f'CREATE TRIGGER "watch_{table}_{verb}" AFTER {verb} ON "{table}" BEGIN INSERT INTO touched VALUES '
                f"('{table}', 1) ON CONFLICT (name) DO UPDATE SET count = count + 1; END"
            )


async def call(admin: Admin, ask: Ask, cookies: str) -> Answer:
    """What the application answers; raises what it raises."""
    path, _, query = ask.path.partition("?")
    headers = [("host", "localhost"), *ask.headers]
    if cookies and not any(name == "cookie" for name, _ in headers):
        headers.append(("cookie", cookies))
    if ask.body and not any(name == "content-length" for name, _ in headers):
        headers.append(("content-length", str(len(ask.body))))
    last: dict[str, str] = dict(headers)
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1",
        "method": ask.method, "scheme": "http", "path": unquote(path), "raw_path": path.encode("ascii", "replace"),
        "query_string": query.encode("latin-1", "replace"), "root_path": "", "client": ("127.0.0.1", 50_000),
        "server": ("localhost", 80), "state": {},
        "headers": [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in last.items()],
    }  # fmt: skip
    pieces = [ask.body[at : at + 30_000] for at in range(0, len(ask.body), 30_000)] or [b""]
    status, got, body = 0, [], bytearray()

    async def receive() -> dict[str, object]:
        if not pieces:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    async def send(message: Mapping[str, object]) -> None:
        nonlocal status, got, body
        if message["type"] == "http.response.start":
            status = int(str(message["status"]))
            raw = message["headers"]
            assert isinstance(raw, list | tuple)
            got = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in raw]
        else:
            piece = message.get("body", b"")
            assert isinstance(piece, bytes)
            body += piece

    await admin.app(scope, receive, send)
    return Answer(status, got, bytes(body))


def _requirements() -> Mapping[str, tuple[str, ...]]:
    """The roles that may use each guarded route, by its name; none named: anyone who is signed in."""
    return {route.name: asked[0] for route in ROUTES if (asked := requirement(route)) is not None}


def routes(admin: Admin) -> list[Route]:
    """Every route of the application, those below /admin last."""
    return [*(route for route in admin.app.routes if isinstance(route, Route)), *ROUTES]


def asks(fuzz: Fuzz) -> st.SearchStrategy[Ask]:
    """Requests of every kind: for a route, of a form of ours with a few fields wrong, for an address that exists."""
    fields, queries = named()
    texts = st.sampled_from([*TEXTS, *fuzz.real["text"], WORDS_OF_NOBODY]) | st.text(max_size=300)
    visitors = st.sampled_from([*VISITORS, *["everyone at once"] * 6])
    asked_for = st.lists(st.tuples(st.sampled_from(queries) | st.text(max_size=8), texts), max_size=3).map(_query)
    query = st.just("") | asked_for | st.binary(max_size=40).map(lambda raw: f"?{quote(raw)}&q=%FF")
    odd = st.sampled_from(HEADERS) | st.tuples(
        st.sampled_from(
            ["accept-encoding", "if-none-match", "range", "cookie", "content-length", "transfer-encoding", "expect",
             "x-forwarded-for", "forwarded", "via", "host", "referer", "user-agent", "accept", "content-encoding"]
        ),
        st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60),
    )  # fmt: skip
    headers = st.lists(odd, max_size=2).map(tuple)
    origins = st.sampled_from([*[(True, OWN_PAGE)] * 4 * len(ELSEWHERE), *((False, one) for one in ELSEWHERE)])
    pairs = st.lists(st.tuples(st.sampled_from(fields) | st.text(max_size=10), texts), max_size=12)

    def part(name: str) -> st.SearchStrategy[str]:
        made_up = st.sampled_from(IDS) | st.text(max_size=20).map(_quoted) | st.binary(max_size=12).map(quote)
        return st.sampled_from(fuzz.real[name]) | made_up if name in fuzz.real else made_up

    def address(route: Route | str) -> st.SearchStrategy[tuple[str, str, str]]:
        """A method, most often one that the route knows, with an address of the route and its name."""
        if isinstance(route, str):
            return st.tuples(st.sampled_from(("GET", "GET", *METHODS)), st.just(route), st.just(_named_at(route)))
        below = "/admin" if route in ROUTES else ""
        filled = st.tuples(*(part(name) for name in re.findall(r"{(\w+)(?::\w+)?}", route.path)))
        taken = sorted(route.methods or ()) * 12
        return st.tuples(
            st.sampled_from((*taken, *METHODS)),
            filled.map(lambda values: below + _filled(route.path, values)),
            st.just(route.name),
        )

    known: list[Route | str] = [*routes(fuzz.admin), *fuzz.addresses]
    whole = st.sampled_from(known).flatmap(address)
    of_route = st.builds(_ask, visitors, whole, query, headers, _bodies(pairs), origins)
    changes = st.lists(st.tuples(st.integers(0, 30), texts), max_size=3)
    as_parts = st.sampled_from([False] * 7 + [True])
    of_form = st.builds(_form_ask, visitors, st.sampled_from(list(fuzz.forms)), changes, headers, as_parts, origins)
    return st.sampled_from([of_route, of_form, of_form]).flatmap(lambda one: one)


def _bodies(pairs: st.SearchStrategy[list[tuple[str, str]]]) -> st.SearchStrategy[tuple[str, bytes]]:
    """Content types with bodies: forms in both encodings, JSON, what is not UTF-8, nulls, far too much, and mixes."""
    json_values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=6,
    )
    kinds = st.sampled_from(
        [_URLENCODED, "multipart/form-data; boundary=x", "multipart/form-data", "multipart/form-data; boundary=\xff",
         "application/json", "text/xml", "application/octet-stream", "", "a" * 300]
    )  # fmt: skip
    urlencoded = pairs.map(lambda one: (_URLENCODED, "&".join(f"{_quoted(k)}={_quoted(v)}" for k, v in one).encode()))
    multipart = st.tuples(pairs, st.booleans()).map(lambda one: ("multipart/form-data; boundary=x", _multipart(*one)))
    large = st.sampled_from([b"a" * 40_000, b"a=" + b"b" * 300_000, b"\0" * 40_000, b"a=%00", b"&" * 5000, b"a&" * 600])
    return (
        urlencoded
        | multipart
        | st.sampled_from(BODIES)
        | json_values.map(lambda value: ("application/json", json.dumps(value).encode()))
        | st.tuples(kinds, large | st.binary(max_size=200))
    )


_FILE = '; filename="../../a.svg"'
_URLENCODED = "application/x-www-form-urlencoded"


def _ask(
    visitor: str,
    address: tuple[str, str, str],
    query: str,
    headers: tuple[tuple[str, str], ...],
    body: tuple[str, bytes],
    origin: tuple[bool, tuple[tuple[str, str], ...]],
) -> Ask:
    own = tuple(one for one in headers if one[0] not in ("origin", "sec-fetch-site"))
    all_headers = (*own, *origin[1])
    method, path, route = address
    if method in (*READING, "TRACE"):
        return Ask(visitor, method, path.partition("?")[0] + query, all_headers, b"", route, origin[0])
    return Ask(visitor, method, path + query, (("content-type", body[0]), *all_headers), body[1], route, origin[0])


def _form_ask(
    visitor: str,
    form: OfferedForm,
    changed: list[tuple[int, str]],
    headers: tuple[tuple[str, str], ...],
    as_parts: bool,
    origin: tuple[bool, tuple[tuple[str, str], ...]],
) -> Ask:
    """A form of ours as its page sends it, but for a few fields."""
    pairs = list(form.fields)
    for at, text in changed:
        if pairs:
            pairs[at % len(pairs)] = (pairs[at % len(pairs)][0], text)
    if as_parts or any(name == "file" for name, _ in pairs):
        body = "multipart/form-data; boundary=x", _multipart(pairs, True)
    else:
        body = _URLENCODED, "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs).encode()
    made = _ask(visitor, ("POST", form.action, _named_at(form.action)), "", headers, body, origin)
    return replace(made, headers=tuple(one for one in made.headers if one[0] != "content-length"))


def _named_at(address: str) -> str:
    """The name of the first route below /admin that has this address."""
    path = unquote(address.partition("?")[0]).removeprefix("/admin") or "/"
    for method in ("POST", "GET"):
        for route in ROUTES:
            if method in (route.methods or ()) and route.path_regex.match(path):
                return route.name
    return ""


def _multipart(pairs: list[tuple[str, str]], with_file: bool) -> bytes:
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{_line(name)}"{_FILE if with_file and name == "file" else ""}'
        f"\r\n\r\n{value}\r\n"
        for name, value in pairs
    )
    return (parts + "--x--\r\n").encode("utf-8", "surrogatepass")


def _line(text: str) -> str:
    return re.sub(r'[\r\n"]', " ", text)


def _query(pairs: list[tuple[str, str]]) -> str:
    return "?" + "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs) if pairs else ""


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def _filled(path: str, values: tuple[str, ...]) -> str:
    waiting = list(values)
    return re.sub(r"{\w+(?::\w+)?}", lambda _: waiting.pop(0), path)
