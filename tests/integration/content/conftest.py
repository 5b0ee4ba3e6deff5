"""A published small guide, and the short way to change it."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from pwa.content.drafts import draft
from pwa.content.migrations import FEATURES
from pwa.content.release import publish
from pwa.content.seed import seed_if_empty
from pwa.content.signing import sign_off
from pwa.content.store import Release
from pwa.database import Database
from tests.databases import MakeDatabase
from tests.publishing import NOW, make_renderer, write_seed

Edit = Callable[[str, str], Awaitable[str]]
Publish = Callable[..., Awaitable[Release]]


@pytest.fixture
def postgresql_url(migrated_postgresql_url: str) -> str:
    return migrated_postgresql_url


@pytest.fixture
async def guide(make_database: MakeDatabase, tmp_path: Path) -> Database:
    database = await make_database("content", FEATURES)
    await seed_if_empty(database, make_renderer(), now=NOW, folder=write_seed(tmp_path / "seed"))
    return database


@pytest.fixture
def edit(guide: Database) -> Edit:
    """Ana writes, Ben signs; the answer is the text's hash."""

    async def do(path: str, new: str) -> str:
        revision = await draft(guide, path, new, by="Ana", now=NOW)
        await sign_off(guide, path, digest=revision.sha256, by="Ben", now=NOW)
        return revision.sha256

    return do


@pytest.fixture
def put_out(guide: Database) -> Publish:
    """Cleo publishes, a minute after everything before."""
    minutes = iter(range(1, 10_000))

    async def do(**arguments: object) -> Release:
        now = NOW + next(minutes) * 60_000
        return await publish(guide, make_renderer(), **({"by": "Cleo", "now": now} | arguments))  # type: ignore[arg-type]

    return do
