"""What only SQLite has: pragmas, threads, one writer, an old version."""

import asyncio
import logging
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from pwa.database import Damaged, DatabaseError, NotWritable, open_database
from pwa.database.sqlite import READER, WRITER, SqliteConnection, compile_for_sqlite, warn_about_old_sqlite


async def pragma(connection: SqliteConnection, name: str) -> object:
    return next(iter(dict((await connection.fetch(f"PRAGMA {name}", []))[0]).values()))


async def test_connections_are_set_up_for_durability(tmp_path: Path) -> None:
    writer = await SqliteConnection.open(tmp_path / "a.db", WRITER)
    reader = await SqliteConnection.open(tmp_path / "a.db", READER)
    settings = {
        "writer": [await pragma(writer, name) for name in ("journal_mode", "synchronous", "foreign_keys")],
        "reader": [await pragma(reader, name) for name in ("journal_mode", "query_only", "wal_autocheckpoint")],
    }
    await reader.close()
    await writer.close()
    assert settings == {"writer": ["wal", 2, 1], "reader": ["wal", 1, 0]}


async def test_several_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    for turn in range(40):
        path = tmp_path / f"{turn}.db"
        opened = await asyncio.gather(*(SqliteConnection.open(path, WRITER) for _ in range(6)), return_exceptions=True)
        connections = [each for each in opened if isinstance(each, SqliteConnection)]
        for connection in connections:
            await connection.close()
        assert len(connections) == len(opened), opened


async def test_a_closed_database_is_one_file(tmp_path: Path, sqlite_url: str) -> None:
    database = await open_database(sqlite_url, schema="content", migrations=())
    assert len(list(tmp_path.iterdir())) == 3
    await database.close()
    assert [path.name for path in tmp_path.iterdir()] == ["test.db"]


async def test_a_read_cannot_write(sqlite_url: str) -> None:
    database = await open_database(sqlite_url, schema="content", migrations=())
    with pytest.raises(NotWritable):
        await database.fetch("DELETE FROM migration RETURNING feature")
    await database.close()


async def test_a_transaction_inside_another_is_refused_instead_of_waiting_for_ever(sqlite_url: str) -> None:
    database = await open_database(sqlite_url, schema="content", migrations=())

    async def nest() -> None:
        async with database.transaction(), database.transaction():
            pass

    with pytest.raises(RuntimeError, match="inside another"):
        await asyncio.wait_for(nest(), 5)
    async with database.transaction() as transaction:
        assert await transaction.execute("DELETE FROM job") == 0
    await database.close()


def test_an_unclosed_database_does_not_keep_the_process_alive(sqlite_url: str) -> None:
    program = (
        "import asyncio, sys\n"
        "from pwa.database import open_database\n"
        "async def main():\n"
        "    global database\n"
        "    database = await open_database(sys.argv[1], schema='content', migrations=())\n"
        "    print('open', flush=True)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", program, sqlite_url], capture_output=True, check=True, timeout=20)
    assert done.stdout == b"open\n"


@pytest.mark.parametrize("text", [b"not a database at all" * 100, b"SQLite format 3\x00" + bytes(range(256)) * 40])
async def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(text)
    with pytest.raises(Damaged, match="left as it is"):
        await open_database(f"sqlite:///{path}", schema="content", migrations=())
    assert path.read_bytes() == text
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


async def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotWritable, match="Check that its folder exists"):
        await open_database(f"sqlite:///{tmp_path}/no/such.db", schema="content", migrations=())


async def test_urls_are_relative_or_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for url in ("sqlite:///near.db", f"sqlite:///{tmp_path}/far.db"):
        await (await open_database(url, schema="content", migrations=())).close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["far.db", "near.db"]


@pytest.mark.parametrize("url", ["", "content.db", "sqlite://content.db", "sqlite:///", "mysql://host/name"])
async def test_a_url_that_is_not_understood_is_explained(url: str) -> None:
    with pytest.raises(DatabaseError, match="Write sqlite:///content"):
        await open_database(url, schema="content", migrations=())


def test_statements_are_compiled_once() -> None:
    sql, pick = compile_for_sqlite("SELECT $2, \"$1\", '$1', $1, $2 -- $3\nFROM t FOR UPDATE SKIP LOCKED")
    assert sql == "SELECT ?, \"$1\", '$1', ?, ? -- $3\nFROM t "
    assert pick(["a", "b"]) == ["b", "a", "b"]
    assert compile_for_sqlite("SELECT $1") is compile_for_sqlite("SELECT $1")
    assert compile_for_sqlite("UPDATE t SET for_update = 'FOR UPDATE'")[0] == "UPDATE t SET for_update = 'FOR UPDATE'"


def test_an_old_sqlite_is_explained_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        warn_about_old_sqlite((3, 51, 3))
        warn_about_old_sqlite((3, 1, 99))
        warn_about_old_sqlite((3, 1, 99))
    assert [record.message for record in caplog.records if "3.1.99" in record.message] == [caplog.records[0].message]
    assert len(caplog.records) == 1


async def test_an_engine_with_all_we_use_is_here() -> None:
    assert sqlite3.sqlite_version_info >= (3, 35, 0), "RETURNING came with 3.35"
