"""Migrations are applied once, in order, all or none, by one of several processes."""

import asyncio
import sys

import pytest

from pwa.database import ChangedMigration, DatabaseError, NewerSchema, open_database
from pwa.database.migrations import migrate, statements
from tests.databases import MakeDatabase

FIRST = "CREATE TABLE page (id BIGINT PRIMARY KEY, body {blob}); INSERT INTO page (id) VALUES (1);"
SECOND = "ALTER TABLE page ADD COLUMN title TEXT NOT NULL DEFAULT 'one; -- and only';"

STARTER = """
import asyncio, sys
from pwa.database import open_database

MIGRATIONS = ["CREATE TABLE counted (id BIGINT PRIMARY KEY);"]
MIGRATIONS += [f"INSERT INTO counted VALUES ({n});" for n in range(20)]

async def main():
    sys.stdin.read(1)
    database = await open_database(sys.argv[1], schema="content", migrations=MIGRATIONS)
    row = await database.fetch_one("SELECT COUNT(*) AS counted FROM counted")
    print(row["counted"])
    await database.close()

print("ready", flush=True)
asyncio.run(main())
"""


async def test_each_is_applied_once_and_new_ones_later(make_database: MakeDatabase) -> None:
    await make_database("content", [FIRST])
    await make_database("content", [FIRST])
    database = await make_database("content", [FIRST, SECOND])
    assert [dict(row) for row in await database.fetch("SELECT id, body, title FROM page")] == [
        {"id": 1, "body": None, "title": "one; -- and only"}
    ]


async def test_features_keep_their_own_count(make_database: MakeDatabase) -> None:
    database = await make_database("content", [FIRST, SECOND])
    await migrate(database, {"staff": ["CREATE TABLE person (id BIGINT PRIMARY KEY);"]})
    assert await database.fetch("SELECT id FROM person") == []
    await make_database("content", [FIRST, SECOND])


async def test_a_failing_migration_leaves_everything_as_it_was(make_database: MakeDatabase) -> None:
    database = await make_database("content", [FIRST])
    with pytest.raises(DatabaseError):
        await make_database(
            "content", [FIRST, SECOND, "INSERT INTO page (id) VALUES (2); INSERT INTO nowhere VALUES (1);"]
        )
    assert [dict(row) for row in await database.fetch("SELECT * FROM page")] == [{"id": 1, "body": None}]
    await make_database("content", [FIRST, SECOND])


async def test_a_newer_database_is_refused_and_not_touched(make_database: MakeDatabase) -> None:
    database = await make_database("content", [FIRST, SECOND])
    before = [dict(row) for row in await database.fetch("SELECT * FROM migration ORDER BY feature, number")]
    with pytest.raises(NewerSchema, match="Nothing was changed"):
        await make_database("content", [FIRST])
    assert [dict(row) for row in await database.fetch("SELECT * FROM migration ORDER BY feature, number")] == before


async def test_a_changed_old_migration_is_refused(make_database: MakeDatabase) -> None:
    await make_database("content", [FIRST])
    with pytest.raises(ChangedMigration, match="put the old text back"):
        await make_database("content", [FIRST + " ", SECOND])


async def test_two_processes_may_start_at_once(database_url: str) -> None:
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", STARTER, database_url, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"!")
        process.stdin.close()
    outputs = [(await process.communicate())[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert outputs == [b"20\n"] * 3


async def test_schemas_of_one_server_do_not_meet(postgresql_url: str) -> None:
    content = await open_database(postgresql_url, schema="content", migrations=[FIRST])
    vault = await open_database(postgresql_url, schema="vault", migrations=["CREATE TABLE page (id BIGINT);"])
    assert len(await content.fetch("SELECT * FROM page")) == 1
    assert len(await vault.fetch("SELECT * FROM page")) == 0
    await content.close()
    await vault.close()


@pytest.mark.parametrize("schema", ["", "Content", "a b", 'x"; DROP TABLE page; --', "é"])
async def test_a_schema_has_a_plain_name(postgresql_url: str, schema: str) -> None:
    with pytest.raises(DatabaseError, match="small letters"):
        await open_database(postgresql_url, schema=schema, migrations=())


def test_scripts_are_split_where_statements_end() -> None:
    trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET b = 1; DELETE FROM c; END;"
    assert list(statements(f"-- first;\nINSERT INTO a VALUES (';');{trigger}\n")) == [
        "-- first;\nINSERT INTO a VALUES (';');",
        trigger,
    ]
    with pytest.raises(ValueError, match="semicolon"):
        list(statements("CREATE TABLE a (b TEXT);\nCREATE TABLE c (d TEXT)"))
