"""Whatever is sent to whatever route by whomever: no failure, nothing handed out, nothing changed that may not be.

The suite makes up a few hundred requests; `make scan` sets SCAN_REQUESTS and makes up many more.
"""

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, seed, settings

from pwa.settings import Settings
from tests.integration.admin.conftest import Admin
from tests.scan.fuzz import WORDS_OF_NOBODY, Ask, asks, prepared

REQUESTS = int(os.environ.get("SCAN_REQUESTS", "300"))
AT_ONCE = 1000
"""Requests made up for one site; the next ones come to a fresh one."""


@pytest.mark.parametrize("number", range(max(1, REQUESTS // AT_ONCE)))
async def test_nothing_made_up_breaks_a_route(
    admin: Admin, seeded_sqlite: Settings, capfd: pytest.CaptureFixture[str], number: int
) -> None:
    database = Path(seeded_sqlite.database_url.removeprefix("sqlite:///"))
    fuzz = await prepared(admin, database)
    loop = asyncio.get_running_loop()

    @seed(number)
    @settings(
        max_examples=min(REQUESTS, AT_ONCE), deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(asks(fuzz))
    def explore(ask: Ask) -> None:
        found = asyncio.run_coroutine_threadsafe(fuzz.judge(ask), loop).result()
        note(f"{ask}")
        assert not found

    await asyncio.to_thread(explore)
    assert fuzz.watched.execute("SELECT name FROM touched").fetchall(), "the tables are watched"
    fuzz.watched.close()
    logged = "".join(capfd.readouterr())
    assert "Traceback" not in logged
    for secret in (WORDS_OF_NOBODY, *fuzz.secrets.values(), *fuzz.real["secret"]):
        assert secret not in logged
    if "SCAN_REQUESTS" in os.environ:
        with capfd.disabled():
            print(f"\n{fuzz.statuses.total():,} requests, answers {dict(sorted(fuzz.statuses.items()))}")
