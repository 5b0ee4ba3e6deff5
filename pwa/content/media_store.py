"""Every question asked of the tables of pictures and of waiting archives, and every change made to them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from pwa.content.drawn import Drawn
from pwa.content.model import Picture, Variant
from pwa.content.store import sha256
from pwa.database import Reader, Row, Transaction


@dataclass(frozen=True)
class Media:
    """One picture as staff know it; `alternative` is what new uses of it start with, empty where it only decorates."""

    name: str
    title: str
    original_sha256: str
    width: int
    height: int
    alternative: str
    decorative: bool
    uploaded_by: str
    uploaded_at: int
    replaced_by: str | None = None

    @property
    def markdown(self) -> str:
        """The lines that show it in a text."""
        shown = "decorative" if self.decorative else f'"{self.alternative}"'
        return f"::: picture {self.name} {shown}\n:::"


@dataclass(frozen=True)
class StoredVariant:
    """One size of a picture in one format, without its bytes."""

    media: str
    media_type: str
    width: int
    height: int
    sha256: str
    size: int


async def add(transaction: Transaction, media: Media, drawn: Sequence[Drawn]) -> None:
    """Keep a picture with all its sizes."""
    names = [one.name for one in fields(Media)]
    places = ", ".join(f"${place}" for place in range(1, len(names) + 1))
    values = [getattr(media, name) for name in names]
    await transaction.execute(
        f"INSERT INTO media ({', '.join(names)}) VALUES ({places})",
        *(int(value) if isinstance(value, bool) else value for value in values),
    )
    await transaction.execute_many(
        "INSERT INTO media_variant (media, media_type, width, height, sha256, body) VALUES ($1, $2, $3, $4, $5, $6)",
        [(media.name, one.media_type, one.width, one.height, sha256(one.body), one.body) for one in drawn],
    )


async def all_media(reader: Reader) -> list[Media]:
    """Every picture, the last one uploaded first."""
    return [_media(row) for row in await reader.fetch("SELECT * FROM media ORDER BY uploaded_at DESC, name")]


async def media(reader: Reader, name: str) -> Media | None:
    """The picture of this name."""
    row = await reader.fetch_one("SELECT * FROM media WHERE name = $1", name)
    return _media(row) if row else None


async def media_of_original(reader: Reader, original_sha256: str) -> Media | None:
    """The picture that was made of an upload with this hash and has not been replaced."""
    row = await reader.fetch_one(
        "SELECT * FROM media WHERE original_sha256 = $1 AND replaced_by IS NULL", original_sha256
    )
    return _media(row) if row else None


async def variants(reader: Reader, names: Iterable[str]) -> dict[str, list[StoredVariant]]:
    """The sizes of each of these pictures, the narrowest first, WebP before AVIF."""
    found: dict[str, list[StoredVariant]] = {}
    for some in _batches(sorted(set(names))):
        places = ", ".join(f"${place}" for place in range(1, len(some) + 1))
        rows = await reader.fetch(
            "SELECT media, media_type, width, height, sha256, LENGTH(body) AS size FROM media_variant "
            f"WHERE media IN ({places}) ORDER BY media, width, media_type DESC",
            *some,
        )
        for row in rows:
            one = StoredVariant(**{each.name: row[each.name] for each in fields(StoredVariant)})
            found.setdefault(one.media, []).append(one)
    return found


async def body(reader: Reader, digest: str) -> tuple[str, bytes] | None:
    """Media type and bytes of the size with this SHA-256."""
    row = await reader.fetch_one("SELECT media_type, body FROM media_variant WHERE sha256 = $1 LIMIT 1", digest)
    return (row["media_type"], bytes(row["body"])) if row else None


async def drawn(reader: Reader, name: str) -> list[Drawn]:
    """A picture's sizes with their bytes, the narrowest first, WebP before AVIF."""
    rows = await reader.fetch(
        "SELECT media_type, width, height, body FROM media_variant WHERE media = $1 ORDER BY width, media_type DESC",
        name,
    )
    return [Drawn(row["media_type"], row["width"], row["height"], bytes(row["body"])) for row in rows]


async def pictures(reader: Reader, names: Iterable[str]) -> dict[str, Picture]:
    """What pages show of these names; those that are not there are left out."""
    found = {}
    for name, sizes in (await variants(reader, names)).items():
        kept = await body(reader, sizes[0].sha256)
        shown = tuple(Variant(one.media_type, one.width, one.height, one.sha256) for one in sizes)
        found[name] = Picture(name, shown, kept[1] if kept else b"")
    return found


async def describe(transaction: Transaction, name: str, alternative: str, *, decorative: bool) -> None:
    """What new uses of a picture start with."""
    await transaction.execute(
        "UPDATE media SET alternative = $2, decorative = $3 WHERE name = $1", name, alternative, int(decorative)
    )


async def set_replaced(transaction: Transaction, name: str, replaced_by: str) -> None:
    """Note which picture took another one's place."""
    await transaction.execute("UPDATE media SET replaced_by = $2 WHERE name = $1", name, replaced_by)


async def remove(transaction: Transaction, name: str) -> None:
    """Take a picture and all its bytes away, also those that a release of before kept; nothing live may use it."""
    digests = [one.sha256 for one in (await variants(transaction, [name])).get(name, [])]
    await transaction.execute("UPDATE media SET replaced_by = NULL WHERE replaced_by = $1", name)
    await transaction.execute("DELETE FROM media_variant WHERE media = $1", name)
    await transaction.execute("DELETE FROM media WHERE name = $1", name)
    for digest in digests:
        if await body(transaction, digest) is None:  # else another picture has the same bytes
            await transaction.execute("DELETE FROM object WHERE sha256 = $1", digest)


async def texts_with_pictures(reader: Reader) -> list[Mapping[str, str]]:
    """Texts that may show a picture and that readers have or may get: `kind`, `slug`, `state` and `text` of each.

    `state` is `live`, `draft` or `scheduled`.
    """
    shows = "revision.text LIKE '%:::%picture %'"
    rows = await reader.fetch(
        "SELECT page.kind AS kind, release_item.slug AS slug, 'live' AS state, revision.text AS text FROM head "
        "JOIN release_item ON release_item.release_id = head.release_id JOIN page ON page.id = release_item.page_id "
        f"JOIN revision ON revision.id = release_item.revision_id WHERE {shows} "
        "UNION ALL SELECT page.kind, page.slug, 'draft', revision.text FROM page "
        f"JOIN revision ON revision.id = page.draft_id WHERE {shows} "
        "UNION ALL SELECT page.kind, release_item.slug, 'scheduled', revision.text FROM release "
        "JOIN release_item ON release_item.release_id = release.id JOIN page ON page.id = release_item.page_id "
        f"JOIN revision ON revision.id = release_item.revision_id WHERE release.state = 'scheduled' AND {shows}"
    )
    return [{name: str(row[name]) for name in ("kind", "slug", "state", "text")} for row in rows]


async def stage(transaction: Transaction, name: str, archive: bytes, by: str, now: int, kept_for: int) -> None:
    """Keep an archive for someone in the place of any other of theirs; those left longer than `kept_for` ms go."""
    await transaction.execute("DELETE FROM staged_import WHERE staged_by = $1 OR staged_at < $2", by, now - kept_for)
    await transaction.execute(
        "INSERT INTO staged_import (id, body, staged_by, staged_at) VALUES ($1, $2, $3, $4)", name, archive, by, now
    )


async def staged(reader: Reader, name: str, by: str, not_before: int) -> bytes | None:
    """The archive that this person has waiting under this name."""
    row = await reader.fetch_one(
        "SELECT body FROM staged_import WHERE id = $1 AND staged_by = $2 AND staged_at >= $3", name, by, not_before
    )
    return bytes(row["body"]) if row else None


async def unstage(transaction: Transaction, name: str, by: str) -> None:
    """Forget a waiting archive."""
    await transaction.execute("DELETE FROM staged_import WHERE id = $1 AND staged_by = $2", name, by)


def _media(row: Row) -> Media:
    values = {one.name: row[one.name] for one in fields(Media)}
    return Media(**values | {"decorative": bool(values["decorative"])})


def _batches(values: Sequence[str]) -> Iterable[Sequence[str]]:
    # Both engines take a thousand parameters.
    return (values[start : start + 500] for start in range(0, len(values), 500))
