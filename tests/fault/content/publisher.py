"""What the killed process does: one verb of publishing, dying by SIGKILL at the step it is told."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

from pwa.content import notice, release, seed, store
from pwa.content.migrations import FEATURES
from pwa.database import Database, open_database
from pwa.database.jobs import JobRunner
from tests.publishing import NOW, make_renderer

RECALLED = "A drip takes"


def run(url: str, verb: str, die_at: str, turn: int, seed_folder: str = "") -> None:
    """Do `verb` and die at `die_at`; ends normally when that step never comes."""

    def on_step(name: str) -> None:
        if name == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(_run(url, verb, turn, on_step, seed_folder))


async def _run(url: str, verb: str, turn: int, on_step: Callable[[str], None], seed_folder: str) -> None:
    database = await open_database(url, schema="content", migrations=FEATURES)
    try:
        await act(database, verb, turn, on_step, seed_folder)
    finally:
        await database.close()


async def act(database: Database, verb: str, turn: int, on_step: Callable[[str], None], seed_folder: str = "") -> None:
    """The verbs the tests kill, each safe to repeat."""
    now, render = NOW + turn * 60_000, make_renderer()
    if verb == "seed":
        await seed.seed_if_empty(database, render, now=now, folder=Path(seed_folder), on_step=on_step)
    elif verb == "publish":
        await release.publish(database, render, by="Cleo", now=now, on_step=on_step)
    elif verb == "rollback":
        await release.rollback(database, render, by="Cleo", now=now, to=turn_target(turn), on_step=on_step)
    elif verb == "schedule":
        waiting = [one for one in await store.releases(database) if one.state == "scheduled"]
        if not waiting:
            await release.schedule(database, render, at=now, by="Cleo", now=now, on_step=on_step)
    elif verb == "fire":
        await JobRunner(database, release.handlers(render, lambda: now, on_step), lambda: now).run_due()
    elif verb == "recall":
        await notice.recall(
            database, path="/guide/iv", words=RECALLED, text=f"Covered {turn}.", by="Cleo", now=now, on_step=on_step
        )
    elif verb == "rebuild":
        await release.rebuild_if_needed(database, make_renderer(f"v{turn}"), now=now, on_step=on_step)


def turn_target(turn: int) -> int:
    """Undo swings between the first two releases."""
    return 1 if turn % 2 else 2
