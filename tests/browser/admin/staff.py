"""People of the clinic who are signed in already, for tests that are about what they do then."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import Page

from pwa.app import milliseconds
from pwa.content.migrations import FEATURES
from pwa.database import open_database
from pwa.staff import people, sessions
from pwa.staff.model import Role


def sign_in(folder: Path, staff: Mapping[str, tuple[Role, ...]]) -> dict[str, str]:
    """Make these people and sessions of theirs; the secrets of the sessions, by name. No server may run meanwhile."""
    # Playwright's loop runs in this thread already.
    with ThreadPoolExecutor() as pool:
        return pool.submit(asyncio.run, _sign_in(folder, staff)).result()


async def _sign_in(folder: Path, staff: Mapping[str, tuple[Role, ...]]) -> dict[str, str]:
    secrets, now = {}, milliseconds()
    database = await open_database(f"sqlite:///{folder / 'content.db'}", schema="content", migrations=FEATURES)
    async with database.transaction() as transaction:
        for name, roles in staff.items():
            email = f"{name.split()[0].lower()}@clinic.example"
            person = await people.add_person(transaction, name=name, email=email, roles=roles, by="the test", now=now)
            secrets[name] = await sessions.begin(
                transaction, person, way="the test", device="Test", device_secret="test", before="", now=now
            )
    await database.close()
    return secrets


def share_session(page: Page, other: Page, origin: str) -> None:
    """Let another phone be signed in as this one is."""
    cookies = page.context.cookies()
    other.context.add_cookies([{"name": one["name"], "value": one["value"], "url": origin} for one in cookies])
