"""The audit log: who did what to what and when, each row bound to the one before, written with the change itself."""

import hashlib
import json

from pwa.database import Transaction


async def record(
    transaction: Transaction, *, by: str, action: str, subject: str, now: int, **detail: str | int
) -> None:
    """Append a row inside the transaction that does what it tells of: both are kept, or neither.

    `action` is `noun.verb` ("release.publish"), `subject` what it was done to, `now` milliseconds. From here on
    every other writer of the log waits for the end of the transaction: call it last, after other rows are held.
    """
    end = await transaction.fetch_one("SELECT number, sha256 FROM audit_end FOR UPDATE")
    if end is None:
        raise LookupError("the audit log has no end row; the database was changed by hand")
    number = int(end["number"]) + 1
    written = json.dumps(detail, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    sha256 = row_hash(end["sha256"], number, now, by, action, subject, written)
    await transaction.execute(
        "INSERT INTO audit (number, at, done_by, action, subject, detail, sha256) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        number,
        now,
        by,
        action,
        subject,
        written,
        sha256,
    )
    await transaction.execute("UPDATE audit_end SET number = $1, sha256 = $2", number, sha256)


def row_hash(before: str, *row: str | int) -> str:
    """SHA-256 of the hash of the row before and this row's number, at, by, action, subject and detail, as JSON."""
    written = json.dumps([before, *row], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()
