"""Databases that hold the first release already: made once per engine, copied for each test."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pwa.app import create_app
from pwa.settings import Settings
from tests.databases import PostgresqlServer
from tests.once import made_once

OPERATOR = "Example Clinic"


@pytest.fixture(params=["sqlite", "postgresql"])
def seeded_settings(request: pytest.FixtureRequest) -> Settings:
    """Settings of a site whose first release is live; on both engines."""
    made: Settings = request.getfixturevalue(f"seeded_{request.param}")
    return made


@pytest.fixture
def seeded_sqlite(sqlite_template: Path, tmp_path: Path) -> Settings:
    for name in ("content.db", "vault.db"):
        shutil.copyfile(sqlite_template / name, tmp_path / name)
    return _sqlite(tmp_path)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the databases of a site that was started once and stopped."""
    return made_once(tmp_path_factory, "seeded", lambda folder: _start_once(_sqlite(folder)))


@pytest.fixture
def seeded_postgresql(postgresql_template: str, postgresql_server: PostgresqlServer) -> Iterator[Settings]:
    with postgresql_server.database(postgresql_template) as name:
        yield _settings(postgresql_server.url(name), postgresql_server.url(name))


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: PostgresqlServer) -> Iterator[str]:
    """The name of a database of a site that was started once and stopped."""
    with postgresql_server.database() as name:
        _start_once(_settings(postgresql_server.url(name), postgresql_server.url(name)))
        yield name


def _start_once(settings: Settings) -> None:
    async def start() -> None:
        async with create_app(settings).site():
            pass

    with closing(asyncio.new_event_loop()) as loop:
        loop.run_until_complete(start())


def _sqlite(folder: Path) -> Settings:
    return _settings(f"sqlite:///{folder / 'content.db'}", f"sqlite:///{folder / 'vault.db'}")


def _settings(database_url: str, vault_url: str) -> Settings:
    return Settings(database_url=database_url, vault_url=vault_url, operator=OPERATOR, contact="desk@clinic.example")
