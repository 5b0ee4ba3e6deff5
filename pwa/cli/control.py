"""The control socket: on SQLite only the running server writes, so other commands ask it to run them."""

import asyncio
import hashlib
import json
import os
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import structlog

Arguments = Mapping[str, Any]
Say = Callable[[str], None]
Run = Callable[[str, Arguments, Say], Awaitable[int]]
"""Runs the command of that name with JSON-able arguments, says its lines, and returns its exit code."""

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_LONGEST_REQUEST = 256 * 1024
_LONGEST_PATH = 100
"""Bytes; Linux takes 107, macOS 103."""

log = structlog.get_logger()


def socket_paths(database_url: str) -> list[Path]:
    """Where the server of this database may listen, the best place first.

    Beside the database, everyone who can use the one finds the other, whatever temporary folder they were given.
    Where that path is too long for a socket, or that disk takes none, a folder only this user can enter serves.
    """
    database = Path(os.path.realpath(database_url.removeprefix("sqlite:///")))
    beside = database.with_name(database.name + ".sock")
    name = f"{hashlib.sha256(os.fsencode(database)).hexdigest()[:24]}.sock"
    own = _own_folder() / name
    return [beside, own] if len(os.fsencode(beside)) <= _LONGEST_PATH else [own]


def _own_folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"ketamine-companion-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise PermissionError(f"{folder} must be a folder that only you can enter. Remove it and try again.")
    return folder


@asynccontextmanager
async def listening(paths: Sequence[Path], run: Run) -> AsyncIterator[None]:
    """Answer commands on the first of these sockets that can be had, while the block runs.

    The caller holds the database's lock, so nobody else listens there.
    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(line: str) -> None:
            if not writer.is_closing():
                writer.write(json.dumps({"line": line}).encode() + b"\n")

        try:
            request = json.loads(await reader.readline())
            code = await run(request["command"], request["arguments"], say)
        except Exception:
            log.exception("a command failed")
            say("The server could not do this; its log says why. See `release list` for what took effect.")
            code = 1
        if not writer.is_closing():
            writer.write(json.dumps({"exit": code}).encode() + b"\n")
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    for path in paths:
        path.unlink(missing_ok=True)
    server, path = await _listen(paths, answer)
    path.chmod(0o600)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


async def _listen(paths: Sequence[Path], answer: Answer) -> tuple[asyncio.Server, Path]:
    *first, last = paths
    for path in first:
        with suppress(OSError):
            return await asyncio.start_unix_server(answer, path, limit=_LONGEST_REQUEST), path
    return await asyncio.start_unix_server(answer, last, limit=_LONGEST_REQUEST), last


async def ask(paths: Sequence[Path], command: str, arguments: Arguments, say: Say) -> int | None:
    """Have the running server run a command and say its lines here; None when no server listens there."""
    for path in paths:
        with suppress(FileNotFoundError, ConnectionRefusedError):
            reader, writer = await asyncio.open_unix_connection(path, limit=_LONGEST_REQUEST)
            return await _ask(reader, writer, {"command": command, "arguments": arguments}, say)
    return None


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: Mapping[str, object], say: Say
) -> int:
    writer.write(json.dumps(request).encode() + b"\n")
    await writer.drain()
    try:
        while line := await reader.readline():
            message = json.loads(line)
            if "exit" in message:
                return int(message["exit"])
            say(message["line"])
    finally:
        writer.close()
    print("The server stopped before the command finished. See `release list` for what took effect.", file=sys.stderr)
    return 1
