"""Reads what a browser sends: only from our own pages, never more than a screen takes, and only whole UTF-8."""

import asyncio
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, FormParser, parse_options_header
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

FORM_BYTES = 256 * 1024
"""What a form may weigh where its screen does not say otherwise: the longest text, every byte percent-encoded."""
STRANGER_BYTES = 32 * 1024
"""The same from a browser in which nobody ever signed in: an outside clinician's answer is the longest they send."""
MOST_FIELDS = 500
_MOST_DIGITS = 16
_READ_AT_ONCE = 16 * 1024
"""Bytes up to which a form is read where it arrives: some 5 ms at worst. Longer ones are read beside other requests."""
_URLENCODED = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"


class BadForm(Exception):
    """A field is missing or cannot be what it is; `field` names it, and the message says what to do."""

    def __init__(self, message: str, field_name: str = "") -> None:
        super().__init__(message)
        self.field = field_name


@dataclass(frozen=True)
class Upload:
    """A file as it was sent: nothing about it is true before it has been looked at."""

    name: str
    media_type: str
    body: bytes


@dataclass(frozen=True)
class Form:
    """The fields of a form, read by name; what cannot be used raises `BadForm`."""

    fields: tuple[tuple[str, str], ...]
    files: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str, *, limit: int = 200, required: bool = False) -> str:
        """One field's text without the spaces around it, "" where it was left out; lines end in a line feed."""
        return self.raw(name, limit=limit, required=required).strip()

    def raw(self, name: str, *, limit: int, required: bool = False) -> str:
        """The same with its spaces: passwords, and texts whose every character counts."""
        value = next((value for key, value in self.fields if key == name), "")
        value = value.replace("\r\n", "\n").replace("\r", "\n")
        if len(value) > limit:
            raise BadForm(f"This is longer than {limit} characters. Nothing was changed.", name)
        if required and not value.strip():
            raise BadForm("A field was left empty that is needed. Nothing was changed.", name)
        return value

    def typed(self, name: str) -> str:
        """What was typed, however long or wrong, to fill the field again."""
        return next((value for key, value in self.fields if key == name), "")

    def choice(self, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """One of the allowed words; left out, it is the default where there is one."""
        value = self.text(name) or (default if default is not None else "")
        if value not in allowed and value != default:
            raise BadForm("Choose one of what is offered. Nothing was changed.", name)
        return value

    def whole(self, name: str, *, lowest: int = 0, highest: int = 2**53) -> int:
        """A whole number."""
        number = whole_number(self.text(name, limit=20))
        if number is None or not lowest <= number <= highest:
            raise BadForm("Write a whole number here. Nothing was changed.", name)
        return number

    def many(self, name: str, *, limit: int = 200) -> tuple[str, ...]:
        """Every value of a field that may be there several times."""
        values = tuple(value for key, value in self.fields if key == name)
        if any(len(value) > limit for value in values):
            raise BadForm(f"This is longer than {limit} characters. Nothing was changed.", name)
        return values

    def checked(self, name: str) -> bool:
        """Whether a box was ticked."""
        return any(key == name for key, _ in self.fields)

    def file(self, name: str) -> Upload | None:
        """A file, if one was chosen."""
        return self.files.get(name)


async def read_form(request: Request, *, limit: int = STRANGER_BYTES, files: bool = False) -> Form:
    """The form of a POST, of at most `limit` bytes with its files, if it may have any.

    Raises HTTPException 403 (not from our own pages), 413, 415 or 400 (not whole UTF-8). A second call answers the
    same form, so that what was typed can be shown again after a refusal.
    """
    known: Form | None = getattr(request.state, "form", None)
    if known is not None:
        return known
    refuse_cross_origin(request)
    content_type = request.headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    # Before its body is waited for: finding the parts of a multipart form costs far more than they weigh.
    if kind == _MULTIPART and not files:
        raise HTTPException(415)
    body = await read_body(request, limit)
    if len(body) <= _READ_AT_ONCE:
        form = _read(kind, content_type, body)
    else:
        form = await asyncio.to_thread(_read, kind, content_type, body)
    request.state.form = form
    return form


def refuse_cross_origin(request: Request) -> None:
    """Raise HTTPException 403 unless one of our own pages sent this.

    Every browser that staff can use says so itself, in a header no page can set: a hidden field would say no more, and
    would break forms that stayed open overnight. `same-origin` is ours; `none` is the person's own doing, such as
    reloading. Before 2023 Safari sent no Sec-Fetch-Site, so there the Origin has to be ours. What names neither is
    no browser, and has no business with a person's cookie.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site in ("same-origin", "none"):
            return
        raise HTTPException(403)
    origin = request.headers.get("origin")
    if origin is None or origin == "null":
        raise HTTPException(403)
    scheme, _, host = origin.partition("://")
    if scheme not in ("http", "https") or not host or host != request.headers.get("host", ""):
        raise HTTPException(403)


def whole_number(text: str) -> int | None:
    """The number that up to 16 ASCII digits are; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body; HTTPException 413 as soon as it is known to be over the limit."""
    stated = whole_number(request.headers.get("content-length", "0"))
    if stated is None:
        raise HTTPException(400)
    if stated > limit:
        raise HTTPException(413)
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > limit:
                raise HTTPException(413)
    except ClientDisconnect:
        raise HTTPException(400) from None
    return bytes(body)


def _read(kind: str, content_type: str, body: bytes) -> Form:
    if kind == _URLENCODED:
        return _urlencoded(body)
    if kind == _MULTIPART:
        return _multipart(content_type, body)
    if not body:
        return Form(())
    raise HTTPException(415)


def _urlencoded(body: bytes) -> Form:
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise HTTPException(400) from None
    return Form(_readable(pairs))


def _multipart(content_type: str, body: bytes) -> Form:
    pairs: list[tuple[str, str]] = []
    files: dict[str, Upload] = {}
    ends: list[None] = []
    parts = itertools.count(1)

    def count() -> None:
        if next(parts) > MOST_FIELDS:
            raise HTTPException(400)

    def on_field(one: Field) -> None:
        count()
        pairs.append(((one.field_name or b"").decode(), (one.value or b"").decode()))

    def on_file(one: File) -> None:
        count()
        one.file_object.seek(0)
        content = one.file_object.read()
        if one.file_name or content:
            name = (one.file_name or b"").decode()
            files[(one.field_name or b"").decode()] = Upload(name, one.content_type or "", content)

    try:
        parser = FormParser(
            _MULTIPART,
            on_field,
            on_file,
            on_end=lambda: ends.append(None),
            boundary=parse_options_header(content_type)[1].get(b"boundary"),
            # The body is in memory already and no file is larger than it.
            config={"MAX_MEMORY_FILE_SIZE": len(body) + 1, "UPLOAD_ERROR_ON_BAD_CTE": True},
        )
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError):
        raise HTTPException(400) from None
    if not ends:
        raise HTTPException(400)
    return Form(_readable(pairs), files)


def _readable(pairs: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    # PostgreSQL keeps no zero byte in a text, and nobody types one.
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise HTTPException(400)
    return tuple(pairs)
