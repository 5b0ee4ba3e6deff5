"""Transactions and reads are the same on both engines, and no cancellation leaves one half open."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress

import pytest

from pwa.database import BrokenRule, Database, DatabaseError, DuplicateKey, Transaction
from tests.databases import MakeDatabase

TABLES = (
    """
    CREATE TABLE page (id BIGINT PRIMARY KEY, title TEXT NOT NULL, body {blob}, weight DOUBLE PRECISION);
    CREATE TABLE block (id BIGINT PRIMARY KEY, page BIGINT NOT NULL REFERENCES page (id));
    """,
)


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database("content", TABLES)


async def titles(database: Database) -> list[str]:
    return [row["title"] for row in await database.fetch("SELECT title FROM page ORDER BY id")]


async def add_page(transaction: Transaction, number: int, title: str = "one") -> int:
    return await transaction.execute("INSERT INTO page (id, title) VALUES ($1, $2)", number, title)


async def test_it_keeps_every_kind_of_value(database: Database) -> None:
    values = (2**62, "£ 'quoted' ; -- $1", b"\x00\xff", 0.1)
    async with database.transaction() as transaction:
        await transaction.execute("INSERT INTO page (id, title, body, weight) VALUES ($1, $2, $3, $4)", *values)
        await transaction.execute("INSERT INTO page (id, title) VALUES ($1, $2)", 1, "")
    rows = await database.fetch("SELECT id, title, body, weight FROM page ORDER BY id DESC")
    assert [tuple(dict(row).values()) for row in rows] == [values, (1, "", None, None)]


async def test_parameters_may_repeat_and_come_in_any_order(database: Database) -> None:
    row = await database.fetch_one("SELECT $2 || $1 || $2 || '$1' AS text -- $9\n/* $8 */", "b", "a")
    assert row is not None
    assert row["text"] == "aba$1"


async def test_a_wrong_number_of_parameters_is_refused(database: Database) -> None:
    wrong: list[tuple[str, Sequence[int]]] = [
        ("SELECT title FROM page WHERE id = $1", [1, 2]),
        ("SELECT title FROM page WHERE id = $1 OR id = $1", [1, 2]),
        ("SELECT title FROM page WHERE id = $1 OR id = $2", [1]),
    ]
    for sql, args in wrong:
        with pytest.raises(DatabaseError):
            await database.fetch(sql, *args)


async def test_a_question_without_answer_gives_none(database: Database) -> None:
    assert await database.fetch_one("SELECT title FROM page WHERE id = $1", 5) is None


async def test_it_says_how_many_rows_were_touched(database: Database) -> None:
    async with database.transaction() as transaction:
        await transaction.execute_many("INSERT INTO page (id, title) VALUES ($1, $2)", [(n, "x") for n in range(1000)])
        assert await transaction.execute("UPDATE page SET title = $2 WHERE id < $1", 10, "y") == 10
        assert await transaction.execute("DELETE FROM page WHERE id < $1", 0) == 0
        assert await add_page(transaction, 1000) == 1


async def test_numbers_are_ordered_as_numbers(database: Database) -> None:
    async with database.transaction() as transaction:
        for number in (10, 9, 100, -1):
            await add_page(transaction, number, str(number))
    assert await titles(database) == ["-1", "9", "10", "100"]


async def test_a_failing_block_changes_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as transaction:
            await add_page(transaction, 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await titles(database) == []


async def test_a_broken_rule_is_named_and_changes_nothing(database: Database) -> None:
    async def write(*statements: str) -> None:
        async with database.transaction() as transaction:
            for statement in statements:
                await transaction.execute(statement)

    await write("INSERT INTO page (id, title) VALUES (1, 'one')")
    with pytest.raises(DuplicateKey, match="Nothing was changed"):
        await write("INSERT INTO page (id, title) VALUES (2, 'two')", "INSERT INTO page (id, title) VALUES (1, 'x')")
    with pytest.raises(BrokenRule) as caught:
        await write("INSERT INTO page (id, title) VALUES (2, 'two')", "INSERT INTO block (id, page) VALUES (1, 99)")
    assert not isinstance(caught.value, DuplicateKey)
    assert await titles(database) == ["one"]


async def test_a_row_that_decides_what_is_written_can_be_locked(database: Database) -> None:
    async with database.transaction() as transaction:
        await add_page(transaction, 0, "0")

    async def count_up() -> None:
        async with database.transaction() as transaction:
            row = await transaction.fetch_one("SELECT title FROM page WHERE id = $1 FOR UPDATE", 0)
            assert row is not None
            await asyncio.sleep(0)
            await transaction.execute("UPDATE page SET title = $1 WHERE id = 0", str(int(row["title"]) + 1))

    await asyncio.gather(*(count_up() for _ in range(30)))
    assert await titles(database) == ["30"]


async def test_a_snapshot_shows_one_moment(database: Database) -> None:
    async with database.snapshot() as reader:
        assert await reader.fetch("SELECT id FROM page") == []
        async with database.transaction() as transaction:
            await add_page(transaction, 1)
        assert await reader.fetch("SELECT id FROM page") == []
    assert await titles(database) == ["one"]


async def test_a_snapshot_cannot_write(database: Database) -> None:
    async def write() -> None:
        async with database.snapshot() as reader:
            await reader.fetch("DELETE FROM migration RETURNING feature")

    with pytest.raises(DatabaseError):
        await write()
    assert len(await database.fetch("SELECT feature FROM migration")) == 2


async def test_a_swallowed_error_keeps_nothing(database: Database) -> None:
    async def swallow() -> None:
        async with database.transaction() as transaction:
            await add_page(transaction, 1)
            with suppress(DuplicateKey):
                await add_page(transaction, 1)

    with pytest.raises(DuplicateKey):
        await swallow()
    assert await titles(database) == []


async def test_a_swallowed_cancellation_keeps_nothing(database: Database) -> None:
    async def swallow() -> None:
        async with database.transaction() as transaction:
            await add_page(transaction, 1)
            with suppress(TimeoutError):
                async with asyncio.timeout(0):
                    await add_page(transaction, 2)

    with pytest.raises(DatabaseError, match="given up halfway"):
        await swallow()
    assert await titles(database) == []


async def test_statements_after_the_end_are_refused(database: Database) -> None:
    async with database.transaction() as transaction:
        await add_page(transaction, 1)
    with pytest.raises(RuntimeError, match="has ended"):
        await add_page(transaction, 2)
    with pytest.raises(RuntimeError, match="has ended"):
        transaction.notify("head")


async def test_more_readers_than_connections_all_get_their_answer(database: Database) -> None:
    async with database.transaction() as transaction:
        await add_page(transaction, 1)
    assert await asyncio.gather(*(titles(database) for _ in range(200))) == [["one"]] * 200


async def storm(database: Database, rounds: int, seed: int) -> None:
    """Cancel transactions at random moments: each must be kept whole or not at all, and reported truthfully."""
    chance = random.Random(seed)
    kept: set[int] = set()
    undone: set[int] = set()

    async def write(number: int) -> None:
        async with database.transaction() as transaction:
            await add_page(transaction, number)
            await transaction.fetch("SELECT id FROM page WHERE id = $1", number)
            await transaction.execute("INSERT INTO block (id, page) VALUES ($1, $1)", number)
            if number % 7 == 0:
                raise ZeroDivisionError
        kept.add(number)

    async def victim(number: int) -> None:
        task = asyncio.create_task(write(number))
        for _ in range(chance.randrange(3)):
            await asyncio.sleep(chance.random() * chance.choice([0.0002, 0.002, 0.01]))
            task.cancel()
        try:
            await task
        except ZeroDivisionError:
            undone.add(number)
        except asyncio.CancelledError:
            pass

    for start in range(1, rounds, 8):
        await asyncio.gather(*(victim(number) for number in range(start, start + 8)))
    pages = {row["id"] for row in await database.fetch("SELECT id FROM page")}
    blocks = {row["id"] for row in await database.fetch("SELECT id FROM block")}
    assert pages == blocks
    assert kept <= pages
    assert not undone & pages
    assert 0 < len(kept) < rounds
    async with database.transaction() as transaction:
        await add_page(transaction, -1)
    assert await database.fetch_one("SELECT id FROM page WHERE id = -1") is not None


async def test_a_storm_of_cancellations_leaves_nothing_half_done(database: Database) -> None:
    await storm(database, rounds=320, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
async def test_a_long_storm_of_cancellations_leaves_nothing_half_done(database: Database, seed: int) -> None:
    await storm(database, rounds=4000, seed=seed)


async def test_a_cancelled_read_leaves_its_connection_usable(database: Database) -> None:
    slow = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT MAX(i) AS m FROM n"
    reads = [asyncio.create_task(database.fetch(slow)) for _ in range(12)]
    await asyncio.sleep(0.01)
    for read in reads:
        read.cancel()
    await asyncio.gather(*reads, return_exceptions=True)
    assert [row["m"] for row in await database.fetch(slow)] == [200000]
