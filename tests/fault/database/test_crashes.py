"""Processes killed at any moment: what was acknowledged is kept, transactions are whole, jobs are done once."""

import asyncio
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from pwa.database import Reader
from pwa.database.jobs import JobRunner, add, waiting
from pwa.database.opening import sqlite_path
from tests.databases import MakeDatabase
from tests.fault.database.crashing import HOUR, START, TABLES, do_jobs


async def crash(what: str, url: str, rounds: int, seed: int) -> list[int]:
    """Run work in `rounds` processes, each killed; the numbers they acknowledged."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, Path(__file__).with_name("crashing.py"), what, url, str(rounds), str(seed),
        stdout=asyncio.subprocess.PIPE, env={"PYTHONPATH": str(Path(__file__).parents[3])},
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 0
    numbers: list[int] = json.loads(output)
    return numbers


async def numbers(database: Reader, table: str) -> list[int]:
    return [row["id"] for row in await database.fetch(f"SELECT id FROM {table} ORDER BY id")]


async def check_writes(make_database: MakeDatabase, url: str, rounds: int, seed: int) -> None:
    acknowledged = await crash("write", url, rounds, seed)
    database = await make_database("content", TABLES)
    async with database.snapshot() as reader:  # a server may still be finishing the last commit
        kept = await numbers(reader, "first")
        assert kept == await numbers(reader, "second")
    assert set(acknowledged) <= set(kept)
    assert len(acknowledged) <= len(kept) <= len(acknowledged) + rounds
    assert len(acknowledged) > rounds
    path = sqlite_path(url)
    if path is not None:
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def check_jobs(make_database: MakeDatabase, url: str, rounds: int, seed: int) -> None:
    count = rounds * 4
    database = await make_database("content", TABLES)
    async with database.transaction() as transaction:
        for number in range(1, count + 1):
            await add(transaction, "note", START, {"id": number})
    await database.close()
    await crash("jobs", url, rounds, seed)
    database = await make_database("content", TABLES)
    async with database.snapshot() as reader:
        before = await numbers(reader, "effect")
        left = await waiting(reader)
    assert len(before) + 2 * len(left) == 2 * count
    await database.close()
    await do_jobs(url, START + rounds * 2 * HOUR, sys.stderr.fileno())
    database = await make_database("content", TABLES)
    assert await numbers(database, "effect") == [*range(-count, 0), *range(1, count + 1)]
    assert await waiting(database) == []


async def test_writes_acknowledged_before_a_kill_are_kept_whole(make_database: MakeDatabase, database_url: str) -> None:
    await check_writes(make_database, database_url, rounds=12, seed=1)


async def test_jobs_are_done_once_though_their_processes_are_killed(
    make_database: MakeDatabase, database_url: str
) -> None:
    await check_jobs(make_database, database_url, rounds=12, seed=1)


async def test_a_job_that_kills_its_process_backs_off_too(make_database: MakeDatabase) -> None:
    database = await make_database("content", TABLES)
    async with database.transaction() as transaction:
        await add(transaction, "note", START, {"id": 1}, "deadly")

    class Killed(BaseException):
        """What a kill looks like from inside: nothing after it runs."""

    async def die(*_: object) -> None:
        raise Killed

    with pytest.raises(Killed):
        await JobRunner(database, {"note": die}, lambda: START).run_due()
    (job,) = await waiting(database)
    assert (job.attempts, job.next_at > START) == (1, True)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(4))
async def test_many_killed_writers(make_database: MakeDatabase, database_url: str, seed: int) -> None:
    await check_writes(make_database, database_url, rounds=200, seed=seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(4))
async def test_many_killed_runners(make_database: MakeDatabase, database_url: str, seed: int) -> None:
    await check_jobs(make_database, database_url, rounds=200, seed=seed)
