"""The audit log: who did what to what and when, each row bound to the one before, written with the change itself."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pwa.database import Database, Reader, Row, Transaction, Value

AT_ONCE = 1000
"""Rows that are read in one piece while the whole log is followed."""
_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True)
class Entry:
    """One row of the log; `at` in milliseconds."""

    number: int
    at: int
    by: str
    action: str
    subject: str
    detail: Mapping[str, Any]
    sha256: str


@dataclass(frozen=True)
class Filter:
    """Which rows to show: whole names, the beginning of an action ("release"), times from and before, words within."""

    by: str = ""
    action: str = ""
    words: str = ""
    since: int = 0
    before: int = 2**62


@dataclass(frozen=True)
class Verified:
    """What following the log found: how many rows hold together, the last one's hash, and the first fault if any."""

    rows: int
    end: str
    fault: str = ""


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


async def rows(reader: Reader, wanted: Filter, *, limit: int, below: int = 2**62) -> list[Entry]:
    """Rows that fit the filter and come before number `below`, the last first."""
    conditions = ["number < $1", "at >= $2", "at < $3"]
    values: list[Value] = [below, wanted.since, wanted.before]
    if wanted.by:
        values.append(wanted.by)
        conditions.append(f"done_by = ${len(values)}")
    if wanted.action:
        values += [wanted.action, f"{_literally(wanted.action)}.%"]
        conditions.append(f"(action = ${len(values) - 1} OR action LIKE ${len(values)} ESCAPE '!')")
    if wanted.words:
        values.append(f"%{_literally(wanted.words.lower())}%")
        place = f"${len(values)}"
        conditions.append(f"(LOWER(subject) LIKE {place} ESCAPE '!' OR LOWER(detail) LIKE {place} ESCAPE '!')")
    values.append(limit)
    found = await reader.fetch(
        f"SELECT * FROM audit WHERE {' AND '.join(conditions)} ORDER BY number DESC LIMIT ${len(values)}", *values
    )
    return [_entry(row) for row in found]


async def names(reader: Reader) -> tuple[str, ...]:
    """Everyone who stands in the log."""
    return tuple(sorted(row["done_by"] for row in await reader.fetch("SELECT DISTINCT done_by FROM audit")))


async def verify(database: Database) -> Verified:
    """Follow the log from its first row to its end.

    It finds a row that was changed, added, moved or taken out, and an end that was cut off. Whoever can write to the
    database and makes every hash anew is found by comparing the last hash with one that was noted elsewhere.
    """
    async with database.snapshot() as reader:
        end = await reader.fetch_one("SELECT number, sha256 FROM audit_end")
        sha256, number = "", 0
        while True:
            found = await reader.fetch(
                "SELECT * FROM audit WHERE number > $1 ORDER BY number LIMIT $2", number, AT_ONCE
            )
            for row in found:
                expected = row_hash(
                    sha256, number + 1, row["at"], row["done_by"], row["action"], row["subject"], row["detail"]
                )
                if row["number"] != number + 1:
                    return Verified(number, sha256, f"row {number + 1} is missing.")
                if row["sha256"] != expected:
                    return Verified(number, sha256, f"row {number + 1} is not what was written.")
                sha256, number = expected, number + 1
            if len(found) < AT_ONCE:
                break
    if end is None or (end["number"], end["sha256"]) != (number, sha256):
        return Verified(number, sha256, f"it ends at row {number}, where it did not end.")
    return Verified(number, sha256)


def plain(entry: Entry) -> tuple[str, ...]:
    """A row as cells of a table: no cell begins as a formula, which spreadsheets would run."""
    cells = (
        str(entry.number),
        datetime.fromtimestamp(entry.at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        entry.by,
        entry.action,
        entry.subject,
        "; ".join(f"{name}: {value}" for name, value in entry.detail.items()),
        entry.sha256,
    )
    return tuple(f"'{cell}" if cell.lstrip().startswith(_FORMULA) else cell for cell in cells)


def _literally(text: str) -> str:
    """The text for LIKE, meaning itself."""
    return re.sub("[!%_]", r"!\g<0>", text)


def _entry(row: Row) -> Entry:
    return Entry(
        row["number"],
        row["at"],
        row["done_by"],
        row["action"],
        row["subject"],
        json.loads(row["detail"]),
        row["sha256"],
    )
