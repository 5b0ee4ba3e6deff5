"""From a database URL to an open database with its tables up to date."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

from pwa.database.errors import DatabaseError
from pwa.database.migrations import migrate
from pwa.database.model import Database
from pwa.database.sqlite import SqliteDatabase

SQLITE = "sqlite:///"
POSTGRESQL = ("postgresql://", "postgres://")


async def open_database(url: str, *, schema: str, migrations: Mapping[str, Sequence[str]] | Sequence[str]) -> Database:
    """Open the database at `url` and apply the migrations of the features inside, by name and in that order;
    scripts alone are those of the one feature that `schema` names.

    `sqlite:///content.db` is a file beside the running program, `sqlite:////srv/content.db` an absolute one,
    `postgresql://h1,h2,h3/name` the server among h1, h2 and h3 that accepts writes. On PostgreSQL the tables
    live in the schema of that name; on SQLite the file is the schema. Close the database when done.
    """
    database = await _connect(url, schema)
    try:
        await migrate(database, migrations if isinstance(migrations, Mapping) else {schema: migrations})
    except BaseException:
        await database.close()
        raise
    return database


def sqlite_path(url: str) -> Path | None:
    """The file that a URL names, or None where it names a server."""
    return Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) and url != SQLITE else None


async def _connect(url: str, schema: str) -> Database:
    path = sqlite_path(url)
    if path is not None:
        return await SqliteDatabase.open(path)
    if url.startswith(POSTGRESQL):
        # Its driver takes 3 MB, which a server on SQLite does without.
        postgresql = import_module("pwa.database.postgresql")
        opened: Database = await postgresql.PostgresDatabase.open(url, schema)
        return opened
    raise DatabaseError(
        "The database URL is not understood. Write sqlite:///content.db for a file in this folder, "
        "sqlite:////srv/guide/content.db for an absolute path, or postgresql://host1,host2/name for a server."
    )
