"""Transactions that no cancellation leaves half open, written once for both engines."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Protocol, TypeVar

from pwa.database.errors import DatabaseError
from pwa.database.model import Row, Value

T = TypeVar("T")


class Connection(Protocol):
    """One connection of an engine, used by one task at a time; its errors are `DatabaseError`s."""

    async def fetch(self, sql: str, args: Sequence[Value]) -> Sequence[Row]:
        """All rows of an answer."""
        ...

    async def execute(self, sql: str, args: Sequence[Value] = ()) -> int:
        """Run one statement; how many rows it touched."""
        ...

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement for every row."""
        ...


class OpenTransaction:
    """What the block of a transaction works with; of no use once the block has ended or a statement failed.

    PostgreSQL gives a transaction up at its first failing statement and would answer COMMIT by silently rolling
    back; SQLite would keep the rest. So a block that swallows such an error does not commit on either.
    """

    def __init__(self, connection: Connection) -> None:
        self.channels: set[str] = set()
        self._connection = connection
        self.ended = False
        self._failure: BaseException | None = None

    async def fetch(self, sql: str, *args: Value) -> Sequence[Row]:
        """See `Reader`; sees this transaction's own changes."""
        with self._open() as connection:
            return await connection.fetch(sql, args)

    async def fetch_one(self, sql: str, *args: Value) -> Row | None:
        """See `Reader`; sees this transaction's own changes."""
        rows = await self.fetch(sql, *args)
        return rows[0] if rows else None

    async def execute(self, sql: str, *args: Value) -> int:
        """See `Transaction`."""
        with self._open() as connection:
            return await connection.execute(sql, args)

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """See `Transaction`."""
        with self._open() as connection:
            await connection.execute_many(sql, rows)

    def notify(self, channel: str) -> None:
        """See `Transaction`."""
        with self._open():
            self.channels.add(channel)

    def check(self) -> None:
        """Raise what made a statement fail, if one did."""
        if isinstance(self._failure, DatabaseError):
            raise self._failure
        if self._failure is not None:
            raise DatabaseError(
                "A statement was given up halfway, so nothing of its transaction was kept. Try again."
            ) from self._failure

    @contextmanager
    def _open(self) -> Iterator[Connection]:
        if self.ended:
            raise RuntimeError("this transaction has ended; a statement came after it")
        self.check()
        try:
            yield self._connection
        except BaseException as error:
            self._failure = error
            raise


@asynccontextmanager
async def transaction_on(
    connection: Connection, begin: str, commit: Callable[[set[str]], Awaitable[None]]
) -> AsyncIterator[OpenTransaction]:
    """Run a block between `begin` and `commit(channels to notify)`; undo it if anything at all goes wrong.

    BEGIN stands inside the `try`: a cancellation that arrives during it must still roll back.
    """
    transaction = OpenTransaction(connection)
    try:
        await uninterrupted(connection.execute(begin))
        yield transaction
        transaction.ended = True
        transaction.check()
        await uninterrupted(commit(transaction.channels))
    except BaseException:
        transaction.ended = True
        with suppress(DatabaseError):  # the engine may have rolled back by itself, or be gone
            await uninterrupted(connection.execute("ROLLBACK"))
        raise


async def uninterrupted(work: Awaitable[T]) -> T:
    """Finish `work` whatever happens, and only then let a cancellation of the caller through."""
    task = asyncio.ensure_future(work)
    cancellation: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancellation = error
    if cancellation is not None:
        if not task.cancelled():
            task.exception()  # looked at, so that asyncio does not report it as forgotten
        raise cancellation
    return task.result()
