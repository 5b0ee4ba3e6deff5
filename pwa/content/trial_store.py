"""The rows of releases on trial."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pwa.database import Reader, Row, Transaction


@dataclass(frozen=True)
class Trial:
    """A release that was built and not published."""

    name: str
    """The SHA-256 of its secret."""
    manifests: Mapping[str, str]
    changes: tuple[tuple[str, str, str], ...]
    """Path, title and kind of change of each page that differs from what was live."""
    made_by: str
    made_at: int
    ends_at: int


async def add(transaction: Transaction, trial: Trial) -> None:
    """Keep a trial, and forget those that have ended."""
    await transaction.execute("DELETE FROM trial WHERE ends_at <= $1", trial.made_at)
    await transaction.execute(
        "INSERT INTO trial (secret_sha256, manifests, changes, made_by, made_at, ends_at) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        trial.name, json.dumps(dict(trial.manifests)), json.dumps(trial.changes), trial.made_by, trial.made_at,
        trial.ends_at,
    )  # fmt: skip


async def drop(transaction: Transaction, name: str) -> bool:
    """Forget a trial; False when it was forgotten already."""
    return bool(await transaction.execute("DELETE FROM trial WHERE secret_sha256 = $1", name))


async def find(reader: Reader, name: str, now: int) -> Trial | None:
    """The trial with this name, while it lasts."""
    row = await reader.fetch_one("SELECT * FROM trial WHERE secret_sha256 = $1 AND ends_at > $2", name, now)
    return _trial(row) if row else None


async def running(reader: Reader, now: int) -> list[Trial]:
    """Every trial that has not ended, the latest first."""
    return [
        _trial(row) for row in await reader.fetch("SELECT * FROM trial WHERE ends_at > $1 ORDER BY made_at DESC", now)
    ]


def _trial(row: Row) -> Trial:
    return Trial(
        row["secret_sha256"],
        json.loads(row["manifests"]),
        tuple((path, title, change) for path, title, change in json.loads(row["changes"])),
        row["made_by"],
        row["made_at"],
        row["ends_at"],
    )
