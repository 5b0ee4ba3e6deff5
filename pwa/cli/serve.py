"""Serves: one process, the application under Granian, and the control socket beside it."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import structlog
import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from pwa.app import Site, create_app, milliseconds
from pwa.cli.command import Desk
from pwa.cli.control import listening, socket_paths
from pwa.settings import Settings, SettingsError
from pwa.staff.links import setup_path

RunCommand = Callable[[Desk, str, Mapping[str, object]], Awaitable[int]]

_HEADERS_WITHIN = 10_000
"""Milliseconds in which a request's headers must be there: a client that opens and never asks holds nothing."""

log = structlog.get_logger()


def serve(settings: Settings, run_command: RunCommand) -> int:
    """Serve until SIGTERM or SIGINT; requests under way are finished."""
    uvloop.run(_serve(settings, free_port(settings.host, settings.port), run_command))
    return 0


def free_port(host: str, port: int) -> int:
    """The port, which nobody listens on yet; 0 becomes one that is free. Raises `SettingsError` if there is none.

    Granian would share a port with whoever has it already, so that readers got now one release, now another.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            return int(listener.getsockname()[1])
    except OSError as error:
        raise SettingsError(
            f"PWA_HOST={host} with PWA_PORT={port} cannot be listened on: {error.strerror}. "
            "Stop what listens there, or set another port."
        ) from error


async def _serve(settings: Settings, port: int, run_command: RunCommand) -> None:
    app = create_app(settings)
    async with app.site() as site, AsyncExitStack() as stack:
        if settings.database_url.startswith("sqlite"):
            await stack.enter_async_context(commanded(settings, port, site, run_command))
        server = Server(
            app,
            address=settings.host,
            port=port,
            interface=Interfaces.ASGINL,
            # What a proxy speaks. Where HTTP/2 may come too, Granian waits for ever to see which of them comes.
            http=HTTPModes.http1,
            websockets=False,
            backlog=1024,
            http1_settings=HTTP1Settings(header_read_timeout=_HEADERS_WITHIN),
            log_enabled=False,
        )
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.stop)
        announcing = asyncio.create_task(_announce(settings, port, await setup_path(site.database, milliseconds())))
        await server.serve()
        announcing.cancel()
    log.info("stopped")


async def _announce(settings: Settings, port: int, setup: str | None) -> None:
    """Say where it can be reached, as soon as it can."""
    host = _shown(settings.host)
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            break
        await asyncio.sleep(0.01)
    lines = [f"Ready: http://{host}:{port}  (stop with Ctrl-C)"]
    if setup:
        lines.append("Nobody keeps this guide yet. For the first administrator, good once within 24 hours:")
        lines.append(f"{origin(settings, port)}{setup}")
    print("\n".join(lines), flush=True)


@asynccontextmanager
async def commanded(settings: Settings, port: int, site: Site, run_command: RunCommand) -> AsyncIterator[None]:
    """Run the commands typed beside this server while the block runs; each ends once what it did is served."""

    async def run(name: str, arguments: Mapping[str, Any], say: Callable[[str], None]) -> int:
        desk = Desk(site.database, site.renderer, say, milliseconds, origin(settings, port))
        code = await run_command(desk, name, arguments)
        await site.catch_up()
        return code

    async with listening(socket_paths(settings.database_url), run):
        yield


def origin(settings: Settings, port: int = 0) -> str:
    """Where staff reach the site: as set, or on this machine."""
    return settings.origin or f"http://{_shown(settings.host)}:{port or settings.port}"


def _shown(host: str) -> str:
    """A name for the address: a bare loopback address is no origin that passkeys work on."""
    return "localhost" if host in ("127.0.0.1", "::1", "0.0.0.0", "::") else host  # noqa: S104  only compared
