"""Killed at any step, publishing leaves the release before or the one after, whole; repeating it ends well."""

import asyncio
import json
import multiprocessing
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from pwa.content import store
from pwa.content.drafts import draft
from pwa.content.live import Live, load
from pwa.content.migrations import FEATURES
from pwa.content.seed import seed_if_empty
from pwa.content.signing import sign_off
from pwa.database import Database, open_database
from tests.fault.content import publisher
from tests.publishing import NOW, make_renderer, recorder, text, write_seed

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.fault.content.publisher"])


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = await open_database(url, schema="content", migrations=FEATURES)
    try:
        yield database
    finally:
        await database.close()


async def kill_at(url: str, verb: str, step: str, turn: int, seed_folder: str = "") -> None:
    process = PROCESSES.Process(target=publisher.run, args=(url, verb, step, turn, seed_folder))
    process.start()
    await asyncio.to_thread(process.join, 60)
    assert process.exitcode == -signal.SIGKILL, f"{verb} never came to {step}"


def assert_whole(live: Live) -> None:
    """Head, manifests and every object fit together, by hash."""
    head = json.loads(live.head)
    assert head["sequence"] == live.sequence
    for locale, name in head["manifests"].items():
        manifest = live.responses[f"/c/m/{name}"].identity
        assert sha256(manifest).hexdigest() == name
        assert json.loads(manifest) == live.manifests[locale]
        for entry in live.manifests[locale]["entries"]:
            assert sha256(live.responses[f"/c/o/{entry['object']}"].identity).hexdigest() == entry["object"]
            served = live.responses[entry["path"]]
            assert dict(served.headers)["etag"].startswith(f'"{entry["object"]}')
    assert live.releases[0].manifests == head["manifests"]
    assert live.publications[0].sequence == live.sequence


async def draft_signed(database: Database, turn: int) -> None:
    new = text("Drip", f"A drip takes {turn} minutes.\n\nIt can be stopped.", note=f"Now {turn}.")
    revision = await draft(database, "/guide/iv", new, by="Ana", now=NOW)
    await sign_off(database, "/guide/iv", digest=revision.sha256, by="Ben", now=NOW)


async def prepare(database: Database, verb: str, turn: int) -> None:
    if verb in ("publish", "schedule", "fire"):
        await draft_signed(database, turn)
    if verb == "fire":
        await publisher.act(database, "schedule", turn, lambda _: None)


async def steps_of(url: str, verb: str) -> list[str]:
    """The steps a verb really goes through, learnt by doing it once."""
    steps, on_step = recorder()
    async with opened(url) as database:
        await prepare(database, verb, 101)
        await publisher.act(database, verb, 101, on_step)
        if verb == "schedule":
            await publisher.act(database, "fire", 101, lambda _: None)
    if verb == "publish":
        return steps
    # Nothing is written before the head is held; dying there is tried once, for publishing.
    return [one for one in steps if one not in ("checked", "built", "compressed")]


@pytest.mark.parametrize("verb", ["publish", "rollback", "schedule", "fire", "recall", "rebuild"])
async def test_killed_at_every_step(database_url: str, tmp_path: Path, verb: str) -> None:
    async with opened(database_url) as database:
        await seed_if_empty(database, make_renderer(), now=NOW, folder=write_seed(tmp_path))
        if verb == "rollback":
            await draft_signed(database, 100)
            await publisher.act(database, "publish", 100, lambda _: None)
    steps = await steps_of(database_url, verb)
    assert {"held", "head"} <= set(steps) or verb == "schedule"
    for turn, step in enumerate(steps, 102):
        async with opened(database_url) as database:
            await prepare(database, verb, turn)
            before = await load(database)
        await kill_at(database_url, verb, step, turn)
        async with opened(database_url) as database:
            killed = await load(database)
            assert_whole(killed)
            same = killed.head == before.head
            assert same == (step != "committed" or verb == "schedule")
            if same:
                assert {path: one.identity for path, one in killed.responses.items()} == {
                    path: one.identity for path, one in before.responses.items()
                }
            # Done again, later: it ends as if nothing had happened, and nothing was done twice.
            if verb == "fire":
                await publisher.act(database, verb, turn + 1000, lambda _: None)
            else:
                await publisher.act(database, verb, turn, lambda _: None)
            after = await load(database)
            assert_whole(after)
            assert len(after.publications) - len(before.publications) == (0 if verb == "schedule" else 1)
            if verb == "schedule":
                waiting = [one for one in await store.releases(database) if one.state == "scheduled"]
                assert len(waiting) == 1
                await publisher.act(database, "fire", turn, lambda _: None)
                after = await load(database)
            if verb in ("publish", "schedule", "fire"):
                assert f"takes {turn} minutes".encode() in after.responses["/guide/iv"].identity
            if verb == "recall":
                assert f"Covered {turn}.".encode() in after.responses["/guide/iv"].identity
                assert b"A drip takes" not in after.responses["/guide/iv"].identity


async def test_the_first_start_killed_at_every_step_publishes_once(database_url: str, tmp_path: Path) -> None:
    folder = str(write_seed(tmp_path))
    for step in ("compressed", "held", "pages", "objects", "release", "head", "committing"):
        await kill_at(database_url, "seed", step, 0, folder)
        async with opened(database_url) as database:
            assert (await store.head(database)).release_id is None
            assert await store.pages(database) == []
    await kill_at(database_url, "seed", "committed", 0, folder)
    async with opened(database_url) as database:
        assert await seed_if_empty(database, make_renderer(), now=NOW, folder=Path(folder)) is None
        assert_whole(await load(database))
        assert len(await store.releases(database)) == 1
