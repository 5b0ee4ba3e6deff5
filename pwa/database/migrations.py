"""Brings tables up to date: append-only scripts per feature, all or none, safe to start twice at once."""

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence

from pwa.database.errors import ChangedMigration, NewerSchema
from pwa.database.model import Database, Dialect, Reader

OWN = "database"

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE migration (
        feature TEXT NOT NULL,
        number BIGINT NOT NULL,
        sha256 TEXT NOT NULL,
        PRIMARY KEY (feature, number)
    );
    CREATE TABLE job (
        key TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        payload TEXT NOT NULL,
        due_at BIGINT NOT NULL,
        next_at BIGINT NOT NULL,
        attempts BIGINT NOT NULL,
        last_error TEXT
    );
    CREATE INDEX job_next ON job (next_at);
    CREATE TABLE rate_limit (
        key TEXT PRIMARY KEY,
        ends_at BIGINT NOT NULL,
        hits BIGINT NOT NULL
    );
    CREATE INDEX rate_limit_ends ON rate_limit (ends_at);
    """,
)


async def migrate(database: Database, features: Mapping[str, Sequence[str]]) -> None:
    """Apply what is missing of each feature's scripts, our own tables first, in one transaction.

    `{blob}` in a script becomes the engine's type for bytes. Raises NewerSchema or ChangedMigration
    before anything is written.
    """
    wanted = {OWN: MIGRATIONS, **features}
    if not await _missing(database, database.dialect, wanted):
        return
    async with database.transaction() as transaction:
        for statement in database.dialect.before_migrating:
            await transaction.execute(statement)
        for feature, number, script in await _missing(transaction, database.dialect, wanted):
            for statement in statements(script.replace("{blob}", database.dialect.blob)):
                await transaction.execute(statement)
            await transaction.execute(
                "INSERT INTO migration (feature, number, sha256) VALUES ($1, $2, $3)",
                feature,
                number,
                checksum(script),
            )


def checksum(script: str) -> str:
    """What is recorded of an applied script, so that a later change to it is noticed."""
    return hashlib.sha256(script.encode()).hexdigest()


def statements(script: str) -> Iterator[str]:
    """The single statements of a script; a `;` inside a text or a trigger does not end one."""
    statement = ""
    for piece in script.split(";")[:-1]:
        statement += piece + ";"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if (statement + script.rpartition(";")[2]).strip():
        raise ValueError(f"a migration must end each statement with a semicolon: {script[-80:]!r}")


async def _missing(reader: Reader, dialect: Dialect, wanted: Mapping[str, Sequence[str]]) -> list[tuple[str, int, str]]:
    """(feature, number, script) of every script that is not applied yet, in order."""
    applied: dict[str, list[str]] = {}
    tables = await reader.fetch(dialect.table_names)
    if any(table["name"] == "migration" for table in tables):
        for row in await reader.fetch("SELECT feature, sha256 FROM migration ORDER BY feature, number"):
            applied.setdefault(row["feature"], []).append(row["sha256"])
    missing = []
    for feature, scripts in wanted.items():
        done = applied.get(feature, [])
        if len(done) > len(scripts):
            raise NewerSchema(
                f"This database was made by a newer version of this program ({feature}: {len(done)} steps, this "
                f"version knows {len(scripts)}). Nothing was changed. Start the newer version, or restore a backup "
                "made by this one."
            )
        for number, (sha256, script) in enumerate(zip(done, scripts, strict=False), start=1):
            if sha256 != checksum(script):
                raise ChangedMigration(
                    f"Migration {number} of {feature} is not the one that made these tables. Nothing was changed. "
                    "Applied migrations must stay as they are: put the old text back and add a new one after it."
                )
        missing += [(feature, number, script) for number, script in enumerate(scripts, start=1) if number > len(done)]
    return missing
