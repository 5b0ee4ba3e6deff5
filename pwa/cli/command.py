"""What a command is, and what it has at hand while it runs."""

import getpass
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pwa.content.model import Renderer
from pwa.database import Database


@dataclass(frozen=True)
class Desk:
    """The open content database with what its commands need; `say` prints a line to whoever asked.

    `origin` is where staff reach the site: `https://guide.example`.
    """

    database: Database
    renderer: Renderer
    say: Callable[[str], None]
    now: Callable[[], int]
    origin: str


@dataclass(frozen=True)
class Command:
    """A command on the content, run in the server where one holds the database, else by itself.

    Its parsed arguments go over the control socket as JSON, so they are text, numbers, lists and truth values.
    """

    name: str
    meaning: str
    run: Callable[[Desk, Namespace], Awaitable[None]]
    add_arguments: Callable[[ArgumentParser], None] = lambda _parser: None


class Failed(Exception):
    """The command ends with exit code 1, its lines being said already."""


def add_by(parser: ArgumentParser) -> None:
    """`--by NAME`: who does it, as sign-offs and releases name them; the login name by default."""
    parser.add_argument("--by", metavar="NAME", default=getpass.getuser(), help="who does this (default: %(default)s)")


def absolute(text: str) -> str:
    """An argument that names a file or folder, seen from where the command was typed."""
    return str(Path(text).resolve())


def moment(text: str) -> int:
    """An argument such as `2026-11-23T09:00+01:00`, in milliseconds since 1970."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text} is no time; write it like 2026-11-23T09:00+01:00") from None
    if when.tzinfo is None:
        raise ArgumentTypeError(f"{text} names no time zone; write it like 2026-11-23T09:00+01:00 or 2026-11-23T08:00Z")
    return int(when.timestamp() * 1000)
