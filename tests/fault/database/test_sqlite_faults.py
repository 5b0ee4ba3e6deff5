"""A full disk, a file that somebody else holds: said clearly, nothing lost, and well again afterwards."""

import asyncio
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pwa.database import Busy, Database, Full, Locked, open_database
from pwa.database.lock import hold
from pwa.database.sqlite import SqliteDatabase

TABLES = ["CREATE TABLE page (id BIGINT PRIMARY KEY, body {blob});"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[Path, Callable[[], None]]]:
    """A folder with room for about a megabyte, and what makes more: a disk of its own, or a limit on files."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, check=False)
    if mounted.returncode == 0:
        (folder / "ballast").write_bytes(bytes(1_000_000))
        yield folder, (folder / "ballast").unlink
        subprocess.run(["umount", folder], check=True)
    else:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
        yield folder, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def write(database: Database, number: int, size: int = 30_000) -> None:
    async with database.transaction() as transaction:
        await transaction.execute("INSERT INTO page VALUES ($1, $2)", number, bytes(size))


async def ids(database: Database) -> list[int]:
    return [row["id"] for row in await database.fetch("SELECT id FROM page ORDER BY id")]


async def test_a_full_disk_loses_nothing_and_works_again_with_room(
    small_disk: tuple[Path, Callable[[], None]],
) -> None:
    folder, make_room = small_disk
    database = await open_database(f"sqlite:///{folder}/test.db", schema="content", migrations=TABLES)
    written: list[int] = []

    async def write_until_full() -> None:
        while len(written) < 1000:
            await write(database, len(written))
            written.append(len(written))

    with pytest.raises(Full, match="Make room, then try again"):
        await write_until_full()
    assert len(written) > 5
    assert await ids(database) == written
    with pytest.raises(Full):
        await write(database, 5000, size=900_000)
    assert await ids(database) == written
    make_room()
    await write(database, 9999)
    assert await ids(database) == [*written, 9999]
    await database.close()
    with closing(sqlite3.connect(folder / "test.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def test_a_file_that_another_program_writes_to_is_busy_and_then_free(sqlite_url: str, tmp_path: Path) -> None:
    database = await open_database(sqlite_url, schema="content", migrations=TABLES)
    assert isinstance(database, SqliteDatabase)
    await database._writer.execute("PRAGMA busy_timeout=100")
    program = (
        "import sqlite3, sys; connection = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "connection.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read()"
    )
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, tmp_path / "test.db",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert other.stdout is not None
    assert await other.stdout.readline() == b"held\n"
    for _ in range(2):
        with pytest.raises(Busy, match="Nothing was changed"):
            await write(database, 1)
    assert await ids(database) == []
    await other.communicate(b"")
    await write(database, 1)
    assert await ids(database) == [1]
    await database.close()


async def test_the_server_lock_is_refused_to_others_and_free_after_a_kill(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from pwa.database.lock import hold\n"
        "with hold(pathlib.Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, tmp_path / "test.db",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert other.stdout is not None
    assert await other.stdout.readline() == b"held\n"
    with pytest.raises(Locked, match=f"number {other.pid}"), hold(tmp_path / "test.db"):
        pass
    other.send_signal(signal.SIGKILL)
    await other.wait()
    with hold(tmp_path / "test.db"):
        pass
