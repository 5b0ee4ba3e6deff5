"""Jobs are done once, when due, again after failures, and by themselves."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from pwa.database import Database, Transaction
from pwa.database.jobs import FIRST_DELAY, LONGEST_DELAY, Handler, Job, JobRunner, Payload, add, cancel, waiting
from tests.databases import MakeDatabase

EFFECTS = ["CREATE TABLE effect (id BIGINT NOT NULL);"]
START = 1_800_000_000_000
HOUR = 3_600_000


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database("content", EFFECTS)


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def note(transaction: Transaction, payload: Payload) -> None:
    await transaction.execute("INSERT INTO effect (id) VALUES ($1)", payload["id"])


async def note_and_fail(transaction: Transaction, payload: Payload) -> None:
    await note(transaction, payload)
    raise ZeroDivisionError("always")


async def ask(database: Database, due_at: int, number: int, key: str | None = None, kind: str = "note") -> bool:
    async with database.transaction() as transaction:
        return await add(transaction, kind, due_at, {"id": number}, key)


async def effects(database: Database) -> list[int]:
    return [row["id"] for row in await database.fetch("SELECT id FROM effect ORDER BY id")]


HANDLERS: Mapping[str, Handler] = {"note": note, "fail": note_and_fail}


async def test_what_is_due_is_done_once_and_the_rest_waits(database: Database, clock: Clock) -> None:
    runner = JobRunner(database, HANDLERS, clock)
    for number in range(5):
        await ask(database, START + (number - 2) * 1000, number)
    assert await runner.run_due() == 3
    assert await runner.run_due() == 0
    assert await effects(database) == [0, 1, 2]
    clock.now += 2000
    assert await runner.run_due() == 2
    assert await waiting(database) == []


async def test_the_same_key_is_one_job_until_it_is_done(database: Database, clock: Clock) -> None:
    assert await ask(database, START, 1, "publish 7")
    assert not await ask(database, START, 2, "publish 7")
    await JobRunner(database, HANDLERS, clock).run_due()
    assert await effects(database) == [1]
    assert await ask(database, START, 3, "publish 7")


async def test_a_job_that_is_not_asked_for_in_the_end_does_not_happen(database: Database, clock: Clock) -> None:
    async def fail() -> None:
        async with database.transaction() as transaction:
            await add(transaction, "note", START, {"id": 1})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await ask(database, START, 2, "second")
    async with database.transaction() as transaction:
        assert await cancel(transaction, "second")
        assert not await cancel(transaction, "second")
    assert await JobRunner(database, HANDLERS, clock).run_due() == 0


async def test_a_failing_job_leaves_no_effect_backs_off_and_stays_visible(database: Database, clock: Clock) -> None:
    runner = JobRunner(database, HANDLERS, clock)
    await ask(database, START, 1, "bad", kind="fail")
    await ask(database, START, 2, "good")
    tries: list[Job] = []
    waits: list[int] = []
    for _ in range(14):
        await runner.run_due()
        tries += await waiting(database)
        assert await runner.run_due() == 0
        waits.append(tries[-1].next_at - clock.now)
        clock.now = tries[-1].next_at
    job = tries[-1]
    assert waits[:3] == [FIRST_DELAY, 2 * FIRST_DELAY, 4 * FIRST_DELAY]
    assert waits[-1] == LONGEST_DELAY
    assert (job.key, job.due_at, job.attempts, job.last_error) == ("bad", START, 14, "ZeroDivisionError: always")
    assert await effects(database) == [2]
    assert await JobRunner(database, {"fail": note}, clock).run_due() == 1
    assert await effects(database) == [1, 2]


async def test_a_kind_that_nobody_here_knows_waits_for_another_process(database: Database, clock: Clock) -> None:
    await ask(database, START, 1, kind="from a newer version")
    assert await JobRunner(database, HANDLERS, clock).run_due() == 0
    (job,) = await waiting(database)
    assert job.attempts == 0
    assert await JobRunner(database, {}, clock).run_due() == 0


async def test_a_job_may_ask_for_itself_again(database: Database, clock: Clock) -> None:
    async def daily(transaction: Transaction, payload: Payload) -> None:
        await note(transaction, payload)
        assert await add(transaction, "daily", clock.now + 24 * HOUR, {"id": payload["id"] + 1}, "daily")

    runner = JobRunner(database, {"daily": daily}, clock)
    await ask(database, START, 1, "daily", kind="daily")
    assert await runner.run_due() == 1
    clock.now += 24 * HOUR
    assert await runner.run_due() == 1
    assert await effects(database) == [1, 2]
    assert [job.payload for job in await waiting(database)] == [{"id": 3}]


async def test_a_clock_set_back_does_not_put_a_retry_off_for_a_year(database: Database, clock: Clock) -> None:
    clock.now += 365 * 24 * HOUR
    await ask(database, START, 1, kind="fail")
    await ask(database, clock.now + HOUR, 2)
    await JobRunner(database, HANDLERS, clock).run_due()
    clock.now = START
    assert await JobRunner(database, {"fail": note, "note": note}, clock).run_due() == 1
    assert await effects(database) == [1], "a job that was never tried keeps its date"


async def test_a_clock_that_leaps_ahead_does_each_job_once(database: Database, clock: Clock) -> None:
    runner = JobRunner(database, HANDLERS, clock)
    for number in range(3):
        await ask(database, START + number * HOUR, number)
    clock.now += 100 * HOUR
    assert await runner.run_due() == 3
    clock.now -= 50 * HOUR
    assert await runner.run_due() == 0
    assert await effects(database) == [0, 1, 2]


async def test_several_runners_do_each_job_once(make_database: MakeDatabase, database_url: str, clock: Clock) -> None:
    count = 1 if database_url.startswith("sqlite") else 4
    databases = [await make_database("content", EFFECTS) for _ in range(count)]
    for number in range(40):
        await ask(databases[0], START, number)
    done = await asyncio.gather(*(JobRunner(one, HANDLERS, clock).run_due() for one in databases))
    assert sum(done) == 40
    assert await effects(databases[0]) == list(range(40))


async def test_running_wakes_for_new_jobs_and_for_due_ones(database: Database) -> None:
    loop = asyncio.get_running_loop()
    happened: asyncio.Queue[tuple[int, float]] = asyncio.Queue()

    async def tell(_transaction: Transaction, payload: Payload) -> None:
        happened.put_nowait((payload["id"], loop.time()))

    def now() -> int:
        return START + int(loop.time() * 1000)

    await ask(database, START, 3, kind="unknown here")
    running = asyncio.create_task(JobRunner(database, {"note": tell}, now).run())
    await ask(database, now() + 300, 2)
    asked_at = loop.time()
    await ask(database, now(), 1)
    first = await asyncio.wait_for(happened.get(), 10)
    second = await asyncio.wait_for(happened.get(), 10)
    running.cancel()
    await asyncio.wait([running])
    assert (first[0], second[0]) == (1, 2)
    assert second[1] - asked_at > 0.2


async def test_running_ends_when_it_is_cancelled_at_the_moment_it_is_woken(database: Database) -> None:
    woken: list[Callable[[], None]] = []
    database.listen = lambda channel, callback: woken.append(callback)  # type: ignore[method-assign]
    for steps in range(6):
        running = asyncio.create_task(JobRunner(database, {}, lambda: START).run())
        for _ in range(20):  # by then it waits
            await asyncio.sleep(0)
        woken[-1]()
        for _ in range(steps):
            await asyncio.sleep(0)
        running.cancel()
        assert await asyncio.wait([running], timeout=5) == ({running}, set()), steps
