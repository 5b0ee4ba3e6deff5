"""Makes final bytes of a snapshot: every object under its hash, and the manifest that names them."""

import functools
import gzip
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import brotli
import msgspec

from pwa.content.model import Edition, Rendered, Renderer, Snapshot
from pwa.content.store import StoredObject, sha256
from pwa.web.headers import EVERYWHERE

FORMAT = 1
REQUIRED_PATHS = ("/404", "/unavailable")
IMMUTABLE = "public, max-age=31536000, immutable"

Headers = Sequence[tuple[str, str]]

_COMPRESSED_ALREADY = ("image/png", "image/webp", "image/avif", "image/jpeg", "font/woff2")


class BuildError(Exception):
    """The renderer broke a promise of docs/release-format.md; nothing was published."""


@dataclass(frozen=True)
class Build:
    """One locale, ready to publish: its manifest and every object the manifest names."""

    locale: str
    manifest: bytes
    bodies: Mapping[str, bytes]
    """Uncompressed bytes by SHA-256, the manifest's among them."""
    rendered_by: str = ""
    """The renderer's fingerprint."""

    @property
    def manifest_sha256(self) -> str:
        """The name of the manifest."""
        return sha256(self.manifest)


def build(snapshot: Snapshot, renderer: Renderer, notes: Sequence[str] = ()) -> Build:
    """Render a snapshot; the same snapshot, renderer and notes always make the same bytes."""
    edition = renderer(snapshot)
    _check(edition, snapshot)
    entries = sorted(edition.entries, key=lambda entry: entry.path)
    bodies = {_digest(entry.body): entry.body for entry in entries}
    manifest = msgspec.json.encode(
        {
            "format": FORMAT,
            "locale": snapshot.locale,
            "policies": {name: dict(headers) for name, headers in edition.policies.items()},
            "notes": list(notes),
            "entries": [_entry(entry) for entry in entries],
            "redirects": dict(edition.redirects),
        },
        order="sorted",
    )
    return Build(snapshot.locale, manifest, bodies | {sha256(manifest): manifest}, renderer.fingerprint)


def compress(digest: str, body: bytes, headers: Headers) -> StoredObject:
    """A body with its Brotli and gzip (9) forms, left out where they are not smaller."""
    written = json.dumps(headers)
    media_type = dict(headers).get("content-type", "")
    if media_type.startswith(_COMPRESSED_ALREADY):
        return StoredObject(digest, body, None, None, written)
    # The manifest is mostly hashes: the last step would take 70 ms of every publication to save 3 % of it.
    smallest, smaller = _squeezed(body, 10 if media_type == "application/json" else 11)
    return StoredObject(
        digest,
        body,
        smallest if len(smallest) < len(body) else None,
        smaller if len(smaller) < len(body) else None,
        written,
    )


@functools.lru_cache(maxsize=16)
def _squeezed(body: bytes, quality: int) -> tuple[bytes, bytes]:
    """Brotli and gzip; remembered, because what a release costs is often told just before it is published."""
    return brotli.compress(body, quality=quality), gzip.compress(body, 9, mtime=0)


def headers_of(manifest: bytes) -> dict[str, Headers]:
    """What each object of a manifest, and the manifest itself, is served with under its hash."""
    document = read_manifest(manifest)
    headers: dict[str, Headers] = {sha256(manifest): manifest_headers(sha256(manifest))}
    for entry in document["entries"]:
        if entry["path"] == f"/c/o/{entry['object']}":
            headers[entry["object"]] = entry_headers(entry, document["policies"])
        else:
            headers.setdefault(entry["object"], raw_headers(entry["object"]))
    return headers


def entry_headers(entry: Mapping[str, Any], policies: Mapping[str, Mapping[str, str]]) -> Headers:
    """The headers of a path's response, the etag last: docs/release-format.md, "Manifest"."""
    return [*policies[entry["policy"]].items(), ("content-type", entry["type"]), ("etag", f'"{entry["object"]}"')]


def raw_headers(digest: str) -> Headers:
    """A page under its hash is bytes for the worker, not a page to look at: it would escape its policy and recalls."""
    return [
        ("cache-control", IMMUTABLE),
        *EVERYWHERE.items(),
        ("content-type", "application/octet-stream"),
        ("etag", f'"{digest}"'),
    ]


def picture_headers(digest: str, media_type: str) -> tuple[tuple[str, str], ...]:
    """A form of a picture that no phone keeps, and so no manifest names."""
    return (
        ("cache-control", IMMUTABLE),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        *EVERYWHERE.items(),
        ("content-type", media_type),
        ("etag", f'"{digest}"'),
    )


def manifest_headers(digest: str) -> Headers:
    """The headers of `/c/m/<sha256>`."""
    return [
        ("cache-control", IMMUTABLE),
        *EVERYWHERE.items(),
        ("content-type", "application/json"),
        ("etag", f'"{digest}"'),
    ]


def objects_of(manifest: bytes) -> list[str]:
    """The SHA-256 of every object a manifest names, once each."""
    return list(dict.fromkeys(entry["object"] for entry in read_manifest(manifest)["entries"]))


@functools.lru_cache(maxsize=4)
def read_manifest(manifest: bytes) -> Mapping[str, Any]:
    """A manifest decoded; remembered, because a publication looks at the old and the new one several times."""
    document: dict[str, Any] = msgspec.json.decode(manifest)
    return document


def _entry(entry: Rendered) -> dict[str, Any]:
    about = {"title": entry.title, "change": entry.change, "revision": entry.revision}
    return {
        "path": entry.path,
        "object": _digest(entry.body),
        "size": len(entry.body),
        "type": entry.media_type,
        "policy": entry.policy,
        **{name: value for name, value in about.items() if value},
    }


def _check(edition: Edition, snapshot: Snapshot) -> None:
    by_path = {entry.path: entry for entry in edition.entries}
    if len(by_path) != len(edition.entries):
        paths = [entry.path for entry in edition.entries]
        raise BuildError(f"rendered twice: {sorted({path for path in paths if paths.count(path) > 1})}")
    if missing := [path for path in REQUIRED_PATHS if path not in by_path]:
        raise BuildError(f"not rendered: {missing}")
    if unknown := {entry.policy for entry in edition.entries} - set(edition.policies):
        raise BuildError(f"policies without headers: {sorted(unknown)}")
    for entry in edition.entries:
        if entry.media_type.startswith("text/html") and (repeated := _repeated_ids(entry.body)):
            raise BuildError(f"{entry.path} gives two elements the id {repeated[0]}. Nothing was changed.")
    for page in snapshot.pages:
        path = page.path if page.path in by_path else f"/{snapshot.locale}{page.path}"
        if path not in by_path:
            raise BuildError(f"{page.path} was not rendered")
        # A recall finds words by these ids: a page that leaves one out could not be covered.
        body = by_path[path].body
        if b'<article id="article"' not in body:
            raise BuildError(f'{path} has no <article id="article">')
        if lost := _lost_blocks(body, page.document.block_ids):
            raise BuildError(f"{path} leaves out the ids of blocks {list(lost)}")


# A release of one changed text has the same bytes as the one before nearly everywhere: these three are remembered.


@functools.lru_cache(maxsize=512)
def _digest(body: bytes) -> str:
    return sha256(body)


@functools.lru_cache(maxsize=512)
def _repeated_ids(body: bytes) -> tuple[str, ...]:
    return tuple(name for name, times in Counter(re.findall(r' id="([^"]*)"', body.decode())).items() if times > 1)


@functools.lru_cache(maxsize=512)
def _lost_blocks(body: bytes, wanted: tuple[str, ...]) -> tuple[str, ...]:
    found = set(re.findall(r' (?:id|data-block)="([a-z2-7]{7}(?:-[0-9]+)?)"', body.decode()))
    return tuple(block for block in wanted if block not in found)
