"""Commands on people: who keeps the guide, their links, and the record of what was done."""

import csv
import io
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable

from pwa.cli.command import Command, Desk, Failed, add_by
from pwa.database import Transaction
from pwa.staff import audit, links, people, store
from pwa.staff.model import ROLES, Staff, StaffRefused


async def run_list(desk: Desk, _arguments: Namespace) -> None:
    """Print everyone, one a line."""
    open_until = await store.links_of(desk.database, desk.now())
    everyone = await store.everyone(desk.database)
    for person in everyone:
        state = "shut out" if person.disabled else "has a link" if person.id in open_until else ""
        roles = ", ".join(role for role in ROLES if role in person.roles) or "no role"
        desk.say("  ".join(part for part in (person.name, person.email, roles, person.registration, state) if part))
    if not everyone:
        desk.say("Nobody keeps this guide yet; `staff link` makes the link for the first administrator.")


async def run_add(desk: Desk, arguments: Namespace) -> None:
    """Add a person and print the link by which they make themselves a way in."""
    async with desk.database.transaction() as transaction:
        person = await people.add_person(
            transaction,
            name=arguments.name,
            email=arguments.email,
            roles=arguments.role,
            by=arguments.by,
            now=desk.now(),
            registration=arguments.registration,
        )
        path = await links.joining_path(transaction, person.id, by=arguments.by, now=desk.now())
    desk.say(f"{person.name} may come in. For them alone, good once within seven days:")
    desk.say(f"{desk.origin}{path}")
    if not any(one.has("administrator") for one in await store.everyone(desk.database)):
        desk.say("Nobody is administrator yet: `staff roles NAME --role administrator` makes someone one.")


async def run_link(desk: Desk, arguments: Namespace) -> None:
    """Print a new link for a person, or for the first administrator."""
    if not arguments.name:
        made = await links.setup_path(desk.database, desk.now())
        if made is None:
            raise StaffRefused("There are people here already. Name the one who needs a link.")
        desk.say("For the first administrator, good once within 24 hours:")
        desk.say(f"{desk.origin}{made}")
        return
    async with desk.database.transaction() as transaction:
        person = await _named(transaction, arguments.name)
        path = await links.joining_path(transaction, person.id, by=arguments.by, now=desk.now())
    desk.say(f"For {person.name} alone, good once within seven days; earlier links are closed:")
    desk.say(f"{desk.origin}{path}")


async def run_roles(desk: Desk, arguments: Namespace) -> None:
    """Give a person exactly the roles named."""
    async with desk.database.transaction() as transaction:
        person = await _named(transaction, arguments.name)
        person = await people.change_roles(transaction, person.id, arguments.role, by=arguments.by, now=desk.now())
    desk.say(f"{person.name}: {', '.join(role for role in ROLES if role in person.roles) or 'no role'}")


async def run_disable(desk: Desk, arguments: Namespace) -> None:
    """Shut a person out at once."""
    async with desk.database.transaction() as transaction:
        person = await _named(transaction, arguments.name)
        await people.disable(transaction, person.id, by=arguments.by, now=desk.now())
    desk.say(f"{person.name} is shut out and signed out everywhere. What they signed keeps their name.")


async def run_enable(desk: Desk, arguments: Namespace) -> None:
    """Let a person in again."""
    async with desk.database.transaction() as transaction:
        person = await _named(transaction, arguments.name)
        await people.enable(transaction, person.id, by=arguments.by, now=desk.now())
    desk.say(f"{person.name} may come in again.")


async def run_audit(desk: Desk, arguments: Namespace) -> None:
    """Print the last rows of the audit log."""
    for row in reversed(await audit.rows(desk.database, audit.Filter(), limit=arguments.last)):
        written = io.StringIO()
        csv.writer(written, lineterminator="").writerow(audit.plain(row))
        desk.say(written.getvalue())


async def run_verify(desk: Desk, _arguments: Namespace) -> None:
    """Follow the audit log from its first row to its end; exit code 1 when it was changed."""
    found = await audit.verify(desk.database)
    if found.fault:
        desk.say(f"The audit log was changed outside of this program: {found.fault}")
        raise Failed
    desk.say(f"The audit log is whole: {found.rows:,} rows, the last is {found.end or 'none'}")


async def _named(transaction: Transaction, name: str) -> Staff:
    person = await store.by_name(transaction, people.folded(name)) or await store.by_email(
        transaction, people.folded(name)
    )
    if person is None:
        raise StaffRefused(f"Nobody here has the name or address {name}; `staff list` shows who there is.")
    return person


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", help="as it stands under what they sign; never changed")
    parser.add_argument("email")
    _role_argument(parser)
    parser.add_argument("--registration", default="", help="a clinician's professional registration number")
    add_by(parser)


def _roles_arguments(parser: ArgumentParser) -> None:
    _name_arguments(parser)
    _role_argument(parser)


def _role_argument(parser: ArgumentParser) -> None:
    parser.add_argument("--role", action="append", choices=ROLES, default=[], help="may be given several times")


def _name_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", help="name or e-mail address")
    add_by(parser)


def _link_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", default="", help="name or e-mail address; nobody: the first administrator")
    add_by(parser)


def _audit_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--last", type=int, default=50, metavar="N", help="how many rows (default: %(default)s)")


COMMANDS: Iterable[Command] = (
    Command("staff list", "list the people who keep the guide", run_list),
    Command("staff add", "add a person and print their link", run_add, _add_arguments),
    Command("staff link", "print a new link, for who cannot sign in any more", run_link, _link_arguments),
    Command("staff roles", "give a person exactly these roles", run_roles, _roles_arguments),
    Command("staff disable", "shut a person out", run_disable, _name_arguments),
    Command("staff enable", "let a person in again", run_enable, _name_arguments),
    Command("audit show", "print the last rows of the audit log", run_audit, _audit_arguments),
    Command("audit verify", "look whether the audit log was changed", run_verify),
)
