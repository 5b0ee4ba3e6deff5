"""Listeners hear of commits, and only of commits, in every process."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from pwa.database import Database, open_database
from tests.databases import MakeDatabase, PostgresqlServer


class Listener:
    """Counts its calls and lets a test wait for the next one."""

    def __init__(self) -> None:
        self.calls = 0
        self._called = asyncio.Event()

    def __call__(self) -> None:
        self.calls += 1
        self._called.set()

    async def next(self) -> None:
        await asyncio.wait_for(self._called.wait(), 20)
        self._called.clear()


@pytest.fixture
async def three(postgresql_url: str) -> AsyncIterator[tuple[Database, Database, Database]]:
    opened = [
        await open_database(postgresql_url, schema=name, migrations=()) for name in ("content", "content", "vault")
    ]
    yield (opened[0], opened[1], opened[2])
    for database in opened:
        await database.close()


async def notify(database: Database, *channels: str) -> None:
    async with database.transaction() as transaction:
        for channel in channels:
            transaction.notify(channel)


async def test_listeners_are_called_when_listening_begins_and_after_commits(make_database: MakeDatabase) -> None:
    database = await make_database("content", ())
    first, second = Listener(), Listener()
    database.listen("head", first)
    await first.next()
    database.listen("head", second)
    await second.next()
    await notify(database, "head", "head")
    await first.next()
    await second.next()
    assert (first.calls, second.calls) == (2, 2)


async def test_a_rollback_tells_nobody(make_database: MakeDatabase) -> None:
    database = await make_database("content", ())
    head, other = Listener(), Listener()
    database.listen("head", head)
    database.listen("other", other)
    await head.next()
    await other.next()

    async def fail() -> None:
        async with database.transaction() as transaction:
            transaction.notify("head")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await notify(database, "other")
    await other.next()
    assert head.calls == 1


async def test_what_is_notified_can_be_read(make_database: MakeDatabase) -> None:
    database = await make_database("content", ["CREATE TABLE page (id BIGINT PRIMARY KEY);"])
    head = Listener()
    database.listen("head", head)
    await head.next()
    async with database.transaction() as transaction:
        transaction.notify("head")
        await asyncio.sleep(0.02)
        assert head.calls == 1
        await transaction.execute("INSERT INTO page VALUES (1)")
    await head.next()
    assert len(await database.fetch("SELECT id FROM page")) == 1


async def test_a_cancelled_commit_that_was_kept_is_still_told(make_database: MakeDatabase) -> None:
    database = await make_database("content", ["CREATE TABLE page (id BIGINT PRIMARY KEY);"])
    head = Listener()
    database.listen("head", head)
    await head.next()
    about_to_commit = asyncio.Event()

    async def write() -> None:
        async with database.transaction() as transaction:
            await transaction.execute("INSERT INTO page VALUES (1)")
            transaction.notify("head")
            about_to_commit.set()

    task = asyncio.create_task(write())
    await about_to_commit.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    await head.next()
    assert len(await database.fetch("SELECT id FROM page")) == 1


async def test_a_failing_listener_does_not_silence_the_others(make_database: MakeDatabase) -> None:
    failures: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: failures.append(context["exception"]))
    database = await make_database("content", ())
    head = Listener()

    def fail() -> None:
        raise ZeroDivisionError

    database.listen("head", fail)
    database.listen("head", head)
    await head.next()
    await notify(database, "head")
    await head.next()
    assert [type(failure) for failure in failures] == [ZeroDivisionError] * 2


async def test_other_processes_hear_it_and_other_schemas_do_not(
    three: tuple[Database, Database, Database],
) -> None:
    ours, theirs, vault = three
    head, elsewhere = Listener(), Listener()
    theirs.listen("head", head)
    vault.listen("head", elsewhere)
    await head.next()
    await elsewhere.next()
    await notify(ours, "head")
    await head.next()
    await notify(vault, "head")
    await elsewhere.next()
    assert (head.calls, elsewhere.calls) == (2, 2)


async def test_a_lost_connection_is_made_again_and_told(
    postgresql_url: str, postgresql_server: PostgresqlServer, three: tuple[Database, Database, Database]
) -> None:
    ours, theirs, _vault = three
    head = Listener()
    theirs.listen("head", head)
    await head.next()
    name = postgresql_url.partition("///")[2].partition("?")[0]
    postgresql_server.run_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    await head.next()
    await notify(ours, "head")
    await head.next()
    assert head.calls == 3
