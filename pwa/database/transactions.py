"""Transactions that no cancellation leaves half open, written once for both engines."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
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
    """What the block of a transaction works with; refuses to work once the block has ended."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Connection | None = connection
        self.channels: set[str] = set()

    async def fetch(self, sql: str, *args: Value) -> Sequence[Row]:
        """See `Reader`; sees this transaction's own changes."""
        return await self._open().fetch(sql, args)

    async def fetch_one(self, sql: str, *args: Value) -> Row | None:
        """See `Reader`; sees this transaction's own changes."""
        rows = await self._open().fetch(sql, args)
        return rows[0] if rows else None

    async def execute(self, sql: str, *args: Value) -> int:
        """See `Transaction`."""
        return await self._open().execute(sql, args)

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """See `Transaction`."""
        await self._open().execute_many(sql, rows)

    def notify(self, channel: str) -> None:
        """See `Transaction`."""
        self._open()
        self.channels.add(channel)

    def end(self) -> None:
        """Refuse everything from now on."""
        self._connection = None

    def _open(self) -> Connection:
        if self._connection is None:
            raise RuntimeError("this transaction has ended; a statement came after it")
        return self._connection


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
        transaction.end()
        await uninterrupted(commit(transaction.channels))
    except BaseException:
        transaction.end()
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
