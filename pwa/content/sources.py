"""The sources that statements cite: what there is, and one more."""

import functools
import re
from collections.abc import Mapping

import msgspec

from pwa.content import front_matter, store
from pwa.content.drafts import current_revision, hold_published, keep_draft
from pwa.content.markdown import parse
from pwa.content.model import ContentError, Refused, Source
from pwa.content.store import Revision
from pwa.database import Database, Reader

PATH = "/sources"

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,19}")


async def sources(reader: Reader, locale: str = "en") -> Mapping[str, Source]:
    """Every source by key, those of a draft included; none where their page cannot be read."""
    page = await store.page_at(reader, PATH, locale)
    current = await current_revision(reader, page) if page is not None else None
    return _read(current.text) if current is not None else {}


async def add_source(
    database: Database, key: str, source: Source, *, by: str, now: int, locale: str = "en"
) -> Revision:
    """Write one more source into the draft of the sources' page; Refused for a key that is taken or cannot be one."""
    if not _KEY.fullmatch(key):
        raise Refused("A key starts with a letter and has 2 to 20 letters, digits and dashes, like ELE23.")
    async with database.transaction() as transaction:
        await hold_published(transaction)
        page = await store.page_at(transaction, PATH, locale)
        current = await current_revision(transaction, page) if page is not None else None
        if page is None or current is None:
            raise Refused(f"There is no page {PATH} to write it into.")
        listed = front_matter.read(current.text).get("sources") or {}
        if any(one.casefold() == key.casefold() for one in listed):
            raise Refused(f"{key} is a source already; choose another key.")
        written = {name: value for name, value in msgspec.to_builtins(source).items() if value not in ("", None)}
        text = front_matter.write(current.text, {"sources": dict(sorted((listed | {key: written}).items()))})
        parse(text)
        return await keep_draft(transaction, page, text, by=by, now=now)


def suggest_key(authors: str, year: int | None, taken: Mapping[str, Source]) -> str:
    """A key in the manner of the others: three letters of the first author and two digits of the year."""
    letters = re.sub(r"[^A-Za-z]", "", authors)[:3].upper() or "SRC"
    base = f"{letters}{year % 100:02d}" if year else letters
    known = {one.casefold() for one in taken}
    endings = ("", *"abcdefghijklmnopqrstuvwxyz")
    return next((f"{base}{one}" for one in endings if f"{base}{one}".casefold() not in known), base)


@functools.lru_cache(maxsize=4)
def _read(text: str) -> Mapping[str, Source]:
    try:
        return parse(text).front.sources
    except ContentError:
        return {}
