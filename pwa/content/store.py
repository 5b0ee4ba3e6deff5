"""Every question the guide asks of its tables, and every change it makes to them."""

import functools
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, TypeVar

import msgspec

from pwa.content.model import Notice, page_path
from pwa.database import Reader, Row, Transaction

T = TypeVar("T")


@dataclass(frozen=True)
class Page:
    """A place in the guide; `draft_id` is the revision being worked on, if any."""

    id: int
    locale: str
    kind: str
    slug: str
    draft_id: int | None

    @property
    def path(self) -> str:
        """Where readers find it once it is published under this slug."""
        return page_path(self.kind, self.slug)


@dataclass(frozen=True)
class Revision:
    """One exact text of a page."""

    id: int
    page_id: int
    base_id: int | None
    sha256: str
    text: str
    contributors: tuple[str, ...]
    written_by: str
    written_at: int


@dataclass(frozen=True)
class Version:
    """A revision without its text, for lists."""

    id: int
    sha256: str
    written_by: str
    written_at: int


@dataclass(frozen=True)
class SignOff:
    """Someone answers for the exact text of this hash.

    Kind: `reviewed`; `outside`, through a link; `own`, by a writer where the clinic reviews alone; `approved`, after a
    break-glass release; `shipped`, the software's own first text.
    """

    page_id: int
    sha256: str
    kind: str
    signed_by: str
    signed_at: int
    note: str
    registration: str = ""
    """A clinician's professional registration number; "" for everyone else."""

    @property
    def shown(self) -> str:
        """The name as it is shown: a clinician's with the registration number."""
        return named(self.signed_by, self.registration)


@dataclass(frozen=True)
class Item:
    """One page of a release, under the slug and with the text it has there; no revision withdraws it."""

    page_id: int
    locale: str
    kind: str
    slug: str
    revision_id: int | None
    replaces_id: int | None

    @functools.cached_property
    def path(self) -> str:
        """Where readers find it in this release."""
        return page_path(self.kind, self.slug)


@dataclass(frozen=True)
class Release:
    """A release as it was made, or is to be made at `due_at`; sizes are Brotli bytes a phone downloads."""

    id: int
    kind: str
    state: str
    created_by: str
    created_at: int
    previous_id: int | None = None
    undoes_id: int | None = None
    due_at: int | None = None
    published_at: int | None = None
    notes: tuple[str, ...] = ()
    redirects: Mapping[str, str] = field(default_factory=dict)
    manifests: Mapping[str, str] = field(default_factory=dict)
    changed_bytes: int = 0
    total_bytes: int = 0
    reason: str = ""
    break_glass: str = ""
    approved_by: str | None = None
    approved_at: int | None = None
    rendered_by: str = ""
    """Fingerprint of a renderer that makes exactly these manifests of these texts."""
    title: str = ""
    """What staff call it; readers see the notes."""


@dataclass(frozen=True)
class Head:
    """What phones follow: the live release and the bytes of /c/head.json."""

    sequence: int
    release_id: int | None
    body: bytes | None


@dataclass(frozen=True)
class StoredNotice:
    """A notice with what only staff see: the wrong words, and the text they stood in."""

    notice: Notice
    words: str
    sha256: str
    part_of: str | None
    issued_by: str
    issued_at: int
    lifted_by: str | None
    lifted_at: int | None
    reason: str = ""
    """Why whoever issued it did not wait for a second person."""
    confirmed_by: str | None = None
    """The second person, who looked at it since."""
    confirmed_at: int | None = None


@dataclass(frozen=True)
class StoredObject:
    """Final bytes and their compressed forms; None where compressing gains nothing."""

    sha256: str
    identity: bytes
    brotli: bytes | None
    gzip: bytes | None
    headers: str
    """JSON list of the headers it is served with under its hash."""

    @property
    def cost(self) -> int:
        """Bytes a phone downloads for it."""
        return len(self.brotli if self.brotli is not None else self.identity)


@dataclass(frozen=True)
class Publication:
    """One change of the head."""

    sequence: int
    verb: str
    release_id: int | None
    notice_id: str | None
    done_by: str
    done_at: int


def sha256(content: str | bytes) -> str:
    """Lower-case hex SHA-256, of a text's UTF-8."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def named(name: str, registration: str) -> str:
    """A person as sign-offs show them: "Jane Grey (GMC 1234567)", or the name alone."""
    return f"{name} ({registration})" if registration else name


def utc_day(now: int) -> str:
    """The day of a time in milliseconds, `2026-11-22`, in UTC."""
    return datetime.fromtimestamp(now / 1000, UTC).date().isoformat()


async def hold(transaction: Transaction) -> Head:
    """Keep every other change of content waiting until this transaction ends; the head as it is now."""
    await transaction.fetch("SELECT one FROM head WHERE one = 1 FOR UPDATE")
    return await head(transaction)


async def head(reader: Reader) -> Head:
    """The head as it is now."""
    row = await reader.fetch_one("SELECT sequence, release_id, body FROM head WHERE one = 1")
    assert row is not None, "the first migration made it"  # noqa: S101
    return Head(row["sequence"], row["release_id"], None if row["body"] is None else bytes(row["body"]))


async def set_head(transaction: Transaction, after: Head) -> None:
    """The one row that makes a release live."""
    await transaction.execute(
        "UPDATE head SET sequence = $1, release_id = $2, body = $3 WHERE one = 1",
        after.sequence,
        after.release_id,
        after.body,
    )


async def pages(reader: Reader) -> list[Page]:
    """Every page there is or was, ordered by id."""
    return [
        _read(Page, row) for row in await reader.fetch("SELECT id, locale, kind, slug, draft_id FROM page ORDER BY id")
    ]


async def page_at(reader: Reader, path: str, locale: str = "en") -> Page | None:
    """The page whose current slug makes this path."""
    kind, _, slug = path.removeprefix("/").partition("/")
    if not slug:
        kind, slug = "site", kind
    row = await reader.fetch_one(
        "SELECT id, locale, kind, slug, draft_id FROM page WHERE locale = $1 AND kind = $2 AND slug = $3",
        locale, kind, slug,
    )  # fmt: skip
    return _read(Page, row) if row else None


async def add_page(transaction: Transaction, locale: str, kind: str, slug: str, now: int) -> Page:
    """A new page without any text."""
    number = await _next(transaction, "page")
    await transaction.execute(
        "INSERT INTO page (id, locale, kind, slug, created_at) VALUES ($1, $2, $3, $4, $5)",
        number, locale, kind, slug, now,
    )  # fmt: skip
    return Page(number, locale, kind, slug, None)


async def set_draft(transaction: Transaction, page_id: int, draft_id: int | None) -> None:
    """Make a revision the open draft of its page, or close the draft."""
    await transaction.execute("UPDATE page SET draft_id = $2 WHERE id = $1", page_id, draft_id)


async def set_slugs(transaction: Transaction, slugs: Mapping[int, str]) -> None:
    """Give pages other addresses from their next release on; two may swap theirs."""
    # First to names nobody can have, because each single step must leave every address to one page.
    await transaction.execute_many("UPDATE page SET slug = $2 WHERE id = $1", [(one, f"~{one}") for one in slugs])
    await transaction.execute_many("UPDATE page SET slug = $2 WHERE id = $1", list(slugs.items()))


async def add_revision(
    transaction: Transaction,
    page_id: int,
    text: str,
    base_id: int | None,
    contributors: Iterable[str],
    by: str,
    now: int,
) -> Revision:
    """Keep one exact text of a page, for good."""
    revision = Revision(
        await _next(transaction, "revision"), page_id, base_id, sha256(text), text, tuple(contributors), by, now
    )
    await transaction.execute(
        "INSERT INTO revision (id, page_id, base_id, sha256, text, contributors, written_by, written_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        revision.id, page_id, base_id, revision.sha256, text, json.dumps(revision.contributors), by, now,
    )  # fmt: skip
    return revision


async def revisions(reader: Reader, ids: Iterable[int]) -> dict[int, Revision]:
    """The revisions with these ids."""
    found = {}
    for some in _batches(sorted(set(ids))):
        places = ", ".join(f"${number}" for number in range(1, len(some) + 1))
        for row in await reader.fetch(f"SELECT * FROM revision WHERE id IN ({places})", *some):
            found[row["id"]] = _revision(row)
    return found


async def history(reader: Reader, page_id: int) -> list[Revision]:
    """Every text a page ever had, the latest first."""
    return [
        _revision(row)
        for row in await reader.fetch("SELECT * FROM revision WHERE page_id = $1 ORDER BY id DESC", page_id)
    ]


async def versions(reader: Reader, page_id: int) -> list[Version]:
    """The same without the texts."""
    rows = await reader.fetch(
        "SELECT id, sha256, written_by, written_at FROM revision WHERE page_id = $1 ORDER BY id DESC", page_id
    )
    return [_read(Version, row) for row in rows]


async def revision_of(reader: Reader, page_id: int, digest: str) -> Revision | None:
    """The latest revision of a page with this SHA-256."""
    row = await reader.fetch_one(
        "SELECT * FROM revision WHERE page_id = $1 AND sha256 = $2 ORDER BY id DESC LIMIT 1", page_id, digest
    )
    return _revision(row) if row else None


async def add_sign_off(transaction: Transaction, sign_off: SignOff) -> None:
    """Keep a sign-off; the same person signing the same text again changes nothing."""
    await transaction.execute(
        "INSERT INTO sign_off (page_id, sha256, kind, signed_by, signed_at, note, registration) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (page_id, sha256, signed_by) DO NOTHING",
        sign_off.page_id, sign_off.sha256, sign_off.kind, sign_off.signed_by, sign_off.signed_at, sign_off.note,
        sign_off.registration,
    )  # fmt: skip


async def sign_offs(reader: Reader, page_id: int, digest: str) -> list[SignOff]:
    """Who signed exactly this text, first one first."""
    rows = await reader.fetch(
        "SELECT * FROM sign_off WHERE page_id = $1 AND sha256 = $2 ORDER BY signed_at", page_id, digest
    )
    return [_read(SignOff, row) for row in rows]


async def add_release(transaction: Transaction, release: Release, items: Iterable[Item]) -> Release:
    """Keep a release with its items, under the next number; the `id` it came with is ignored."""
    numbered = replace(release, id=await _next(transaction, "release"))
    values = _release_values(numbered)
    places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
    await transaction.execute(f"INSERT INTO release ({', '.join(values)}) VALUES ({places})", *values.values())
    await _add_items(transaction, numbered.id, items)
    return numbered


async def replace_release(transaction: Transaction, release: Release, items: Iterable[Item]) -> None:
    """What was planned becomes what was made: the scheduled release, with every page it now has."""
    values = _release_values(release)
    await change_release(transaction, release.id, **{name: value for name, value in values.items() if name != "id"})
    await transaction.execute("DELETE FROM release_item WHERE release_id = $1", release.id)
    await _add_items(transaction, release.id, items)


async def change_release(transaction: Transaction, release_id: int, **changes: str | int | None) -> None:
    """Set single columns of a release."""
    names = ", ".join(f"{name} = ${place}" for place, name in enumerate(changes, 2))
    await transaction.execute(f"UPDATE release SET {names} WHERE id = $1", release_id, *changes.values())


async def release(reader: Reader, release_id: int) -> Release | None:
    """The release with this number."""
    row = await reader.fetch_one("SELECT * FROM release WHERE id = $1", release_id)
    return _release(row) if row else None


async def releases(reader: Reader, limit: int = 50) -> list[Release]:
    """The latest releases, scheduled and failed ones included, the last one first."""
    return [_release(row) for row in await reader.fetch("SELECT * FROM release ORDER BY id DESC LIMIT $1", limit)]


async def releases_that_are(reader: Reader, state: str) -> list[Release]:
    """Every release in a state, the one that is or was due first before the others."""
    return [
        _release(row) for row in await reader.fetch("SELECT * FROM release WHERE state = $1 ORDER BY due_at, id", state)
    ]


async def published_releases(reader: Reader, limit: int) -> list[Release]:
    """The latest releases that readers have had, the last one first."""
    rows = await reader.fetch(
        "SELECT * FROM release WHERE state = 'published' ORDER BY published_at DESC, id DESC LIMIT $1", limit
    )
    return [_release(row) for row in rows]


async def unapproved_releases(reader: Reader) -> list[Release]:
    """Published by break-glass, and nobody has answered for it; the last first."""
    rows = await reader.fetch(
        "SELECT * FROM release WHERE break_glass <> '' AND approved_by IS NULL AND state = 'published' ORDER BY id DESC"
    )
    return [_release(row) for row in rows]


async def scheduled_with(reader: Reader, revision_id: int) -> Release | None:
    """The next scheduled release that makes a text live, if one does."""
    row = await reader.fetch_one(
        "SELECT release.* FROM release JOIN release_item ON release_id = release.id "
        "WHERE revision_id = $1 AND state = 'scheduled' ORDER BY due_at LIMIT 1",
        revision_id,
    )
    return _release(row) if row else None


async def first_release_of(reader: Reader, page_id: int, revision_id: int) -> Release | None:
    """The release that brought a text to readers first, if one ever did."""
    row = await reader.fetch_one(
        "SELECT release.* FROM release JOIN release_item ON release_id = release.id "
        "WHERE page_id = $1 AND revision_id = $2 AND state = 'published' ORDER BY published_at, release.id LIMIT 1",
        page_id, revision_id,
    )  # fmt: skip
    return _release(row) if row else None


async def items(reader: Reader, release_id: int) -> dict[int, Item]:
    """A release's items by page id."""
    rows = await reader.fetch(
        "SELECT page_id, locale, kind, release_item.slug AS slug, revision_id, replaces_id "
        "FROM release_item JOIN page ON page.id = page_id WHERE release_id = $1 ORDER BY page_id",
        release_id,
    )
    return {row["page_id"]: _read(Item, row) for row in rows}


async def item(reader: Reader, release_id: int, page_id: int) -> Item | None:
    """The one of them that is about a page."""
    row = await reader.fetch_one(
        "SELECT page_id, locale, kind, release_item.slug AS slug, revision_id, replaces_id "
        "FROM release_item JOIN page ON page.id = page_id WHERE release_id = $1 AND page_id = $2",
        release_id, page_id,
    )  # fmt: skip
    return _read(Item, row) if row else None


async def missing_objects(reader: Reader, wanted: Iterable[str]) -> set[str]:
    """Which of these hashes are not stored yet."""
    missing = set(wanted)
    for some in _batches(sorted(missing)):
        places = ", ".join(f"${number}" for number in range(1, len(some) + 1))
        rows = await reader.fetch(f"SELECT sha256 FROM object WHERE sha256 IN ({places})", *some)
        missing.difference_update(row["sha256"] for row in rows)
    return missing


async def add_objects(transaction: Transaction, objects: Iterable[StoredObject]) -> None:
    """Keep bytes under their hash; what is there already stays."""
    await transaction.execute_many(
        "INSERT INTO object (sha256, identity, brotli, gzip, headers) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (sha256) DO NOTHING",
        [(one.sha256, one.identity, one.brotli, one.gzip, one.headers) for one in objects],
    )


async def objects(reader: Reader, wanted: Iterable[str]) -> dict[str, StoredObject]:
    """The stored objects with these hashes."""
    found: dict[str, StoredObject] = {}
    for some in _batches(sorted(set(wanted))):
        places = ", ".join(f"${number}" for number in range(1, len(some) + 1))
        rows = await reader.fetch(
            f"SELECT sha256, identity, brotli, gzip, headers FROM object WHERE sha256 IN ({places})", *some
        )
        found |= {row["sha256"]: _read(StoredObject, row) for row in rows}
    return found


async def object_costs(reader: Reader, wanted: Iterable[str]) -> dict[str, int]:
    """Bytes a phone downloads for each of these objects."""
    costs: dict[str, int] = {}
    for some in _batches(sorted(set(wanted))):
        places = ", ".join(f"${number}" for number in range(1, len(some) + 1))
        rows = await reader.fetch(
            f"SELECT sha256, LENGTH(COALESCE(brotli, identity)) AS cost FROM object WHERE sha256 IN ({places})", *some
        )
        costs |= {row["sha256"]: row["cost"] for row in rows}
    return costs


async def use_objects(transaction: Transaction, used: Iterable[str], now: int) -> None:
    """Note that exactly these objects are live, and since when the others are not."""
    live = set(used)
    unused = {row["sha256"] for row in await transaction.fetch("SELECT sha256 FROM unused_object")}
    stored = {row["sha256"] for row in await transaction.fetch("SELECT sha256 FROM object")}
    left, back = sorted(stored - live - unused), sorted(unused & live)
    await transaction.execute_many(
        "INSERT INTO unused_object (sha256, since) VALUES ($1, $2)", [(one, now) for one in left]
    )
    await transaction.execute_many("DELETE FROM unused_object WHERE sha256 = $1", [(one,) for one in back])


async def drop_objects(transaction: Transaction, unused_before: int) -> int:
    """Remove what no release has used since then; the answer is how many objects went."""
    return await transaction.execute(
        "DELETE FROM object WHERE sha256 IN (SELECT sha256 FROM unused_object WHERE since < $1)", unused_before
    )


async def add_notice(transaction: Transaction, stored: StoredNotice) -> None:
    """Keep a notice."""
    notice = stored.notice
    await transaction.execute(
        "INSERT INTO notice (id, kind, locale, path, block, text, words, sha256, part_of, issued_by, issued_at, "
        "reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        notice.id, notice.kind, notice.locale, notice.path, notice.block, notice.text,
        stored.words, stored.sha256, stored.part_of, stored.issued_by, stored.issued_at, stored.reason,
    )  # fmt: skip


async def confirm_notice(transaction: Transaction, notice_id: str, by: str, now: int) -> None:
    """Note the second person of a notice and of what is part of it."""
    await transaction.execute(
        "UPDATE notice SET confirmed_by = $2, confirmed_at = $3 "
        "WHERE confirmed_at IS NULL AND (id = $1 OR part_of = $1)",
        notice_id, by, now,
    )  # fmt: skip


async def lift_notice(transaction: Transaction, notice_id: str, by: str, now: int) -> None:
    """End a notice and what is part of it."""
    await transaction.execute(
        "UPDATE notice SET lifted_by = $2, lifted_at = $3 WHERE lifted_at IS NULL AND (id = $1 OR part_of = $1)",
        notice_id, by, now,
    )  # fmt: skip


async def notices(reader: Reader, *, active: bool = True) -> list[StoredNotice]:
    """Notices in the order they were issued; the active ones, or all."""
    condition = "WHERE lifted_at IS NULL" if active else ""
    rows = await reader.fetch(f"SELECT * FROM notice {condition} ORDER BY issued_at, part_of IS NOT NULL, id")
    return [_notice(row) for row in rows]


async def recalled(reader: Reader) -> list[StoredNotice]:
    """Recalls whose words may not go out: those that act, and those lifted since, because their words stay wrong.

    Left out are those that were withdrawn, for their words were right, and those issued again with a better text.
    """
    rows = await reader.fetch(
        "SELECT * FROM notice WHERE lifted_at IS NULL OR EXISTS (SELECT 1 FROM publication "
        "WHERE verb = 'lift' AND notice_id IN (notice.id, notice.part_of)) "
        "ORDER BY issued_at, part_of IS NOT NULL, id"
    )
    return [_notice(row) for row in rows]


async def set_covered(transaction: Transaction, covered: Mapping[str, str]) -> None:
    """Which pages are served covered, and as which object."""
    await transaction.execute("DELETE FROM covered")
    await transaction.execute_many("INSERT INTO covered (path, object) VALUES ($1, $2)", list(covered.items()))


async def covered(reader: Reader) -> dict[str, str]:
    """The pages served covered: path to object."""
    return {row["path"]: row["object"] for row in await reader.fetch("SELECT path, object FROM covered")}


async def add_publication(transaction: Transaction, publication: Publication) -> None:
    """Log a change of the head."""
    await transaction.execute(
        "INSERT INTO publication (sequence, verb, release_id, notice_id, done_by, done_at) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        *(getattr(publication, one.name) for one in fields(Publication)),
    )


async def publications(reader: Reader, limit: int = 50) -> list[Publication]:
    """The latest changes of the head, the last one first."""
    rows = await reader.fetch("SELECT * FROM publication ORDER BY sequence DESC LIMIT $1", limit)
    return [_read(Publication, row) for row in rows]


def _release_values(release: Release) -> dict[str, str | int | None]:
    values = {one.name: getattr(release, one.name) for one in fields(Release)}
    return values | {name: json.dumps(values[name]) for name in ("notes", "redirects", "manifests")}


async def _add_items(transaction: Transaction, release_id: int, items: Iterable[Item]) -> None:
    await transaction.execute_many(
        "INSERT INTO release_item (release_id, page_id, slug, revision_id, replaces_id) VALUES ($1, $2, $3, $4, $5)",
        [(release_id, item.page_id, item.slug, item.revision_id, item.replaces_id) for item in items],
    )


async def _next(transaction: Transaction, table: str) -> int:
    # Safe because whoever adds rows holds the head.
    row = await transaction.fetch_one(f"SELECT COALESCE(MAX(id), 0) + 1 AS id FROM {table}")
    assert row is not None  # noqa: S101  an aggregate always answers
    return int(row["id"])


def _batches(values: Sequence[T]) -> Iterable[Sequence[T]]:
    # Both engines take a thousand parameters.
    return (values[start : start + 500] for start in range(0, len(values), 500))


def _read(shape: type[T], row: Row) -> T:
    return shape(*_getter(shape)(row))  # type: ignore[arg-type]  # a class can be a key


@functools.cache
def _getter(shape: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
    return itemgetter(*(one.name for one in fields(shape)))


_STRINGS = msgspec.json.Decoder(tuple[str, ...])
_BY_NAME = msgspec.json.Decoder(dict[str, str])


def _revision(row: Row) -> Revision:
    return replace(_read(Revision, row), contributors=_STRINGS.decode(row["contributors"]))


def _release(row: Row) -> Release:
    return replace(
        _read(Release, row),
        notes=_STRINGS.decode(row["notes"]),
        redirects=_BY_NAME.decode(row["redirects"]),
        manifests=_BY_NAME.decode(row["manifests"]),
    )


def _notice(row: Row) -> StoredNotice:
    values = {one.name: row[one.name] for one in fields(StoredNotice) if one.name != "notice"}
    issued = utc_day(row["issued_at"])
    text = {name: row[name] for name in ("id", "kind", "locale", "path", "block", "text")}
    return StoredNotice(notice=Notice(**text, issued=issued), **values)
