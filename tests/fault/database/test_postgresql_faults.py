"""A server that goes away: a clear error, safe to repeat, and everything works again when it is back."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest

from pwa.database import Busy, ConnectionLost, Database, DatabaseError, Full, open_database
from pwa.database.postgresql import explain
from tests.databases import PostgresqlServer

TABLES = ["CREATE TABLE page (id BIGINT PRIMARY KEY);"]


@pytest.fixture
def fragile() -> Iterator[PostgresqlServer]:
    """A server of this test's own, to break."""
    server = PostgresqlServer.create()
    try:
        server.start()
        yield server
    finally:
        server.remove()


async def ids(database: Database) -> list[int]:
    return [row["id"] for row in await database.fetch("SELECT id FROM page ORDER BY id")]


async def test_a_restart_in_the_middle_is_survived(fragile: PostgresqlServer) -> None:
    database = await open_database(fragile.url("postgres"), schema="content", migrations=TABLES)
    heard = asyncio.Event()
    database.listen("head", heard.set)
    await asyncio.wait_for(heard.wait(), 10)

    async def write(number: int, *, stop: bool = False) -> None:
        async with database.transaction() as transaction:
            await transaction.execute("INSERT INTO page VALUES ($1)", number)
            if stop:
                await asyncio.to_thread(fragile.stop)

    await write(1)
    with pytest.raises(ConnectionLost, match="safe to make the same request again"):
        await write(2, stop=True)
    for _ in range(3):
        with pytest.raises(ConnectionLost):
            await ids(database)
        with pytest.raises(ConnectionLost):
            await write(3)
    heard.clear()
    await asyncio.to_thread(fragile.start)
    assert await ids(database) == [1]
    await write(2)
    assert await ids(database) == [1, 2]
    await asyncio.wait_for(heard.wait(), 20)
    await database.close()


async def test_work_that_is_cut_off_everywhere_is_whole_or_repeatable(postgresql_url: str) -> None:
    database = await open_database(postgresql_url, schema="content", migrations=TABLES)
    breaker = await open_database(postgresql_url, schema="breaker", migrations=())
    acknowledged: list[int] = []

    async def write(number: int) -> None:
        for _ in range(200):
            try:
                async with database.transaction() as transaction:
                    await transaction.execute("INSERT INTO page VALUES ($1) ON CONFLICT DO NOTHING", number)
                    await transaction.execute("INSERT INTO page VALUES ($1) ON CONFLICT DO NOTHING", -number)
            except ConnectionLost:
                continue
            acknowledged.append(number)
            return

    async def cut() -> None:
        for _ in range(30):
            await breaker.fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            await asyncio.sleep(0.01)

    await asyncio.gather(cut(), *(write(number) for number in range(1, 200)))
    assert sorted(acknowledged) == list(range(1, 200))
    assert await ids(database) == [*range(-199, 0), *range(1, 200)]
    await database.close()
    await breaker.close()


async def test_the_host_that_answers_is_found(postgresql_server: PostgresqlServer, postgresql_url: str) -> None:
    folder = str(postgresql_server.folder)
    url = postgresql_url.replace(folder, f"/nowhere,{folder}")
    database = await open_database(url, schema="content", migrations=TABLES)
    assert await ids(database) == []
    await database.close()


async def test_a_server_that_only_reads_is_not_taken(postgresql_server: PostgresqlServer, postgresql_url: str) -> None:
    name = postgresql_url.partition("///")[2].partition("?")[0]
    postgresql_server.run_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with pytest.raises(ConnectionLost):
        await open_database(postgresql_url, schema="content", migrations=TABLES)


async def test_a_missing_server_or_database_is_named(postgresql_url: str) -> None:
    with pytest.raises(ConnectionLost, match="cannot be reached"):
        await open_database("postgresql:///x?host=/nowhere&user=postgres", schema="content", migrations=())
    with pytest.raises(DatabaseError, match="no_such"):
        await open_database(postgresql_url.replace("///", "///no_such_"), schema="content", migrations=())


def test_troubles_of_the_server_are_told_apart() -> None:
    assert isinstance(explain(asyncpg.DiskFullError("x")), Full)
    assert isinstance(explain(asyncpg.DeadlockDetectedError("x")), Busy)
    assert isinstance(explain(asyncpg.TooManyConnectionsError("x")), Busy)
    assert isinstance(explain(asyncpg.CannotConnectNowError("x")), ConnectionLost)
    assert isinstance(explain(TimeoutError()), ConnectionLost)
