"""A network between browser and server that misbehaves when told: it refuses, stalls, cuts, tampers, holds."""

import http.client
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR
from urllib.parse import unquote

from typing_extensions import override

from tests.browser.servers import free_port

_STEP = "/step-of-test?"

_HALTING_WORKER = """
// Added by the test: freezes the worker's thread right before its n-th change of storage after a certain head was
// fetched, or, when that head says 0, tells of every such change.
{
  let at;
  let number = 0;
  const names = new WeakMap();
  const send = self.fetch.bind(self);
  self.fetch = async (...request) => {
    const response = await send(...request);
    const given = response.headers.get("x-halt-at");
    if (given !== null) at = Number(given);
    return response;
  };
  const step = (name) => {
    if (at === undefined) return;
    number += 1;
    if (at !== 0 && at !== number) return;
    send(`/step-of-test?${number}&${encodeURIComponent(name)}`, { cache: "no-store" }).catch(() => undefined);
    if (at === number) for (const end = Date.now() + 60_000; Date.now() < end; );
  };
  const before = (holder, method, nameOf) => {
    const original = holder[method];
    holder[method] = function (...given) {
      const name = nameOf(this, given);
      if (name !== undefined) step(`${method} ${name}`);
      return original.apply(this, given);
    };
  };
  const open = CacheStorage.prototype.open;
  CacheStorage.prototype.open = async function (name) {
    const cache = await open.call(this, name);
    names.set(cache, name);
    return cache;
  };
  before(Cache.prototype, "put", (cache) => names.get(cache));
  before(Cache.prototype, "delete", (cache) => names.get(cache));
  before(CacheStorage.prototype, "delete", (_, [name]) => name);
  before(IDBDatabase.prototype, "transaction", (_, [stores, mode]) => (mode === "readwrite" ? stores : undefined));
  before(IDBObjectStore.prototype, "put", (store, [, key]) => `${store.name} ${key}`);
  before(IDBObjectStore.prototype, "delete", (store, [key]) => `${store.name} ${key}`);
}
"""


@dataclass(frozen=True)
class Pass:
    """Answer as the server does."""


@dataclass(frozen=True)
class Refuse:
    """Close the connection without a word."""


@dataclass(frozen=True)
class Stall:
    """Take the request and never answer."""


@dataclass(frozen=True)
class Cut:
    """Promise the whole body, send only so many bytes of it, and close."""

    after: int


@dataclass(frozen=True)
class Tamper:
    """Answer with a body in which one byte in the middle is another."""


@dataclass(frozen=True)
class Replace:
    """Answer with this body instead, under the server's headers."""

    body: bytes


@dataclass(frozen=True)
class Hold:
    """Say that the request came, and wait for the word to go on."""

    reached: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)


Fault = Pass | Refuse | Stall | Cut | Tamper | Replace | Hold
Plan = Callable[[str], Fault]
"""What happens to a request for a path; asked once for each request, in their order."""


def no_fault(_: str) -> Fault:
    """The plan of a network that works."""
    return Pass()


def on_request(number: int, fault: Fault, prefix: str = "/c/o/", then: Fault | None = None) -> Plan:
    """The fault for the `number`-th request (from 1) of a path that begins so; `then` for later ones of that kind."""
    lock = threading.Lock()
    seen = 0

    def plan(path: str) -> Fault:
        nonlocal seen
        if not path.startswith(prefix):
            return Pass()
        with lock:
            seen += 1
            return fault if seen == number else then if then is not None and seen > number else Pass()

    return plan


class BadNetwork:
    """Listens at a fixed address before a server and hands requests on, as the plan says."""

    def __init__(self, server_port: int) -> None:
        self.server_port = server_port
        self.port = free_port()
        self.origin = f"http://localhost:{self.port}"
        self.plan: Plan = no_fault
        self.paths: list[str] = []
        """Every path asked for, in order."""
        self.gates: dict[str, Hold] = {}
        """Paths at which every request is held before the plan is asked."""
        self.halt_at: int | None = None
        """Told to the worker with the next head: the change of storage before which it freezes, 0 to tell of all."""
        self.halted = threading.Event()
        """The worker froze, or told of a change."""
        self.steps: dict[int, str] = {}
        """The changes of storage the worker told of, by number."""
        self._closing = threading.Event()
        self._http: ThreadingHTTPServer | None = None
        self.open()

    def open(self) -> None:
        """Listen again after `close`, at the same address."""
        network = self

        class Handler(_Handler):
            owner = network

        # A new one each time: who waits for the old one must not miss that it was closed.
        self._closing = threading.Event()
        self._http = _Listener(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        """Stop listening: from now on connections are refused, and stalled ones are closed."""
        self._closing.set()
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http = None

    def heal(self) -> None:
        """Work again, and forget what was asked."""
        self.plan = no_fault
        self.halt_at = None
        self.halted.clear()
        self.steps.clear()
        self.paths.clear()

    def objects_asked(self) -> list[str]:
        """Names of the objects asked for since the last `heal`."""
        return [path.removeprefix("/c/o/") for path in self.paths if path.startswith("/c/o/")]


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that was killed leaves half a request: nothing to tell."""


class _Handler(BaseHTTPRequestHandler):
    owner: BadNetwork

    def do_GET(self) -> None:
        """Hand the request on, with the fault the plan names."""
        owner = self.owner
        path = self.path
        owner.paths.append(path)
        if path.startswith(_STEP):
            number, name = path.removeprefix(_STEP).split("&")
            owner.steps[int(number)] = unquote(name)
            owner.halted.set()
            self.send_response_only(204)
            self.send_header("connection", "close")
            self.end_headers()
            return
        closing = owner._closing
        gate = owner.gates.get(path)
        if gate is not None and not self._goes_on(gate, closing):
            return
        fault = owner.plan(path)
        match fault:
            case Refuse():
                self._hang_up()
            case Stall():
                closing.wait()
                self._hang_up()
            case Hold():
                if self._goes_on(fault, closing):
                    self._answer(path, fault)
            case _:
                self._answer(path, fault)

    def _goes_on(self, hold: Hold, closing: threading.Event) -> bool:
        """Wait for the word to go on; False when the network was closed first."""
        hold.reached.set()
        while not (hold.go.wait(0.05) or closing.is_set()):
            continue
        if not hold.go.is_set():
            self._hang_up()
        return hold.go.is_set()

    def _answer(self, path: str, fault: Fault) -> None:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("connection", "host")}
        if path == "/sw.js" or isinstance(fault, Tamper):
            headers = {name: value for name, value in headers.items() if name.lower() != "accept-encoding"}
        upstream = http.client.HTTPConnection("127.0.0.1", self.owner.server_port, timeout=30)
        try:
            upstream.request("GET", path, headers=headers)
            response = upstream.getresponse()
            body = response.read()
        except OSError:
            self._hang_up()
            return
        finally:
            upstream.close()
        if path == "/sw.js" and response.status == 200:
            body = _HALTING_WORKER.encode() + body
        if isinstance(fault, Tamper):
            middle = len(body) // 2
            body = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
        elif isinstance(fault, Replace):
            body = fault.body
        self.send_response_only(response.status)
        for name, value in response.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.send_header("connection", "close")
        if path == "/c/head.json" and self.owner.halt_at is not None:
            self.send_header("x-halt-at", str(self.owner.halt_at))
            self.owner.halt_at = None
        self.end_headers()
        if response.status != 304:
            self.wfile.write(body[: fault.after] if isinstance(fault, Cut) else body)
        if isinstance(fault, Cut):
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(SHUT_RDWR)

    @override
    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: the paths are kept."""
