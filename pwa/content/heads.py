"""Turns the head: the one row that makes a release, a recall or its end real for every reader at once."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from pwa.content import store
from pwa.content.build import compress, raw_headers, read_manifest
from pwa.content.cover import cover
from pwa.content.model import Notice
from pwa.content.store import Head, Publication, StoredObject
from pwa.database import Reader, Transaction

CHANNEL = "head"
FORMAT = 1
CHECK_WITHIN_DAYS = 30
KEPT_FOR = 90 * 24 * 3600 * 1000
"""Milliseconds an object stays after the last release that used it, for phones that still fetch that release."""

Step = Callable[[str], None]


def no_step(_name: str) -> None:
    """What happens between the steps of a publication, unless a test wants to be there."""


async def turn(
    transaction: Transaction,
    before: Head,
    *,
    release_id: int | None,
    manifests: Mapping[str, str],
    verb: str,
    by: str,
    now: int,
    notice_id: str | None = None,
    on_step: Step = no_step,
) -> Head:
    """Make this release, with the notices as they now stand, what everyone follows; needs `hold` before.

    Covered pages are built here, so that readers without a worker never see the wrong words either.
    """
    notices = [stored.notice for stored in await store.notices(transaction)]
    entries = await _entries(transaction, manifests)
    covered = await _cover_pages(transaction, entries, notices)
    await store.set_covered(transaction, covered)
    on_step("covered")
    used = {entry["object"] for entry in entries} | set(manifests.values()) | set(covered.values())
    await store.use_objects(transaction, used, now)
    await store.drop_objects(transaction, now - KEPT_FOR)
    sequence = max(before.sequence + 1, now // 1000)
    after = Head(sequence, release_id, head_body(sequence, now, manifests, notices))
    await store.set_head(transaction, after)
    on_step("head")
    await store.add_publication(transaction, Publication(sequence, verb, release_id, notice_id, by, now))
    transaction.notify(CHANNEL)
    on_step("committing")
    return after


async def live_html(reader: Reader, manifests: Mapping[str, str]) -> dict[str, str]:
    """Every page of these manifests as it was rendered, by its path."""
    return await _html(reader, await _entries(reader, manifests))


def head_body(sequence: int, now: int, manifests: Mapping[str, str], notices: Sequence[Notice]) -> bytes:
    """The bytes of /c/head.json."""
    issued = datetime.fromtimestamp(now // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps(
        {
            "format": FORMAT,
            "sequence": sequence,
            "issued": issued,
            "check_within_days": CHECK_WITHIN_DAYS,
            "manifests": dict(sorted(manifests.items())),
            "notices": [{name: getattr(notice, name) for name in notice.__struct_fields__} for notice in notices],
        },
        separators=(",", ":"),
        ensure_ascii=False,
    ).encode()


async def _cover_pages(
    transaction: Transaction, entries: Sequence[Mapping[str, str]], notices: Sequence[Notice]
) -> dict[str, str]:
    """Which paths are served covered and as which object; the objects are stored."""
    if not notices:
        return {}
    covered: dict[str, bytes] = {}
    for path, html in (await _html(transaction, entries)).items():
        now_covered = cover(html, notices, path)
        if now_covered is not html:
            covered[path] = now_covered.encode()
    named = {store.sha256(body): body for body in covered.values()}
    missing = await store.missing_objects(transaction, named)
    compressed: list[StoredObject] = [
        await asyncio.to_thread(compress, digest, named[digest], raw_headers(digest)) for digest in sorted(missing)
    ]
    await store.add_objects(transaction, compressed)
    return {path: store.sha256(body) for path, body in covered.items()}


async def _entries(reader: Reader, manifests: Mapping[str, str]) -> list[Mapping[str, str]]:
    documents = await store.objects(reader, manifests.values())
    return [entry for one in documents.values() for entry in read_manifest(one.identity)["entries"]]


async def _html(reader: Reader, entries: Sequence[Mapping[str, str]]) -> dict[str, str]:
    pages = {entry["path"]: entry["object"] for entry in entries if entry["type"].startswith("text/html")}
    bodies = await store.objects(reader, pages.values())
    return {path: bodies[digest].identity.decode() for path, digest in pages.items()}
