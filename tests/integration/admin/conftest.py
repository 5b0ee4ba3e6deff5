"""A running site with staff in it, and clients that are signed in."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpx2
import pytest

from pwa.app import Application, Site, create_app, milliseconds
from pwa.settings import Settings
from pwa.staff import people, sessions, store
from pwa.staff.model import Role, Staff

ORIGIN = "http://localhost"
OWN = {"sec-fetch-site": "same-origin"}
"""What a browser says of a form on our own page."""


@dataclass
class Admin:
    """The application over a fresh seeded database, with the site inside; `client()` is a browser nobody signed in."""

    app: Application
    site: Site
    clients: AsyncExitStack

    def client(self, **headers: str) -> httpx2.AsyncClient:
        """A browser of its own; it keeps cookies and follows no redirects."""
        transport = httpx2.ASGITransport(self.app)
        client = httpx2.AsyncClient(transport=transport, base_url=ORIGIN, headers={**OWN, **headers})
        self.clients.push_async_callback(client.aclose)
        return client

    async def person(self, *roles: Role, name: str = "Ana Author") -> Staff:
        """A person of the clinic with exactly these roles; the one of that name, if there is one."""
        async with self.site.database.transaction() as transaction:
            found = await store.by_name(transaction, people.folded(name))
            return found or await people.add_person(
                transaction, name=name, email=f"{name.replace(' ', '.').lower()}@clinic.example", roles=roles,
                by="the test", now=milliseconds(),
            )  # fmt: skip

    async def signed_in(
        self, client: httpx2.AsyncClient, *roles: Role, name: str = "Ana Author", at: int | None = None
    ) -> httpx2.AsyncClient:
        """Sign a person with these roles in, in this browser; `at` (milliseconds) other than now is not fresh."""
        person = await self.person(*roles, name=name)
        async with self.site.database.transaction() as transaction:
            secret = await sessions.begin(
                transaction, person, way="the test", device="Test", device_secret="test", before="",
                now=at or milliseconds(),
            )  # fmt: skip
        client.cookies.set("staff", secret)
        return client


@pytest.fixture
async def admin(seeded_sqlite: Settings) -> AsyncIterator[Admin]:
    app = create_app(seeded_sqlite)
    async with app.site() as site, AsyncExitStack() as clients:
        yield Admin(app, site, clients)
