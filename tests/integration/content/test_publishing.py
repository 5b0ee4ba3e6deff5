"""Publishing a guide: first release, drafts, sign-offs, the head, and what readers then get."""

from pathlib import Path

import pytest

from pwa.content import store
from pwa.content.drafts import draft
from pwa.content.live import load
from pwa.content.migrations import MIGRATIONS
from pwa.content.release import publish
from pwa.content.seed import seed_if_empty
from pwa.content.signing import sign_off
from pwa.database import Database
from tests.databases import MakeDatabase
from tests.publishing import NOW, make_renderer, text, write_seed

RENDER = make_renderer()


@pytest.fixture
async def guide(make_database: MakeDatabase, tmp_path: Path) -> Database:
    database = await make_database("content", MIGRATIONS)
    await seed_if_empty(database, RENDER, now=NOW, folder=write_seed(tmp_path / "seed"))
    return database


async def test_the_seed_is_release_1(guide: Database) -> None:
    live = await load(guide)
    assert live.sequence == NOW // 1000
    assert b"40 minutes" in live.responses["/guide/iv"].identity
    assert live.snapshot.pages


async def test_a_signed_draft_goes_live(guide: Database) -> None:
    new = text("Drip", "A drip takes 45 minutes.")
    revision = await draft(guide, "/guide/iv", new, by="Ana", now=NOW)
    await sign_off(guide, "/guide/iv", digest=revision.sha256, by="Ben", now=NOW)
    await publish(guide, RENDER, by="Cleo", now=NOW)
    live = await load(guide)
    assert live.sequence == NOW // 1000 + 1
    assert b"45 minutes" in live.responses["/guide/iv"].identity
