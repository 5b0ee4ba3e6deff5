"""Rate limits count across processes, forget addresses, and survive clocks that jump."""

import asyncio

from pwa.database.limits import hit
from tests.databases import MakeDatabase

MINUTE = 60
START = 1_800_000_000_000


async def test_so_many_hits_are_let_through_and_then_a_wait_is_told(make_database: MakeDatabase) -> None:
    database = await make_database("content", ())
    assert [await hit(database, "sign-in 192.0.2.1", 3, MINUTE, START + n * 1000) for n in range(5)] == [
        0,
        0,
        0,
        57,
        56,
    ]
    assert await hit(database, "sign-in 192.0.2.2", 3, MINUTE, START) == 0
    assert await hit(database, "sign-in 192.0.2.1", 3, MINUTE, START + 59_999) == 1
    assert await hit(database, "sign-in 192.0.2.1", 3, MINUTE, START + 60_000) == 0


async def test_the_limit_holds_across_processes(make_database: MakeDatabase, database_url: str) -> None:
    databases = [await make_database("content", ()) for _ in range(1 if database_url.startswith("sqlite") else 3)]
    answers = await asyncio.gather(*(hit(databases[n % len(databases)], "k", 10, MINUTE, START) for n in range(40)))
    assert sorted(answers) == [0] * 10 + [60] * 30


async def test_no_key_is_kept_in_the_clear_and_old_windows_go(make_database: MakeDatabase) -> None:
    database = await make_database("content", ())
    for number in range(50):
        await hit(database, f"192.0.2.{number}", 3, MINUTE, START)
    rows = await database.fetch("SELECT key FROM rate_limit")
    assert len(rows) == 50
    assert not any("192.0" in row["key"] for row in rows)
    for number in range(3):
        await hit(database, f"198.51.100.{number}", 3, MINUTE, START + 60_000)
    assert len(await database.fetch("SELECT key FROM rate_limit")) == 3


async def test_a_clock_set_back_locks_nobody_out(make_database: MakeDatabase) -> None:
    database = await make_database("content", ())
    for _ in range(4):
        await hit(database, "k", 3, MINUTE, START + 86_400_000)
    assert await hit(database, "k", 3, MINUTE, START) == 0
    assert await hit(database, "k", 3, MINUTE, START + 1000) == 0
