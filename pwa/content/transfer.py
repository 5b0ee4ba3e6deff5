"""Texts and pictures in and out: what an archive or a folder would change, drafts of that, and all of it written."""

import asyncio
import difflib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pwa.content import media, media_store, store
from pwa.content.bundle import (
    KINDS,
    MOST_ARCHIVE_BYTES,
    Bundle,
    SourcePicture,
    SourceText,
    archive_of,
    files_of,
    read_archive,
    read_folder,
)
from pwa.content.drafts import current_revision, hold_published, keep_draft, new_page
from pwa.content.markdown import parse
from pwa.content.media_store import Media
from pwa.content.model import Conflict, ContentError, Problem, Refused
from pwa.content.store import Page, Revision
from pwa.database import Database, Reader, Transaction
from pwa.staff import audit

ARCHIVE = ".zip"
KEPT_FOR = 24 * 3600 * 1000
"""Milliseconds an archive waits between its dry run and the word to import it."""


@dataclass(frozen=True)
class Difference:
    """What importing one file does: `new`, `changed` or `same`, with the changed lines and the faults found."""

    path: str
    """Where readers find the page, or `media/<name>` for a picture."""
    kind: str
    lines: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    before: str = ""
    """SHA-256 of the text as it is now."""
    draft_by: str = ""
    """Who wrote the open draft that the import replaces; it stays in the history."""


async def import_folder(
    database: Database, folder: Path, *, by: str, now: int, dry_run: bool = False, locale: str = "en"
) -> list[Difference]:
    """Make drafts of what differs in a folder, or in a .zip, from the current texts; `dry_run` only says what would.

    All files or none: Refused when one of them cannot be read. Pages that the folder lacks stay as they are.
    """
    bundle = await asyncio.to_thread(_read, folder)
    if not bundle.texts and not bundle.pictures:
        raise Refused(f"{folder} holds no texts; they belong into {', '.join(f'{kind}/' for kind in KINDS)}.")
    if dry_run:
        return await differences(database, bundle, locale=locale)
    return await import_bundle(database, bundle, by=by, now=now, name=folder.name, locale=locale)


async def stage(database: Database, archive: bytes, *, by: str, now: int) -> str:
    """Keep an archive for `by` to look at what it would change; the answer names it. Raises as `read_archive` does.

    One at a time for each person: a second one takes the place of the first.
    """
    await differences(database, await asyncio.to_thread(read_archive, archive))
    name = store.sha256(f"{by}\n{store.sha256(archive)}")[:16]
    async with database.transaction() as transaction:
        await media_store.stage(transaction, name, archive, by, now, KEPT_FOR)
    return name


async def staged_differences(database: Database, name: str, *, by: str, now: int) -> list[Difference]:
    """What importing a staged archive would change as things are now; Refused when it is not there for `by`."""
    return await differences(database, await _staged(database, name, by, now))


async def import_staged(database: Database, name: str, *, seen: str, by: str, now: int) -> list[Difference]:
    """Make drafts of a staged archive, exactly as `seen` says its dry run showed; Conflict when texts changed since."""
    bundle = await _staged(database, name, by, now)
    return await import_bundle(database, bundle, by=by, now=now, name="archive", seen=seen, staged=name)


async def discard_staged(database: Database, name: str, *, by: str) -> None:
    """Forget a staged archive."""
    async with database.transaction() as transaction:
        await media_store.unstage(transaction, name, by)


async def differences(database: Database, bundle: Bundle, *, locale: str = "en") -> list[Difference]:
    """What importing a bundle would change; Refused when it holds a picture that is none."""
    async with database.snapshot() as reader:
        new = await _new_pictures(reader, bundle)
        found = await _differences(reader, bundle, locale)
    await _verify(new)
    return found


def fingerprint(found: Sequence[Difference]) -> str:
    """What a dry run showed, in short: another text meanwhile makes it another one."""
    return store.sha256(json.dumps([(one.path, one.kind, one.before) for one in found]))[:16]


async def import_bundle(
    database: Database,
    bundle: Bundle,
    *,
    by: str,
    now: int,
    name: str,
    locale: str = "en",
    seen: str | None = None,
    staged: str = "",
) -> list[Difference]:
    """Make drafts of what differs; all of it or nothing. `name` is what the audit log calls it."""
    async with database.snapshot() as reader:
        new = await _new_pictures(reader, bundle)
    await _verify(new)
    async with database.transaction() as transaction:
        await hold_published(transaction)
        found = await _differences(transaction, bundle, locale)
        if seen is not None and seen != fingerprint(found):
            raise Conflict("Texts changed since this was looked at. Nothing was imported: look at it again.")
        there = await media_store.variants(transaction, [one.name for one in new])
        for picture in new:
            if picture.name not in there:
                await media_store.add(transaction, _media(picture, by, now), picture.drawn)
        for source, difference in zip(bundle.texts, found, strict=False):
            await _import_text(transaction, source, difference, locale, by, now)
        await media_store.unstage(transaction, staged, by)
        changed = sum(one.kind != "same" for one in found)
        if changed:
            await audit.record(transaction, by=by, action="folder.import", subject=name, now=now, drafts=changed)
    return found


async def export(database: Database, folder: Path, *, drafts: bool = False, locale: str = "en") -> list[Path]:
    """Write the live texts (or, with `drafts`, the current ones) and their pictures for `import_folder`.

    As a folder, or as one archive if the name ends with .zip.
    """
    if folder.suffix == ARCHIVE:
        folder.write_bytes(await export_archive(database, drafts=drafts, locale=locale))
        return [folder]
    written = []
    for name, body in files_of(await read_bundle(database, drafts=drafts, locale=locale)).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
        written.append(file)
    return written


async def export_archive(database: Database, *, drafts: bool = False, locale: str = "en") -> bytes:
    """The same as a zip archive."""
    bundle = await read_bundle(database, drafts=drafts, locale=locale)
    return await asyncio.to_thread(archive_of, bundle)


async def read_bundle(database: Database, *, drafts: bool, locale: str = "en") -> Bundle:
    """The live texts, or the current ones, with the pictures they show."""
    texts = []
    async with database.snapshot() as reader:
        head = await store.head(reader)
        live = await store.items(reader, head.release_id) if head.release_id is not None else {}
        for page in await store.pages(reader):
            item = live.get(page.id)
            number = page.draft_id if drafts and page.draft_id else item.revision_id if item else None
            if page.locale != locale or number is None:
                continue
            slug = page.slug if drafts or item is None else item.slug
            texts.append(SourceText(page.kind, slug, (await store.revisions(reader, [number]))[number].text))
        names = {name for source in texts for name in media.pictures_in(source.text)}
        pictures = [await _picture(reader, name) for name in sorted(names)]
    texts.sort(key=lambda one: (KINDS.index(one.kind), one.slug))
    return Bundle(tuple(texts), tuple(one for one in pictures if one is not None))


def _read(source: Path) -> Bundle:
    if source.suffix != ARCHIVE:
        return read_folder(source)
    if not source.is_file() or source.stat().st_size > MOST_ARCHIVE_BYTES:
        raise Refused(f"{source} is no file, or larger than {MOST_ARCHIVE_BYTES >> 20} MB.")
    return read_archive(source.read_bytes())


async def _import_text(
    transaction: Transaction, source: SourceText, difference: Difference, locale: str, by: str, now: int
) -> None:
    if difference.kind == "same":
        return
    if difference.problems:
        raise Refused(f"{source.path}: {ContentError(difference.problems)}. Nothing was imported.")
    page = await store.page_at(transaction, source.path, locale)
    if page is None:
        page = await new_page(transaction, source.path, now, locale)
    await keep_draft(transaction, page, source.text, by=by, now=now)


async def _staged(reader: Reader, name: str, by: str, now: int) -> Bundle:
    archive = await media_store.staged(reader, name, by, now - KEPT_FOR)
    if archive is None:
        raise Refused(
            "This archive is not waiting any more: it was imported, or more than a day went by. Send it again."
        )
    return await asyncio.to_thread(read_archive, archive)


async def _new_pictures(reader: Reader, bundle: Bundle) -> list[SourcePicture]:
    there = await media_store.variants(reader, [one.name for one in bundle.pictures])
    return [one for one in bundle.pictures if one.name not in there]


async def _verify(pictures: Sequence[SourcePicture]) -> None:
    for one in pictures:
        await media.verify(one.name, one.drawn)
        media.described(one.title, one.alternative, decorative=one.decorative)


async def _differences(reader: Reader, bundle: Bundle, locale: str) -> list[Difference]:
    found = []
    for source in bundle.texts:
        page = await store.page_at(reader, source.path, locale)
        current = await current_revision(reader, page) if page else None
        found.append(_difference(source, current, page))
    new = {one.name for one in await _new_pictures(reader, bundle)}
    pictures = [Difference(f"media/{one.name}", "new" if one.name in new else "same") for one in bundle.pictures]
    return found + pictures


def _difference(source: SourceText, current: Revision | None, page: Page | None) -> Difference:
    problems = tuple(_problems(source.text))
    if current is None:
        return Difference(source.path, "new", problems=problems)
    if current.text == source.text:
        return Difference(source.path, "same", problems=problems, before=current.sha256)
    # Without the two lines that name the files.
    lines = list(difflib.unified_diff(current.text.splitlines(), source.text.splitlines(), lineterm="", n=1))[2:]
    draft_by = current.written_by if page is not None and page.draft_id is not None else ""
    return Difference(source.path, "changed", tuple(lines), problems, current.sha256, draft_by)


def _problems(text: str) -> Iterator[Problem]:
    try:
        parse(text)
    except ContentError as error:
        yield from error.problems


def _media(picture: SourcePicture, by: str, now: int) -> Media:
    widest = picture.drawn[-1]
    return Media(
        picture.name, picture.title, picture.original_sha256, widest.width, widest.height, picture.alternative,
        picture.decorative, by, now,
    )  # fmt: skip


async def _picture(reader: Reader, name: str) -> SourcePicture | None:
    found = await media_store.media(reader, name)
    if found is None:
        return None
    drawn = await media_store.drawn(reader, name)
    return SourcePicture(name, found.title, found.alternative, found.decorative, found.original_sha256, tuple(drawn))
