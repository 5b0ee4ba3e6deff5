"""Lets staff try a release on their phones before it is published: docs/release-format.md, "Trying a release"."""

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping, Sequence

from pwa.content import store, trial_store
from pwa.content.build import BuildError
from pwa.content.model import Refused, Renderer
from pwa.content.release import build_plan, compress_missing, describe, plan_publication
from pwa.content.trial_store import Trial
from pwa.database import Database, Reader
from pwa.staff import audit

LASTS = 24 * 3600 * 1000
"""Milliseconds that a secret leads anywhere."""
_SECRET = re.compile(r"[\w-]{32}", re.ASCII)


def new_secret() -> str:
    """32 characters that nobody guesses."""
    return secrets.token_urlsafe(24)


async def start(
    database: Database,
    renderer: Renderer,
    *,
    paths: Sequence[str],
    withdraw: Mapping[str, str | None],
    notes: Sequence[str] = (),
    by: str,
    now: int,
    make_secret: Callable[[], str] = new_secret,
) -> str:
    """Build what publishing these would make live, without any sign-off; the answer is the secret that leads to it.

    What is published afterwards with the same texts and notes is, byte for byte, what was tried.
    """
    async with database.snapshot() as reader:
        plan = await plan_publication(reader, paths, withdraw, notes, "")
        changes = await describe(reader, plan)
    if not plan.changed:
        raise Refused("There is nothing to try: the basket changes nothing that readers have.")
    try:
        builds = await build_plan(plan, renderer)
    except BuildError as error:
        raise Refused(f"This release cannot be built: {error}") from None
    prepared = await compress_missing(database, builds)
    secret = make_secret()
    made = Trial(
        name_of(secret),
        {one.locale: one.manifest_sha256 for one in builds},
        tuple((one.path, one.title, one.change) for one in changes),
        by,
        now,
        now + LASTS,
    )
    async with database.transaction() as transaction:
        await store.hold(transaction)
        await store.add_objects(transaction, prepared)
        await trial_store.add(transaction, made)
        await audit.record(transaction, by=by, action="trial.start", subject=made.name[:12], now=now)
    return secret


async def end(database: Database, name: str, *, by: str, now: int) -> None:
    """Send every phone that tries it back to the published release at its next check. Twice is once."""
    async with database.transaction() as transaction:
        await store.hold(transaction)
        if await trial_store.drop(transaction, name):
            await audit.record(transaction, by=by, action="trial.end", subject=name[:12], now=now)


async def find(reader: Reader, secret: str, now: int) -> Trial | None:
    """The trial a secret leads to, while it lasts."""
    return await trial_store.find(reader, name_of(secret), now) if _SECRET.fullmatch(secret) else None


def name_of(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
