"""Stands before a server, counts what a scanner asks, and judges every answer by the rules of all answers."""

import http.client
import socket
import threading
from collections import Counter
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from typing_extensions import override

from tests.scan.rules import Answer, faults

_ASK_BACK = ("/get_ssrf.php", "/get_xxe.php")
"""Where the scanner itself asks whether anyone called."""


class Watch:
    """Hands requests on to the server's port while it is open."""

    def __init__(self, server_port: int) -> None:
        self.asked: Counter[str] = Counter()
        """Requests by method."""
        self.statuses: Counter[int] = Counter()
        self.faults: Counter[str] = Counter()
        """What was wrong with answers, each with the first address that showed it."""
        self._examples: dict[str, str] = {}
        self._lock = threading.Lock()
        watch = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def __getattr__(self, name: str) -> object:
                if name.startswith("do_"):
                    return lambda: watch.hand_on(self, server_port)
                raise AttributeError(name)

            @override
            def log_message(self, format: str, *args: object) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self.origin = f"http://localhost:{self.port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def hand_on(self, asking: BaseHTTPRequestHandler, port: int) -> None:
        """Ask the server the same and hand its answer back."""
        body = asking.rfile.read(int(asking.headers.get("content-length") or 0))
        lines = [asking.requestline, *(f"{k}: {v}" for k, v in asking.headers.items() if k.lower() != "connection")]
        head = "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1", "replace")
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.sendall(head + body)
            got = http.client.HTTPResponse(connection, method=asking.command)
            got.begin()
            content = got.read()
        headers = [(name.lower(), value) for name, value in got.getheaders()]
        self._note(asking, Answer(got.status, headers, content))
        # A scanner whose time is up waits for nothing more.
        with suppress(ConnectionError):
            asking.send_response_only(got.status)
            for name, value in headers:
                if name not in ("transfer-encoding", "connection", "content-length"):
                    asking.send_header(name, value)
            asking.send_header("content-length", str(len(content)))
            asking.end_headers()
            asking.wfile.write(content)

    def told(self) -> list[str]:
        """Each kind of fault with how often it was seen and where first."""
        return [f"{fault} ({count} times, first {self._examples[fault]})" for fault, count in self.faults.most_common()]

    def _note(self, asking: BaseHTTPRequestHandler, answer: Answer) -> None:
        found = faults(asking.path.partition("?")[0], answer, (f"localhost:{self.port}",))
        with self._lock:
            self.asked[asking.command] += 1
            self.statuses[answer.status] += 1
            for fault in found:
                self.faults[fault] += 1
                self._examples.setdefault(fault, f"{asking.command} {asking.path[:200]}")


class Trap:
    """An address of our own that attacks name: whoever calls there was made to."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        trap = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if not self.path.startswith(_ASK_BACK) and self.path != "/":
                    trap.calls.append(self.path)
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.end_headers()
                self.wfile.write(b"{}")

            @override
            def log_message(self, format: str, *args: object) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
