"""The control socket: on SQLite only the running server writes, so other commands ask it to run them."""

import asyncio
import hashlib
import json
import os
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

Arguments = Mapping[str, Any]
Run = Callable[[str, Arguments, Callable[[str], None]], Awaitable[int]]
"""Runs the command of that name with JSON-able arguments, says its lines, and returns its exit code."""

_LONGEST_REQUEST = 256 * 1024


def socket_path(database_url: str) -> Path:
    """Where the server of this database listens: a folder only this user can enter, a name that always fits."""
    folder = Path(tempfile.gettempdir()) / f"ketamine-companion-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise PermissionError(f"{folder} must be a folder that only you can enter. Remove it and try again.")
    database = os.path.realpath(database_url.removeprefix("sqlite:///"))
    return folder / f"{hashlib.sha256(database.encode()).hexdigest()[:24]}.sock"


@asynccontextmanager
async def listening(path: Path, run: Run) -> AsyncIterator[None]:
    """Answer commands on the socket while the block runs. The caller holds the database's lock, so the path is free."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(line: str) -> None:
            writer.write(json.dumps({"line": line}).encode() + b"\n")

        with suppress(ConnectionError):
            request = json.loads(await reader.readline())
            code = await run(request["command"], request["arguments"], say)
            writer.write(json.dumps({"exit": code}).encode() + b"\n")
            await writer.drain()
        writer.close()

    path.unlink(missing_ok=True)
    server = await asyncio.start_unix_server(answer, path, limit=_LONGEST_REQUEST)
    path.chmod(0o600)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


async def ask(path: Path, command: str, arguments: Arguments) -> int | None:
    """Have the running server run a command and print its lines; None when no server listens there."""
    try:
        reader, writer = await asyncio.open_unix_connection(path, limit=_LONGEST_REQUEST)
    except (FileNotFoundError, ConnectionRefusedError):
        return None
    writer.write(json.dumps({"command": command, "arguments": arguments}).encode() + b"\n")
    await writer.drain()
    try:
        while line := await reader.readline():
            message = json.loads(line)
            if "exit" in message:
                return int(message["exit"])
            print(message["line"])
    finally:
        writer.close()
    print("The server stopped before the command finished. See `release list` for what took effect.", file=sys.stderr)
    return 1
