"""Commands for whoever runs it: settings, backup, restore and doctor."""

import asyncio
import hashlib
import shutil
import sqlite3
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pwa.app import milliseconds, open_databases
from pwa.cli.command import absolute
from pwa.content import live, release, store
from pwa.content.notice import is_overdue
from pwa.database import Database, DatabaseError, Locked, jobs
from pwa.database.backup import back_up, restore, verify
from pwa.database.opening import sqlite_path
from pwa.settings import Settings
from pwa.staff import audit
from pwa.web.assets import load_assets

LEAST_ROOM = 1024**3
SAFE_SQLITE = (3, 51, 3)
DATABASES = {"content": "database_url", "vault": "vault_url"}


def show_settings(settings: Settings, _given: Namespace) -> int:
    """Print every setting as it is now."""
    print(settings.printable())
    return 0


def back_up_all(settings: Settings, given: Namespace) -> int:
    """Copy both databases, in use or not, into a folder; each copy is verified."""
    folder = Path(given.folder)
    folder.mkdir(parents=True, exist_ok=True)
    stamp = datetime.fromtimestamp(time.time(), UTC).strftime("%Y%m%dT%H%M%SZ")
    for name, setting in DATABASES.items():
        copied = back_up(_file(settings, setting), folder / f"{name}-{stamp}.db")
        print(f"{copied.path}  {copied.size:,} bytes, {sum(copied.rows.values()):,} rows, verified")
    return 0


def restore_one(settings: Settings, given: Namespace) -> int:
    """Put a copy back in the place of a database; the one before is kept beside it."""
    database = _file(settings, DATABASES[given.name])
    kept = restore(Path(given.copy), database)
    print(f"{database} is {given.copy} now.{f' What was there before is {kept}.' if kept else ''}")
    if given.name == "content":
        print("Phones keep what they have until the next release or recall, which they follow as always.")
        print("Releases and recalls made after this copy are gone from here: look at `notice list` and recall again.")
    return 0


def examine(settings: Settings, _given: Namespace) -> int:
    """Look at everything that must be right for readers to be served; exit code 1 when something is not."""
    return asyncio.run(_examine(settings))


async def _examine(settings: Settings) -> int:
    faults = 0

    def report(name: str, fault: str | None, fine: str = "") -> None:
        nonlocal faults
        faults += fault is not None
        print(f"{'FAULT' if fault else 'fine':6} {name}: {fault or fine}")

    report("client", None, f"{len(load_assets().by_name)} files built")
    for name, setting in DATABASES.items():
        path = sqlite_path(getattr(settings, setting))
        if path is None:
            continue
        if not path.exists():
            report(name, f"{path} does not exist yet; `python -m pwa init` makes it")
            continue
        try:
            checked = verify(path)
        except DatabaseError as error:
            report(name, str(error))
        else:
            report(name, None, f"{path} is whole, {checked.size:,} bytes")
        free = shutil.disk_usage(path.resolve().parent).free
        report("room", f"only {free:,} bytes left" if free < LEAST_ROOM else None, f"{free:,} bytes left beside {path}")
    if sqlite_path(settings.database_url) and sqlite3.sqlite_version_info < SAFE_SQLITE:
        print(f"note   SQLite {sqlite3.sqlite_version}: safe with one server process, which the lock makes sure of")
    try:
        async with open_databases(settings) as (database, _vault):
            await _examine_content(database, report)
    except Locked:
        print("note   a server holds the databases; stop it to have the release examined too")
    except DatabaseError as error:
        report("databases", str(error))
    return min(faults, 1)


async def _examine_content(database: Database, report: Callable[..., None]) -> None:
    served = await live.load(database)
    if not served.sequence:
        report("release", "nothing is published; `python -m pwa init` publishes the shipped texts")
        return
    wrong = [
        path
        for path, one in served.responses.items()
        if path.startswith(("/c/o/", "/c/m/")) and hashlib.sha256(one.identity).hexdigest() != path[5:]
    ]
    report("release", f"damaged objects: {', '.join(wrong[:3])}" if wrong else None, f"sequence {served.sequence}")
    overdue = [one.id for one in await release.red(database) if release.is_overdue(one, milliseconds())]
    report("sign-offs", f"releases {overdue} wait for approval for over 24 hours" if overdue else None, "none overdue")
    unconfirmed = [one.notice.id for one in await store.recalled(database) if is_overdue(one, milliseconds())]
    report(
        "recalls", f"{unconfirmed} wait for a second person for over 24 hours" if unconfirmed else None, "none overdue"
    )
    log = await audit.verify(database)
    report("audit log", log.fault or None, f"{log.rows:,} rows hold together")
    failing = [job.kind for job in await jobs.waiting(database) if job.last_error]
    report("jobs", f"failing: {', '.join(failing)}" if failing else None, "none failing")


def _file(settings: Settings, setting: str) -> Path:
    path = sqlite_path(getattr(settings, setting))
    if path is None:
        print("On PostgreSQL use pg_dump and pg_restore; the schemas are content and vault.", file=sys.stderr)
        raise SystemExit(1)
    return path


def _backup_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", type=absolute)


def _restore_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", choices=sorted(DATABASES), help="which database")
    parser.add_argument("copy", type=absolute, help="a file that `backup` made")


def _no_arguments(_parser: ArgumentParser) -> None:
    return None


COMMANDS: tuple[tuple[str, str, Callable[[Settings, Namespace], int], Callable[[ArgumentParser], None]], ...] = (
    ("settings", "print every setting", show_settings, _no_arguments),
    ("backup", "copy both databases into a folder, verified", back_up_all, _backup_arguments),
    ("restore", "put a copy back; the database before is kept", restore_one, _restore_arguments),
    ("doctor", "look for anything that is not right", examine, _no_arguments),
)
