"""Work for later: done once by whichever process comes first, tried again after failures, never lost."""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from pwa.database.errors import DatabaseError
from pwa.database.model import Database, Reader, Row, Transaction

Payload = Mapping[str, Any]
Handler = Callable[[Transaction, Payload], Awaitable[None]]

CHANNEL = "job"
FIRST_DELAY = 5_000
LONGEST_DELAY = 3_600_000
LONGEST_SLEEP = 15_000
SHORTEST_SLEEP = 20

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """A job that is not done yet; times in milliseconds since 1970."""

    key: str
    kind: str
    payload: Payload
    due_at: int
    next_at: int
    attempts: int
    last_error: str | None


async def add(transaction: Transaction, kind: str, due_at: int, payload: Payload, key: str | None = None) -> bool:
    """Ask for a job at `due_at` (milliseconds); False if one with this key is waiting already."""
    added = await transaction.execute(
        "INSERT INTO job (key, kind, payload, due_at, next_at, attempts) VALUES ($1, $2, $3, $4, $4, 0) "
        "ON CONFLICT (key) DO NOTHING",
        key or uuid.uuid4().hex,
        kind,
        msgspec.json.encode(payload).decode(),
        due_at,
    )
    transaction.notify(CHANNEL)
    return bool(added)


async def cancel(transaction: Transaction, key: str) -> bool:
    """Take a job back; False if there is none, because it was never asked for or is done."""
    return bool(await transaction.execute("DELETE FROM job WHERE key = $1", key))


async def waiting(reader: Reader) -> list[Job]:
    """Every job that is not done, the next one first; those that keep failing show their last error."""
    rows = await reader.fetch("SELECT * FROM job ORDER BY next_at, key")
    return [_job(row) for row in rows]


class JobRunner:
    """Does what is due, one job after another; any number of processes may run one each.

    Before a job is tried, its attempt is counted and its next one set, in a transaction of its own: a job that
    kills the process backs off like any other failure. Its effect and its removal are then one transaction.
    """

    def __init__(self, database: Database, handlers: Mapping[str, Handler], now: Callable[[], int]) -> None:
        self._database = database
        self._handlers = handlers
        self._now = now

    async def run(self) -> None:
        """Do jobs as they fall due, until cancelled."""
        woken = asyncio.Event()
        self._database.listen(CHANNEL, woken.set)
        while True:
            woken.clear()
            try:
                await self.run_due()
                pause = await self._pause()
            except DatabaseError as error:
                log.warning("jobs wait because the database does not answer: %s", error)
                pause = FIRST_DELAY
            with contextlib.suppress(TimeoutError):
                # Not `wait_for`, which on Python 3.11 swallows a cancellation that meets the wake-up.
                async with asyncio.timeout(pause / 1000):
                    await woken.wait()

    async def run_due(self) -> int:
        """Try everything that is due now, each job once; the answer is how many were done."""
        done = 0
        while self._handlers and (claimed := await self._claim()):
            done += await self._try(claimed)
        return done

    async def _claim(self) -> Job | None:
        """Count an attempt of the first job that is due.

        A retry is never put off further than the longest delay, so one that waits longer was put off by a
        clock that has been set back since: it is due.
        """
        now = self._now()
        async with self._database.transaction() as transaction:
            row = await transaction.fetch_one(
                "SELECT * FROM job WHERE (next_at <= $1 OR (attempts > 0 AND next_at > $2)) "
                f"AND kind IN ({_parameters(3, len(self._handlers))}) "
                "ORDER BY next_at, key LIMIT 1 FOR UPDATE SKIP LOCKED",
                now,
                now + LONGEST_DELAY,
                *self._handlers,
            )
            if row is None:
                return None
            next_at = now + min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(row["attempts"], 20))
            await transaction.execute(
                "UPDATE job SET attempts = attempts + 1, next_at = $2 WHERE key = $1", row["key"], next_at
            )
        return replace(_job(row), attempts=row["attempts"] + 1, next_at=next_at)

    async def _try(self, job: Job) -> bool:
        try:
            async with self._database.transaction() as transaction:
                # Removed first: this takes the row, and lets the handler ask for the same job again.
                mine = await transaction.execute(
                    "DELETE FROM job WHERE key = $1 AND attempts = $2", job.key, job.attempts
                )
                if mine:
                    await self._handlers[job.kind](transaction, job.payload)
                return bool(mine)
        except Exception as error:
            log.exception("job %s failed at attempt %d and will be tried again", job.kind, job.attempts)
            async with self._database.transaction() as transaction:
                await transaction.execute(
                    "UPDATE job SET last_error = $3 WHERE key = $1 AND attempts = $2",
                    job.key,
                    job.attempts,
                    f"{type(error).__name__}: {error}"[:500],
                )
            return False

    async def _pause(self) -> int:
        """Milliseconds until the next job of ours; never long, because clocks get set.

        Never nothing either: a job that is due now is being claimed by another process.
        """
        if not self._handlers:
            return LONGEST_SLEEP
        row = await self._database.fetch_one(
            f"SELECT MIN(next_at) AS next_at FROM job WHERE kind IN ({_parameters(1, len(self._handlers))})",
            *self._handlers,
        )
        if row is None or row["next_at"] is None:
            return LONGEST_SLEEP
        return max(SHORTEST_SLEEP, min(LONGEST_SLEEP, int(row["next_at"]) - self._now()))


def _parameters(first: int, count: int) -> str:
    return ", ".join(f"${number}" for number in range(first, first + count))


def _job(row: Row) -> Job:
    return Job(
        key=row["key"],
        kind=row["kind"],
        payload=msgspec.json.decode(row["payload"]),
        due_at=row["due_at"],
        next_at=row["next_at"],
        attempts=row["attempts"],
        last_error=row["last_error"],
    )
