"""Published pages answered from memory, before the router: the bytes of a release, chosen by encoding and etag."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Scope, Send

_Header = tuple[bytes, bytes]
_Messages = tuple[dict[str, Any], dict[str, Any]]
_REMEMBERED_HEADERS = 256


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
        self._answers: Mapping[str, _Answer] = {}
        self._encodings: dict[bytes, tuple[bool, bool]] = {}
        self.hits = 0
        """Answers given since start, for metrics."""

    def replace(self, published: Mapping[str, Published]) -> None:
        """Make these paths, and no others, the ones answered from now on."""
        self._answers = {path: _Answer(one) for path, one in published.items()}

    def __len__(self) -> int:
        return len(self._answers)

    async def answer(self, scope: Scope, send: Send) -> bool:
        """Answer a GET or HEAD for a published path; False when the path is not one or the method is another."""
        found = self._answers.get(scope["path"])
        if found is None:
            return False
        method = scope["method"]
        if (method != "GET" and method != "HEAD") or (scope["query_string"] and not found.with_query):
            return False
        accepted = b""
        match = None
        for name, value in scope["headers"]:
            if name == b"accept-encoding":
                accepted = value
            elif name == b"if-none-match":
                match = value
        if match is not None and found.etag and _matches(match, found.etag):
            start, body = found.not_modified
        else:
            start, body = found.choose(*self._accepts(accepted))
        self.hits += 1
        await send(start)
        await send(body if method == "GET" else _NO_BODY)
        return True

    def _accepts(self, header: bytes) -> tuple[bool, bool]:
        """Whether Brotli and gzip are welcome; browsers send few different headers, so answers are remembered."""
        known = self._encodings.get(header)
        if known is None:
            if len(self._encodings) >= _REMEMBERED_HEADERS:
                self._encodings.clear()
            known = self._encodings[header] = _parse_accept_encoding(header)
        return known


class PublishedLayer:
    """ASGI layer that answers published paths from the table and hands everything else on."""

    def __init__(self, app: Any, table: PublishedTable) -> None:
        self.app = app
        self.table = table

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and await self.table.answer(scope, send):
            return
        await self.app(scope, receive, send)


class _Answer:
    """A `Published` as ready-made ASGI messages."""

    __slots__ = ("etag", "not_modified", "with_query", "_brotli", "_gzip", "_identity")

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


def _parse_accept_encoding(header: bytes) -> tuple[bool, bool]:
    """RFC 9110 §12.5.3, as far as two encodings need it: a quality of zero refuses, `*` stands for what is not named."""
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
