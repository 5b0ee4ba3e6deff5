"""The real server as a process of its own: `python -m pwa serve`, which can be stopped, killed and started again."""

import asyncio
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pwa.cli import control
from pwa.cli.main import arguments_of, parser

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "pwa")


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def refuses(port: int) -> bool:
    """Whether a connection to the port is refused: the proof that a stopped server is stopped."""
    with socket.socket() as caller:
        caller.settimeout(5)
        return caller.connect_ex(("127.0.0.1", port)) != 0


@dataclass(frozen=True)
class Answer:
    """One response: header names in lower case, the body uncompressed."""

    status: int
    headers: dict[str, str]
    body: bytes


class Server:
    """One server with its databases in a folder of its own, always on the same port."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.port = free_port()
        self.origin = f"http://localhost:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("PWA_")} | {
            "PWA_DATABASE_URL": f"sqlite:///{folder / 'content.db'}",
            "PWA_VAULT_URL": f"sqlite:///{folder / 'vault.db'}",
            "PWA_PORT": str(self.port),
            **(settings or {}),
        }

    def start(self) -> None:
        """Start and wait until it answers; raises `AssertionError` with what it printed."""
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen([*PROGRAM, "serve"], cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        end = time.monotonic() + 60
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > end:
                self.process.kill()
                self.process.wait(30)
                raise AssertionError(f"the server did not start:\n{(self.folder / 'server.log').read_text()[-4000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ask it to end, as an operator does; afterwards its port refuses."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)
            self._check_gone()

    def kill(self) -> None:
        """SIGKILL it; afterwards its port refuses."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(30)
            self._check_gone()

    def command(self, *arguments: str) -> str:
        """Have the running server do what `python -m pwa …` would ask it for, and return what it says.

        Raises `AssertionError` when it refuses. Starting the program takes longer than most commands.
        """
        given = parser().parse_args(arguments)
        said: list[str] = []
        sockets = control.socket_paths(self.environment["PWA_DATABASE_URL"])
        asking = control.ask(sockets, given.command, arguments_of(given), said.append)
        # Playwright's loop runs in this thread already.
        with ThreadPoolExecutor() as pool:
            code = pool.submit(asyncio.run, asking).result(120)
        assert code == 0, (arguments, code, said)
        return "\n".join(said)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m pwa …` to its end, whatever that is."""
        return subprocess.run(
            [*PROGRAM, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def answer(self, path: str) -> Answer:
        """What the server answers to somebody who accepts no encoding."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)

    def head(self) -> dict[str, Any]:
        """The head as phones get it."""
        return dict(json.loads(self.answer("/c/head.json").body))

    def manifest(self) -> tuple[str, dict[str, Any]]:
        """Name and content of the English manifest that the head points to."""
        name = self.head()["manifests"]["en"]
        return name, dict(json.loads(self.answer(f"/c/m/{name}").body))

    def copy_databases(self, into: Path) -> None:
        """Keep the databases of a stopped server."""
        assert self.process is None or self.process.poll() is not None, "stop the server first"
        into.mkdir(parents=True)
        for file in self.folder.glob("*.db*"):
            shutil.copy2(file, into / file.name)

    def put_back_databases(self, kept: Path) -> None:
        """Put kept databases in the place of those of a stopped server, as a careless restore would."""
        assert self.process is None or self.process.poll() is not None, "stop the server first"
        for file in self.folder.glob("*.db*"):
            file.unlink()
        for file in kept.iterdir():
            shutil.copy2(file, self.folder / file.name)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/c/head.json")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _check_gone(self) -> None:
        self.process = None
        assert refuses(self.port), f"something still listens on port {self.port}"
