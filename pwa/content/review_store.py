"""Every question about reviewing: sign-offs, requests, links for outside clinicians, what the clinic has decided."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from pwa.content.store import SignOff
from pwa.database import Reader, Row, Transaction

RequestKind = Literal["review", "changes"]


@dataclass(frozen=True)
class Request:
    """Someone asks for a sign-off of the exact text of this hash (`review`), or for another text (`changes`)."""

    id: int
    page_id: int
    sha256: str
    kind: RequestKind
    asked_by: str
    asked_at: int
    addressee: str
    """Who should sign; "" for anyone who may."""
    note: str
    withdrawn_by: str | None = None
    withdrawn_at: int | None = None


@dataclass(frozen=True)
class OutsideLink:
    """A link that lets a clinician without an account answer once for the exact text of this hash."""

    id: int
    page_id: int
    sha256: str
    secret_sha256: str
    meant_for: str
    made_by: str
    made_at: int
    expires_at: int
    revoked_by: str | None = None
    revoked_at: int | None = None
    answer: str | None = None
    """`approved` or `changes`, once it was used."""
    answered_by: str | None = None
    answered_at: int | None = None


@dataclass(frozen=True)
class Decision:
    """Something the clinic has decided for itself, and who said so."""

    name: str
    value: str
    set_by: str
    set_at: int


@dataclass(frozen=True)
class Standing:
    """One page with its live text and its draft, each None where there is none."""

    page_id: int
    locale: str
    kind: str
    slug: str
    live_slug: str | None
    live_sha256: str | None
    live_text: str | None
    live_at: int | None
    draft_id: int | None
    draft_sha256: str | None
    draft_text: str | None
    draft_contributors: str | None
    draft_by: str | None
    draft_at: int | None


async def standings(reader: Reader, page_id: int | None = None) -> list[Standing]:
    """Every page there is or was, ordered by id; or one of them."""
    condition, given = ("", ()) if page_id is None else ("WHERE page.id = $1 ", (page_id,))
    rows = await reader.fetch(
        "SELECT page.id AS page_id, page.locale AS locale, page.kind AS kind, page.slug AS slug, "
        "item.slug AS live_slug, live.sha256 AS live_sha256, live.text AS live_text, live.written_at AS live_at, "
        "page.draft_id AS draft_id, draft.sha256 AS draft_sha256, draft.text AS draft_text, "
        "draft.contributors AS draft_contributors, draft.written_by AS draft_by, draft.written_at AS draft_at "
        "FROM page LEFT JOIN release_item AS item "
        "ON item.page_id = page.id AND item.release_id = (SELECT release_id FROM head WHERE one = 1) "
        "LEFT JOIN revision AS live ON live.id = item.revision_id "
        f"LEFT JOIN revision AS draft ON draft.id = page.draft_id {condition}ORDER BY page.id",
        *given,
    )
    return [Standing(**{one.name: row[one.name] for one in fields(Standing)}) for row in rows]


async def planned(reader: Reader) -> dict[int, tuple[int | None, int, int]]:
    """Pages in scheduled releases: the revision that will go live (None withdraws it), when, and the release."""
    rows = await reader.fetch(
        "SELECT page_id, revision_id, due_at, release_id FROM release_item JOIN release ON release.id = release_id "
        "WHERE release.state = 'scheduled' ORDER BY due_at DESC"
    )
    return {row["page_id"]: (row["revision_id"], row["due_at"], row["release_id"]) for row in rows}


async def draft_sign_offs(reader: Reader) -> list[SignOff]:
    """Sign-offs of the exact text of any open draft, first one first."""
    names = ", ".join(f"sign_off.{one.name}" for one in fields(SignOff))
    rows = await reader.fetch(
        f"SELECT {names} FROM page JOIN revision ON revision.id = page.draft_id "
        "JOIN sign_off ON sign_off.page_id = page.id AND sign_off.sha256 = revision.sha256 ORDER BY signed_at"
    )
    return [SignOff(**{one.name: row[one.name] for one in fields(SignOff)}) for row in rows]


async def own_sign_offs(reader: Reader) -> set[tuple[int, str]]:
    """Page and hash of each text that was signed by someone who wrote in it, because the clinic reviews alone."""
    rows = await reader.fetch("SELECT page_id, sha256 FROM sign_off WHERE kind = 'own'")
    return {(row["page_id"], row["sha256"]) for row in rows}


async def add_request(transaction: Transaction, request: Request) -> Request:
    """Keep a request under the next number; the `id` it came with is ignored."""
    number = await _next(transaction, "review_request")
    await transaction.execute(
        "INSERT INTO review_request (id, page_id, sha256, kind, asked_by, asked_at, addressee, note) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        number, request.page_id, request.sha256, request.kind, request.asked_by, request.asked_at,
        request.addressee, request.note,
    )  # fmt: skip
    return _request(request.__dict__ | {"id": number})


async def request(reader: Reader, request_id: int) -> Request | None:
    """The request with this number."""
    row = await reader.fetch_one("SELECT * FROM review_request WHERE id = $1", request_id)
    return _request(row) if row else None


async def open_requests(reader: Reader, page_id: int, digest: str) -> list[Request]:
    """What is asked about exactly this text and was not taken back, first one first."""
    rows = await reader.fetch(
        "SELECT * FROM review_request WHERE page_id = $1 AND sha256 = $2 AND withdrawn_at IS NULL ORDER BY id",
        page_id, digest,
    )  # fmt: skip
    return [_request(row) for row in rows]


async def draft_requests(reader: Reader) -> list[Request]:
    """What is asked about the exact text of any open draft and was not taken back, first one first."""
    names = ", ".join(f"review_request.{one.name}" for one in fields(Request))
    rows = await reader.fetch(
        f"SELECT {names} FROM page JOIN revision ON revision.id = page.draft_id "
        "JOIN review_request ON review_request.page_id = page.id AND review_request.sha256 = revision.sha256 "
        "WHERE review_request.withdrawn_at IS NULL ORDER BY review_request.id"
    )
    return [_request(row) for row in rows]


async def requests_of(reader: Reader, page_id: int) -> list[Request]:
    """Everything ever asked about a page, the last first."""
    rows = await reader.fetch("SELECT * FROM review_request WHERE page_id = $1 ORDER BY id DESC", page_id)
    return [_request(row) for row in rows]


async def withdraw_requests(transaction: Transaction, ids: Iterable[int], by: str, now: int) -> None:
    """Take requests back."""
    await transaction.execute_many(
        "UPDATE review_request SET withdrawn_by = $2, withdrawn_at = $3 WHERE id = $1 AND withdrawn_at IS NULL",
        [(one, by, now) for one in ids],
    )


async def sign_offs_of(reader: Reader, page_id: int) -> list[SignOff]:
    """Everyone who ever signed a text of this page, the last first."""
    rows = await reader.fetch("SELECT * FROM sign_off WHERE page_id = $1 ORDER BY signed_at DESC", page_id)
    return [SignOff(**{one.name: row[one.name] for one in fields(SignOff)}) for row in rows]


async def add_outside_link(transaction: Transaction, link: OutsideLink) -> OutsideLink:
    """Keep a link under the next number; the `id` it came with is ignored."""
    number = await _next(transaction, "outside_link")
    await transaction.execute(
        "INSERT INTO outside_link (id, page_id, sha256, secret_sha256, meant_for, made_by, made_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        number, link.page_id, link.sha256, link.secret_sha256, link.meant_for, link.made_by, link.made_at,
        link.expires_at,
    )  # fmt: skip
    return _outside_link(link.__dict__ | {"id": number})


async def outside_link(reader: Reader, secret_sha256: str) -> OutsideLink | None:
    """The link whose secret has this hash."""
    row = await reader.fetch_one("SELECT * FROM outside_link WHERE secret_sha256 = $1", secret_sha256)
    return _outside_link(row) if row else None


async def outside_link_by_id(reader: Reader, link_id: int) -> OutsideLink | None:
    """The link with this number."""
    row = await reader.fetch_one("SELECT * FROM outside_link WHERE id = $1", link_id)
    return _outside_link(row) if row else None


async def outside_links(reader: Reader, page_id: int) -> list[OutsideLink]:
    """Every link ever made for a page, the last first."""
    rows = await reader.fetch("SELECT * FROM outside_link WHERE page_id = $1 ORDER BY id DESC", page_id)
    return [_outside_link(row) for row in rows]


async def revoke_outside_link(transaction: Transaction, link_id: int, by: str, now: int) -> None:
    """Make a link useless."""
    await transaction.execute(
        "UPDATE outside_link SET revoked_by = $2, revoked_at = $3 WHERE id = $1 AND revoked_at IS NULL",
        link_id, by, now,
    )  # fmt: skip


async def answer_outside_link(transaction: Transaction, link_id: int, answer: str, by: str, now: int) -> None:
    """Note the one answer a link takes."""
    await transaction.execute(
        "UPDATE outside_link SET answer = $2, answered_by = $3, answered_at = $4 WHERE id = $1",
        link_id, answer, by, now,
    )  # fmt: skip


async def decision(reader: Reader, name: str) -> Decision | None:
    """What the clinic decided under this name, if it did."""
    row = await reader.fetch_one("SELECT * FROM content_setting WHERE name = $1", name)
    return Decision(**{one.name: row[one.name] for one in fields(Decision)}) if row else None


async def decide(transaction: Transaction, made: Decision) -> None:
    """Keep a decision in place of the one before."""
    await transaction.execute(
        "INSERT INTO content_setting (name, value, set_by, set_at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value, set_by = excluded.set_by, set_at = excluded.set_at",
        made.name, made.value, made.set_by, made.set_at,
    )  # fmt: skip


async def _next(transaction: Transaction, table: str) -> int:
    # Safe because whoever adds rows holds the head.
    row = await transaction.fetch_one(f"SELECT COALESCE(MAX(id), 0) + 1 AS id FROM {table}")
    assert row is not None  # noqa: S101  an aggregate always answers
    return int(row["id"])


def _request(row: Row | Mapping[str, Any]) -> Request:
    return Request(**{one.name: row[one.name] for one in fields(Request)})


def _outside_link(row: Row | Mapping[str, Any]) -> OutsideLink:
    return OutsideLink(**{one.name: row[one.name] for one in fields(OutsideLink)})
