"""Backups of a database in use are whole; restoring puts them back and keeps the old one."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pwa.database import Damaged, DatabaseError, Locked, open_database
from pwa.database.backup import back_up, restore, verify
from pwa.database.lock import hold

PAIRS = ["CREATE TABLE first (id BIGINT PRIMARY KEY, fill {blob}); CREATE TABLE second (id BIGINT PRIMARY KEY);"]


def count(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT COUNT(*) FROM first").fetchone()[0])


async def fill(url: str, numbers: range) -> None:
    database = await open_database(url, schema="content", migrations=PAIRS)
    for number in numbers:
        async with database.transaction() as transaction:
            await transaction.execute("INSERT INTO first VALUES ($1, $2)", number, b"x" * 2000)
    await database.close()


async def test_a_backup_under_steady_writes_is_one_moment(tmp_path: Path, sqlite_url: str) -> None:
    database = await open_database(sqlite_url, schema="content", migrations=PAIRS)
    written = 0
    reached = {50: asyncio.Event(), 200: asyncio.Event()}

    async def write() -> None:
        nonlocal written
        while True:
            async with database.transaction() as transaction:
                await transaction.execute("INSERT INTO first VALUES ($1, $2)", written, b"x" * 2000)
                await transaction.execute("INSERT INTO second VALUES ($1)", written)
            written += 1
            if written in reached:
                reached[written].set()

    writer = asyncio.create_task(write())
    await reached[50].wait()
    backups = [await asyncio.to_thread(back_up, tmp_path / "test.db", tmp_path / f"backup-{n}") for n in range(3)]
    await reached[200].wait()
    writer.cancel()
    await asyncio.wait([writer])
    await database.close()
    counts = [backup.rows["first"] for backup in backups]
    assert counts == [backup.rows["second"] for backup in backups]
    assert 50 <= counts[0] <= counts[1] <= counts[2] <= written
    assert count(tmp_path / "backup-2") == counts[2]
    assert not list(tmp_path.glob("backup*[-.][a-z]*")), "a backup is one file"


async def test_restoring_brings_it_back_and_keeps_what_it_replaced(tmp_path: Path, sqlite_url: str) -> None:
    await fill(sqlite_url, range(3))
    back_up(tmp_path / "test.db", tmp_path / "backup")
    await fill(sqlite_url, range(3, 5))
    kept = restore(tmp_path / "backup", tmp_path / "test.db")
    assert count(tmp_path / "test.db") == 3
    assert kept is not None
    assert count(kept) == 5
    await fill(sqlite_url, range(3, 10))
    assert count(tmp_path / "test.db") == 10


async def test_a_log_left_by_a_crash_is_kept_with_the_old_and_not_replayed_into_the_new(
    tmp_path: Path, sqlite_url: str
) -> None:
    await fill(sqlite_url, range(3))
    back_up(tmp_path / "test.db", tmp_path / "backup")
    database = await open_database(sqlite_url, schema="content", migrations=PAIRS)
    async with database.transaction() as transaction:
        await transaction.execute("INSERT INTO first VALUES ($1, $2)", 100, b"only in the log")
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for name in ("test.db", "test.db-wal"):
        (crashed / name).write_bytes((tmp_path / name).read_bytes())
    await database.close()
    kept = restore(tmp_path / "backup", crashed / "test.db")
    assert kept is not None
    assert (count(crashed / "test.db"), count(kept)) == (3, 4)


async def test_a_damaged_database_is_replaced_and_kept_with_its_log(tmp_path: Path, sqlite_url: str) -> None:
    await fill(sqlite_url, range(3))
    back_up(tmp_path / "test.db", tmp_path / "backup")
    database = await open_database(sqlite_url, schema="content", migrations=PAIRS)
    async with database.transaction() as transaction:
        await transaction.execute("INSERT INTO first VALUES ($1, $2)", 100, b"only in the log")
    log = (tmp_path / "test.db-wal").read_bytes()
    await database.close()
    (tmp_path / "test.db").write_bytes(b"rubbish" * 1000)
    (tmp_path / "test.db-wal").write_bytes(log)
    kept = restore(tmp_path / "backup", tmp_path / "test.db")
    assert kept is not None
    assert kept.read_bytes() == b"rubbish" * 1000
    assert kept.with_name(kept.name + "-wal").read_bytes() == log
    assert count(tmp_path / "test.db") == 3


async def test_it_restores_where_only_an_old_log_is_left(tmp_path: Path, sqlite_url: str) -> None:
    await fill(sqlite_url, range(3))
    back_up(tmp_path / "test.db", tmp_path / "backup")
    database = await open_database(sqlite_url, schema="content", migrations=PAIRS)
    async with database.transaction() as transaction:
        await transaction.execute("INSERT INTO first VALUES ($1, $2)", 100, b"only in the log")
    (tmp_path / "new.db-wal").write_bytes((tmp_path / "test.db-wal").read_bytes())
    await database.close()
    assert restore(tmp_path / "backup", tmp_path / "new.db") is None
    assert count(tmp_path / "new.db") == 3


async def test_a_damaged_backup_is_refused_and_nothing_is_replaced(tmp_path: Path, sqlite_url: str) -> None:
    await fill(sqlite_url, range(30))
    back_up(tmp_path / "test.db", tmp_path / "backup")
    before = (tmp_path / "test.db").read_bytes()
    whole = (tmp_path / "backup").read_bytes()
    broken = {
        "half of it": whole[: len(whole) // 2],
        "a page of noise": whole[:16384] + b"\xa5" * 4096 + whole[20480:],
        "something else": b"hello",
        "nothing": b"",
    }
    for content in broken.values():
        (tmp_path / "backup").write_bytes(content)
        with pytest.raises(Damaged):
            restore(tmp_path / "backup", tmp_path / "test.db")
        assert (tmp_path / "test.db").read_bytes() == before


async def test_nothing_is_overwritten_and_nothing_half_made_stays(tmp_path: Path, sqlite_url: str) -> None:
    await fill(sqlite_url, range(3))
    (tmp_path / "backup").write_text("mine")
    with pytest.raises(DatabaseError, match="exists already"):
        back_up(tmp_path / "test.db", tmp_path / "backup")
    assert (tmp_path / "backup").read_text() == "mine"
    with pytest.raises(DatabaseError, match="no database"):
        back_up(tmp_path / "none.db", tmp_path / "other")
    (tmp_path / "foreign.db").write_bytes(b"x" * 5000)
    with pytest.raises(Damaged):
        back_up(tmp_path / "foreign.db", tmp_path / "other")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "foreign.db", "test.db"]


async def test_restoring_waits_for_no_server(tmp_path: Path, sqlite_url: str) -> None:
    await fill(sqlite_url, range(3))
    back_up(tmp_path / "test.db", tmp_path / "backup")
    with hold(tmp_path / "test.db"), pytest.raises(Locked, match="in use by another process"):
        restore(tmp_path / "backup", tmp_path / "test.db")
    assert verify(tmp_path / "backup").rows["first"] == 3
