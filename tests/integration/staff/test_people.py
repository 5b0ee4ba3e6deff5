"""People, links, sessions and codes on both engines; the commands that keep them; and two who change them at once."""

import asyncio
from argparse import Namespace
from collections.abc import AsyncIterator, Callable

import pyotp
import pytest

from pwa.cli.command import Desk, Failed
from pwa.cli.staff import COMMANDS
from pwa.content.migrations import FEATURES
from pwa.database import Database, open_database
from pwa.staff import audit, links, passwords, people, sessions, store
from pwa.staff.model import Staff, StaffRefused
from pwa.staff.secret import secret_hash
from tests.databases import MakeDatabase
from tests.publishing import DAY, NOW, make_renderer

HOUR = 3_600_000


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    return await make_database("content", FEATURES)


async def add(database: Database, name: str, *roles: str) -> Staff:
    async with database.transaction() as transaction:
        return await people.add_person(
            transaction, name=name, email=f"{name.lower()}@clinic.example", roles=roles, by="test", now=NOW
        )


async def begin(database: Database, person: Staff, now: int = NOW, before: str = "") -> str:
    async with database.transaction() as transaction:
        return await sessions.begin(
            transaction,
            person,
            way="password",
            device="Firefox on Android",
            device_secret="known browser",
            before=before,
            now=now,
        )


async def test_a_person_is_kept_as_given_and_found_by_folded_words(database: Database) -> None:
    ana = await add(database, "Ana", "author", "reviewer")
    assert await store.by_email(database, people.folded(" ANA@clinic.EXAMPLE")) == ana
    assert await store.by_name(database, people.folded("  aNa ")) == ana
    assert await store.everyone(database) == [ana]
    with pytest.raises(StaffRefused, match="There is or was"):
        await add(database, "ANA", "author")


async def test_sessions_end_by_idling_by_age_and_by_being_ended(database: Database) -> None:
    ana = await add(database, "Ana")
    secret = await begin(database, ana)
    found = await sessions.find(database, secret, NOW + 11 * HOUR)
    assert found is not None
    assert found[1] == ana
    assert sessions.fresh(found[0], NOW + 9 * 60_000)
    assert not sessions.fresh(found[0], NOW + 10 * 60_000)
    assert not sessions.fresh(found[0], NOW - 1), "a clock set back makes nothing fresh"
    # In use every eleven hours it lives on, but not longer than a week.
    for hours in range(22, 7 * 24, 11):
        assert await sessions.find(database, secret, NOW + hours * HOUR) is not None
    assert await sessions.find(database, secret, NOW + 7 * DAY) is None
    idle = await begin(database, ana)
    assert await sessions.find(database, idle, NOW + 12 * HOUR) is None
    other = await begin(database, ana, before=idle)
    assert await sessions.find(database, idle, NOW) is None
    async with database.transaction() as transaction:
        assert await store.delete_sessions(transaction, ana.id) >= 1
    assert await sessions.find(database, other, NOW) is None
    assert await sessions.find(database, "guessed", NOW) is None


async def test_a_code_is_good_once_and_so_is_every_one_before_it(database: Database) -> None:
    ana = await add(database, "Ana")
    secret, codes = passwords.make_totp_secret(), passwords.make_recovery_codes()
    async with database.transaction() as transaction:
        await passwords.set_password(transaction, ana, hashed="hash", totp_secret=secret, codes=codes, now=NOW)

    async def use(code: str, now: int = NOW) -> str | None:
        async with database.transaction() as transaction:
            return await passwords.use_code(transaction, ana, code, now)

    code = [pyotp.TOTP(secret).at(NOW // 1000 + 30 * step) for step in range(-2, 3)]
    assert await use(code[0]) is None, "a minute old"
    assert await use(code[4]) is None, "a minute early"
    assert await use(code[2]) == "password"
    assert await use(code[2]) is None
    assert await use(code[1]) is None, "older than one that was used"
    assert await use(f" {code[3][:3]} {code[3][3:]} ") == "password"
    assert await use(codes[0].upper()) == "recovery code"
    assert await use(codes[0]) is None
    assert await store.recovery_codes_left(database, ana.id) == passwords.RECOVERY_CODES - 1


async def test_two_who_use_one_link_at_once_are_not_both_let_in(make_database: MakeDatabase) -> None:
    databases = [await make_database("content", FEATURES) for _ in range(2)]
    path = await links.setup_path(databases[0], NOW)
    assert path is not None

    async def use(database: Database, name: str) -> bool:
        try:
            async with database.transaction() as transaction:
                await links.use(transaction, path.rpartition("/")[2], setup=True, now=NOW)
                await people.add_person(
                    transaction, name=name, email=f"{name}@clinic.example", roles=["administrator"], by=name, now=NOW
                )
        except StaffRefused:
            return False
        return True

    if databases[0].dialect.blob == "BLOB":  # two processes never write to one SQLite file
        done = [await use(database, name) for database, name in zip(databases, ("Ana", "Eve"), strict=True)]
    else:
        done = await asyncio.gather(*(use(one, name) for one, name in zip(databases, ("Ana", "Eve"), strict=True)))
    assert sorted(done) == [False, True]
    assert len(await store.everyone(databases[0])) == 1


async def test_two_administrators_cannot_shut_each_other_out_at_once(make_database: MakeDatabase) -> None:
    databases = [await make_database("content", FEATURES) for _ in range(2)]
    ana = await add(databases[0], "Ana", "administrator")
    ben = await add(databases[0], "Ben", "administrator")

    async def shut(database: Database, who: Staff, by: Staff) -> bool:
        try:
            async with database.transaction() as transaction:
                await people.disable(transaction, who.id, by=by.name, now=NOW)
        except StaffRefused:
            return False
        return True

    if databases[0].dialect.blob == "BLOB":
        done = [await shut(databases[0], ben, ana), await shut(databases[0], ana, ben)]
    else:
        done = list(await asyncio.gather(shut(databases[0], ben, ana), shut(databases[1], ana, ben)))
    assert sorted(done) == [False, True]
    assert [one.disabled for one in await store.everyone(databases[0])].count(False) == 1


async def test_the_log_of_two_processes_is_one_chain(make_database: MakeDatabase) -> None:
    databases = [await make_database("content", FEATURES) for _ in range(2)]
    if databases[0].dialect.blob == "BLOB":
        databases = databases[:1] * 2

    async def write(database: Database, number: int) -> None:
        async with database.transaction() as transaction:
            await audit.record(transaction, by="Ana", action="draft.keep", subject=str(number), now=NOW)

    await asyncio.gather(*(write(databases[number % 2], number) for number in range(40)))
    verified = await audit.verify(databases[0])
    assert (verified.rows, verified.fault) == (40, "")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE audit SET done_by = 'Eve' WHERE number = 3", "row 3 is not what was written"),
        ("UPDATE audit SET at = at + 1 WHERE number = 1", "row 1 is not what was written"),
        ("DELETE FROM audit WHERE number = 2", "row 2 is missing"),
        ("DELETE FROM audit WHERE number = 5", "it ends at row 4"),
        ("UPDATE audit SET number = 6 WHERE number = 5", "row 5 is missing"),
        ("UPDATE audit_end SET sha256 = ''", "it ends at row 5"),
    ],
)
async def test_whoever_touches_the_log_is_found_out(sqlite_log: Database, change: str, fault: str) -> None:
    assert (await audit.verify(sqlite_log)).fault == ""
    async with sqlite_log.transaction() as transaction:
        await transaction.execute(change)
    assert fault in (await audit.verify(sqlite_log)).fault


@pytest.fixture
async def sqlite_log(sqlite_url: str) -> AsyncIterator[Database]:
    """A log of five rows, on the engine whose answer is the same as the other's."""
    database = await open_database(sqlite_url, schema="content", migrations=FEATURES)
    for number in range(5):
        async with database.transaction() as transaction:
            await audit.record(transaction, by="Ana", action="draft.keep", subject=str(number), now=NOW + number)
    yield database
    await database.close()


async def test_rows_are_found_by_who_what_when_and_words(database: Database) -> None:
    for by, action, subject in (
        ("Ana", "draft.keep", "100% sure"),
        ("Ben", "draft.discard", "/guide/iv"),
        ("Ana", "drafts.other", "under_score"),
    ):
        async with database.transaction() as transaction:
            await audit.record(transaction, by=by, action=action, subject=subject, now=NOW, why="Because")

    async def subjects(wanted: audit.Filter) -> list[str]:
        return [row.subject for row in await audit.rows(database, wanted, limit=10)]

    assert await subjects(audit.Filter(by="Ana")) == ["under_score", "100% sure"]
    assert await subjects(audit.Filter(action="draft")) == ["/guide/iv", "100% sure"]
    assert await subjects(audit.Filter(action="draft.keep")) == ["100% sure"]
    assert await subjects(audit.Filter(words="100%")) == ["100% sure"]
    assert await subjects(audit.Filter(words="r_s")) == ["under_score"]
    assert await subjects(audit.Filter(words="BECAUSE")) == ["under_score", "/guide/iv", "100% sure"]
    assert await subjects(audit.Filter(since=NOW + 1)) == []
    assert await subjects(audit.Filter(before=NOW)) == []
    assert await audit.names(database) == ("Ana", "Ben")


async def test_commands_keep_people_too(sqlite_log: Database) -> None:
    said: list[str] = []
    desk = Desk(sqlite_log, make_renderer(), said.append, lambda: NOW, "https://guide.example")
    by_name: dict[str, Callable[..., object]] = {command.name: command.run for command in COMMANDS}

    async def run(command: str, /, **arguments: object) -> str:
        said.clear()
        await by_name[command](desk, Namespace(**{"by": "root", **arguments}))  # type: ignore[misc]
        return "\n".join(said)

    assert "Nobody keeps this guide yet" in await run("staff list")
    assert "https://guide.example/admin/setup/" in await run("staff link", name="")
    added = await run("staff add", name="Ana", email="ana@clinic.example", role=["author"], registration="")
    assert "https://guide.example/admin/join/" in added
    assert "Nobody is administrator yet" in added
    assert await run("staff roles", name="ana@CLINIC.example", role=["administrator"]) == "Ana: administrator"
    with pytest.raises(StaffRefused, match="Name the one"):
        await run("staff link", name="")
    assert "https://guide.example/admin/join/" in await run("staff link", name="ana")
    with pytest.raises(StaffRefused, match="last administrator"):
        await run("staff disable", name="Ana")
    await run("staff add", name="Ben", email="ben@clinic.example", role=[], registration="GMC 7")
    await run("staff disable", name="Ben")
    assert await run("staff list") == (
        "Ana  ana@clinic.example  administrator  has a link\nBen  ben@clinic.example  no role  GMC 7  shut out"
    )
    await run("staff enable", name="Ben")
    with pytest.raises(StaffRefused, match="Nobody here has the name"):
        await run("staff disable", name="Eve")
    assert "staff.enable,Ben" in await run("audit show", last=1)
    assert "The audit log is whole" in await run("audit verify")
    async with sqlite_log.transaction() as transaction:
        await transaction.execute("UPDATE audit SET subject = 'Eve' WHERE subject = 'Ben'")
    with pytest.raises(Failed):
        await run("audit verify")


async def test_no_secret_is_kept_that_opens_anything(database: Database) -> None:
    ana = await add(database, "Ana")
    session = await begin(database, ana)
    async with database.transaction() as transaction:
        link = (await links.joining_path(transaction, ana.id, by="Ben", now=NOW)).rpartition("/")[2]
        await store.add_ceremony(transaction, secret_hash("the browser"), "sign in", b"x", now=NOW, expires_at=NOW + 1)
    for table in ("staff", "staff_session", "staff_link", "staff_ceremony", "staff_device", "audit"):
        written = str([dict(row) for row in await database.fetch(f"SELECT * FROM {table}")])
        assert not [secret for secret in (session, link, "the browser", "known browser") if secret in written], table
