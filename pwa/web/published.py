"""Published pages answered from memory, before the router: the bytes of a release, chosen by encoding and etag."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from starlette.types import Scope, Send

_Header = tuple[bytes, bytes]
_Messages = tuple[dict[str, Any], dict[str, Any]]
_READING = ("GET", "HEAD")
_LONGEST = 1000
"""Bytes of a request's header that are looked at: what is remembered of it, and the time it takes, stay bounded."""


@dataclass(frozen=True)
class Published:
    """One path's whole answer: status, headers (lower-case names) and the encodings of its bytes."""

    headers: tuple[tuple[str, str], ...]
    identity: bytes
    brotli: bytes | None = None
    gzip: bytes | None = None
    status: int = 200
    with_query: bool = True
    """Whether the same bytes also answer a URL with a query string."""


class PublishedTable:
    """The paths that are answered from memory. `replace` swaps all of them at once; a request sees one table."""

    def __init__(self) -> None:
        self._published: Mapping[str, Published] = {}
        self._answers: Mapping[str, Answer] = {}
        self.hits = 0
        """Requests found here since start, for metrics."""

    def replace(self, published: Mapping[str, Published]) -> None:
        """Make these paths, and no others, the ones answered from now on."""
        before, known = self._published, self._answers
        self._answers = {
            path: known[path] if before.get(path) == one else Answer(one) for path, one in published.items()
        }
        self._published = published

    def __contains__(self, path: object) -> bool:
        return path in self._answers

    def find(self, scope: Scope) -> "Answer | None":
        """What answers a GET or HEAD of this path; None when the path is not published or the method is another."""
        found = self._answers.get(scope["path"])
        if found is None or scope["method"] not in _READING or (scope["query_string"] and not found.with_query):
            return None
        self.hits += 1
        return found


async def answer(found: "Answer", scope: Scope, send: Send) -> None:
    """Send what was found, in the encoding the request welcomes, or 304 when it has these bytes already."""
    accepted = b""
    match = None
    for name, value in scope["headers"]:
        if len(value) > _LONGEST:
            continue
        if name == b"accept-encoding":
            accepted = value
        elif name == b"if-none-match":
            match = value
    if match is not None and found.etag and _matches(match, found.etag):
        start, body = found.not_modified
    else:
        start, body = found.choose(*_accepts(accepted))
    await send(start)
    await send(_NO_BODY if scope["method"] == "HEAD" else body)


class Answer:
    """A `Published` as ready-made ASGI messages."""

    __slots__ = ("_brotli", "_gzip", "_identity", "etag", "not_modified", "with_query")

    def __init__(self, published: Published) -> None:
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in published.headers]
        varies = published.brotli is not None or published.gzip is not None
        if varies:
            headers.append((b"vary", b"accept-encoding"))
        self.etag = next((value for name, value in headers if name == b"etag"), b"")
        self.with_query = published.with_query
        self._identity = _messages(published.status, headers, published.identity)
        self._brotli = _encoded(published.status, headers, b"br", published.brotli) or self._identity
        self._gzip = _encoded(published.status, headers, b"gzip", published.gzip) or self._identity
        kept = [header for header in headers if not header[0].startswith(b"content-") or header[0] == _POLICY]
        self.not_modified: _Messages = ({"type": "http.response.start", "status": 304, "headers": kept}, _NO_BODY)

    def choose(self, brotli: bool, gzip: bool) -> _Messages:
        """The messages in the smallest form that is welcome."""
        return self._brotli if brotli else self._gzip if gzip else self._identity


_POLICY = b"content-security-policy"
_NO_BODY: dict[str, Any] = {"type": "http.response.body", "body": b""}


def _messages(status: int, headers: Iterable[_Header], body: bytes) -> _Messages:
    whole = [*headers, (b"content-length", str(len(body)).encode())]
    return (
        {"type": "http.response.start", "status": status, "headers": whole},
        {"type": "http.response.body", "body": body},
    )


def _encoded(status: int, headers: list[_Header], encoding: bytes, body: bytes | None) -> _Messages | None:
    return None if body is None else _messages(status, [*headers, (b"content-encoding", encoding)], body)


@lru_cache(maxsize=256)
def _accepts(header: bytes) -> tuple[bool, bool]:
    """Whether Brotli and gzip are welcome: RFC 9110 §12.5.3, where a quality of zero refuses and `*` is the rest."""
    qualities: dict[str, float] = {}
    for item in header.decode("latin-1").lower().split(","):
        name, _, parameters = item.partition(";")
        quality = 1.0
        if parameters.strip().startswith("q="):
            try:
                quality = float(parameters.strip()[2:])
            except ValueError:
                quality = 0.0
        qualities[name.strip()] = quality
    other = qualities.get("*", 0.0)
    return qualities.get("br", other) > 0, qualities.get("gzip", other) > 0


def _matches(header: bytes, etag: bytes) -> bool:
    """RFC 9110 §13.1.2: weak comparison against a list of entity tags, or `*`."""
    if header == etag or header == b"*":
        return True
    return any(tag.strip().removeprefix(b"W/") == etag for tag in header.split(b","))
