"""Copies of a SQLite database: made while it is in use, verified before they count, put back without losing the old."""

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from pwa.database.errors import Damaged, DatabaseError
from pwa.database.lock import hold
from pwa.database.sqlite import BUSY_SECONDS, READER, explain


@dataclass(frozen=True)
class Backup:
    """A verified copy: its size in bytes and how many rows each table has."""

    path: Path
    size: int
    rows: dict[str, int]


def back_up(database: Path, target: Path) -> Backup:
    """Copy a database that may be in use to `target`, which must not exist, and verify the copy.

    The copy is one moment of the database, taken in one step: a copy in several starts again at every write and
    may never end. It blocks, for about a quarter of a second per 100 MB: call it in a thread. Nothing appears at
    `target` unless it is whole and verified.
    """
    if not database.exists():
        raise DatabaseError(f"There is no database at {database}. Nothing was copied.")
    if target.exists():
        raise DatabaseError(f"{target} exists already and was left as it is. Choose another name.")
    partial = _beside(target, ".partial")
    partial.unlink(missing_ok=True)
    try:
        with closing(_open(database, READER)) as source, closing(_open(partial)) as copy:
            source.backup(copy, pages=-1)
            copy.execute("PRAGMA journal_mode=DELETE")  # a backup is one file, whoever opens it
        backup = verify(partial)
        _sync(partial)
        os.link(partial, target)  # unlike a rename, this never replaces what came there meanwhile
        partial.unlink()
        _sync(target.parent)
    except sqlite3.Error as error:
        raise explain(error, database) from error
    except OSError as error:
        raise DatabaseError(f"{target} could not be written ({error.strerror}). The database is untouched.") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return Backup(target, backup.size, backup.rows)


def verify(path: Path) -> Backup:
    """Read every page of a copy; raises Damaged unless it is a whole database of this program."""
    try:
        with closing(_open(path, ("query_only=ON",), mode="ro")) as connection:
            faults = [row[0] for row in connection.execute("PRAGMA integrity_check(3)") if row[0] != "ok"]
            faults += [
                f"a row of {row[0]} without its parent" for row in connection.execute("PRAGMA foreign_key_check")
            ]
            tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            if "migration" not in tables:
                faults.append("it has no table of migrations")
            if faults:
                raise Damaged(f"{path} is not a whole database of this program ({'; '.join(faults[:3])}).")
            rows = {
                table: connection.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()[0] for table in sorted(tables)
            }
    except sqlite3.Error as error:
        raise explain(error, path) from error
    return Backup(path, path.stat().st_size, rows)


def restore(backup: Path, database: Path) -> Path | None:
    """Put a verified backup in the place of `database`; the answer is where the old one is kept, if there was one.

    Refused while a server holds the database. A crash at any step leaves the old database or the new one in place,
    and running it again is safe. Needs room for both copies.
    """
    verify(backup)
    with hold(database):
        try:
            arriving = _copy(backup, _beside(database, ".restoring"))
            verify(arriving)
            kept = _keep(database) if database.exists() else None
            # The old log must be gone before the new file comes: SQLite would replay it into that. First it is
            # worked into the old file, which would miss it if this process died in between.
            with suppress(sqlite3.Error), closing(_open(database, mode="rw")) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            for suffix in ("-wal", "-shm"):
                _beside(database, suffix).unlink(missing_ok=True)
            _sync(database.parent)
            arriving.replace(database)
            _sync(database.parent)
        except OSError as error:
            raise DatabaseError(
                f"{database} could not be replaced ({error.strerror}), and is as it was. "
                "Make sure that there is room for two more copies of it, then try again."
            ) from error
    return kept


def _keep(database: Path) -> Path:
    """Copy a database and its log, as they are, to a name that nothing has yet."""
    number = 1
    while any(_beside(database, f".replaced-{number}{suffix}").exists() for suffix in ("", "-wal")):
        number += 1
    kept = _beside(database, f".replaced-{number}")
    if _beside(database, "-wal").exists():
        _copy(_beside(database, "-wal"), _beside(kept, "-wal"))
    return _copy(database, kept)


def _copy(source: Path, target: Path) -> Path:
    shutil.copyfile(source, target)
    _sync(target)
    return target


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _open(path: Path, pragmas: tuple[str, ...] = (), mode: str = "rwc") -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=BUSY_SECONDS)
    try:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
