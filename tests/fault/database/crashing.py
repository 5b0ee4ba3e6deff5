"""Runs database work in processes that are killed at random moments, and prints what they had been promised.

    python crashing.py write|jobs <database URL> <rounds> <seed>

Each round is a fork, so that a round costs a few milliseconds and not the start of an interpreter.
"""

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections.abc import Coroutine

from pwa.database import Transaction, open_database
from pwa.database.jobs import JobRunner, Payload

TABLES = (
    """
    CREATE TABLE first (id BIGINT PRIMARY KEY);
    CREATE TABLE second (id BIGINT PRIMARY KEY);
    CREATE TABLE effect (id BIGINT NOT NULL);
    """,
)
START = 1_800_000_000_000
HOUR = 3_600_000


async def write(url: str, start: int, acknowledge: int) -> None:
    """Write pairs of rows, each in a transaction, and say so after each commit, until killed."""
    database = await open_database(url, schema="content", migrations=TABLES)
    os.write(acknowledge, b"0\n")
    for number in range(start, start + 100_000):
        async with database.transaction() as transaction:
            await transaction.execute("INSERT INTO first VALUES ($1)", number)
            await transaction.execute("INSERT INTO second VALUES ($1)", number)
        os.write(acknowledge, f"{number}\n".encode())


async def do_jobs(url: str, now: int, acknowledge: int) -> None:
    """Do the jobs that are due at `now`, until killed or none is left."""
    database = await open_database(url, schema="content", migrations=TABLES)

    async def note(transaction: Transaction, payload: Payload) -> None:
        await transaction.execute("INSERT INTO effect VALUES ($1)", payload["id"])
        await asyncio.sleep(0.001)
        await transaction.execute("INSERT INTO effect VALUES ($1)", -payload["id"])

    os.write(acknowledge, b"0\n")
    await JobRunner(database, {"note": note}, lambda: now).run_due()
    await database.close()


def kill_after(seconds: float, work: Coroutine[None, None, None], said: int, heard: int) -> str:
    """Run `work` in a child that is killed so many seconds after its first word; what the children have said."""
    child = os.fork()
    if child == 0:
        os.close(said)
        try:
            asyncio.run(work)
        finally:
            os._exit(0)
    work.close()
    os.close(heard)
    words = os.read(said, 1 << 20)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while piece := os.read(said, 1 << 20):
        words += piece
    os.close(said)
    return words.decode()


def main() -> None:
    """One JSON array: the numbers that were acknowledged."""
    what, url, rounds, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    chance = random.Random(seed)
    acknowledged: list[int] = []
    for turn in range(rounds):
        said, heard = os.pipe()
        work = (
            write(url, 1 + turn * 1_000_000, heard) if what == "write" else do_jobs(url, START + turn * 2 * HOUR, heard)
        )
        words = kill_after(chance.random() * 0.04, work, said, heard)
        acknowledged += [int(word) for word in words.split() if word != "0"]
    print(json.dumps(acknowledged))


if __name__ == "__main__":
    main()
