"""PostgreSQL: a pool for whichever host accepts writes, and one connection that listens. Alone knows asyncpg."""

import asyncio
import logging
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

import asyncpg

from pwa.database import errors
from pwa.database.model import Dialect, Reader, Row, Transaction, Value
from pwa.database.transactions import transaction_on

CONNECTIONS = 10
CONNECT_SECONDS = 5.0
ACQUIRE_SECONDS = 20.0
STATEMENT_SECONDS = 60.0
HEARTBEAT_SECONDS = 15.0
LONGEST_PAUSE_SECONDS = 5.0

FAILURES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

log = logging.getLogger(__name__)


class PostgresDatabase:
    """One schema of a database; any number of processes may have it open."""

    @classmethod
    async def open(cls, url: str, schema: str) -> "PostgresDatabase":
        """Prepare a pool; nothing is connected until the first statement. `schema` must be a plain name."""
        if not (schema.isascii() and schema.isidentifier() and schema.islower()):
            raise errors.DatabaseError(f"a schema is named with small letters, digits and underscores, not {schema!r}")
        settings = {
            "dsn": url,
            "target_session_attrs": "read-write",
            "timeout": CONNECT_SECONDS,
            "command_timeout": STATEMENT_SECONDS,
            "server_settings": {
                "search_path": schema,
                "application_name": "ketamine-companion",
                # A frozen process must not hold its row locks for ever.
                "idle_in_transaction_session_timeout": "60s",
            },
        }
        logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)  # a failover would fill the log with warnings
        try:
            pool = await asyncpg.create_pool(
                min_size=0, max_size=CONNECTIONS, connection_class=PlainConnection, **settings
            )
        except FAILURES as error:
            raise explain(error) from error
        return cls(pool, settings, schema)

    def __init__(self, pool: Any, settings: dict[str, Any], schema: str) -> None:
        self.dialect = Dialect(
            blob="BYTEA",
            table_names="SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()",
            before_migrating=(
                f"SELECT pg_advisory_xact_lock({zlib.crc32(schema.encode())})",
                # Not IF NOT EXISTS: that asks for the right to create one even where it is there.
                f"DO $$ BEGIN IF to_regnamespace('{schema}') IS NULL THEN CREATE SCHEMA {schema}; END IF; END $$",
            ),
        )
        self._pool = pool
        self._listener = PostgresListener(settings, schema)
        self._schema = schema

    async def fetch(self, sql: str, *args: Value) -> Sequence[Row]:
        """Answer from the latest committed state."""
        async with self._connection() as connection:
            return await connection.fetch(sql, args)

    async def fetch_one(self, sql: str, *args: Value) -> Row | None:
        """The first row of an answer from the latest committed state."""
        async with self._connection() as connection:
            rows = await connection.fetch(sql, args)
            return rows[0] if rows else None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """See `Database`; statements see what others committed before them, so lock the rows you decide on."""
        async with self._connection() as connection:

            async def commit(channels: set[str]) -> None:
                for channel in sorted(channels):
                    await connection.fetch("SELECT pg_notify($1, '')", [f"{self._schema}.{channel}"])
                await connection.execute("COMMIT")

            async with transaction_on(connection, "BEGIN", commit) as transaction:
                yield transaction

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Reader]:
        """See `Database`."""
        async with self._connection() as connection:

            async def commit(_channels: set[str]) -> None:
                await connection.execute("COMMIT")

            begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
            async with transaction_on(connection, begin, commit) as transaction:
                yield transaction

    def listen(self, channel: str, callback: Callable[[], None]) -> None:
        """See `Database`."""
        self._listener.add(f"{self._schema}.{channel}", callback)

    async def close(self) -> None:
        """Stop listening and close the pool; statements still running get a moment to end."""
        await self._listener.close()
        try:
            await asyncio.wait_for(self._pool.close(), CONNECT_SECONDS)
        except TimeoutError:
            self._pool.terminate()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator["PostgresConnection"]:
        try:
            async with asyncio.timeout(ACQUIRE_SECONDS):  # the pool's own argument for this costs a task each time
                connection = await self._pool.acquire()
        except FAILURES as error:
            raise explain(error) from error
        try:
            yield PostgresConnection(connection)
        finally:
            with suppress(*FAILURES):  # then the pool has given the connection up; its work is done
                await self._pool.release(connection, timeout=CONNECT_SECONDS)  # shields itself


class PlainConnection(asyncpg.Connection):  # type: ignore[misc]
    """A pooled connection that is used for nothing that outlasts a transaction: no SET, LISTEN or session lock."""

    __slots__ = ()

    def get_reset_query(self) -> str:
        """Nothing to reset, which halves the cost of a read."""
        return ""


class PostgresConnection:
    """One connection, lent by the pool."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def fetch(self, sql: str, args: Sequence[Value]) -> Sequence[Row]:
        """All rows of an answer."""
        try:
            return cast(Sequence[Row], await self._connection.fetch(sql, *args))
        except FAILURES as error:
            raise self._explain(error) from error

    async def execute(self, sql: str, args: Sequence[Value] = ()) -> int:
        """Run one statement; how many rows it touched."""
        try:
            last_word = (await self._connection.execute(sql, *args)).rpartition(" ")[2]
        except FAILURES as error:
            raise self._explain(error) from error
        return int(last_word) if last_word.isdigit() else 0

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement for every row."""
        try:
            await self._connection.executemany(sql, rows)
        except FAILURES as error:
            raise self._explain(error) from error

    def _explain(self, error: Exception) -> errors.DatabaseError:
        """Also gives up a connection that may be stuck, or lead to a server that no longer accepts writes."""
        explained = explain(error)
        if isinstance(explained, errors.ConnectionLost):
            with suppress(asyncpg.InterfaceError):  # given up already
                self._connection.terminate()
        return explained


class PostgresListener:
    """Hears notifications on a connection of its own, and connects again for as long as it takes."""

    def __init__(self, settings: dict[str, Any], schema: str) -> None:
        self._settings = settings
        self._callbacks: dict[str, list[Callable[[], None]]] = {}
        self._task: asyncio.Task[None] | None = None
        self._look = asyncio.Event()
        self._schema = schema

    def add(self, channel: str, callback: Callable[[], None]) -> None:
        """Call back for `channel` from the next time the connection looks, at once where it is up."""
        self._callbacks.setdefault(channel, []).append(callback)
        self._look.set()
        if self._task is None:
            self._task = asyncio.create_task(self._keep_listening())

    async def close(self) -> None:
        """Stop, and call nobody any more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _keep_listening(self) -> None:
        pause = 0.1
        while True:
            try:
                connection = await asyncpg.connect(**self._settings)
                pause = 0.1
                try:
                    await self._listen_on(connection)
                finally:
                    connection.terminate()
            except FAILURES as error:
                log.warning("notifications of %s are late until the database answers again: %s", self._schema, error)
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE_SECONDS, pause * 2)

    async def _listen_on(self, connection: Any) -> None:
        """Return when the connection is lost or no longer leads to the server that accepts writes."""
        connection.add_termination_listener(lambda _connection: self._look.set())
        heard: dict[str, int] = {}
        while not connection.is_closed():
            self._look.clear()
            for channel, callbacks in self._callbacks.items():
                if channel not in heard:
                    await connection.add_listener(channel, self._deliver)
                # What was notified before this moment was missed by the callbacks that are new to it.
                for callback in callbacks[heard.get(channel, 0) :]:
                    asyncio.get_running_loop().call_soon(callback)
                heard[channel] = len(callbacks)
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await self._look.wait()
            except TimeoutError:
                if await connection.fetchval("SELECT pg_is_in_recovery()", timeout=CONNECT_SECONDS):
                    return

    def _deliver(self, _connection: Any, _process: int, channel: str, _payload: str) -> None:
        for callback in self._callbacks[channel]:
            asyncio.get_running_loop().call_soon(callback)


def explain(error: Exception) -> errors.DatabaseError:
    """The error of our tree, and the words, for what asyncpg raised."""
    state = getattr(error, "sqlstate", None) or ""
    lost = isinstance(error, OSError | asyncpg.InternalClientError) or (
        isinstance(error, asyncpg.InterfaceError) and ("closed" in str(error) or "released" in str(error))
    )
    # 25006: the server became a standby; the next connection finds the one that accepts writes.
    if lost or state.startswith(("08", "57P")) or state in ("25006", "25P03"):
        return errors.ConnectionLost(
            f"The database server cannot be reached, or the connection to it was lost ({str(error) or 'no answer'}). "
            "What was saved before is kept; a change that was under way is kept whole or not at all. "
            "It is safe to make the same request again."
        )
    if state == "23505":
        return errors.DuplicateKey(f"{error}. Nothing was changed.")
    if state.startswith("23"):
        return errors.BrokenRule(f"{error}. Nothing was changed.")
    if state in ("53100", "58030"):
        return errors.Full(
            f"The disk of the database server is full or refuses to work ({error}). What was saved before is kept, "
            "this change is not. Make room, then try again."
        )
    if state in ("40001", "40P01", "55P03") or state.startswith("53"):
        return errors.Busy(f"The database is busy ({error}). Nothing was changed. Try again in a moment.")
    if state == "42501":
        return errors.NotWritable(
            f"The database user may not do this ({error}). Nothing was changed. "
            "Give it the right to create and use tables in its schema."
        )
    return errors.DatabaseError(str(error))
