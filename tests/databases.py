"""Databases for tests: every store test runs on both engines, on fresh ones.

    async def test_it_keeps_a_page(make_database):
        database = await make_database("content", FEATURES)   # runs once on SQLite, once on PostgreSQL
        ...

- `make_database(schema, migrations)` opens the test's database, and closes it when the test ends. Calling it twice
  opens it twice, as two processes would (on SQLite only one of them should write).
- `database_url` is its URL, for tests that open it themselves or hand it to a subprocess; `sqlite_url` and
  `postgresql_url` are for tests of one engine. A folder whose tests all begin with the content's tables takes
  `migrated_postgresql_url` for the latter.
- `postgresql_server` is the throw-away server behind it, one for each process that runs tests, started when first
  asked for; `PostgresqlServer.start` makes another one for tests that break it.
"""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pwa.content.migrations import FEATURES
from pwa.database import Database, open_database

Migrations = Mapping[str, Sequence[str]] | Sequence[str]
MakeDatabase = Callable[[str, Migrations], Awaitable[Database]]

READY_SECONDS = 30
_DONE = "done-with-it"


@pytest.fixture
async def make_database(database_url: str) -> AsyncIterator[MakeDatabase]:
    opened: list[Database] = []

    async def make(schema: str, migrations: Migrations) -> Database:
        database = await open_database(database_url, schema=schema, migrations=migrations)
        opened.append(database)
        return database

    yield make
    for database in reversed(opened):
        await database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture
def postgresql_url(postgresql_server: "PostgresqlServer") -> Iterator[str]:
    with postgresql_server.database() as name:
        yield postgresql_server.url(name)


@pytest.fixture
def migrated_postgresql_url(postgresql_server: "PostgresqlServer", migrated_template: str) -> Iterator[str]:
    """A database with the tables of the content: copying them takes a fifth of the time that making them does."""
    with postgresql_server.database(migrated_template) as name:
        yield postgresql_server.url(name)


@pytest.fixture(scope="session")
def migrated_template(postgresql_server: "PostgresqlServer") -> Iterator[str]:
    async def migrate(url: str) -> None:
        await (await open_database(url, schema="content", migrations=FEATURES)).close()

    with postgresql_server.database() as name:
        with closing(asyncio.new_event_loop()) as loop:
            loop.run_until_complete(migrate(postgresql_server.url(name)))
        yield name


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator["PostgresqlServer"]:
    server = PostgresqlServer.create()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@dataclass
class PostgresqlServer:
    """A server in a folder of its own, reached over a socket in it, run by a user that is not root."""

    folder: Path
    programs: Path
    user: str | None
    process: subprocess.Popen[bytes] | None = None
    administrator: subprocess.Popen[str] | None = None
    """A `psql` that stays: starting one takes longer than most of what it is asked."""

    @classmethod
    def create(cls) -> "PostgresqlServer":
        """Make an empty server that is not started yet."""
        folder = Path(tempfile.mkdtemp(prefix="pwa-"))  # short: the path of a socket may have 107 bytes
        user = None
        if os.geteuid() == 0:
            user = next(name for name in ("postgres", "nobody") if name in {entry.pw_name for entry in pwd.getpwall()})
            shutil.chown(folder, user)
        server = cls(folder, find_programs(), user)
        server._call("initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        return server

    def start(self) -> None:
        """Start, and wait until it answers."""
        command: list[str | Path] = [self.programs / "postgres", "-D", self.folder / "data", "-k", self.folder]
        # Processes are killed in these tests, machines are not: what the system has taken is as good as on disk.
        for setting in ("listen_addresses=", "fsync=off", "max_connections=200", "shared_buffers=16MB"):
            command += ["-c", setting]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, user=self.user, cwd=self.folder)
        deadline = time.monotonic() + READY_SECONDS
        while subprocess.run([self.programs / "pg_isready", "-q", "-h", self.folder], check=False).returncode != 0:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "log").read_text())
            time.sleep(0.05)

    def stop(self) -> None:
        """End it at once, as a crash would; what was committed stays."""
        if self.administrator is not None:
            self.administrator.communicate()
            self.administrator = None
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(READY_SECONDS)
            self.process = None

    def remove(self) -> None:
        """Stop it and delete everything."""
        self.stop()
        shutil.rmtree(self.folder)

    def url(self, database: str) -> str:
        """What `open_database` takes."""
        return f"postgresql:///{database}?host={self.folder}&user=postgres"

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The name of a new copy of that database, for as long as the block runs."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self.run_sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        yield name
        self.run_sql(f"DROP DATABASE {name} WITH (FORCE)")

    def run_sql(self, sql: str) -> None:
        """Run one statement as the server's administrator; raises `RuntimeError` with what the server says of it."""
        if self.administrator is None:
            self.administrator = subprocess.Popen(
                (self.programs / "psql", "-h", self.folder, "-U", "postgres", "-Xq", "-o", os.devnull),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, user=self.user, cwd=self.folder,
            )  # fmt: skip
        to, said = self.administrator.stdin, self.administrator.stdout
        assert to is not None
        assert said is not None
        to.write(f"{sql};\n\\echo {_DONE}\n")
        to.flush()
        faults = []
        for line in said:
            if line == f"{_DONE}\n":
                break
            faults.append(line)
        if faults:
            raise RuntimeError("".join(faults))

    def _call(self, program: str, *arguments: str | Path) -> None:
        command = [self.programs / program, *arguments]
        done = subprocess.run(command, check=False, capture_output=True, text=True, user=self.user, cwd=self.folder)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr}")


def find_programs() -> Path:
    """The folder of the newest PostgreSQL on this machine."""
    folders = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    if folders:
        return max(folders, key=lambda path: int(path.parent.name))
    initdb = shutil.which("initdb")
    if initdb is None:
        raise RuntimeError("PostgreSQL 15 or newer is needed for this test: install it, or put initdb on the path")
    return Path(initdb).resolve().parent
