"""Reads the command line and runs what it asks for, by itself or through the server that holds the database."""

import asyncio
import json
import os
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence

from pwa.app import fill, milliseconds, open_databases, site_renderer
from pwa.cli import content, control, operation, release, staff
from pwa.cli.command import Command, Desk, Failed
from pwa.cli.serve import origin, serve
from pwa.content.build import BuildError
from pwa.content.model import ContentError, Refused
from pwa.database import DatabaseError, Locked
from pwa.settings import Settings, SettingsError
from pwa.staff.model import StaffRefused
from pwa.web.assets import AssetsMissing, load_assets
from pwa.web.logs import configure

COMMANDS: Mapping[str, Command] = {one.name: one for one in (*content.COMMANDS, *release.COMMANDS, *staff.COMMANDS)}
EXPECTED = (SettingsError, DatabaseError, Refused, ContentError, BuildError, StaffRefused, AssetsMissing, OSError)
"""Errors whose message is meant for whoever typed the command."""
BUSY_SECONDS = 10.0
"""How long a command waits for another one that holds the databases."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the answer is the exit code: 0 done, 1 refused or failed, 2 not understood."""
    given = parser().parse_args(arguments)
    os.umask(os.umask(0) | 0o007)  # what this writes is not for every user of the machine
    try:
        settings = Settings.from_environment()
        configure(settings.log_level)
        return int(given.start(settings, given))
    except EXPECTED as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


async def run_here(settings: Settings, name: str, given: Mapping[str, object], say: Callable[[str], None]) -> int:
    """Run a command in this process, which opens the database for itself."""
    async with open_databases(settings) as (database, _vault):
        renderer = site_renderer(settings, load_assets())
        await fill(database, renderer)
        return await run(Desk(database, renderer, say, milliseconds, origin(settings)), name, given)


async def run(desk: Desk, name: str, given: Mapping[str, object]) -> int:
    """Run a command at an open desk; what it refuses is said, and becomes exit code 1."""
    try:
        await COMMANDS[name].run(desk, Namespace(**given))
    except Failed:
        return 1
    except EXPECTED as error:
        desk.say(str(error))
        return 1
    return 0


async def _run_or_ask(settings: Settings, name: str, given: Mapping[str, object]) -> int:
    if not settings.database_url.startswith("sqlite"):
        return await run_here(settings, name, given, print)
    patience = time.monotonic() + BUSY_SECONDS
    while True:
        code = await control.ask(control.socket_paths(settings.database_url), name, given, print)
        if code is not None:
            return code
        try:
            return await run_here(settings, name, given, print)
        except Locked:
            # Another command that ends soon, or a server that does not listen yet.
            if time.monotonic() > patience:
                raise
        await asyncio.sleep(0.2)


def arguments_of(given: Namespace) -> dict[str, object]:
    """What was typed behind the name of a command on the content."""
    return {name: value for name, value in vars(given).items() if name not in ("start", "command")}


def _start_command(settings: Settings, given: Namespace) -> int:
    try:
        written = json.dumps(arguments_of(given), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        print("What was typed is not UTF-8. Nothing was changed.", file=sys.stderr)
        return 1
    return asyncio.run(_run_or_ask(settings, given.command, json.loads(written)))


def _start_serve(settings: Settings, _given: Namespace) -> int:
    async def command(site_desk: Desk, name: str, arguments: Mapping[str, object]) -> int:
        return await run(site_desk, name, arguments)

    return serve(settings, command)


def _start_init(settings: Settings, _given: Namespace) -> int:
    async def init() -> None:
        async with open_databases(settings) as (database, _vault):
            await fill(database, site_renderer(settings, load_assets()))

    try:
        asyncio.run(init())
    except Locked:
        print("A server is running on these databases; they are in place.")
        return 0
    print("The databases are in place. Nothing that was there has been replaced.")
    return 0


def parser() -> ArgumentParser:
    """What may be typed. A command on the content is found as `command`, all others as `start`."""
    whole = ArgumentParser(prog="python -m pwa", description="The guide, its server and its releases.")
    top = whole.add_subparsers(required=True, metavar="COMMAND")
    own: tuple[tuple[str, str, Callable[[Settings, Namespace], int], Callable[[ArgumentParser], None]], ...] = (
        ("serve", "serve the guide", _start_serve, lambda _parser: None),
        ("init", "create the databases and publish the shipped texts", _start_init, lambda _parser: None),
        *operation.COMMANDS,
    )
    for name, meaning, start, add_arguments in own:
        added = top.add_parser(name, help=meaning, description=meaning)
        added.set_defaults(start=start)
        add_arguments(added)
    groups = {}
    for command in COMMANDS.values():
        group, verb = command.name.split()
        if group not in groups:
            made = top.add_parser(group, help=f"commands on the {group}")
            groups[group] = made.add_subparsers(required=True, metavar="COMMAND")
        added = groups[group].add_parser(verb, help=command.meaning, description=command.meaning)
        added.set_defaults(start=_start_command, command=command.name)
        command.add_arguments(added)
    return whole
