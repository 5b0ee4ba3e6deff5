"""Reviewing alone: a clinic of one person may say, knowingly, that whoever writes a text also signs it."""

from pwa.content import review_store, store
from pwa.content.model import Refused
from pwa.content.review_store import Decision
from pwa.database import Database, Reader
from pwa.staff import audit

NAME = "reviews_alone"
TYPED = "we review alone"
"""What must be typed to switch it on, so that nobody does it by a slip of the thumb."""


async def reviews_alone(reader: Reader) -> bool:
    """Whether writers may sign their own texts here; pages then say so to their readers."""
    decided = await review_store.decision(reader, NAME)
    return decided is not None and decided.value == "yes"


async def review_alone(database: Database, *, typed: str, by: str, now: int) -> None:
    """Let writers sign their own texts from now on. Raises Refused unless `typed` are the words asked for."""
    if " ".join(typed.split()).casefold() != TYPED:
        raise Refused(f"Type the words “{TYPED}” to switch this on. Nothing was changed.")
    await _decide(database, "yes", by, now)


async def review_together(database: Database, *, by: str, now: int) -> None:
    """Ask for a second person again; what is live stays, and what its writer signed but is not live needs another."""
    await _decide(database, "no", by, now)


async def _decide(database: Database, value: str, by: str, now: int) -> None:
    async with database.transaction() as transaction:
        await store.hold(transaction)
        if await reviews_alone(transaction) == (value == "yes"):
            return
        await review_store.decide(transaction, Decision(NAME, value, by, now))
        verb = "begin" if value == "yes" else "end"
        await audit.record(transaction, by=by, action=f"reviewing-alone.{verb}", subject="sign-offs", now=now)
