"""Answers taken from the real server, byte for byte, for peers to give."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

FROM_THE_TRANSPORT = ("date", "server", "connection", "keep-alive", "transfer-encoding")
"""Headers that every server writes for itself."""


@dataclass(frozen=True)
class Answer:
    """A whole response but for what the transport adds; header names in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The header's value; empty where there is none."""
        return dict(self.headers).get(name, "")


def ask(port: int, path: str, headers: Mapping[str, str] | None = None) -> Answer:
    """What the server on this port answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers={"accept-encoding": "identity"} | dict(headers or {}))
        response = connection.getresponse()
        body = response.read()
        kept = [(name.lower(), value) for name, value in response.getheaders()]
    finally:
        connection.close()
    return Answer(response.status, tuple(pair for pair in kept if pair[0] not in FROM_THE_TRANSPORT), body)


def write(answer: Answer, file: Path) -> None:
    """Keep an answer in a file."""
    file.write_text(json.dumps(asdict(answer) | {"body": answer.body.hex()}))


def read(file: Path) -> Answer:
    """An answer that was kept."""
    kept = json.loads(file.read_text())
    return Answer(kept["status"], tuple((name, value) for name, value in kept["headers"]), bytes.fromhex(kept["body"]))
