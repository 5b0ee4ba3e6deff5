"""SQLite: one writing connection under a lock, a few that only read, one file."""

import asyncio
import functools
import logging
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import cast

import aiosqlite

from pwa.database import errors
from pwa.database.model import Dialect, Reader, Row, Transaction, Value
from pwa.database.transactions import transaction_on, uninterrupted

READERS = 4
WRITER = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
# A reader that checkpoints could meet the writer doing so, which can damage the file before SQLite 3.51.3.
READER = ("query_only=ON", "wal_autocheckpoint=0")
BUSY_SECONDS = 10.0
CHECKED_VERSION = (3, 51, 3)

log = logging.getLogger(__name__)


class SqliteDatabase:
    """One file. Writers wait for each other in this process; readers never wait for them."""

    dialect = Dialect(
        blob="BLOB",
        table_names="SELECT name FROM sqlite_master WHERE type = 'table'",
        before_migrating=(),  # BEGIN IMMEDIATE already holds the file
    )

    @classmethod
    async def open(cls, path: Path) -> "SqliteDatabase":
        """Open or create the file. The folder must exist."""
        warn_about_old_sqlite(sqlite3.sqlite_version_info)
        connections: list[SqliteConnection] = []
        try:
            for pragmas in (WRITER, *[READER] * READERS):
                connections.append(await SqliteConnection.open(path, pragmas))  # noqa: PERF401 (closed on failure)
        except BaseException:
            for connection in reversed(connections):
                await connection.close()
            raise
        return cls(connections[0], connections[1:])

    def __init__(self, writer: "SqliteConnection", readers: Sequence["SqliteConnection"]) -> None:
        self._writer = writer
        self._writing = asyncio.Lock()
        self._writing_task: asyncio.Task[object] | None = None
        self._readers = readers
        self._idle: asyncio.LifoQueue[SqliteConnection] = asyncio.LifoQueue()
        for reader in readers:
            self._idle.put_nowait(reader)
        self._listeners: dict[str, list[Callable[[], None]]] = {}

    async def fetch(self, sql: str, *args: Value) -> Sequence[Row]:
        """Answer from the latest committed state."""
        async with self._reader() as reader:
            return await reader.fetch(sql, args)

    async def fetch_one(self, sql: str, *args: Value) -> Row | None:
        """The first row of an answer from the latest committed state."""
        async with self._reader() as reader:
            rows = await reader.fetch(sql, args)
            return rows[0] if rows else None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """See `Database`; nobody else writes meanwhile."""
        if self._writing_task is asyncio.current_task():
            raise RuntimeError("a transaction was opened inside another; it would wait for itself for ever")
        async with self._writing:
            self._writing_task = asyncio.current_task()
            try:
                async with transaction_on(self._writer, "BEGIN IMMEDIATE", self._commit) as transaction:
                    yield transaction
            finally:
                self._writing_task = None

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Reader]:
        """See `Database`."""
        async with self._reader() as reader, transaction_on(reader, "BEGIN", reader.commit) as transaction:
            yield transaction

    def listen(self, channel: str, callback: Callable[[], None]) -> None:
        """See `Database`."""
        self._listeners.setdefault(channel, []).append(callback)
        asyncio.get_running_loop().call_soon(callback)

    async def close(self) -> None:
        """Close every connection, the writing one last: that leaves one file without side files."""
        for connection in (*self._readers, self._writer):
            await connection.close()

    async def _commit(self, channels: set[str]) -> None:
        await self._writer.execute("COMMIT")
        for channel in channels:
            for callback in self._listeners.get(channel, ()):
                asyncio.get_running_loop().call_soon(callback)

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator["SqliteConnection"]:
        reader = await self._idle.get()
        try:
            yield reader
        finally:
            self._idle.put_nowait(reader)


class SqliteConnection:
    """One connection with a thread of its own, in which statements run in the order they were asked."""

    @classmethod
    async def open(cls, path: Path, pragmas: Sequence[str]) -> "SqliteConnection":
        """Open the file and set the connection up."""
        connection = aiosqlite.connect(path, timeout=BUSY_SECONDS, isolation_level=None, cached_statements=256)
        thread = connection._thread  # noqa: SLF001 (aiosqlite has no other way to it)
        thread.daemon = True  # a connection that nobody closed must not keep the process alive
        try:
            with _calm(path):
                connection = await connection
                connection.row_factory = sqlite3.Row
                for pragma in pragmas:
                    await _set(connection, pragma)
        except BaseException:
            await uninterrupted(connection.close())
            await uninterrupted(asyncio.to_thread(thread.join))  # it still has a word for the loop, which may end soon
            raise
        return cls(connection, path)

    def __init__(self, connection: aiosqlite.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    async def fetch(self, sql: str, args: Sequence[Value]) -> Sequence[Row]:
        """All rows of an answer, in one visit to the thread."""
        with _calm(self._path):
            rows = await self._connection.execute_fetchall(*positional(sql, args))
        return cast(Sequence[Row], rows)

    async def execute(self, sql: str, args: Sequence[Value] = ()) -> int:
        """Run one statement; how many rows it touched."""
        with _calm(self._path):
            return max(0, (await self._connection.execute(*positional(sql, args))).rowcount)

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement for every row."""
        compiled, pick = compile_for_sqlite(sql)
        with _calm(self._path):
            await self._connection.executemany(compiled, [pick(row) for row in rows])

    async def commit(self, _channels: set[str]) -> None:
        """End a transaction that only read."""
        await self.execute("COMMIT")

    async def close(self) -> None:
        """Finish what was asked, then close."""
        await self._connection.close()


async def _set(connection: aiosqlite.Connection, pragma: str) -> None:
    """Set one pragma. To the later of two that turn a new file to WAL at the same moment SQLite says "locked" without
    waiting as it does elsewhere, so this asks again for as long.
    """
    patience = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            await connection.execute_fetchall(f"PRAGMA {pragma}")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                raise
        else:
            return
        await asyncio.sleep(0.01)


Pick = Callable[[Sequence[Value]], Sequence[Value]]

_MEANINGFUL = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/   # kept as they are
        | \$(?P<number>[1-9][0-9]*)
        | (?P<row_lock>\bFOR\s+UPDATE\b(?:\s+SKIP\s+LOCKED\b)?)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


def positional(sql: str, args: Sequence[Value]) -> tuple[str, Sequence[Value]]:
    """`sql` and `args` as SQLite wants them: `?` for `$1`, repeated parameters repeated."""
    compiled, pick = compile_for_sqlite(sql)
    return compiled, pick(args)


@functools.lru_cache(maxsize=1024)
def compile_for_sqlite(sql: str) -> tuple[str, Pick]:
    """The statement with `?` for each `$n` and without row locks, and what puts its parameters in order.

    Numbered `?1` parameters would do the same, but warn since Python 3.12 and slow batches down.
    """
    numbers: list[int] = []

    def translate(match: re.Match[str]) -> str:
        if match["number"]:
            numbers.append(int(match["number"]))
            return "?"
        return "" if match["row_lock"] else match[0]

    compiled = _MEANINGFUL.sub(translate, sql)
    count = max(numbers, default=0)
    if numbers == list(range(1, count + 1)):
        return compiled, lambda args: args
    places = [number - 1 for number in numbers]

    def pick(args: Sequence[Value]) -> Sequence[Value]:
        if len(args) != count:
            raise errors.DatabaseError(f"the statement takes {count} parameters and was given {len(args)}")
        return [args[place] for place in places]

    return compiled, pick


@contextmanager
def _calm(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise explain(error, path) from error


def explain(error: sqlite3.Error, path: Path) -> errors.DatabaseError:
    """The error of our tree, and the words, for what SQLite reports about the file at `path`."""
    name = getattr(error, "sqlite_errorname", "")
    match name.split("_")[1] if "_" in name else "":
        case "CONSTRAINT" if name in ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"):
            return errors.DuplicateKey(f"{error}. Nothing was changed.")
        case "CONSTRAINT":
            return errors.BrokenRule(f"{error}. Nothing was changed.")
        case "BUSY" | "LOCKED":
            return errors.Busy(
                f"Another program is writing to {path}. Nothing was changed. "
                "Close that program, or try again in a moment."
            )
        case "FULL" | "IOERR":
            return errors.Full(
                f"The disk that holds {path} is full or refuses to work ({error}). What was saved before is kept, "
                "this change is not. Make room, then try again."
            )
        case "READONLY" | "CANTOPEN" | "PERM" | "AUTH":
            return errors.NotWritable(
                f"{path} cannot be opened for writing ({error}). Nothing was changed. "
                "Check that its folder exists and that this user may write there."
            )
        case "NOTADB" | "CORRUPT":
            return errors.Damaged(
                f"{path} is not a database, or it is damaged ({error}). It was left as it is. "
                "Keep a copy of it and restore the last backup."
            )
        case _:
            return errors.DatabaseError(str(error))


@functools.cache
def warn_about_old_sqlite(version: tuple[int, int, int]) -> None:
    """Say in the log, once in a process, what an old version asks of whoever runs this."""
    if version < CHECKED_VERSION:
        log.warning(
            "SQLite %s is older than %s, which can damage a file when two programs write to it at once. "
            "This program uses one writing connection, so it is safe as long as nothing else opens the file: "
            "stop the server before using other tools on it, or update SQLite.",
            ".".join(map(str, version)),
            ".".join(map(str, CHECKED_VERSION)),
        )
