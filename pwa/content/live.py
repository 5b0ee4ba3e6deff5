"""Everything the published layer serves from memory, read at one moment: the head, its releases, covered pages."""

import asyncio
import functools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from pwa.content import media_store, store
from pwa.content.build import (
    entry_headers,
    manifest_headers,
    objects_of,
    picture_headers,
    raw_headers,
    read_manifest,
)
from pwa.content.cover import cover, recalled_label
from pwa.content.markdown import parse
from pwa.content.model import Block, Document, LivePage, Notice, Snapshot
from pwa.content.store import Head, Item, Publication, Release, Revision, StoredObject
from pwa.database import Database, Reader
from pwa.web.headers import EVERYWHERE
from pwa.web.published import Published


@dataclass(frozen=True)
class Live:
    """What readers get now."""

    head: bytes
    sequence: int
    responses: Mapping[str, Published]
    """By path: pages (covered where recalled), `/c/o/…`, `/c/m/…`, `/c/head.json` and redirects."""
    manifests: Mapping[str, Mapping[str, Any]]
    """Each locale's manifest, decoded."""
    notices: tuple[Notice, ...]
    releases: tuple[Release, ...]
    """Published releases, the live one first, as far as the feed shows them."""
    publications: tuple[Publication, ...]
    items: tuple[Item, ...]
    texts: Mapping[int, Revision]
    redirects: Mapping[str, str]
    objects: Mapping[str, StoredObject]
    """By SHA-256: everything that `responses` hands out."""

    @functools.cached_property
    def snapshots(self) -> Mapping[str, Snapshot]:
        """The live pages of each locale with recalled words replaced; parsed when first asked for."""
        pages: dict[str, list[LivePage]] = {}
        for item in self.items:
            revision = self.texts[item.revision_id or 0]
            document = covered_document(parse(revision.text), self.notices, item.path)
            page = LivePage(item.kind, item.slug, revision.sha256, document)  # type: ignore[arg-type]
            pages.setdefault(item.locale, []).append(page)
        return {locale: Snapshot(locale, tuple(some), self.redirects) for locale, some in pages.items()}

    @property
    def snapshot(self) -> Snapshot:
        """The live pages in English, for search and feed."""
        return self.snapshots.get("en") or Snapshot("en", ())


NOTHING = Live(b"", 0, {}, {}, (), (), (), (), {}, {}, {})
"""Before the first release."""


async def load(database: Database, before: Live = NOTHING) -> Live:
    """What the head names, as of one moment; NOTHING before the first release.

    What was served `before` is not read again: neither objects nor revisions ever change.
    """
    async with database.snapshot() as reader:
        head = await store.head(reader)
        if head.release_id is None or head.body is None:
            return NOTHING
        release = await store.release(reader, head.release_id)
        assert release is not None  # noqa: S101  the head names a release that exists
        manifests = await _objects(reader, release.manifests.values(), before.objects)
        named = [digest for one in manifests.values() for digest in objects_of(one.identity)]
        covered = await store.covered(reader)
        objects = manifests | await _objects(reader, [*named, *covered.values()], before.objects)
        notices = tuple(stored.notice for stored in await store.notices(reader))
        items = await store.items(reader, release.id)
        texts = await _texts(reader, items.values(), before.texts)
        releases = await store.published_releases(reader, 20)
        publications = await store.publications(reader)
    decoded = {locale: read_manifest(objects[digest].identity) for locale, digest in release.manifests.items()}
    return Live(
        head=head.body,
        sequence=head.sequence,
        responses=await asyncio.to_thread(lambda: dict(_responses(head, decoded, release.manifests, objects, covered))),
        manifests=decoded,
        notices=notices,
        releases=tuple(releases),
        publications=tuple(publications),
        items=tuple(items.values()),
        texts=texts,
        redirects=release.redirects,
        objects=objects,
    )


async def _objects(reader: Reader, wanted: Iterable[str], known: Mapping[str, StoredObject]) -> dict[str, StoredObject]:
    there = {digest: known.get(digest) for digest in wanted}
    read = await store.objects(reader, [digest for digest, one in there.items() if one is None])
    return {digest: one for digest, one in there.items() if one is not None} | read


async def _texts(reader: Reader, items: Iterable[Item], known: Mapping[int, Revision]) -> dict[int, Revision]:
    there = {one.revision_id: known.get(one.revision_id) for one in items if one.revision_id}
    read = await store.revisions(reader, [number for number, one in there.items() if one is None])
    return {number: one for number, one in there.items() if one is not None} | read


async def sequence(database: Database) -> int:
    """The number of the head as it is now; it rises at every change of what `load` answers."""
    return (await store.head(database)).sequence


async def object_body(database: Database, digest: str) -> Published | None:
    """An object or manifest of an earlier release, for a phone that still fetches it, or a larger form of a picture.

    None once it is gone.
    """
    stored = (await store.objects(database, [digest])).get(digest)
    if stored is None:
        picture = await media_store.body(database, digest)
        return Published(picture_headers(digest, picture[0]), picture[1]) if picture else None
    headers = tuple((name, value) for name, value in json.loads(stored.headers))
    return Published(headers, stored.identity, stored.brotli, stored.gzip)


def covered_document(document: Document, notices: Sequence[Notice], path: str) -> Document:
    """A document whose recalled words are replaced, for whatever works on words rather than on finished pages."""
    for notice in notices:
        if notice.kind == "recall" and notice.block is None and notice.path == path:
            return _covered_whole(document, notice)
        if notice.kind == "recall" and notice.block is not None:
            document = _covered_block(document, notice, path)
    return document


def _covered_whole(document: Document, notice: Notice) -> Document:
    words = f"{recalled_label(notice)} {notice.text}"
    summary = Block(document.summary_block, "summary", words)
    front = msgspec.structs.replace(document.front, summary=words, numbers=(), clinic=None)
    return Document(front, "", (summary,), (), (), (), document.summary_block)


def _covered_block(document: Document, notice: Notice, path: str) -> Document:
    words = f"{recalled_label(notice)} {notice.text}"
    wrong = [one.text for one in document.blocks if one.id.partition("-")[0] == notice.block]
    if not wrong:
        return document
    html = cover(document.html, [notice], path)
    blocks = []
    for block in document.blocks:
        if block.id.partition("-")[0] == notice.block:
            blocks.append(replace(block, text=words, citations=()))
        elif block.kind in ("summary", "fact") or f' id="{block.id}"' in html:
            # What holds the wrong words besides their own block is a callout or a figure around them.
            blocks.append(replace(block, text=block.text.replace(wrong[0], words)))
    front = document.front
    if document.summary_block.partition("-")[0] == notice.block:
        front = msgspec.structs.replace(front, summary=words)
    return replace(document, front=front, html=html, blocks=tuple(blocks))


def _responses(
    live: Head,
    manifests: Mapping[str, Mapping[str, Any]],
    names: Mapping[str, str],
    objects: Mapping[str, StoredObject],
    covered: Mapping[str, str],
) -> Iterator[tuple[str, Published]]:
    for locale, manifest in manifests.items():
        whole = objects[names[locale]]
        yield f"/c/m/{whole.sha256}", _published(manifest_headers(whole.sha256), whole)
        for entry in manifest["entries"]:
            digest, path = entry["object"], entry["path"]
            headers = entry_headers(entry, manifest["policies"])
            if not path.startswith("/c/o/"):
                yield f"/c/o/{digest}", _published(raw_headers(digest), objects[digest])
            if path in covered:
                headers = [*headers[:-1], ("etag", f'"{digest}-{live.sequence}"')]
                digest = covered[path]
            # What a search is for is answered by the program itself.
            yield path, _published(headers, objects[digest], with_query=path != "/search")
        for source, target in manifest["redirects"].items():
            leading = (("location", target), ("cache-control", "no-cache"), *EVERYWHERE.items())
            yield source, Published(leading, b"", status=308)
    head_headers = (("content-type", "application/json"), ("cache-control", "no-store"), *EVERYWHERE.items())
    yield "/c/head.json", Published(head_headers, live.body or b"")


def _published(headers: Sequence[tuple[str, str]], stored: StoredObject, *, with_query: bool = True) -> Published:
    return Published(tuple(headers), stored.identity, stored.brotli, stored.gzip, with_query=with_query)
